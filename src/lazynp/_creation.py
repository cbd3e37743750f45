"""array and its relatives: what is ours already stays ours, everything else comes from NumPy."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp import _core

_ndarray = _core.ndarray


def _is_plain(x: Any, like: Any) -> bool:
    return type(x) is _ndarray and like is None


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
    if _is_plain(object, like) and object.ndim >= ndmin and ndmax == 0:
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
    if _is_plain(a, like) and device in (None, "cpu"):
        if copy:
            return array(a, dtype, order="K" if order is None else order)
        if order in (None, "K", "A") and (copy is None or dtype is None or a.dtype == dtype):
            return a if dtype is None else a.astype(dtype, copy=False)
    return NotImplemented


# NumPy's function -> ours, which answers NotImplemented where NumPy has to make the array.
replacements: dict[Any, Any] = {
    numpy.array: array,
    numpy.asarray: asarray,
    numpy.asanyarray: asarray,
}
