"""What libraries that import NumPy themselves see of our arrays in Python: NumPy's class."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy
import pytest

import lazynp as np


def test_isinstance_of_numpys_array() -> None:
    array = np.arange(3.0)
    assert isinstance(array, numpy.ndarray)
    assert isinstance(array, np.ndarray)
    assert array.__class__ is numpy.ndarray
    assert type(array) is np.ndarray


def test_what_is_registered_for_numpys_array_is_found() -> None:
    @functools.singledispatch
    def name(x: Any) -> str:
        return "object"

    name.register(numpy.ndarray, lambda x: "array")
    assert name(np.arange(3.0)) == "array"
    assert inspect.getmro(np.ndarray) == (np.ndarray, numpy.ndarray, object)


def test_subclasses_are_numpys_still() -> None:
    class Table(np.ndarray):
        pass

    assert Table.__mro__[-2:] == (numpy.ndarray, object)
    assert isinstance(np.arange(3.0).view(Table), Table)


def test_classes_of_python_are_not_misled() -> None:
    assert not isinstance(np.arange(3.0), numpy.generic)
    assert not isinstance(np.arange(3.0), (list, float, numpy.matrix))


@pytest.mark.parametrize("call", ["log(x)", "add(x, 1)", "power(x, x)", "add.reduce(x)"])
def test_functions_of_ma_make_masked_arrays_of_numpys(call: str) -> None:
    x = np.array([1.0, 2.0, 4.0])
    masked = eval(f"ma.{call}", {"ma": np.ma, "x": x})
    expected = eval(f"ma.{call}", {"ma": numpy.ma, "x": numpy.array(x)})
    assert numpy.array_equal(numpy.ma.filled(masked, 0), numpy.ma.filled(expected, 0))
    assert type(masked) is type(expected)
    assert getattr(masked, "_baseclass", numpy.ndarray) is numpy.ndarray


@pytest.mark.parametrize("name", ["atleast_1d", "atleast_2d", "atleast_3d"])
def test_numpys_own_conversions_give_numpys_arrays(name: str) -> None:
    array = np.arange(3.0)
    theirs, ours = getattr(numpy, name)(array), getattr(np, name)(array)
    assert type(theirs) is numpy.ndarray
    assert type(ours) is np.ndarray
    assert numpy.shares_memory(theirs, ours)
    first, second = getattr(numpy, name)(array, [1, 2])
    assert type(first) is type(second) is numpy.ndarray
