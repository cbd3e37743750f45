"""Functions that say themselves how gradients pass through them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import numpy

import lazynp
from lazynp import _core
from lazynp._pytree import flatten
from lazynp._transforms import is_ours
from lazynp.autodiff import gradients, stop_gradient
from lazynp.batching import vmap

__all__ = ["checkpoint", "custom_gradient"]

_P = ParamSpec("_P")
_Y = TypeVar("_Y")


def custom_gradient(f: Callable[_P, tuple[_Y, Callable[..., Any]]]) -> Callable[_P, _Y]:
    """A function with the values of f and a gradient of f's own.

    f returns (y, pullback), where pullback maps the gradient with respect to y, of the same shapes
    and nesting, to that with respect to the arguments by position: one for one argument, a tuple
    for several, nested like them; None is zero. What pullback computes is recorded, so that second
    derivatives are those of what it does. Where no argument is differentiated it is not called.
    Inside `vmap` gradients are to be taken there: `vmap(grad(f))`. Raises ValueError where a
    gradient has another shape than its argument.

    >>> import lazynp as np
    >>> @np.custom_gradient
    ... def rounded(x):  # the gradient passes as if nothing were rounded
    ...     return np.rint(x), lambda gy: gy
    >>> np.grad(lambda x: (rounded(x) * x).sum())(np.array([1.2, 2.7]))
    array([2.2, 5.7])
    """

    @functools.wraps(f)
    def with_own_gradient(*args: Any, **kwargs: Any) -> Any:
        y, pullback = f(*args, **kwargs)
        leaves = flatten(args)[0]
        chosen = _watched(leaves)

        def pull_back(gy: Any, arrays: list[Any], n_batches: int) -> list[Any]:
            if n_batches:
                raise _core.NoGradient(
                    "lazynp: custom_gradient: has no gradient around vmap: its pullback belongs to "
                    "one element; take the gradient inside, as in vmap(grad(f))"
                )
            return _for_each(pullback(gy), args)

        return _attached(y, [leaves[i] for i in chosen], pull_back)

    return with_own_gradient


def checkpoint(f: Callable[_P, _Y]) -> Callable[_P, _Y]:
    """The same function, whose gradient computes f again instead of keeping what f computed.

    Saves memory where f is a part of a long computation, such as a layer of a network, for the time
    of one more call of f. Gradients flow through the arguments by position alone: raises LazyError
    if the result depends on another watched array, which has to become an argument.

    >>> import lazynp as np
    >>> layer = np.checkpoint(lambda x, w: np.tanh(x @ w))
    >>> x, w = np.array([[1.0, -1.0]]), np.array([[0.5], [0.25]])
    >>> np.grad(lambda w: layer(x, w).sum())(w)
    array([[ 0.94001485],
           [-0.94001485]])
    """

    @functools.wraps(f)
    def computed_again(*args: Any, **kwargs: Any) -> Any:
        leaves, build = flatten(args)
        if not _watched(leaves):
            return f(*args, **kwargs)
        y = f(*build(iter([stop_gradient(leaf) for leaf in leaves])), **kwargs)
        if _watched(flatten(y)[0]):
            raise _core.LazyError(
                "lazynp: checkpoint: the result depends on a watched array that is no argument by "
                "position; pass it as one"
            )
        places = [i for i, leaf in enumerate(leaves) if is_ours(leaf)]
        chosen = [k for k, i in enumerate(places) if _core.is_watched(leaves[i])]
        arrays = [leaves[i] for i in places]
        rest = [None if is_ours(leaf) else leaf for leaf in leaves]

        def pullback(gy: Any, *given: Any) -> list[Any]:
            again = list(rest)
            watched, watching = _core.watch_arguments([_apart(given[k]) for k in chosen])
            values = {**dict(enumerate(given)), **dict(zip(chosen, watched, strict=True))}
            for k, i in enumerate(places):
                again[i] = values[k]
            found = _gradients_of_all(f(*build(iter(again)), **kwargs), watched, gy)
            watching.end(found)
            return found

        def pull_back(gy: Any, given: list[Any], n_batches: int) -> list[Any]:
            call = pullback
            for _ in range(n_batches):
                call = vmap(call)
            found = dict(zip(chosen, call(gy, *given), strict=True))
            return [found.get(k) for k in range(len(given))]

        return _attached(y, arrays, pull_back)

    return computed_again


def _attached(y: Any, xs: list[Any], pull_back: Callable[..., list[Any]]) -> Any:
    """The values of `y`, whose gradient `pull_back` maps to those of `xs`."""
    results, build = flatten(y)
    carried = [i for i, leaf in enumerate(results) if _is_inexact(leaf)]
    if not xs or not carried:
        return y
    n_results = len(results)
    value, split = _joined([_as_array(results[i]) for i in carried])

    def of_whole(gy: Any, arrays: list[Any], n_batches: int) -> list[Any]:
        parts: list[Any] = [None] * n_results
        for i, part in zip(carried, split(gy, n_batches), strict=True):
            parts[i] = part
        return pull_back(build(iter(parts)), arrays, n_batches)

    whole = _core.attach_pullback(value, xs, of_whole)
    for i, part in zip(carried, split(whole, 0), strict=True):
        results[i] = part
    return build(iter(results))


def _joined(values: list[Any]) -> tuple[Any, Callable[[Any, int], Iterator[Any]]]:
    """Several values as one, and what makes such parts of another; it keeps none of them alive."""
    if len(values) == 1:
        return values[0], lambda whole, n_batches: iter([whole])
    like = [(type(v) is _core.LazyScalar, v.shape, v.size, v.dtype) for v in values]
    common = numpy.result_type(*[v.dtype for v in values])

    def split(whole: Any, n_batches: int) -> Iterator[Any]:
        batches, end = whole.shape[:n_batches], 0
        for is_scalar, shape, size, dtype in like:
            begin, end = end, end + size
            part = whole[..., begin:end].reshape(batches + shape).astype(dtype)
            yield part[()] if is_scalar and not batches else part

    flat = [v.reshape(-1).astype(common) for v in values]
    return lazynp.concatenate(flat), split


def _for_each(gradients: Any, args: tuple[Any, ...]) -> list[Any]:
    """The gradients of the watched leaves of `args`, from what a pullback returned."""
    if len(args) == 1 and not (isinstance(gradients, tuple) and len(gradients) == 1):
        gradients = (gradients,)
    if not isinstance(gradients, (tuple, list)) or len(gradients) != len(args):
        raise ValueError(
            f"lazynp: custom_gradient: the pullback must return a gradient for each of {len(args)} "
            f"arguments; got {type(gradients).__name__}"
        )
    found: list[Any] = []
    for gradient, arg in zip(gradients, args, strict=True):
        leaves = flatten(arg)[0]
        parts = [None] * len(leaves) if gradient is None else flatten(gradient)[0]
        if len(parts) != len(leaves):
            raise ValueError(
                "lazynp: custom_gradient: a gradient must be nested like its argument; got "
                f"{len(parts)} arrays for {len(leaves)}"
            )
        found += [parts[i] for i in _watched(leaves)]
    return found


def _gradients_of_all(y: Any, xs: list[Any], gy: Any) -> list[Any]:
    """Of the sum over all results."""
    totals: list[Any] = [None] * len(xs)
    for value, seed in zip(flatten(y)[0], flatten(gy)[0], strict=True):
        if seed is None:
            continue
        for i, part in enumerate(gradients(value, xs, seed)):
            totals[i] = part if totals[i] is None else totals[i] + part
    return totals


def _apart(x: Any) -> Any:
    """The same value, which what is computed again does not share with what was computed."""
    return _core.attach_pullback(x, [], None)


def _is_inexact(leaf: Any) -> bool:
    is_array = is_ours(leaf) or isinstance(leaf, (numpy.generic, numpy.ndarray))
    return is_array and leaf.dtype.kind in "fc"


def _as_array(leaf: Any) -> Any:
    return leaf if is_ours(leaf) else _core.from_numpy(numpy.asarray(leaf), False)


def _watched(leaves: list[Any]) -> list[int]:
    """The positions of what depends on watched arrays."""
    return [i for i, leaf in enumerate(leaves) if _core.is_watched(leaf)]
