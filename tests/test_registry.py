"""Passes, plans, engine and gradients name no elementwise operation: blocks of the registry do."""

from __future__ import annotations

import pathlib
import re

import lazynp

ROOT = pathlib.Path(__file__).parents[1]


def test_no_other_file_lists_an_op() -> None:
    """Of elementwise ops only; Python files and csrc/python are not read (docs/status.md)."""
    names = {op.name for op in lazynp._core.ops() if op.kind == "elementwise"}
    # Words of English or of C++ that are also ops, and the op that moves elements as they are.
    names -= {"add", "equal", "where", "positive", "negative", "sign", "power", "square", "astype"}
    folders = ["csrc/passes", "csrc/engine", "csrc/autodiff"]
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.cpp")):
            code = re.sub(r"//[^\n]*", "", path.read_text())
            found = names & set(re.findall(r'"(\w+)"', code))
            assert not found, f"{path} names {sorted(found)}"
