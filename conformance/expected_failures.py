"""Compares the failures of a run with a file of expected ones: a list of names with reasons.

A name is ``file.py::Class::test``, with shell wildcards, for all parameter sets of a test, or
``file.py::Class::test#3`` for one; an entry may have a list of names. An entry with
``strict = false`` may pass.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any


def entries_of(path: Path) -> list[dict[str, Any]]:
    """The entries of a list, one for each name."""
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text()).get("failure", [])
    return [entry | {"name": name} for entry in entries for name in names_of(entry)]


def names_of(entry: dict[str, Any]) -> list[Any]:
    name = entry.get("name")
    return name if isinstance(name, list) and name else [name]


def read_expected(path: Path) -> dict[str, str]:
    """name -> reason; raises ValueError for an entry without either."""
    entries = entries_of(path)
    for entry in entries:
        if not entry.get("name") or not entry.get("reason"):
            raise ValueError(f"{path}: an entry needs a name and a reason; got {entry}")
    return {entry["name"]: entry["reason"] for entry in entries}


def matches(pattern: str, name: str) -> bool:
    """Whether a name of the list means this test; `name` ends in its ordinal ``#n``."""
    return fnmatchcase(name if "#" in pattern else name.rpartition("#")[0], pattern)


def compare(
    expected: Collection[str],
    failed: Collection[str],
    passed: Collection[str],
    whole_files: Collection[str] = (),
) -> tuple[list[str], list[str]]:
    """The failures that no entry names, and the entries that name no failure.

    An entry is stale where every test of its name that ran passes, or where there is no such test
    in a file of which all tests ran.
    """
    unexpected = [name for name in failed if not any(matches(p, name) for p in expected)]
    stale = [
        pattern
        for pattern in expected
        if not any(matches(pattern, name) for name in failed)
        and (
            any(matches(pattern, name) for name in passed)
            or pattern.partition("::")[0] in whole_files
        )
    ]
    return sorted(unexpected), sorted(stale)


def report_differences(
    path: Path,
    failed: Collection[str],
    passed: Collection[str],
    whole_files: Collection[str] = (),
    n_shown: int = 20,
) -> bool:
    """Print how a run differs from the list; true when it does."""
    expected = read_expected(path)
    unexpected, stale = compare(expected, failed, passed, whole_files)
    may_pass = {entry["name"] for entry in entries_of(path) if not entry.get("strict", True)}
    stale = [name for name in stale if name not in may_pass]
    print(f"\n{len(expected)} entries in {path.name}; {len(unexpected)} failures not among them")
    for name in unexpected[:n_shown]:
        print(f"  unexpected failure: {name}")
    for name in stale:
        print(f"  passes now or names no test, remove it: {name}")
    return bool(unexpected or stale)
