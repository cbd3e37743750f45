"""Reductions that are recorded twice are computed once, and are seen as two."""

from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import numpy
import pytest
from comparison import canonical, layout

import lazynp


def n_reductions(value: Any) -> int:
    """How many reductions an evaluation would run."""
    return sum("map-reduce" in line for line in lazynp.explain(value).splitlines())


def standardized(np: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    mean, spread = x.mean(axis=axis, keepdims=keepdims), x.std(axis=axis, keepdims=keepdims)
    return (x - mean) / spread if keepdims or axis == 0 else (mean, spread)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "F"])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), (1, 2), None])
@pytest.mark.parametrize("order", ["C", "F", (1, 0, 2), (2, 0, 1)])
def test_mean_and_deviation(dtype: str, keepdims: bool, axis: Any, order: Any) -> None:
    values = numpy.random.default_rng(3).uniform(-9, 9, (7, 5, 40)).astype(dtype)

    def program(np: Any) -> Any:
        x = np.array(values, order=order if isinstance(order, str) else "C")
        x = x if isinstance(order, str) else x.transpose(order)
        found = standardized(np, x, axis, keepdims)
        return [numpy.asarray(f) for f in (found if isinstance(found, tuple) else (found,))]

    for ours, theirs in zip(program(lazynp), program(numpy), strict=True):
        assert canonical(ours) == canonical(theirs)
        assert layout(ours) == layout(theirs)


def test_is_one_pass_in_either_shape() -> None:
    x = lazynp.array(numpy.random.default_rng(1).uniform(size=(50, 30)))
    for keepdims in (False, True):
        total = x.sum(axis=0, keepdims=keepdims) + x.sum(axis=0, keepdims=True)
        assert n_reductions(total) == 1
        assert "view of" in lazynp.explain(total) or keepdims
        assert numpy.array_equal(total[..., :], 2 * numpy.asarray(x).sum(axis=0, keepdims=True))
    # The mean of var is that of mean; its squares are summed in a second pass.
    assert n_reductions(standardized(lazynp, x, 0, False)) == 2


def test_other_axes_and_dtypes_stay_two() -> None:
    """Also where a plan made for equal ones is tried first."""
    values = numpy.arange(16, dtype="i2").reshape(4, 4)
    x = lazynp.array(values)
    x64 = values.astype("i8")
    for _ in range(3):
        for first, second in itertools.product((0, 1, -1), repeat=2):
            for keepdims in (False, True):
                found = x.sum(axis=first, keepdims=keepdims) * 3 - x.sum(axis=second)
                expected = x64.sum(axis=first, keepdims=keepdims) * 3 - x64.sum(axis=second)
                assert numpy.array_equal(found, expected)
    found = x.sum(axis=0, dtype="i2") * 1000 - x.sum(axis=0, dtype="i8")
    expected = values.sum(axis=0, dtype="i2") * 1000 - values.sum(axis=0, dtype="i8")
    assert canonical(numpy.asarray(found)) == canonical(expected)
    maximum_and_minimum = x.max(axis=0) - x.min(axis=0)
    assert numpy.array_equal(maximum_and_minimum, values.max(axis=0) - values.min(axis=0))


def test_both_results_can_be_kept_and_written() -> None:
    x = lazynp.array(numpy.arange(12.0).reshape(3, 4))
    first, second = x.sum(axis=0), x.sum(axis=0)
    third = x.sum(axis=0, keepdims=True)
    lazynp.evaluate(first, second, third)
    first[0] = -1
    third[0, 1] = -2
    assert second.tolist() == [12, 15, 18, 21]
    assert first.tolist() == [-1, 15, 18, 21]
    assert third.tolist() == [[12, -2, 18, 21]]


def test_is_a_temporary_that_may_be_written_over() -> None:
    """What shows another's memory keeps it from being donated to a result."""
    x = lazynp.array(numpy.arange(12.0).reshape(3, 4))
    found = lazynp.sqrt(x.sum(axis=0)) * 2 + x.sum(axis=0, keepdims=True) / 3
    values = numpy.arange(12.0).reshape(3, 4)
    expected = numpy.sqrt(values.sum(axis=0)) * 2 + values.sum(axis=0, keepdims=True) / 3
    assert canonical(numpy.asarray(found)) == canonical(expected)


def test_gradients_through_both() -> None:
    values = numpy.random.default_rng(5).uniform(1, 2, (6, 3))

    def loss(x: Any) -> Any:
        return (((x - x.mean(axis=0)) / x.std(axis=0, keepdims=True)) ** 3).sum()

    gradient = lazynp.grad(loss)(lazynp.array(values))
    step = 1e-6
    for i, j in ((0, 0), (3, 1), (5, 2)):
        moved = [values.copy(), values.copy()]
        moved[0][i, j] += step
        moved[1][i, j] -= step
        difference = (loss(moved[0]) - loss(moved[1])) / (2 * step)
        assert abs(float(gradient[i, j]) - difference) < 1e-6 * max(1, abs(difference))


LOGARITHMS = """
import numpy, {module} as np
x = np.array(numpy.array([0.0, 1, 2] * 400))
with np.errstate(divide="ignore"):
    quiet = np.log(x)
loud = np.log(x)
again = np.log(x)
total = quiet + loud + again
del quiet, loud, again
if np is not numpy:
    assert np.explain(total).count("= log(") == 1
numpy.asarray(total)
"""


def test_every_operation_warns() -> None:
    """What shares its value with another operation warns by its own errstate, at its own line."""
    warned = []
    for module in ("numpy", "lazynp"):
        run = subprocess.run(
            [sys.executable, "-c", LOGARITHMS.format(module=module)],
            capture_output=True,
            text=True,
            check=True,
        )
        warned.append(run.stderr)
    assert warned[0].count("<string>:") == 2
    assert warned[1] == warned[0]
