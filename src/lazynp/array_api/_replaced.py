"""The functions with which NumPy contradicts the standard, as the standard wants them.

They are composed of lazynp's own functions, and so they record and have gradients as those do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lazynp as np
from lazynp.array_api._contradictions import BY_FUNCTION
from lazynp.array_api._info import float_limits

functions: dict[str, Callable[..., Any]] = {}


def _replaces(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the function that stands in for NumPy's `name`, and document why."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        why = BY_FUNCTION[name]
        quotes = "\n\n".join(f"    {quote}" for quote in why.standard)
        function.__doc__ = (
            f"{function.__doc__}\n\nThe array API standard:\n\n{quotes}\n\nNumPy: {why.numpy}\n"
        )
        functions[name] = function
        return function

    return register


# ------------------------------------------------------------------ creation, dtypes
def _are_all_integers(obj: Any) -> bool:
    if isinstance(obj, (list, tuple)):
        return all(map(_are_all_integers, obj))
    return isinstance(obj, int)


@_replaces("asarray")
def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: Any = None) -> Any:
    """As NumPy's; integers that do not fit the default integer dtype raise OverflowError."""
    array = np.asarray(obj, dtype=dtype, device=device, copy=copy)
    if dtype is None and array.dtype.kind in "uO" and array.size and _are_all_integers(obj):
        raise OverflowError("asarray() got an integer that does not fit the default dtype, int64")
    return array


@_replaces("astype")
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """As NumPy's, but complex arrays are not cast to real ones."""
    if np.isdtype(x.dtype, "complex floating") and np.isdtype(
        np.dtype(dtype), ("integral", "real floating")
    ):
        raise TypeError(f"astype() does not cast {x.dtype} to {np.dtype(dtype)}; take a part of it")
    return np.astype(x, dtype, copy=copy, device=device)


@_replaces("finfo")
def finfo(type: Any, /) -> Any:
    """As NumPy's, with Python floats."""
    return float_limits(type)


# ------------------------------------------------------------------ element by element
@_replaces("clip")
def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """As NumPy's."""
    return np.clip(x, min, max)


@_replaces("floor_divide")
def floor_divide(x1: Any, x2: Any, /) -> Any:
    """As NumPy's; where an operand is infinite, the floor of the quotient."""
    dtype = np.result_type(x1, x2)
    if not np.isdtype(dtype, "real floating"):
        return np.floor_divide(x1, x2)
    x1, x2 = np.asarray(x1, dtype=dtype), np.asarray(x2, dtype=dtype)
    is_infinite = np.isinf(x1) | np.isinf(x2)
    quotient = np.where(is_infinite, x1, 1) / np.where(is_infinite, x2, 1)
    rest = np.floor_divide(np.where(is_infinite, 1, x1), np.where(is_infinite, 1, x2))
    return np.where(is_infinite, np.floor(quotient), rest)


@_replaces("expm1")
def expm1(x: Any, /) -> Any:
    """As NumPy's; of a complex array, with the standard's zeros and infinities."""
    result = np.expm1(x, out=...)
    if not np.isdtype(x.dtype, "complex floating"):
        return result
    a, b = np.real(x), np.imag(x)
    is_real = b == 0
    has_no_angle = ~np.isfinite(b)
    real = np.where((a == -np.inf) & has_no_angle, -1, np.real(result))
    real = np.where((a == np.inf) & (is_real | has_no_angle), np.inf, real)
    imag = np.where((a == -np.inf) & has_no_angle, 0, np.imag(result))
    result.real = np.where((a == 0) & is_real, real + 0.0, real)  # -0 + 0 is 0
    result.imag = np.where(is_real & np.isnan(imag), b, imag)
    return result


@_replaces("tanh")
def tanh(x: Any, /) -> Any:
    """As NumPy's; where the real part is infinite, the imaginary part is the zero of its sign."""
    result = np.tanh(x, out=...)
    if np.isdtype(x.dtype, "complex floating"):
        zero = np.copysign(0.0, np.imag(x))
        result.imag = np.where(np.isinf(np.real(x)), zero, np.imag(result))
    return result


# ------------------------------------------------------------------ sorting, differences
@_replaces("argsort")
def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """As NumPy's, but stable unless asked otherwise."""
    return np.argsort(x, axis=axis, descending=descending, stable=stable)


@_replaces("sort")
def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """As NumPy's, but stable unless asked otherwise."""
    return np.sort(x, axis=axis, descending=descending, stable=stable)


@_replaces("diff")
def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """As NumPy's; None is nothing to prepend or append."""
    ends = {"prepend": prepend, "append": append}
    given = {name: array for name, array in ends.items() if array is not None}
    return np.diff(x, axis=axis, n=n, **given)


# ------------------------------------------------------------------ linear algebra
def _as_complex(x: Any) -> Any:
    return np.astype(x, np.result_type(x.dtype, np.complex64), copy=False)


@_replaces("linalg.eig")
def eig(x: Any, /) -> Any:
    """As NumPy's, always complex."""
    values, vectors = result = np.linalg.eig(x)
    return type(result)(_as_complex(values), _as_complex(vectors))


@_replaces("linalg.eigvals")
def eigvals(x: Any, /) -> Any:
    """As NumPy's, always complex."""
    return _as_complex(np.linalg.eigvals(x))


@_replaces("linalg.pinv")
def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """As NumPy's, with the standard's tolerance unless one is given."""
    return np.linalg.pinv(x, rtol=rtol)
