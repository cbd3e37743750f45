"""Every sabotage of a storage rule is found by the aliasing fuzz within 500 programs."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest
from sabotage import NOTHING, ROOT, SABOTAGES, Build, Sabotage, programs_until_found

PROGRAMS = 500


def build_folder() -> Path | None:
    """The CMake build that made the module under test, or any other of this tree."""
    folders = [
        os.environ.get("LAZYNP_BUILD_DIR", ""),
        ROOT / ".nox-cache" / "cmake",
        ROOT / "build",
    ]
    return next(
        (Path(f) for f in folders if f and (Path(f) / "compile_commands.json").exists()), None
    )


@functools.cache
def first_failure_without_sabotage() -> int | None:
    folder = build_folder()
    assert folder is not None
    return programs_until_found(Build(folder), NOTHING, PROGRAMS)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.name)
def test_the_piece_to_break_is_still_there(sabotage: Sabotage) -> None:
    if not (ROOT / "csrc").exists():
        pytest.skip("the sources are not here")
    assert (ROOT / sabotage.file).read_text().count(sabotage.original) == 1


@pytest.mark.slow
@pytest.mark.skipif(build_folder() is None, reason="no CMake build of this tree to link against")
@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda s: s.name)
def test_sabotage_is_found(sabotage: Sabotage) -> None:
    folder = build_folder()
    assert folder is not None
    assert first_failure_without_sabotage() is None
    assert programs_until_found(Build(folder), sabotage, PROGRAMS) is not None
