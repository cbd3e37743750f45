"""What a class derived from lazynp.ndarray really derives from: numpy.ndarray, knowing ours."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp._fallback import call


class ndarray(numpy.ndarray):
    __doc__ = numpy.ndarray.__doc__
    __slots__ = ()

    def view(self, *args: Any, **kwargs: Any) -> Any:
        return call(numpy.ndarray.view, (self, *args), kwargs, False)


class overriding_ndarray(ndarray):
    """For classes with an __array_ufunc__ of their own, whose super() call may name our arrays."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        served_by = numpy.ndarray.__array_ufunc__
        return call(served_by, (self, ufunc, method, *inputs), kwargs, False)


ndarray.view.__doc__ = numpy.ndarray.view.__doc__
for _class in (ndarray, overriding_ndarray):
    _class.__name__ = _class.__qualname__ = "ndarray"
    _class.__module__ = "lazynp"
