"""round and around: NumPy's bits, layouts, errors and warnings for every dtype and order."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from comparison import ARRANGEMENTS, NATIVE_DTYPES, outcome, special_values, tame_values

import lazynp

DECIMALS = [0, 1, 2, 7, 25, -1, -2, -3, -25, 400]


def check(call: Any, what: str) -> None:
    before = sum(row.count for row in lazynp.fallbacks())
    expected, got = (outcome(lambda m=m: call(m), True) for m in (numpy, lazynp))
    assert got == expected, f"{what}:\nNumPy:  {expected}\nlazynp: {got}"
    if expected.error is None:
        assert sum(row.count for row in lazynp.fallbacks()) == before, what


@pytest.mark.parametrize("decimals", DECIMALS)
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_every_dtype_and_arrangement(dtype: str, decimals: int) -> None:
    values = special_values(dtype)
    for name, build in ARRANGEMENTS.items():
        check(lambda m, b=build: b(m, values).round(decimals), f"{dtype} {name} {decimals}")
    many = tame_values(dtype, (3, 4, 5), seed=1)
    for order in "CF":
        check(lambda m, o=order: m.round(m.array(many, order=o), decimals), f"{dtype} {order}")
    for axes in ((1, 0, 2), (0, 2, 1), (2, 1, 0)):
        check(
            lambda m, x=axes: m.around(m.array(many).transpose(x)[:, ::-1], decimals=decimals),
            f"{dtype} {axes} {decimals}",
        )


def test_ties_go_to_even() -> None:
    x = lazynp.array([0.5, 1.5, 2.5, -0.5, 12.45])
    assert x.round().tolist() == [0, 2, 2, 0, 12]
    assert numpy.signbit(numpy.asarray(x.round()))[3]


def test_random_numbers() -> None:
    random = numpy.random.default_rng(3)
    for decimals in DECIMALS:
        values = random.normal(size=1000) * 10.0 ** random.integers(-6, 9, 1000)
        for dtype in "fdFD":
            x = values.astype(dtype)
            check(lambda m, x=x, n=decimals: m.round(m.array(x), n), f"{dtype} {decimals}")
