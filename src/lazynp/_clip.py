"""clip, which NumPy reads as one of four ufuncs."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp import _core

_NO_VALUE = numpy._NoValue
_LAZY = frozenset({_core.ndarray, _core.LazyScalar})
_ufuncs = _core.ufuncs


def _method(a: Any, min: Any = None, max: Any = None, out: Any = None, **kwargs: Any) -> Any:
    if _LAZY.isdisjoint((type(a), type(min), type(max))):
        return NotImplemented
    dtype = a.dtype if type(a) in _LAZY else numpy.asarray(a).dtype
    if dtype.kind in "iu":  # Python integers beyond the dtype limit nothing
        info = numpy.iinfo(dtype)
        min = None if type(min) is int and min <= info.min else min
        max = None if type(max) is int and max >= info.max else max
    if min is None and max is None:
        return _ufuncs["positive"](a, out=out, **kwargs)
    if min is None:
        return _ufuncs["minimum"](a, max, out=out, **kwargs)
    if max is None:
        return _ufuncs["maximum"](a, min, out=out, **kwargs)
    if out is not None or kwargs:
        return NotImplemented
    return _core.record("clip", (a, min, max))


def clip(
    a: Any,
    a_min: Any = _NO_VALUE,
    a_max: Any = _NO_VALUE,
    out: Any = None,
    *,
    min: Any = _NO_VALUE,
    max: Any = _NO_VALUE,
    **kwargs: Any,
) -> Any:
    if a_min is _NO_VALUE and a_max is _NO_VALUE:
        a_min = None if min is _NO_VALUE else min
        a_max = None if max is _NO_VALUE else max
    elif a_min is _NO_VALUE or a_max is _NO_VALUE or min is not _NO_VALUE or max is not _NO_VALUE:
        return NotImplemented  # NumPy refuses it
    return _method(a, a_min, a_max, out, **kwargs)


method = _core.function(numpy.ndarray.clip, _method, True, True)
