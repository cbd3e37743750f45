"""Finds, by reading a program's text, where it may tell a LazyScalar from a scalar of NumPy's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def type_checks_in(path: str) -> list[tuple[int, str]]:
    """(line, what it does) in order; nothing where the file cannot be read as Python.

    >>> type_checks_in("no such file")
    []
    """
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    return sorted({*_comparisons(tree), *_calls(tree)})


def _comparisons(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        by_identity = any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)
        if any(map(_is_type_call, sides)):
            yield node.lineno, "type(x) compared"
        elif by_identity and any(map(_is_numpys_truth, sides)):
            yield node.lineno, "np.True_ by identity"


def _calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("json.dump", "json.dumps"):
            yield node.lineno, "json"


def _is_type_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "type"
        and len(node.args) == 1
    )


def _is_numpys_truth(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("True_", "False_")
