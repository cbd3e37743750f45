"""numpy.unique along an axis, natively for integers: NumPy sorts rows as structured scalars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from lazynp import _core

# Rows are sorted column by column; of many columns NumPy looks at the first few only.
_MAX_COLUMNS = 32


def unique_rows(ours: Callable[[Any], Any]) -> Callable[..., Any]:
    """The function; `ours` says what stands for a function of NumPy's.

    It answers NotImplemented for floats: which of two equal rows, one with -0.0, is kept, follows
    from the steps of NumPy's sort.
    """

    def unique(
        ar: Any,
        return_index: bool = False,
        return_inverse: bool = False,
        return_counts: bool = False,
        axis: Any = None,
        *,
        equal_nan: bool = True,
        sorted: bool = True,
    ) -> Any:
        if not _suits(ar, axis):
            return NotImplemented
        blocks = ours(numpy.moveaxis)(ar, axis, 0)
        rows = blocks.reshape(len(blocks), -1)
        if rows.shape[1] > _MAX_COLUMNS:
            return NotImplemented
        order = ours(numpy.lexsort)(rows.T[::-1])
        in_order = rows[order]
        is_new = ours(numpy.ones)(len(rows), dtype=bool)
        is_new[1:] = (in_order[1:] != in_order[:-1]).any(axis=1)
        (starts,) = is_new.nonzero()
        found = in_order[starts].reshape(len(starts), *blocks.shape[1:])
        results = [ours(numpy.moveaxis)(found, 0, axis)]
        if return_index:
            results.append(order[starts])
        if return_inverse:
            inverse = ours(numpy.empty)(len(rows), dtype=numpy.intp)
            inverse[order] = is_new.cumsum() - 1
            results.append(inverse)
        if return_counts:
            results.append(ours(numpy.diff)(starts, append=len(rows)))
        return tuple(results) if len(results) > 1 else results[0]

    return unique


def _suits(ar: Any, axis: Any) -> bool:
    if type(ar) is not _core.ndarray or type(axis) is not int or ar.ndim < 2 or ar.size == 0:
        return False
    return -ar.ndim <= axis < ar.ndim and ar.dtype.kind in "biu" and _core.is_native(ar.dtype)


# Of NumPy's functions: what makes a text of our own, which is tried before the op.
texts: dict[Callable[..., Any], Callable[..., Any]] = {numpy.unique: unique_rows}
