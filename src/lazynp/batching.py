"""Functions of one element, applied to all elements of a batch at once: the core records them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from lazynp import _core
from lazynp._pytree import flatten
from lazynp._transforms import is_ours, named

__all__ = ["vmap"]


def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """A function that applies f to each element along an axis of its arguments, all at once.

    f is called once, with what stands for one element; what it records is recorded again with one
    more axis. `in_axes` names the axis of each argument along which elements lie, None where all
    elements share the argument: one for all, or a sequence with one for each, which may follow the
    nesting of lists, tuples and dicts. Arguments by keyword are mapped along axis 0. `out_axes`
    does the same for results; where it is None, the result must be the same for all elements.

    Inside f a value stands for all elements, so that asking for it (`if`, `float`, printing, masks
    that choose how many) raises LazyError; `lazynp.where` chooses. What is read at an index that
    differs between elements is a copy. Random numbers are drawn once, for all. Operations without
    a rule for batches are applied to each element, which is right and may be slow. Raises
    ValueError where sizes differ or an axis does not exist.

    >>> import lazynp as np
    >>> a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> np.vmap(lambda row: row / row.sum())(a)
    array([[0.33333333, 0.66666667],
           [0.42857143, 0.57142857],
           [0.45454545, 0.54545455]])
    >>> np.vmap(np.dot, in_axes=(0, None))(a, np.array([1.0, 10.0]))
    array([21., 43., 65.])
    """

    def mapped(*args: Any, **kwargs: Any) -> Any:
        leaves, build = flatten([args, kwargs])
        axes = [*_axes_of(in_axes, args, "in_axes"), *_axes_of(0, kwargs, "in_axes")]
        chosen = [
            i
            for i, (leaf, axis) in enumerate(zip(leaves, axes, strict=True))
            if axis is not None and leaf is not None
        ]
        if not chosen:
            raise ValueError("lazynp: vmap: at least one argument must be mapped; see in_axes")
        arrays = [_as_array(leaves[i]) for i in chosen]
        elements, batch = _core.begin_batch(arrays, [axes[i] for i in chosen])
        for i, element in zip(chosen, elements, strict=True):
            leaves[i] = element
        inner_args, inner_kwargs = build(iter(leaves))
        return _finish(batch, f(*inner_args, **inner_kwargs), out_axes)

    return named(mapped, "vmap", f)


def _finish(batch: Any, result: Any, out_axes: Any) -> Any:
    leaves, build = flatten(result)
    axes = _axes_of(out_axes, result, "out_axes")
    values = [i for i, leaf in enumerate(leaves) if leaf is not None]
    finished = batch.finish([leaves[i] for i in values], [axes[i] for i in values])
    for i, value in zip(values, finished, strict=True):
        leaves[i] = value
    return build(iter(leaves))


def _axes_of(axes: Any, tree: Any, what: str) -> list[int | None]:
    """The axis of every leaf of `tree`; `axes` may stop at any depth of it."""
    if axes is None or isinstance(axes, int):
        return [axes] * len(flatten(tree)[0])
    if isinstance(axes, dict) and isinstance(tree, dict) and axes.keys() == tree.keys():
        pairs = [(axes[key], value) for key, value in tree.items()]
    elif isinstance(axes, (list, tuple)) and isinstance(tree, (list, tuple)):
        if len(axes) != len(tree):
            raise ValueError(
                f"lazynp: vmap: {what} must have one axis for each of {len(tree)}; got {axes!r}"
            )
        pairs = list(zip(axes, tree, strict=True))
    else:
        raise ValueError(
            f"lazynp: vmap: {what} must be an integer, None, or nested like what it is for; got "
            f"{axes!r} for a {type(tree).__name__}"
        )
    return [axis for part, branch in pairs for axis in _axes_of(part, branch, what)]


def _as_array(leaf: Any) -> Any:
    if is_ours(leaf):
        return leaf
    array = numpy.asarray(leaf)
    if not _core.is_native(array.dtype):
        raise TypeError(
            f"lazynp: vmap: a mapped argument must be an array of numbers; got "
            f"{type(leaf).__name__}; map it along None"
        )
    return _core.from_numpy(array, False)
