"""array and its relatives: what is ours already stays ours, everything else comes from NumPy."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp import _core

_ndarray = _core.ndarray


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
    if not _is_plain(object, like, dtype) or ndmax != 0:
        return NotImplemented
    made = _copied_or_itself(object, dtype, copy, order)
    if made is NotImplemented or made.ndim >= ndmin:
        return made
    return made[(None,) * (ndmin - made.ndim)]


def _copied_or_itself(a: Any, dtype: Any, copy: Any, order: Any) -> Any:
    if copy is True or copy is numpy._CopyMode.ALWAYS:
        return a.copy(order) if dtype is None else a.astype(dtype, order=order, copy=True)
    if copy is None and order in ("K", "A", None):
        return a if dtype is None else a.astype(dtype, copy=False)
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


def _attributes_like(a: Any, dtype: Any, order: Any, shape: Any, device: Any) -> Any:
    """Shape and dtype of an array like `a`; None where NumPy has to make it."""
    is_like_ours = type(a) is _ndarray and order in ("K", "A", "C") and device in (None, "cpu")
    if not is_like_ours or not (order == "C" or a.flags.c_contiguous):
        return None
    return (a.shape if shape is None else shape, numpy.dtype(a.dtype if dtype is None else dtype))


def _like(op: Any) -> Any:
    """The function that makes what `op` makes, like another array."""

    def constant_like(
        a: Any,
        dtype: Any = None,
        order: Any = "K",
        subok: bool = True,
        shape: Any = None,
        *,
        device: Any = None,
    ) -> Any:
        given = _attributes_like(a, dtype, order, shape, device)
        return _core.record(op.name, (), given) if given else NotImplemented

    def filled_like(a: Any, fill_value: Any, *args: Any, **kwargs: Any) -> Any:
        given = _attributes_like(a, *_arguments_like(*args, **kwargs))
        return _core.record(op.name, (fill_value,), given) if given else NotImplemented

    return filled_like if op.n_inputs else constant_like


def _arguments_like(
    dtype: Any = None,
    order: Any = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> tuple[Any, ...]:
    return dtype, order, shape, device


# NumPy's function -> ours, which answers NotImplemented where NumPy has to make the array.
replacements: dict[Any, Any] = {
    numpy.array: array,
    numpy.asarray: asarray,
    numpy.asanyarray: asarray,
    **{
        getattr(numpy, f"{name}_like"): _like(op)
        for op in _core.ops()
        if op.creates and [attribute[0] for attribute in op.attributes] == ["shape", "dtype"]
        for name in op.numpy
    },
}
