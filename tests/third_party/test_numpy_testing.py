"""numpy.testing: what passes, and what is said of what does not, over our arrays."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from numpy import testing
from swapped import assert_same

CALLS: dict[str, Any] = {
    "assert_allclose": lambda np, x, y: testing.assert_allclose(x, y, rtol=1e-9),
    "assert_allclose with words": lambda np, x, y: testing.assert_allclose(
        x, y, atol=1e-3, err_msg="words", verbose=False
    ),
    "assert_array_equal": lambda np, x, y: testing.assert_array_equal(x, y),
    "assert_array_equal strictly": lambda np, x, y: testing.assert_array_equal(
        x, y.astype(np.float32), strict=True
    ),
    "assert_equal": lambda np, x, y: testing.assert_equal(x, y),
    "assert_equal of lists": lambda np, x, y: testing.assert_equal([x, {"a": y}], [x, {"a": x}]),
    "assert_almost_equal": lambda np, x, y: testing.assert_almost_equal(x, y, 5),
    "assert_array_almost_equal": lambda np, x, y: testing.assert_array_almost_equal(x, y),
    "assert_array_less": lambda np, x, y: testing.assert_array_less(x, y),
    "assert_array_max_ulp": lambda np, x, y: testing.assert_array_max_ulp(x, y, 2),
    "assert_array_almost_equal_nulp": lambda np, x, y: testing.assert_array_almost_equal_nulp(x, y),
    "assert_approx_equal": lambda np, x, y: testing.assert_approx_equal(x[0], y[1]),
    "shapes": lambda np, x, y: testing.assert_array_equal(x, y[:3]),
    "not a number": lambda np, x, y: testing.assert_array_equal(x, np.where(y > 1, np.nan, y)),
    "a list": lambda np, x, y: testing.assert_allclose(x, [1.0, 2.0, 3.0, 4.5]),
    "a scalar": lambda np, x, y: testing.assert_equal(x.sum(), y.sum()),
    "pytest.approx": lambda np, x, y: (
        pytest.fail("no") if x != pytest.approx(numpy.asarray(y)) else None
    ),
}


@pytest.mark.parametrize("differ", [False, True])
@pytest.mark.parametrize("name", CALLS)
def test_messages(name: str, differ: bool) -> None:
    def program(np: Any) -> Any:
        x = np.arange(4.0) + 1
        y = x + np.array([0.0, 0.1, 0.0, -0.2]) if differ else x * 1
        try:
            CALLS[name](np, x, y)
        except (AssertionError, pytest.fail.Exception) as error:
            return type(error).__name__, str(error)
        return "passes"

    assert_same(program)
