"""Objects of the program whose __array__ returns an array of ours, which NumPy refuses."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp import _core


class ArrayLike:
    """Stands for such an object in a call of NumPy, and lends NumPy what __array__ returns."""

    def __init__(self, original: Any) -> None:
        self.original = original
        self.loans: list[tuple[Any, Any]] = []  # what NumPy got, and ours

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        ours = self.original.__array__(*args, **kwargs)
        theirs = _core.lend(ours)
        if theirs is not ours:
            self.loans.append((theirs, ours))
        return theirs

    @staticmethod
    def put_back(array: Any) -> None:
        """Replace the stand-ins that NumPy stored in an array of objects."""
        for position in numpy.ndindex(array.shape):
            if type(array[position]) is ArrayLike:
                array[position] = array[position].original

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.original, name)
        if name != "__array_wrap__":
            return attribute
        return lambda *args: attribute(*map(_original, args))


def _original(x: Any) -> Any:
    """What the program sees of an object that NumPy hands back."""
    if type(x) is tuple:
        return tuple(map(_original, x))
    if type(x) is numpy.ndarray:
        return _core.take(x)
    if isinstance(x, numpy.ufunc):
        ours = _core.ufuncs.get(x.__name__)
        return ours if ours is not None and ours._numpy is x else x
    return x.original if type(x) is ArrayLike else x
