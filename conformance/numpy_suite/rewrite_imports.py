"""Turns the NumPy imports of a test file into calls of np_swap, line for line.

Tracebacks still point at the right line. Expressions at module and class level and in decorators
are guarded, so that one name that the target lacks does not take a whole file down.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

Insertion = tuple[int, int, str]  # line, column in bytes, text


def rewrite(source: str) -> str:
    """Replace every NumPy import in `source`, keeping the line count."""
    lines = source.splitlines(keepends=True)
    tree = ast.parse(source)
    for line, column, text in sorted(guards(tree.body, False), reverse=True):
        raw = lines[line - 1].encode()
        lines[line - 1] = (raw[:column] + text.encode() + raw[column:]).decode()
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    for node in sorted(imports, key=lambda n: -n.lineno):
        if (new := new_import(node)) is None:
            continue
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head = lines[first].encode()[: node.col_offset].decode()
        tail = lines[last].encode()[node.end_col_offset :].decode()
        lines[first : last + 1] = [head + new + ("\n" * (last - first)) + tail]
    # `is` cannot hold between the target and its facade
    return re.sub(r" is np\b(?!\.)", " == np", "".join(lines))


def new_import(node: ast.Import | ast.ImportFrom) -> str | None:
    """The statement that replaces an import, or None where it may stay."""
    out = ["import np_swap as _s"]
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if node.level or not is_numpy(module) or node.names[0].name == "*":
            return None
        out += [f"{a.asname or a.name} = _s.get({module!r}, {a.name!r})" for a in node.names]
        return "; ".join(out)
    if not any(is_numpy(a.name) for a in node.names):
        return None
    for a in node.names:
        if not is_numpy(a.name):
            out.append(f"import {a.name}" + (f" as {a.asname}" if a.asname else ""))
        elif a.asname or "." not in a.name:
            out.append(f"{a.asname or a.name} = _s.get({a.name!r})")
        else:  # import numpy.x binds numpy
            out.append(f"_s.get({a.name!r}); numpy = _s.get('numpy')")
    return "; ".join(out)


def is_numpy(module: str) -> bool:
    return module == "numpy" or module.startswith("numpy.")


def guards(body: Iterable[ast.stmt], in_class: bool) -> Iterator[Insertion]:
    """Insertions that keep a failing expression of `body` from ending the import."""
    known: set[str] = set()  # names that the class has bound so far
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield from wrap(node.value, "value", known)
        for decorator in getattr(node, "decorator_list", ()):
            yield from wrap(decorator, "decorator", known)
            arguments = decorator.args if isinstance(decorator, ast.Call) else []
            yield from numpy_calls(arguments, known)
        if isinstance(node, ast.ClassDef):
            yield from guards(node.body, True)
        if in_class:
            known |= set(bound_names(node))


def wrap(node: ast.expr, function: str, known: set[str]) -> Iterator[Insertion]:
    """Make `node` a lambda that np_swap calls."""
    # a lambda in a class body sees the names of the class only as defaults
    used = known & {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    defaults = ", ".join(f"{name}={name}" for name in sorted(used))
    yield node.lineno, node.col_offset, f"__import__('np_swap').{function}(lambda {defaults}: "
    yield node.end_lineno or node.lineno, node.end_col_offset or 0, ")"


def numpy_calls(nodes: Iterable[ast.AST], known: set[str]) -> Iterator[Insertion]:
    """Guards around the outermost calls ``np.something(...)``."""
    for node in nodes:
        root = getattr(node, "func", None)
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(node, ast.expr) and isinstance(root, ast.Name) and root.id == "np":
            yield from wrap(node, "value", known)
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.GeneratorExp):
            yield from numpy_calls(ast.iter_child_nodes(node), known)


def bound_names(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds in its own scope."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif not isinstance(
        node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda
    ):
        for child in ast.iter_child_nodes(node):
            yield from bound_names(child)
