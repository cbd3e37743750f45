"""The exercises of a checkout of rougier/numpy-100, each solution as a program of its own."""

from __future__ import annotations

import re
import types
from pathlib import Path

from program_code import program_code

SOLUTIONS = "100_Numpy_exercises_with_solutions.md"
START = (
    "import numpy as np; np.random.seed(0)\n"  # the first exercise; numbers that can be compared
)


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


def names(folder: Path) -> list[str]:
    """All exercises."""
    return sorted(solutions(folder))


def run(folder: Path, name: str, swapped: bool, main: types.ModuleType) -> None:
    """Run one exercise from a file in the current folder."""
    path = Path(f"exercise_{name}.py")
    path.write_text(START + without_magic(solutions(folder)[name]))
    exec(program_code(path, swapped), main.__dict__)
