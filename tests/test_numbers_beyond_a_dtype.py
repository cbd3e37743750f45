"""Storing or choosing a number that the dtype cannot hold warns when recorded, as in NumPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy
import pytest

import lazynp

NUMBERS = {
    "integer to float16": (70000, "e"),
    "float to float16": (70000.0, "e"),
    "float32 to float16": (numpy.float32(70000), "e"),
    "float64 to float32": (numpy.float64(1e300), "f"),
    "complex to complex64": (2e300j, "F"),
    "complex128 to complex64": (numpy.complex128(2e300), "F"),
    "infinity to int8": (numpy.float64(numpy.inf), "b"),
    "nan to uint64": (numpy.float32(numpy.nan), "Q"),
    "negative to uint8": (numpy.float64(-5), "B"),
    "held by float16": (60000.0, "e"),
    "held by int8": (numpy.float64(100), "b"),
}


def copied(np: ModuleType, number: Any, dtype: str) -> Any:
    target = np.zeros(3, dtype)
    np.copyto(target, number, casting="unsafe")
    return target


def copied_by_mask(np: ModuleType, number: Any, dtype: str) -> Any:
    target = np.zeros(3, dtype)
    np.copyto(target, number, casting="unsafe", where=[True, False, True])
    return target


def copied_from_array(np: ModuleType, number: Any, dtype: str) -> Any:
    target = np.zeros(3, dtype)
    np.copyto(target, np.array([number] * 3), casting="unsafe")
    return target


def chosen(np: ModuleType, number: Any, dtype: str) -> Any:
    return np.where(np.array([True, False]), np.zeros(2, dtype), number)


def outcome(np: ModuleType, use: Callable[..., Any], number: Any, dtype: str) -> tuple[str, ...]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = use(np, number, dtype)
        told = [f"{w.category.__name__}: {w.message}" for w in caught]
    return (repr(made), *told)


@pytest.mark.parametrize("use", [copied, copied_by_mask, copied_from_array, chosen])
@pytest.mark.parametrize("name", NUMBERS)
def test_warnings_and_values_are_numpys(name: str, use: Callable[..., Any]) -> None:
    number, dtype = NUMBERS[name]
    assert outcome(lazynp, use, number, dtype) == outcome(numpy, use, number, dtype)


@pytest.mark.parametrize("use", [copied, copied_by_mask, copied_from_array])
def test_they_raise_where_the_program_wants_it(use: Callable[..., Any]) -> None:
    for np in (numpy, lazynp):
        with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="overflow"):
            use(np, numpy.float64(1e300), "f")
