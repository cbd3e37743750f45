"""Keywords of the Python array API standard that NumPy's functions do not have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy

from lazynp import _core


class Extended(_core.function):
    """A function of NumPy's with one more keyword; without it the call is NumPy's."""

    keyword: inspect.Parameter
    extension: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        without = super().__call__
        if self.keyword.name not in kwargs:
            return without(*args, **kwargs)
        return self.extension(without, *args, **kwargs)

    def extend(self, of: Any) -> None:
        """Take the keyword, and show it."""
        self.keyword, self.extension = _EXTENSIONS[of]
        theirs = inspect.signature(of)
        self.__signature__ = theirs.replace(parameters=[*theirs.parameters.values(), self.keyword])
        self.__doc__ = f"{of.__doc__}\nlazynp adds the array API standard's ``{self.keyword}``.\n"


def sort(
    ascending: Any,
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool,
) -> Any:
    if not descending:
        return ascending(a, axis, kind, order, stable=stable)
    a, axis, stable = _backwards(a, axis, kind, stable)
    return numpy.flip(ascending(a, axis, kind, order, stable=stable), axis)


def argsort(
    ascending: Any,
    a: Any,
    axis: int | None = -1,
    kind: str | None = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool,
) -> Any:
    if not descending:
        return ascending(a, axis, kind, order, stable=stable)
    a, axis, stable = _backwards(a, axis, kind, stable)
    positions = numpy.flip(ascending(a, axis, kind, order, stable=stable), axis)
    return a.shape[axis] - 1 - positions


def _backwards(
    a: Any, axis: int | None, kind: str | None, stable: bool | None
) -> tuple[Any, int, bool | None]:
    """The array in which an ascending sort sees the last of equal elements first.

    The standard's sorts are stable where nothing else is asked for.
    """
    if axis is None:
        a, axis = numpy.ravel(a), 0
    return numpy.flip(a, axis), axis, True if kind is None and stable is None else stable


def fftfreq(without: Any, *args: Any, dtype: Any, **kwargs: Any) -> Any:
    result = without(*args, **kwargs)
    return result if dtype is None else result.astype(dtype)


def _keyword(name: str, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)


# NumPy's function -> the keyword, and what a call with it means.
_EXTENSIONS: dict[Any, tuple[inspect.Parameter, Callable[..., Any]]] = {
    numpy.sort: (_keyword("descending", False), sort),
    numpy.argsort: (_keyword("descending", False), argsort),
    numpy.fft.fftfreq: (_keyword("dtype", None), fftfreq),
    numpy.fft.rfftfreq: (_keyword("dtype", None), fftfreq),
}


def function_type(of: Any) -> type[_core.function]:
    """The class of our counterpart of a function of NumPy's."""
    if of in _EXTENSIONS and _EXTENSIONS[of][0].name not in inspect.signature(of).parameters:
        return Extended
    return _core.function
