"""The array API standard's dtypes: what functions give for every dtype and every pair."""

from __future__ import annotations

from itertools import product
from typing import Any

import array_api_strict
import array_api_tables as tables
import numpy
import pytest

import lazynp as np
import lazynp.array_api

pytestmark = pytest.mark.filterwarnings("ignore")

MODULES = [np, lazynp.array_api]
in_both = pytest.mark.parametrize("xp", MODULES, ids=lambda module: module.__name__)
UNARY, BINARY = tables.by_name(tables.UNARY), tables.by_name(tables.BINARY)
OTHERS = tables.by_name(tables.OTHERS)
PROMOTIONS = tables.promotions()
# A strictly diagonally dominant matrix, so that every factorization exists.
MATRIX, VECTOR = [[7, 1, 2], [1, 5, 1], [2, 1, 6]], [3, 1, 2]


def ones(xp: Any, short_name: str, shape: tuple[int, ...] = (2,)) -> Any:
    return xp.ones(shape, dtype=numpy.dtype(short_name))


def dtype_of(result: Any) -> str:
    """The short name of an array's dtype."""
    dtype = numpy.dtype(str(result.dtype).rpartition(".")[2])
    return f"{dtype.kind}{dtype.itemsize}"


def test_the_tables_are_array_api_stricts() -> None:
    """The promotion of every pair, and that the kinds are those that it takes."""
    short = {n: getattr(array_api_strict, numpy.dtype(n).name) for n in tables.SHORT_NAMES}
    for first, second in product(short, repeat=2):
        try:
            promoted = array_api_strict.result_type(short[first], short[second])
            assert short[PROMOTIONS[first, second]] == promoted
        except TypeError:
            assert (first, second) not in PROMOTIONS or {first[0], second[0]} == {"f", "c"}
    for name, (kinds, *_) in {**UNARY, **BINARY}.items():
        for n in tables.SHORT_NAMES:
            x = array_api_strict.ones((2,), dtype=short[n])
            try:
                getattr(array_api_strict, name)(*[x] * (1 if name in UNARY else 2))
                is_taken = True
            except TypeError:
                is_taken = False
            assert is_taken or n[0] not in kinds, (name, n)


@in_both
@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_array(xp: Any, name: str) -> None:
    kinds, result_of = UNARY[name]
    for dtype in tables.of_kinds(kinds):
        for shape in ((2,), (), (0, 3)):
            result = getattr(xp, name)(ones(xp, dtype, shape))
            assert dtype_of(result) == result_of[dtype], dtype
            assert result.shape == shape


@in_both
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays(xp: Any, name: str) -> None:
    kinds, is_promoted = BINARY[name]
    function = getattr(xp, name)
    for (first, second), promoted in PROMOTIONS.items():
        if first[0] in kinds and second[0] in kinds:
            expected = promoted if is_promoted else tables.BOOL
            shapes: Any = [((2,), (2,)), ((3, 1), (2,)), ((), ())]
            for one, other in shapes:
                result = function(ones(xp, first, one), ones(xp, second, other))
                assert dtype_of(result) == expected, (first, second)
                assert result.shape == numpy.broadcast_shapes(one, other)


@in_both
@pytest.mark.parametrize("name", BINARY)
def test_a_python_number_takes_the_arrays_dtype(xp: Any, name: str) -> None:
    """A bool, int, float or complex with an array of its kind, or of a higher one."""
    kinds, is_promoted = BINARY[name]
    numbers = {"b": [True], "iu": [1], "f": [1, 1.0], "c": [1, 1.0, 1 + 0j]}
    for of_kind, values in numbers.items():
        for dtype in tables.of_kinds("".join(set(of_kind) & set(kinds))):
            x, expected = ones(xp, dtype), dtype if is_promoted else tables.BOOL
            for value in values:
                assert dtype_of(getattr(xp, name)(x, value)) == expected, dtype
                assert dtype_of(getattr(xp, name)(value, x)) == expected, dtype


@in_both
def test_result_type_of_every_pair(xp: Any) -> None:
    for (first, second), promoted in PROMOTIONS.items():
        types = numpy.dtype(first), numpy.dtype(second)
        assert xp.result_type(*types) == numpy.dtype(promoted)
        assert xp.result_type(ones(xp, first), types[1]) == numpy.dtype(promoted)
        pair = [ones(xp, first), ones(xp, second)]
        for joined in (xp.concat(pair), xp.stack(pair), xp.where(xp.asarray([True, False]), *pair)):
            assert dtype_of(joined) == promoted


@in_both
@pytest.mark.parametrize("call", OTHERS)
def test_the_rest(xp: Any, call: str) -> None:
    kinds, result_of = OTHERS[call]
    for dtype in tables.of_kinds(kinds):
        x, v = (xp.asarray(a, dtype=numpy.dtype(dtype)) for a in (MATRIX, VECTOR))
        result = eval(f"xp.{call}", {"xp": xp, "x": x, "v": v, "asarray": xp.asarray})
        assert dtype_of(result) == result_of[dtype], dtype


@in_both
@pytest.mark.parametrize("name", ["sum", "prod", "cumulative_sum", "cumulative_prod"])
@pytest.mark.parametrize("dtype", tables.of_kinds("iufc"))
def test_the_dtype_that_is_asked_for(xp: Any, name: str, dtype: str) -> None:
    x = xp.asarray([1, 2], dtype=xp.int8)
    assert dtype_of(getattr(xp, name)(x, dtype=numpy.dtype(dtype))) == dtype


@in_both
def test_creation(xp: Any) -> None:
    """Default dtypes, and those asked for."""
    defaults = {
        "asarray(True)": "b1",
        "asarray([1, True])": "i8",
        "asarray([1, 2.0])": "f8",
        "asarray([[1.0, 2j]])": "c16",
        "arange(3) full(2, 1) full((), -1)": "i8",
        "arange(3.0) linspace(0, 1, 3) zeros(2) ones(2) empty(2) eye(2) full(2, 1.0)": "f8",
        "full(2, True)": "b1",
        "full(2, 1j) linspace(0, 1j, 3)": "c16",
        "fft.fftfreq(4) fft.rfftfreq(4)": "f8",
    }
    for calls, expected in defaults.items():
        for call in calls.replace(") ", ")|").split("|"):
            assert dtype_of(eval(f"xp.{call}", {"xp": xp})) == expected, call
    for dtype in tables.SHORT_NAMES:
        given = {"dtype": numpy.dtype(dtype)}
        assert dtype_of(xp.full((2,), 1, **given)) == dtype
        for create in (xp.zeros, xp.ones, xp.empty, xp.eye):
            assert dtype_of(create(2, **given)) == dtype
        for other in tables.SHORT_NAMES:
            assert dtype_of(xp.zeros_like(ones(xp, other), **given)) == dtype
