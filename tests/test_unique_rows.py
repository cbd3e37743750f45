"""numpy.unique along an axis: NumPy's bits, without NumPy where the rows are of integers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
from comparison import outcome

import lazynp
from lazynp import _fallback

SHAPES = [(7, 2), (2, 9), (5, 1), (1, 4), (4, 2, 3), (6, 40)]
FLAGS = list(itertools.product([False, True], repeat=3))


def table(shape: tuple[int, ...], dtype: str) -> numpy.ndarray:
    values = numpy.random.default_rng(1).integers(0, 2, shape)
    return (values * 200 if dtype in "Bl" else values).astype(dtype)


@pytest.mark.parametrize("dtype", [*"?bBhIlQ", "f", "D"])
@pytest.mark.parametrize("shape", SHAPES)
def test_same_bits(shape: tuple[int, ...], dtype: str) -> None:
    for axis, flags, order in itertools.product(range(-1, len(shape)), FLAGS, "CF"):

        def call(np: Any, axis: int = axis, flags: Any = flags, order: str = order) -> Any:
            return np.unique(np.array(table(shape, dtype), order=order), *flags, axis=axis)

        assert outcome(lambda: call(lazynp)) == outcome(lambda: call(numpy)), (axis, flags, order)


def test_integers_are_not_left_to_numpy() -> None:
    a = lazynp.array(table((7, 3), "l"))
    before = _fallback.n_fallbacks()
    lazynp.unique(a, True, True, True, axis=0)
    lazynp.unique(a > 0, axis=1)
    assert _fallback.n_fallbacks() == before


@pytest.mark.parametrize("axis", [2, -3, 1.5, None, 0])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (4,), (2, 2)])
def test_what_is_refused_and_what_is_empty(shape: tuple[int, ...], axis: Any) -> None:
    expected = outcome(lambda: numpy.unique(numpy.ones(shape, int), axis=axis))
    assert outcome(lambda: lazynp.unique(lazynp.ones(shape, int), axis=axis)) == expected
