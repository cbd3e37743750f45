"""What classes derived from lazynp.ndarray or the mixin of operators get: NumPy's, knowing ours."""

from __future__ import annotations

from typing import Any

import numpy
from numpy.lib import mixins

from lazynp import _core
from lazynp._fallback import call


def _give_our_ufuncs(cls: Any) -> None:
    """Let the __array_ufunc__ that a class defines see the ufuncs of our namespace."""
    if callable(override := vars(cls).get("__array_ufunc__")):
        cls.__array_ufunc__ = _core.with_our_ufuncs(override)


class ndarray(numpy.ndarray):
    __doc__ = numpy.ndarray.__doc__
    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _give_our_ufuncs(cls)

    def view(self, *args: Any, **kwargs: Any) -> Any:
        return call(numpy.ndarray.view, (self, *args), kwargs, False)


class overriding_ndarray(ndarray):
    """For classes with an __array_ufunc__ of their own, whose super() call may name our arrays."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        served_by = numpy.ndarray.__array_ufunc__
        return call(served_by, (self, ufunc, method, *inputs), kwargs, False)


class NDArrayOperatorsMixin(mixins.NDArrayOperatorsMixin):
    __doc__ = mixins.NDArrayOperatorsMixin.__doc__
    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _give_our_ufuncs(cls)


NDArrayOperatorsMixin.__module__ = "lazynp.lib.mixins"
ndarray.view.__doc__ = numpy.ndarray.view.__doc__
for _class in (ndarray, overriding_ndarray):
    _class.__name__ = _class.__qualname__ = "ndarray"
    _class.__module__ = "lazynp"
