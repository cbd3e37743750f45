"""NumPy does the work at once: lend it our arrays, call it, take its results, count the call."""

from __future__ import annotations

import functools
import os
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from lazynp import _core
from lazynp._config import config

_HERE = os.path.dirname(os.path.abspath(__file__))
_NUMPY = os.path.dirname(os.path.abspath(numpy.__file__))
_Lent = dict[int, tuple[numpy.ndarray[Any, Any], Any]]   # id(lent ndarray) -> (it, our array)


class Fallback(NamedTuple):
    """How often NumPy did the work at one place of the program."""

    name: str
    count: int
    n_bytes: int
    location: str


_counts: dict[tuple[str, str, int], list[int]] = {}


def fallbacks() -> list[Fallback]:
    """Every place where NumPy did the work: name, calls, bytes of the arrays involved, file:line.

    >>> import lazynp
    >>> all(f.count > 0 for f in lazynp.fallbacks())
    True
    """
    rows = [
        Fallback(name, count, n_bytes, f"{file}:{line}")
        for (name, file, line), (count, n_bytes) in list(_counts.items())
    ]
    return sorted(rows, key=lambda row: (-row.n_bytes, -row.count, row.name))


def n_fallbacks() -> int:
    """Number of calls that NumPy served."""
    return sum(count for count, _ in list(_counts.values()))


def name_of(function: Any) -> str:
    """The name of a NumPy callable as a user writes it, without the leading 'numpy.'."""
    function = getattr(function, "__self__", None) if _is_accessor(function) else function
    name: str = getattr(function, "__name__", type(function).__name__)
    if (owner := getattr(function, "__objclass__", None)) is not None:
        return f"{owner.__name__}.{name}"
    module = getattr(function, "__module__", None) or ""
    module = module.removeprefix("numpy").removeprefix(".")
    return name if not module or module.startswith("_") else f"{module}.{name}"


def _is_accessor(function: Any) -> bool:
    """Whether this is the reading or writing half of an attribute of numpy.ndarray."""
    return isinstance(getattr(function, "__self__", None), types.GetSetDescriptorType)


def _user_position() -> tuple[str, int]:
    """File and line of the innermost frame outside lazynp and NumPy."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_HERE, _NUMPY, "<lazynp")):
            return file, frame.f_lineno
        frame = frame.f_back
    return "<unknown>", 0


def _count(function: Any, n_bytes: int) -> None:
    name = name_of(function)
    file, line = _user_position()
    row = _counts.setdefault((name, file, line), [0, 0])
    row[0] += 1
    row[1] += n_bytes
    if config.fallback == "allow":
        return
    text = f"lazynp: {name}: NumPy does this at once; got {n_bytes} bytes at {file}:{line}"
    if config.fallback == "raise":
        raise _core.LazyError(f"{text}; use a native operation or config.fallback='allow'")
    warnings.warn_explicit(text, RuntimeWarning, file, line)


# ------------------------------------------------------------------ from ours to NumPy's
def _lend(x: Any, lent: _Lent) -> Any:
    """`x` with every array of ours replaced by an ndarray on the same memory."""
    lender = _LENDERS.get(type(x))
    if lender is not None:
        return lender(x, lent)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*[_lend(item, lent) for item in x])
    return x


def _lend_array(x: Any, lent: _Lent) -> Any:
    ndarray = _core.to_numpy(x)
    lent[id(ndarray)] = (ndarray, x)
    return ndarray


def _lend_scalar(x: Any, lent: _Lent) -> Any:
    return numpy.asarray(x)[()]


def _lend_list(x: list[Any], lent: _Lent) -> list[Any]:
    if _LENDERS.keys().isdisjoint(map(type, x)):
        return x
    return [_lend(item, lent) for item in x]


def _lend_tuple(x: tuple[Any, ...], lent: _Lent) -> tuple[Any, ...]:
    if _LENDERS.keys().isdisjoint(map(type, x)):
        return x
    return tuple([_lend(item, lent) for item in x])


def _lend_dict(x: dict[Any, Any], lent: _Lent) -> dict[Any, Any]:
    if _LENDERS.keys().isdisjoint(map(type, x.values())):
        return x
    return {key: _lend(value, lent) for key, value in x.items()}


def _lend_function(x: Any, lent: _Lent) -> Any:
    """Our functions are handed over as NumPy's own, so that no array comes back to us."""
    return getattr(x, "__numpy__", x)


def _lend_ufunc(x: Any, lent: _Lent) -> Any:
    return _NUMPY_UFUNCS.get(id(x), x)


def _lend_type(x: Any, lent: _Lent) -> Any:
    return numpy.ndarray if x is _core.ndarray else numpy.ufunc if x is _core.ufunc else x


_NUMPY_UFUNCS = {id(ufunc): getattr(numpy, name) for name, ufunc in _core.ufuncs.items()}
_LENDERS: dict[type, Callable[[Any, _Lent], Any]] = {
    _core.ndarray: _lend_array,
    _core.LazyScalar: _lend_scalar,
    list: _lend_list,
    tuple: _lend_tuple,
    dict: _lend_dict,
    types.FunctionType: _lend_function,
    _core.ufunc: _lend_ufunc,
    type(_core.ndarray): _lend_type,
    type(_core.ufunc): _lend_type,
}


# ------------------------------------------------------------------ from NumPy's to ours
def _take(x: Any, lent: _Lent, unshared: int) -> Any:
    """`x` with every ndarray in it wrapped; `unshared` is its reference count if we alone hold it.

    Memory that only this result holds is adopted; all other memory may be written by somebody
    else and is aliased.
    """
    kind = type(x)
    if kind is numpy.ndarray:
        if (known := lent.get(id(x))) is not None:
            return known[1]
        if sys.getrefcount(x) <= unshared and _owns_memory(x):
            return _core.adopt(x)
        return _core.from_numpy(x, True)
    if kind is tuple or kind is list:
        below = _UNSHARED_ITEM if sys.getrefcount(x) <= unshared else 0
        items = [_take(item, lent, below) for item in x]
        return items if kind is list else tuple(items)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        below = _UNSHARED_ITEM if sys.getrefcount(x) <= unshared else 0
        return kind(*[_take(item, lent, below) for item in x])
    if kind is dict:
        return {key: _take(value, lent, 0) for key, value in x.items()}
    return x


def _owns_memory(x: numpy.ndarray[Any, Any]) -> bool:
    """Whether no other object can reach the memory of an ndarray that we alone hold."""
    if not x.flags.writeable:
        return False
    base = x.base
    if base is None:
        return x.flags.owndata
    return (
        type(base) is numpy.ndarray
        and base.base is None
        and base.flags.owndata
        and sys.getrefcount(base) <= _UNSHARED_BASE
    )


def _reference_counts() -> tuple[int, int, int]:
    """What getrefcount answers inside _take for a result, an item and a base that nobody shares."""

    def inside(x: Any, lent: _Lent, unshared: int) -> int:
        return sys.getrefcount(x)

    def below(x: Any) -> int:
        base = x.base
        return sys.getrefcount(base)

    result = numpy.empty(2)
    direct = inside(result, {}, 0)
    result = (numpy.empty(2),)
    item = [inside(item, {}, 0) for item in result][0]
    return direct, item, below(numpy.empty(2)[:])


_UNSHARED, _UNSHARED_ITEM, _UNSHARED_BASE = _reference_counts()
_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, *numpy.ScalarType})


def call(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any] | None = None,
    counted: bool = True,
) -> Any:
    """Call a NumPy function on our arrays: same memory, NumPy's results wrapped as ours."""
    lent: _Lent = {}
    args = tuple([_lend(x, lent) for x in args])
    if kwargs:
        kwargs = {name: _lend(x, lent) for name, x in kwargs.items()}
    if lent and counted:
        _count(function, sum([ndarray.nbytes for ndarray, _ in lent.values()]))
    result = function(*args, **kwargs) if kwargs else function(*args)
    if type(result) in _PLAIN:
        return result
    if counted and not lent and type(result) is numpy.ndarray:
        _count(function, result.nbytes)
    return _take(result, lent, _UNSHARED)


def call_with_callbacks(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Like `call` for NumPy functions that call back: functions among the arguments see our arrays."""
    args = tuple(map(_callback, args))
    kwargs = {name: _callback(x) for name, x in kwargs.items()}
    return call(function, args, kwargs)


def _callback(x: Any) -> Any:
    """A user's function that is given our arrays and may return them; anything else as it is."""
    if isinstance(x, (list, tuple)):
        return type(x)([_callback(item) for item in x])
    is_function = isinstance(x, (types.FunctionType, types.MethodType, functools.partial))
    if not is_function or hasattr(x, "__numpy__"):
        return x

    @functools.wraps(x)
    def called_by_numpy(*args: Any, **kwargs: Any) -> Any:
        args = tuple([_take(item, {}, 0) for item in args])
        kwargs = {name: _take(item, {}, 0) for name, item in kwargs.items()}
        return _lend(x(*args, **kwargs), {})

    return called_by_numpy


def forward(function: Callable[..., Any], counted: bool = True) -> Callable[..., Any]:
    """A function of ours that NumPy serves."""

    def served_by_numpy(*args: Any, **kwargs: Any) -> Any:
        return call(function, args, kwargs, counted)

    return served_by_numpy


def forward_with_callbacks(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ours that NumPy serves and that calls the user's functions."""

    def served_by_numpy(*args: Any, **kwargs: Any) -> Any:
        return call_with_callbacks(function, args, kwargs)

    return served_by_numpy


# ------------------------------------------------------------------ layouts only
def _stand_in(x: Any) -> Any:
    """An ndarray with the layout and dtype of an array of ours, and memory that nobody reads."""
    if isinstance(x, (list, tuple)):
        return type(x)([_stand_in(item) for item in x])
    if type(x) is _core.LazyScalar:
        return numpy.empty((), x.dtype)[()]
    if type(x) is not _core.ndarray:
        return x
    if not _core.is_native(x.dtype):
        return _core.to_numpy(x)
    lowest = highest = 0
    for extent, stride in zip(x.shape, x.strides, strict=True):
        reach = (extent - 1) * stride
        lowest, highest = lowest + min(reach, 0), highest + max(reach, 0)
    memory = numpy.empty(0 if x.size == 0 else highest - lowest + x.itemsize, numpy.uint8)
    return numpy.ndarray(x.shape, x.dtype, memory, -lowest if x.size else 0, x.strides)


def forward_layouts(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ours that NumPy serves without seeing data: nothing is evaluated."""

    def served_by_numpy(*args: Any, **kwargs: Any) -> Any:
        args = tuple(map(_stand_in, args))
        kwargs = {name: _stand_in(x) for name, x in kwargs.items()}
        return call(function, args, kwargs, False)

    return served_by_numpy


_core.set_fallback(call)
