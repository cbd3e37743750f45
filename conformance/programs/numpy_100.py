"""The exercises of a checkout of rougier/numpy-100, each solution as a program of its own."""

from __future__ import annotations

import ast
import re
import types
from pathlib import Path

from program_code import program_code

SOLUTIONS = "100_Numpy_exercises_with_solutions.md"
START = "import numpy as np; Z = np.arange(1, 6); np.random.seed(0)\n"  # some vector Z, known draws


def solutions(folder: Path) -> dict[str, str]:
    """The code of every exercise by its number, three digits."""
    parts = re.split(r"^#### (\d+)\. ", (folder / SOLUTIONS).read_text(), flags=re.MULTILINE)
    return {
        f"{int(number):03}": "\n".join(re.findall(r"```python\n(.*?)```", body, flags=re.DOTALL))
        for number, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def without_magic(code: str) -> str:
    """The same code for Python instead of IPython: what is timed is run once."""
    code = re.sub(r"^%timeit ", "", code, flags=re.MULTILINE)
    return re.sub(r'^%run `python -c "(.*)"`$', r"\1", code, flags=re.MULTILINE)


def known_before(name: str, codes: dict[str, str]) -> str:
    """NumPy's imports and the functions of earlier exercises, on which later ones build."""
    earlier = [ast.parse(without_magic(code)).body for n, code in codes.items() if n < name]
    known = [node for body in earlier for node in body if is_numpys(node)]
    return "".join(f"{ast.unparse(node)}\n" for node in known)


def is_numpys(node: ast.stmt) -> bool:
    """Whether a statement defines a function or imports, by name, from NumPy."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith("numpy") and node.names[0].name != "*"
    return isinstance(node, ast.FunctionDef)


def names(folder: Path) -> list[str]:
    """All exercises."""
    return sorted(solutions(folder))


def run(folder: Path, name: str, swapped: bool, main: types.ModuleType) -> None:
    """Run one exercise from a file in the current folder."""
    path = Path(f"exercise_{name}.py")
    codes = solutions(folder)
    path.write_text(known_before(name, codes) + START + without_magic(codes[name]))
    exec(program_code(path, swapped), main.__dict__)
