"""The code of a program file, whose imports of NumPy give lazynp where it is swapped."""

from __future__ import annotations

from pathlib import Path
from types import CodeType
from typing import Any


def program_code(path: Path, swapped: bool) -> CodeType:
    """Compiled; lazynp is not even imported where it is not wanted."""
    if swapped:
        from lazynp._swap_import import Own, install

        install(Own((str(path.resolve().parent),)))  # the process runs nothing else
    return compile(path.read_bytes(), str(path), "exec")


def program_names(path: Path, swapped: bool, name: str | None = None) -> dict[str, Any]:
    """What a file defines when it is imported."""
    names: dict[str, Any] = {"__name__": name or path.stem, "__file__": str(path)}
    exec(program_code(path, swapped), names)
    return names
