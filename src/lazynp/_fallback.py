"""Names served by NumPy at once: counted, reported, and refused where the user wants none."""

from __future__ import annotations

import contextlib
import functools
import types
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from lazynp import _array_likes, _core

call = _core.call_numpy


class Fallback(NamedTuple):
    """How often NumPy did the work at one place of the program: a row of fallbacks().

    The name of the function as a user writes it, the number of calls, the bytes of the arrays
    involved, and file:line.

    >>> import lazynp
    >>> lazynp.Fallback("einsum", 2, 64, "program.py:3").n_bytes
    64
    """

    name: str
    count: int  # type: ignore[assignment]
    n_bytes: int
    location: str


def name_of(function: Any) -> str:
    """The name of a NumPy callable as a user writes it, without the leading 'numpy.'."""
    if isinstance(getattr(function, "__self__", None), types.GetSetDescriptorType):
        function = function.__self__  # the reading or writing half of an attribute
    name: str = getattr(function, "__name__", type(function).__name__)
    owner = getattr(function, "__objclass__", None) or getattr(function, "__self__", None)
    if isinstance(owner, (type, numpy.ufunc)):
        return f"{owner.__name__}.{name}"
    module = getattr(function, "__module__", None) or ""
    module = module.removeprefix("numpy").removeprefix(".")
    return name if not module or module.startswith("_") else f"{module}.{name}"


def fallbacks() -> list[Fallback]:
    """Every place where NumPy did the work: name, calls, bytes of the arrays involved, file:line.

    >>> import lazynp
    >>> all(f.count > 0 for f in lazynp.fallbacks())
    True
    """
    rows = [
        Fallback(name_of(function), n_calls, n_bytes, f"{file}:{line}")
        for function, file, line, n_calls, n_bytes in _core.fallback_counts()
    ]
    return sorted(rows, key=lambda row: (-row.n_bytes, -row.count, row.name))


def n_fallbacks() -> int:
    """Number of calls that NumPy served."""
    return int(_core.n_fallbacks())


def _warn(function: Any, n_bytes: int) -> None:
    text = f"lazynp: {name_of(function)}: NumPy does this at once; got {n_bytes} bytes"
    warnings.warn(text, RuntimeWarning, stacklevel=2)


def _refuse(function: Any, n_bytes: int) -> None:
    raise _core.LazyError(
        f"lazynp: {name_of(function)}: NumPy would do this; got {n_bytes} bytes and "
        "config.fallback='raise'; use a native operation or config.fallback='allow'"
    )


def set_policy(policy: str) -> None:
    """What happens before NumPy works: "allow" nothing, "warn" a warning, "raise" LazyError."""
    _core.set_fallback({"allow": None, "warn": _warn, "raise": _refuse}[policy])


# ------------------------------------------------------------------ functions of the namespace
def forward(function: Callable[..., Any], counted: bool = True) -> Any:
    """A function of ours that NumPy serves."""
    return _core.function(function, None, binds(function), counted)


def binds(function: Any) -> bool:
    """Whether a function found in a class becomes its method; C functions do not."""
    return not isinstance(function, types.BuiltinFunctionType)


def with_callbacks(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function, for which the user's functions among the arguments see our arrays."""

    def served_by_numpy(*args: Any, **kwargs: Any) -> Any:
        args = tuple(map(_callback, args))
        return call(function, args, {name: _callback(x) for name, x in kwargs.items()})

    return served_by_numpy


def _callback(x: Any) -> Any:
    """A user's function that is given our arrays and may return them; anything else as it is."""
    if isinstance(x, (list, tuple)):
        return type(x)([_callback(item) for item in x])
    if not isinstance(x, (types.FunctionType, types.MethodType, functools.partial)):
        return x

    @functools.wraps(x)
    def called_by_numpy(*args: Any, **kwargs: Any) -> Any:
        args = tuple(map(_core.take, args))
        return _core.lend(x(*args, **{name: _core.take(item) for name, item in kwargs.items()}))

    return called_by_numpy


def _warns_of_positional_out(ufunc: numpy.ufunc) -> bool:
    """Whether NumPy deprecates `out` by its position, as for maximum and minimum."""
    if (ufunc.nin, ufunc.nout) != (2, 1):
        return False
    nothing = numpy.empty(0)
    with warnings.catch_warnings(record=True) as caught, contextlib.suppress(TypeError, ValueError):
        warnings.simplefilter("always")
        ufunc(nothing, nothing, nothing)
    return any(issubclass(w.category, DeprecationWarning) for w in caught)


# ------------------------------------------------------------------ what NumPy gets for ours
for _name, _ufunc in _core.ufuncs.items():
    _core.lend_as(_ufunc, getattr(numpy, _name))
    if _warns_of_positional_out(getattr(numpy, _name)):
        _core.set_warns_of_positional_out(_ufunc)
_core.lend_as(_core.ndarray, numpy.ndarray)
_core.lend_as(_core.ufunc, numpy.ufunc)
_core.set_array_like_class(_array_likes.ArrayLike)
