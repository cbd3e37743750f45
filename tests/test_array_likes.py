"""Objects whose __array__ returns an array of ours are arrays to every function, as in NumPy."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import lazynp as np


class Holder:
    """What a program that swaps its import has: a class whose __array__ makes a lazynp array."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.copies: list[Any] = []

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        self.copies.append(copy)
        return self.array


def test_the_array_itself_comes_out() -> None:
    array = np.arange(4.0)
    holder = Holder(array)
    for copy in (True, None, False):
        assert np.array(holder, copy=copy) is array
        assert set(holder.copies) == {copy}  # asked again after NumPy refused what it got
        holder.copies.clear()
    assert np.asarray(holder) is array


@pytest.mark.parametrize(
    "function",
    [
        lambda a, h: a + h,
        lambda a, h: np.multiply([1, 2, 3], h),
        lambda a, h: np.negative(h),
        lambda a, h: np.concatenate([a, h]),
        lambda a, h: np.array([h, [h][0]]),
        lambda a, h: np.intersect1d(a, h),
        lambda a, h: np.arange(10.0)[Holder(np.array([1, 2]))],
    ],
)
def test_it_is_an_operand(function: Any) -> None:
    array = np.array([1.0, 5.0, 2.0])
    expected = function(array, array)
    result = function(array, Holder(array))
    assert isinstance(result, type(expected))
    assert numpy.array_equal(result, expected)


def test_it_is_assigned() -> None:
    target = np.zeros((2, 3))
    target[0] = Holder(np.array([1.0, 5.0, 2.0]))
    target[1:] = [Holder(np.array([7, 8, 9]))]
    assert target.tolist() == [[1.0, 5.0, 2.0], [7.0, 8.0, 9.0]]


def test_it_is_stored_as_an_object_itself() -> None:
    holder = Holder(np.array(0.0))
    objects = np.array([holder], dtype=object)
    assert objects[0] is holder
    objects[:] = [Holder(np.arange(1.0)), 1][:1]
    assert not any("ArrayLike" in type(item).__name__ for item in objects)


def test_its_wrapping_gets_ours() -> None:
    seen: list[Any] = []

    class Wrapping(Holder):
        def __array_wrap__(self, array: Any, context: Any = None, scalar: bool = False) -> Any:
            seen.append((type(array), context[1]))
            return "wrapped"

    wrapping = Wrapping(np.array([1.0, 2.0]))
    assert np.negative(wrapping) == "wrapped"
    assert seen == [(np.ndarray, (wrapping,))]


def test_other_errors_stand() -> None:
    class Broken:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return "text"

    with pytest.raises(ValueError, match="not producing an array"):
        np.array(Broken())
    with pytest.raises(ValueError, match="not producing an array"):
        np.zeros(2)[:] = Broken()
