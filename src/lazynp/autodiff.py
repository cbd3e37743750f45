"""Gradients of what was recorded: reverse mode in the C++ core, argument handling here.

Complex values: a gradient is dL/d(re) + i dL/d(im), the conjugate of the complex derivative, as in
PyTorch (JAX returns its conjugate). It is the direction of steepest ascent of a real L.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, TypeVarTuple, overload

import numpy
from numpy.typing import NDArray

from lazynp import _core
from lazynp._pytree import flatten
from lazynp._transforms import is_ours, named
from lazynp.batching import vmap

__all__ = [
    "elementwise_grad",
    "grad",
    "gradients",
    "hessian",
    "jacobian",
    "jvp",
    "stop_gradient",
    "value_and_grad",
    "vjp",
    "watch",
]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_X = TypeVar("_X", bound=Any)
_Y = TypeVar("_Y")
_Ts = TypeVarTuple("_Ts")


@overload
def watch(x: _T) -> _T: ...
@overload
def watch(x: _T, *more: *_Ts) -> tuple[_T, *_Ts]: ...
def watch(x: Any, *more: *_Ts) -> Any:
    """Make the present value of `x` a leaf for gradients; returns `x`, several as a tuple.

    Gradients refer to this value even after `x` is written. Watching again starts anew and drops
    the older history. An array that aliases foreign memory gets memory of its own. Raises TypeError
    unless the dtype is floating or complex.

    >>> import lazynp as np
    >>> x = np.watch(np.array([1.0, 2.0, 3.0]))
    >>> y = (x * x).sum()
    >>> np.gradients(y, [x])
    [array([2., 4., 6.])]
    """
    return _core.watch(x, *more)


def gradients(y: Any, xs: Sequence[_X], gy: Any = None) -> list[_X]:
    """Gradients of sum(y * gy) with respect to each watched array of `xs`; nothing runs.

    Each has the shape and dtype of its x, and is zero where y does not depend on x. `gy` has the
    shape of y and defaults to ones. Raises HistoryReleased if an x is not watched and NoGradient if
    an operation between has no gradient; both name what to do.

    >>> import lazynp as np
    >>> w, b = np.watch(np.array([1.0, -1.0])), np.watch(np.array(0.5))
    >>> np.gradients(np.maximum(w + b, 0), [w, b])
    [array([1., 0.]), array(1.)]
    """
    return list(_core.gradients(y, [xs] if is_ours(xs) else xs, gy))


def stop_gradient(x: _T) -> _T:
    """The same value, of the same shape and dtype, through which no gradient passes.

    What is no array or scalar of lazynp's is returned as it is.

    >>> import lazynp as np
    >>> float(np.grad(lambda x: x * np.stop_gradient(x))(3.0))
    3.0
    """
    stopped: _T = _core.stop_gradient(x)
    return stopped


# ------------------------------------------------------------------ functions of functions
class _Watched:
    """A call of a function whose chosen arguments were watched."""

    def __init__(self, name: str, argnums: int | Sequence[int], args: tuple[Any, ...]) -> None:
        self.numbers = [_argument(name, i, len(args)) for i in _as_tuple(argnums)]
        self.is_single = isinstance(argnums, int)
        chosen = [args[i] for i in self.numbers]
        given, self.rebuild = flatten(chosen)
        arrays = [_as_array(name, leaf) for leaf in given]
        self.is_scalar = [
            not isinstance(leaf, numpy.ndarray) and not is_ours(leaf) for leaf in given
        ]
        self.is_nested = any(map(_core.is_watched, arrays))
        self.leaves, self.watching = _core.watch_arguments(arrays)
        self.args = list(args)
        for i, tree in zip(self.numbers, self.rebuild(iter(self.leaves)), strict=True):
            self.args[i] = tree

    def call(self, f: Callable[..., Any], kwargs: dict[str, Any], allow_detach: bool) -> Any:
        """f(*args, **kwargs), inside which taking a watched value out of the graph is an error."""
        before = _core.set_detached_is_error(not allow_detach)
        try:
            return f(*self.args, **kwargs)
        except BaseException:
            self.watching.end([])
            raise
        finally:
            _core.set_detached_is_error(before)

    def array_from(
        self,
        name: str,
        f: Callable[..., Any],
        kwargs: dict[str, Any] | None = None,
        allow_detach: bool = False,
    ) -> Any:
        """f(*args, **kwargs), which has to be one value of ours."""
        y = self.call(f, kwargs or {}, allow_detach)
        try:
            _check_ours(name, y)
        except TypeError:
            self.end()
            raise
        return y

    def gradients(self, y: Any, gy: Any = None) -> Any:
        """Gradients shaped like the arguments: one tree for an integer argnums, else a tuple."""
        found = gradients(y, self.leaves, gy)
        found = [g[()] if flat else g for g, flat in zip(found, self.is_scalar, strict=True)]
        trees = self.rebuild(iter(found))
        return trees[0] if self.is_single else tuple(trees)

    def end(self, *results: Any) -> None:
        """The results forget that the arguments were watched."""
        self.watching.end(results)


def _as_tuple(argnums: int | Sequence[int]) -> tuple[int, ...]:
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def _argument(name: str, number: int, n_arguments: int) -> int:
    if -n_arguments <= number < n_arguments:
        return number % n_arguments
    raise TypeError(
        f"lazynp: {name}: argnums must number a positional argument; got {number} for "
        f"{n_arguments} of them"
    )


def _as_array(name: str, leaf: Any) -> Any:
    if is_ours(leaf):
        return leaf
    if isinstance(leaf, (float, complex, numpy.inexact, numpy.ndarray)):
        return _core.from_numpy(numpy.asarray(leaf), False)
    raise TypeError(
        f"lazynp: {name}: every argument to differentiate must be floating or complex; got "
        f"{type(leaf).__name__}; convert it with float() or choose argnums"
    )


def _check_ours(name: str, y: Any) -> None:
    if not is_ours(y):
        raise TypeError(
            f"lazynp: {name}: the function must return a lazynp value that depends on its "
            f"arguments; got {type(y).__name__}"
        )


def _check_scalar(name: str, y: Any) -> None:
    _check_ours(name, y)
    if y.size != 1:
        raise ValueError(
            f"lazynp: {name}: the function must return one number; got shape {y.shape}; use "
            "elementwise_grad or jacobian"
        )
    if not numpy.issubdtype(y.dtype, numpy.floating):
        raise TypeError(
            f"lazynp: {name}: the function must return a real floating number; got {y.dtype}"
        )


@overload
def value_and_grad(
    f: Callable[Concatenate[_X, _P], _Y], *, has_aux: bool = False, allow_detach: bool = False
) -> Callable[Concatenate[_X, _P], tuple[_Y, _X]]: ...
@overload
def value_and_grad(
    f: Callable[_P, _Y],
    argnums: int | Sequence[int],
    has_aux: bool = False,
    *,
    allow_detach: bool = False,
) -> Callable[_P, tuple[_Y, Any]]: ...
def value_and_grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    allow_detach: bool = False,
) -> Callable[..., Any]:
    """A function that returns f's value and its gradient; nothing runs until one is needed.

    Arguments chosen by `argnums` are arrays, floats, or nested lists, tuples and dicts of them; the
    gradient has the same structure (a tuple of them if `argnums` is a sequence). f returns one real
    number, or with `has_aux` a pair (number, anything) and the result is ((value, aux), gradient).
    Inside f, float(), int(), item() and numpy.asarray() of what depends on an argument raise,
    because the gradient would miss them, unless `allow_detach`.

    >>> import lazynp as np
    >>> value, gradient = np.value_and_grad(lambda p: (p["w"] ** 2).sum())({"w": np.arange(3.0)})
    >>> float(value), gradient
    (5.0, {'w': array([0., 2., 4.])})
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        watched = _Watched("value_and_grad", argnums, args)
        result = watched.call(f, kwargs, allow_detach)
        y = result[0] if has_aux else result
        try:
            _check_scalar("value_and_grad", y)
            gradient = watched.gradients(y)
        except BaseException:
            watched.end(result)
            raise
        watched.end(result, gradient)
        return result, gradient

    return named(value_and_gradient, "value_and_grad", f)


@overload
def grad(
    f: Callable[Concatenate[_X, _P], Any], *, allow_detach: bool = False
) -> Callable[Concatenate[_X, _P], _X]: ...
@overload
def grad(
    f: Callable[_P, Any], argnums: int | Sequence[int], *, allow_detach: bool = False
) -> Callable[_P, Any]: ...
def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, allow_detach: bool = False
) -> Callable[..., Any]:
    """A function that returns the gradient of f, which returns one real number.

    Can be nested for higher derivatives. Arguments as for value_and_grad, which raises the same:
    TypeError if an argument is not floating, or the result not a real floating number; ValueError
    if it is not one number; LazyError's NoGradient if an operation has no gradient.

    >>> import lazynp as np
    >>> cube = lambda x: x**3
    >>> float(np.grad(cube)(2.0)), float(np.grad(np.grad(cube))(2.0))
    (12.0, 12.0)
    """
    both = value_and_grad(f, argnums, allow_detach=allow_detach)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return named(gradient, "grad", f)


@overload
def elementwise_grad(
    f: Callable[Concatenate[_X, _P], Any], *, allow_detach: bool = False
) -> Callable[Concatenate[_X, _P], _X]: ...
@overload
def elementwise_grad(
    f: Callable[_P, Any], argnums: int | Sequence[int], *, allow_detach: bool = False
) -> Callable[_P, Any]: ...
def elementwise_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, *, allow_detach: bool = False
) -> Callable[..., Any]:
    """A function that returns the derivative of each element of f(x) by its own element of x.

    f maps arrays to arrays element by element; the result, the gradient of sum(f(x)), has the
    shape of x. Raises TypeError if an argument is not floating or f returns no value of lazynp's.

    >>> import lazynp as np
    >>> np.elementwise_grad(np.sin)(np.zeros(3))
    array([1., 1., 1.])
    """

    def derivative(*args: Any, **kwargs: Any) -> Any:
        watched = _Watched("elementwise_grad", argnums, args)
        y = watched.array_from("elementwise_grad", f, kwargs, allow_detach)
        result = watched.gradients(y)
        watched.end(y, result)
        return result

    return named(derivative, "elementwise_grad", f)


def vjp(f: Callable[[*_Ts], _Y], *args: *_Ts) -> tuple[_Y, Callable[[Any], tuple[*_Ts]]]:
    """f(*args) and a function that maps gy to the gradients of sum(y * gy) by each argument.

    y and gy have one shape, each gradient that of its argument. The history stays alive as long as
    that function does. Raises TypeError if an argument is not floating or f returns no value of
    lazynp's, and the function ValueError where gy has another shape than y.

    >>> import lazynp as np
    >>> y, pull_back = np.vjp(lambda a, b: a * b, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> pull_back(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    watched = _Watched("vjp", range(len(args)), args)
    y = watched.array_from("vjp", f)

    def keep(x: Any) -> Any:
        return x if watched.is_nested else stop_gradient(x)

    def pull_back(gy: Any) -> tuple[Any, ...]:
        leaves, build = flatten(watched.gradients(y, gy))
        result: tuple[Any, ...] = build(iter([keep(leaf) for leaf in leaves]))
        return result

    return keep(y), pull_back


def jvp(f: Callable[..., _Y], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[_Y, _Y]:
    """f(*primals) and its derivative in the direction `tangents`, arrays like the primals.

    Formed as the derivative of the reverse mode by gy, in which it is linear (J. Townsend, "A new
    trick for calculating Jacobian vector products", 2017), so it costs one more backward pass.
    Raises ValueError unless each primal has a tangent of its shape, and TypeError if a primal is
    not floating or f returns no value of lazynp's.

    >>> import lazynp as np
    >>> y, dy = np.jvp(lambda x: x**2, [np.array([1.0, 2.0])], [np.array([1.0, 0.5])])
    >>> dy
    array([2., 2.])
    """
    if len(primals) != len(tangents):
        raise ValueError(
            f"lazynp: jvp: one tangent for each primal; got {len(primals)} primals and "
            f"{len(tangents)} tangents"
        )
    watched = _Watched("jvp", range(len(primals)), tuple(primals))
    y = watched.array_from("jvp", f)
    seed = _core.watch(_core.from_numpy(numpy.zeros(y.shape, y.dtype), False))
    pulled = gradients(y, watched.leaves, seed)
    total = None
    for gradient, tangent in zip(pulled, flatten(list(tangents))[0], strict=True):
        if not _core.is_watched(gradient):
            continue
        (part,) = gradients(gradient, [seed], _as_array("jvp", tangent))
        total = part if total is None else total + part
    dy: Any = seed * 0 if total is None else total
    watched.end(y, dy)
    return y, stop_gradient(dy) if not watched.is_nested else dy


def jacobian(f: Callable[_P, Any], argnums: int = 0) -> Callable[_P, NDArray[Any]]:
    """A function that returns dy/dx of shape y.shape + x.shape: one backward pass for all of y.

    It is that of a batch, which holds what one pass holds for each element of y. Raises TypeError
    if the argument is not floating or f returns no value of lazynp's.

    >>> import lazynp as np
    >>> np.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        watched = _Watched("jacobian", argnums, args)
        y = watched.array_from("jacobian", f, kwargs)
        (x,) = watched.leaves
        units = numpy.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
        rows = vmap(lambda gy: gradients(y, [x], gy)[0])(_core.adopt(units))
        result = rows.reshape((*y.shape, *x.shape))
        watched.end(y, result)
        return result

    return named(jacobian_of, "jacobian", f)


def hessian(f: Callable[_P, Any], argnums: int = 0) -> Callable[_P, NDArray[Any]]:
    """A function that returns the second derivatives of f, shape x.shape + x.shape.

    It is the jacobian of the gradient. Raises ValueError unless f returns one number, and TypeError
    if that or the argument is not floating.

    >>> import lazynp as np
    >>> np.hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return named(jacobian(grad(f, argnums), argnums), "hessian", f)
