"""Runs a Python program with `import numpy` meaning lazynp, its text unchanged."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any


class _Swap(ast.NodeTransformer):
    """import numpy [as x] -> import lazynp as numpy|x; from numpy... -> from lazynp..."""

    def visit_Import(self, node: ast.Import) -> ast.AST:
        node.names = [name for old in node.names for name in _swapped(old)]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.level == 0 and _is_numpy(node.module or ""):
            node.module = "lazynp" + (node.module or "")[len("numpy") :]
        return node


def _is_numpy(module: str) -> bool:
    return module == "numpy" or module.startswith("numpy.")


def _swapped(name: ast.alias) -> list[ast.alias]:
    if not _is_numpy(name.name):
        return [name]
    module = "lazynp" + name.name[len("numpy") :]
    if name.asname or module == "lazynp":
        return [ast.alias(module, name.asname or "numpy")]
    return [ast.alias(module, "_"), ast.alias("lazynp", "numpy")]  # `import numpy.linalg`


def compile_program(path: str | Path, swapped: bool = True) -> Any:
    """The code of a program; `swapped`: with its NumPy imports directed to lazynp."""
    tree = ast.parse(Path(path).read_bytes(), filename=str(path))
    if swapped:
        tree = ast.fix_missing_locations(_Swap().visit(tree))
    return compile(tree, str(path), "exec")


def load_program(path: str | Path, swapped: bool) -> dict[str, Any]:
    """The names that a program defines when it is imported."""
    names: dict[str, Any] = {"__name__": Path(path).stem, "__file__": str(path)}
    exec(compile_program(path, swapped), names)
    return names


def run_program(path: str | Path, arguments: list[str]) -> None:
    """Run a program as `python path arguments...` does, on lazynp."""
    sys.argv = [str(path), *arguments]
    sys.path[0] = str(Path(path).resolve().parent)
    names = {"__name__": "__main__", "__file__": str(path), "__builtins__": __builtins__}
    exec(compile_program(path), names)
