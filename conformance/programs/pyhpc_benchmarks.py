"""The benchmarks of a checkout of dionhaefner/pyhpc-benchmarks, in their NumPy version."""

from __future__ import annotations

import types
from pathlib import Path

from program_code import program_names

SIZE = 2**15  # elements, roughly


def names(folder: Path) -> list[str]:
    """All benchmarks that have a NumPy version."""
    return sorted(path.parent.name for path in (folder / "benchmarks").glob("*/*_numpy.py"))


def run(folder: Path, name: str, swapped: bool, main: types.ModuleType) -> None:
    """Call the benchmark with the inputs that it generates."""
    where = folder / "benchmarks" / name
    (implementation,) = where.glob("*_numpy.py")
    generate_inputs = program_names(where / "__init__.py", swapped)["generate_inputs"]
    main.inputs = generate_inputs(SIZE)
    main.result = program_names(implementation, swapped)["run"](*main.inputs, device="cpu")
