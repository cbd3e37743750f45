"""array and its relatives: what is ours already stays ours, everything else comes from NumPy."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp import _core

_ndarray = _core.ndarray
_HUGE_LENGTH = 1 << 37


def _is_plain(x: Any, like: Any, dtype: Any) -> bool:
    is_plain = type(x) is _ndarray and like is None
    return is_plain and (dtype is None or _core.is_native(x.dtype))


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: Any = True,
    order: Any = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    like: Any = None,
) -> Any:
    if _is_plain(object, like, dtype) and object.ndim >= ndmin and ndmax == 0:
        if copy is True or copy is numpy._CopyMode.ALWAYS:
            if dtype is None:
                return object.copy(order)
            return object.astype(dtype, order=order, copy=True)
        if copy is None and order in ("K", "A", None):
            return object if dtype is None else object.astype(dtype, copy=False)
    return NotImplemented


def asarray(
    a: Any,
    dtype: Any = None,
    order: Any = None,
    *,
    device: Any = None,
    copy: Any = None,
    like: Any = None,
) -> Any:
    if _is_plain(a, like, dtype) and device in (None, "cpu"):
        if copy:
            return array(a, dtype, order="K" if order is None else order)
        if order in (None, "K", "A") and (copy is None or dtype is None or a.dtype == dtype):
            return a if dtype is None else a.astype(dtype, copy=False)
    return NotImplemented


def empty(
    shape: Any, dtype: Any = None, order: Any = "C", *, device: Any = None, like: Any = None
) -> Any:
    if order != "C" or device not in (None, "cpu") or like is not None:
        return NotImplemented
    return _core.record("zeros", (), (shape, None if dtype is None else numpy.dtype(dtype)))


def full(
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    order: Any = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    if order != "C" or device not in (None, "cpu") or like is not None:
        return NotImplemented
    if dtype is None:
        is_ours = type(fill_value) in (_ndarray, _core.LazyScalar)
        dtype = fill_value.dtype if is_ours else numpy.asarray(fill_value).dtype
    if not _core.is_native(dtype):
        return NotImplemented
    result = _core.record("zeros", (), (shape, dtype))
    result[...] = fill_value
    return result


def _filled_like(op: str) -> Any:
    def filled_like(
        a: Any,
        dtype: Any = None,
        order: Any = "K",
        subok: bool = True,
        shape: Any = None,
        *,
        device: Any = None,
    ) -> Any:
        is_like_ours = type(a) is _ndarray and order in ("K", "A", "C") and device in (None, "cpu")
        if not is_like_ours or not (order == "C" or a.flags.c_contiguous):
            return NotImplemented
        dtype = numpy.dtype(a.dtype if dtype is None else dtype)
        return _core.record(op, (), (a.shape if shape is None else shape, dtype))

    return filled_like


def arange(
    start_or_stop: Any,
    /,
    stop: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    like: Any = None,
) -> Any:
    start, end = (0, start_or_stop) if stop is None else (start_or_stop, stop)
    is_plain = {type(start), type(end), type(step)} <= {int, float} and like is None
    if not is_plain or device not in (None, "cpu") or step == 0:
        return NotImplemented
    if abs((end - start) / step) > _HUGE_LENGTH:  # NumPy decides whether there is so much memory
        return NotImplemented
    return _core.record(
        "arange", (), (start, end, step, None if dtype is None else numpy.dtype(dtype))
    )


# NumPy's function -> ours, which answers NotImplemented where NumPy has to make the array.
replacements: dict[Any, Any] = {
    numpy.array: array,
    numpy.asarray: asarray,
    numpy.asanyarray: asarray,
    numpy.arange: arange,
    numpy.zeros_like: _filled_like("zeros"),
    numpy.ones_like: _filled_like("ones"),
    numpy.empty_like: _filled_like("zeros"),
    numpy.empty: empty,
    numpy.full: full,
}
