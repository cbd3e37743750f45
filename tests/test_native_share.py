"""The native share of NumPy's numeric namespace does not shrink, and its page says what is left."""

from __future__ import annotations

import importlib
import pathlib
import sys
from typing import Any

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "conformance"))
native_share: Any = importlib.import_module("native_share")


def test_native_share() -> None:
    found = native_share.rows()
    assert len(found) > 1600
    assert native_share.share_of(found) >= 97
    assert not [row for row in found if row.why.startswith(("other bits", "raises"))]
    assert (ROOT / "docs" / "native_share.md").read_text() == native_share.page(found)


def test_a_call_that_numpy_serves_is_found() -> None:
    """The measure sees what it is for."""
    row = native_share.measured("unique", "uint", "np.unique(v, sorted=False)")
    assert row == native_share.Row("unique", "uint", False, "_unique_hash")
