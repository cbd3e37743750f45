"""The programs in a folder: plain NumPy files, each run as `python FILE` would."""

from __future__ import annotations

import types
from pathlib import Path

from program_code import program_code


def names(folder: Path) -> list[str]:
    """The programs of the folder."""
    return sorted(path.stem for path in folder.glob("*.py"))


def run(folder: Path, name: str, swapped: bool, main: types.ModuleType) -> None:
    """Run one program as the module `main`; `swapped`: with lazynp for NumPy."""
    path = folder / f"{name}.py"
    main.__file__ = str(path)
    exec(program_code(path, swapped), main.__dict__)
