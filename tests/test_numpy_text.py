"""NumPy's functions that are written in Python, run over our functions: same bits, recorded."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from comparison import outcome

import lazynp
from lazynp import _core, _fallback, _namespace

pytestmark = pytest.mark.filterwarnings("ignore")

MATRIX = numpy.array([[1.5, 2, 3], [4, 5, 6.25], [7, -8, 9]])
ROW = numpy.array([3.0, 1, 2])
INDEX = numpy.array([1, 0, 2])
Call = Callable[[types.ModuleType, Any, Any, Any], Any]

# A call of each, with a matrix, a row and an index.
CALLS: dict[str, Call] = {
    "angle": lambda np, m, x, i: np.angle(m + 1j * x),
    "append": lambda np, m, x, i: np.append(m, x),
    "argwhere": lambda np, m, x, i: np.argwhere(m > 2),
    "array_equal": lambda np, m, x, i: np.array_equal(m, m + 1),
    "average": lambda np, m, x, i: np.average(m, axis=1, weights=x),
    "block": lambda np, m, x, i: np.block([[m, m], [m, m]]),
    "cumulative_sum": lambda np, m, x, i: np.cumulative_sum(x),
    "ediff1d": lambda np, m, x, i: np.ediff1d(x),
    "extract": lambda np, m, x, i: np.extract(x > 1, x),
    "fix": lambda np, m, x, i: np.fix(m),
    "flatnonzero": lambda np, m, x, i: np.flatnonzero(m > 2),
    "full of truth": lambda np, m, x, i: np.full((2, 3), 5, dtype=bool),
    "gradient": lambda np, m, x, i: np.gradient(m),
    "identity": lambda np, m, x, i: np.identity(3),
    "indices": lambda np, m, x, i: np.indices((2, 3)),
    "isclose": lambda np, m, x, i: np.isclose(m, m + 1e-9),
    "isin": lambda np, m, x, i: np.isin(m, x),
    "ix_": lambda np, m, x, i: m[np.ix_(i, i)],
    "linalg.matrix_power": lambda np, m, x, i: np.linalg.matrix_power(m, 3),
    "linalg.multi_dot": lambda np, m, x, i: np.linalg.multi_dot([m, m, x]),
    "meshgrid": lambda np, m, x, i: np.meshgrid(x, i),
    "polyadd": lambda np, m, x, i: np.polyadd(x, i),
    "polyval": lambda np, m, x, i: np.polyval(x, m),
    "polynomial.polyval": lambda np, m, x, i: np.polynomial.polynomial.polyval(m, x),
    "resize": lambda np, m, x, i: np.resize(x, (2, 4)),
    "std": lambda np, m, x, i: np.std(m.real, axis=1, correction=1, keepdims=True),
    "tensordot": lambda np, m, x, i: np.tensordot(m, m, axes=([0], [1])),
    "tile": lambda np, m, x, i: np.tile(x, (2, 2)),
    "trapezoid": lambda np, m, x, i: np.trapezoid(m, x, axis=0),
    "unique": lambda np, m, x, i: np.unique(i, return_counts=True),
    "unstack": lambda np, m, x, i: np.unstack(m, axis=1),
    "unstack to scalars": lambda np, m, x, i: np.unstack(x),
    "var": lambda np, m, x, i: np.var(x.real, correction=1.5),
}


@pytest.mark.parametrize("dtype", ["d", "f", "l", "D"])
@pytest.mark.parametrize("name", CALLS)
def test_same_bits_and_nothing_done_by_numpy(name: str, dtype: str) -> None:
    arrays = [MATRIX.astype(dtype), ROW.astype(dtype), INDEX]
    expected = outcome(lambda: CALLS[name](numpy, *arrays))
    before = _fallback.n_fallbacks()
    got = outcome(lambda: CALLS[name](lazynp, *map(lazynp.array, arrays)))
    assert got == expected
    if not expected.error:
        assert _fallback.n_fallbacks() == before, lazynp.fallbacks()[:3]


def test_what_does_not_branch_on_values_runs_nothing() -> None:
    m, x = lazynp.array(MATRIX), lazynp.array(ROW)
    with lazynp.no_eval():
        for value in (
            lazynp.gradient(m)[0],
            lazynp.trapezoid(m, axis=0),
            lazynp.tensordot(m, m),
            lazynp.meshgrid(x, x)[0],
            lazynp.polyval(x, m),
        ):
            assert type(value) in (lazynp.ndarray, lazynp.LazyScalar)


def test_gradients_flow_through() -> None:
    x = lazynp.watch(lazynp.array(ROW))
    (gradient,) = lazynp.gradients(lazynp.trapezoid(x * x), [x])
    assert lazynp.stop_gradient(gradient).tolist() == [3.0, 2.0, 2.0]


# ------------------------------------------------------------------ when it applies
def test_other_arguments_are_numpys() -> None:
    masked = numpy.ma.array(ROW, mask=[0, 1, 0])
    assert type(lazynp.average(masked)) is type(numpy.average(masked))
    objects = numpy.array([1, 2.5, 3], dtype=object)
    assert lazynp.tile(lazynp.array(objects), 2).tolist() == numpy.tile(objects, 2).tolist()
    assert isinstance(lazynp.average(numpy.array(ROW)), numpy.float64)


def test_errors_are_numpys() -> None:
    x = lazynp.array(ROW)
    for call in (
        lambda np, x: np.trapezoid(x, axis=3),
        lambda np, x: np.tensordot(x, x, axes=4),
        lambda np, x: np.average(x, weights=x[:2]),
    ):
        with pytest.raises(Exception) as expected:
            call(numpy, ROW)
        with pytest.raises(type(expected.value)) as got:
            call(lazynp, x)
        assert str(got.value) == str(expected.value)


def test_numpys_own_functions_take_the_same_way() -> None:
    before = _fallback.n_fallbacks()
    result = numpy.trapezoid(lazynp.array(ROW))
    assert type(result) in (lazynp.ndarray, lazynp.LazyScalar, numpy.float64)
    assert result == 3.5
    assert _fallback.n_fallbacks() == before


def test_numpys_functions_stay_as_they_are() -> None:
    """Texts have globals of their own."""
    written = numpy.trapezoid._implementation  # type: ignore[attr-defined]
    assert written.__globals__["asanyarray"] is numpy.asanyarray
    ours = lazynp.trapezoid.__text__
    assert ours.__code__ is written.__code__
    assert ours.__globals__["asanyarray"] is _namespace.function_for(numpy.asanyarray)
    assert isinstance(lazynp.trapezoid, _core.function)
