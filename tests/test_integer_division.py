"""Integers divided by one number, which loops do without dividing: every divisor's bits."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from comparison import canonical

import lazynp

OPERATORS = (operator.floordiv, operator.mod)


def edges(dtype: str) -> numpy.ndarray:
    """Extremes, powers of two and multiples of small primes, each with its neighbours."""
    info = numpy.iinfo(dtype)
    points = [0, info.min, info.max, info.min // 2, info.max // 2]
    points += [sign * 2**k for k in range(info.bits) for sign in (-1, 1)]
    points += [sign * 3**a * 5**b * 7**c for a in range(9) for b in range(9) for c in range(9)
               for sign in (-1, 1)]  # fmt: skip
    around = {p + d for p in points for d in (-1, 0, 1)}
    return numpy.array(sorted(p for p in around if info.min <= p <= info.max), dtype)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("divide", OPERATORS)
@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
def test_every_divisor(dtype: str, divide: Callable[[Any, Any], Any]) -> None:
    x = edges(dtype)
    ours = lazynp.array(x)
    divisors = x if len(x) < 300 else numpy.random.default_rng(4).choice(x, 300)
    for divisor in numpy.concatenate([divisors, x[:3], x[-3:]]):
        found = numpy.asarray(divide(ours, divisor))
        assert canonical(found) == canonical(divide(x, divisor)), divisor


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("divide", OPERATORS)
def test_random_pairs(divide: Callable[[Any, Any], Any]) -> None:
    rng = numpy.random.default_rng(6)
    for bits in (4, 20, 40, 63):
        x = rng.integers(-(2**63), 2**63 - 1, 2000) >> int(63 - bits)
        ours = lazynp.array(x)
        for divisor in (rng.integers(-(2**63), 2**63 - 1, 60) >> int(rng.integers(0, 63))).tolist():
            found = numpy.asarray(divide(ours, divisor))
            assert canonical(found) == canonical(divide(x, divisor)), divisor


@pytest.mark.parametrize("n", [1, 31, 32, 33, 1000, 5000])
def test_every_length_and_in_place(n: int) -> None:
    def program(np: Any) -> list[Any]:
        x = np.array(numpy.arange(-n, n))
        y = x // 7 + x % -5
        x //= 3
        x[::2] %= 4
        return [numpy.asarray(x), numpy.asarray(y)]

    assert list(map(canonical, program(lazynp))) == list(map(canonical, program(numpy)))
