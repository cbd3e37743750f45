"""Tells the C type which function of ours answers for a NumPy function (__array_function__)."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp import _core

_Dispatched = type(numpy.shape)


def register(of: Any, native: Any, *service: Any) -> None:
    """Let numpy.<of> on our arrays take our way.

    NumPy's dispatch is over by then, so its implementation is what serves; through the function
    itself, an array that could not be replaced would be dispatched again and again.
    """
    if isinstance(of, _Dispatched):
        served_by = of._implementation  # type: ignore[attr-defined]
        _core.register_function(of, _core.function(served_by, native, True, *service))


def register_conversion(of: Any) -> None:
    """Let numpy.<of> make NumPy's arrays of ours, as numpy.asarray does.

    A library calls it on what it was given, and goes on to C code that takes nothing else.
    """

    def converted(*arrays: Any) -> Any:
        return of(*map(numpy.asanyarray, arrays))

    _core.register_function(of, converted)
