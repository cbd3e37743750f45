"""The native share of NumPy's numeric namespace does not shrink, and its page says what is left."""

from __future__ import annotations

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "conformance"))

native_share = pytest.importorskip("native_share")


def test_native_share() -> None:
    found = native_share.rows()
    native = [row for row in found if row.is_native]
    assert len(found) > 1600
    assert len(native) / len(found) >= 0.95, native_share.table(
        [row for row in found if not row.is_native]
    )
    assert not [row for row in found if row.why.startswith(("other bits", "raises"))]


def test_a_call_that_numpy_serves_is_found() -> None:
    """The measure sees what it is for."""
    row = native_share.measured("packbits", "uint", "np.packbits(v)")
    assert row is not None
    assert not row.is_native
    assert row.why == "packbits"
