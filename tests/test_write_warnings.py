"""Writing what broadcast_arrays returned warns once, and reading its flags warns, as in NumPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy
import pytest

import lazynp


def assigned(np: ModuleType, a: Any, b: Any) -> None:
    a[0] = 1


def assigned_through_a_view(np: ModuleType, a: Any, b: Any) -> None:
    a.T[0] = 1


def added_in_place(np: ModuleType, a: Any, b: Any) -> None:
    a += b


def added_into(np: ModuleType, a: Any, b: Any) -> None:
    np.add(a, b, out=a)


def copied_into(np: ModuleType, a: Any, b: Any) -> None:
    np.copyto(a, b)


def filled(np: ModuleType, a: Any, b: Any) -> None:
    a.fill(3)


def allowed_before(np: ModuleType, a: Any, b: Any) -> None:
    a.flags.writeable = True
    a[0] = 1


WRITES = (
    *(assigned, assigned_through_a_view, added_in_place, added_into, copied_into, filled),
    allowed_before,
)


def events(function: Callable[[], Any]) -> list[str]:
    """What a function gave, and the warnings that it issued."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function()
    return [str(result), *(f"{w.category.__name__}: {w.message}" for w in caught)]


def course(np: ModuleType, write: Callable[..., None], dtype: str) -> list[list[str]]:
    a, b = np.broadcast_arrays(np.arange(3).astype(dtype), np.ones((2, 3), dtype))
    looks: list[Callable[[], Any]] = [
        lambda: a.flags.writeable,
        lambda: a.flags,
        lambda: a[0].flags.writeable,
        lambda: np.broadcast_arrays(a, b)[0].flags.writeable,
        lambda: memoryview(a).readonly,
        lambda: write(np, a, b),
        lambda: a.flags.writeable,
        lambda: a,
        lambda: write(np, a, b),
    ]
    return [events(look) for look in looks]


def test_a_number_that_was_broadcast_warns_too() -> None:
    def course(np: ModuleType) -> list[list[str]]:
        a, b = np.broadcast_arrays(0, np.arange(3))
        looks = (lambda: a.flags.writeable, lambda: assigned(np, a, b), lambda: a.tolist())
        return [events(look) for look in (*looks, lambda: b.flags.writeable)]

    assert course(lazynp) == course(numpy)


@pytest.mark.parametrize("dtype", ["d", "i4"])
@pytest.mark.parametrize("write", WRITES)
def test_warnings_are_numpys(write: Callable[..., None], dtype: str) -> None:
    assert course(lazynp, write, dtype) == course(numpy, write, dtype)


def test_the_flag_is_set_by_hand_and_cleared_by_writeable_alone() -> None:
    def course(np: ModuleType) -> list[list[str]]:
        a = np.arange(3.0)
        a.flags._warn_on_write = True
        with pytest.raises(ValueError, match="set writeable True"):
            a.flags._warn_on_write = False
        with pytest.raises(AttributeError):
            del a.flags._warn_on_write
        a.flags.writeable = True
        told = [events(lambda: assigned(np, a, a))]
        a.flags._warn_on_write = True
        return [*told, events(lambda: assigned(np, a, a)), events(lambda: assigned(np, a, a))]

    assert course(lazynp) == course(numpy)
