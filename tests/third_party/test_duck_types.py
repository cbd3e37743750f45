"""Array types by others, which answer for themselves: operators and functions leave it to them."""

from __future__ import annotations

import operator
from typing import Any

import numpy
import pytest
from swapped import assert_same


class OverridingUfuncs:
    """Like CuPy's or torch's arrays: both protocols, and an answer that says what was asked."""

    __array_priority__ = 100

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        places = [type(x) is type(self) for x in inputs]
        return ("ufunc", ufunc.__name__, method, str(places), sorted(kwargs))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return ("function", function.__name__, len(types), len(args), sorted(kwargs))


class RefusingUfuncs:
    """`__array_ufunc__ = None`: operators of NumPy's arrays are not for it."""

    __array_ufunc__ = None

    def __radd__(self, other: Any) -> Any:
        return ("radd", other.shape)

    def __rmatmul__(self, other: Any) -> Any:
        return ("rmatmul", other.shape)

    def __gt__(self, other: Any) -> Any:
        return ("gt", other.shape)


class OfHigherPriority:
    """The older way: only a priority, and operators of its own."""

    __array_priority__ = 1000.0

    def __init__(self) -> None:
        self.values = numpy.arange(3.0) + 1

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.values

    def __radd__(self, other: Any) -> Any:
        return ("radd", type(other).__name__)

    def __rsub__(self, other: Any) -> Any:
        return ("rsub", type(other).__name__)

    def __rmul__(self, other: Any) -> Any:
        return ("rmul", type(other).__name__)


class OfLowerPriority(OfHigherPriority):
    __array_priority__ = -1.0


class OnlyArray:
    """Nothing but `__array__`: an operand like any sequence."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return numpy.arange(3.0) + 1


DUCKS = {
    duck.__name__: duck
    for duck in (OverridingUfuncs, RefusingUfuncs, OfHigherPriority, OfLowerPriority, OnlyArray)
}
OPERATORS = "add sub mul truediv matmul pow floordiv and_ lt gt eq iadd isub imul".split()


def answer(call: Any) -> Any:
    """What a call gives, or the class of what it raises."""
    try:
        result = call()
    except (TypeError, ValueError) as error:
        return type(error).__name__
    if isinstance(result, RefusingUfuncs | OverridingUfuncs | OfHigherPriority | OnlyArray):
        return type(result).__name__
    return result


@pytest.mark.parametrize("duck", DUCKS)
@pytest.mark.parametrize("name", OPERATORS)
def test_operators(duck: str, name: str) -> None:
    def program(np: Any) -> Any:
        values, f = np.arange(3.0) * 2 + 1, getattr(operator, name)
        results = [answer(lambda: f(values, DUCKS[duck]()))]
        if not name.startswith("i"):
            results.append(answer(lambda: f(DUCKS[duck](), values)))
            results.append(answer(lambda: f(values.sum(), DUCKS[duck]())))
        return results, values

    assert_same(program, fallbacks=n_served(duck, name))


def n_served(duck: str, name: str) -> int:
    """What NumPy does: it converts objects that nobody answers for, one operator at a time."""
    if duck in ("OnlyArray", "OfLowerPriority"):
        return 1 if name.startswith("i") else 2
    is_arithmetic = not name.startswith("i") and name not in ("lt", "gt", "eq")
    return 1 if duck == "OfHigherPriority" and is_arithmetic else 0


FUNCTIONS: dict[str, Any] = {
    "add": lambda np, a, duck: np.add(a, duck),
    "add out": lambda np, a, duck: np.add(a, a, out=duck),
    "add where": lambda np, a, duck: np.add(a, a, where=duck),
    "add reduce": lambda np, a, duck: np.add.reduce(duck),
    "multiply outer": lambda np, a, duck: np.multiply.outer(a, duck),
    "sin": lambda np, a, duck: np.sin(duck),
    "sum": lambda np, a, duck: np.sum(duck),
    "concatenate": lambda np, a, duck: np.concatenate([a, duck]),
    "where": lambda np, a, duck: np.where(a > 0, a, duck),
    "dot": lambda np, a, duck: np.dot(a, duck),
    "einsum": lambda np, a, duck: np.einsum("i,i->", a, duck),
    "mean": lambda np, a, duck: np.mean(duck, axis=0),
    "linalg.norm": lambda np, a, duck: np.linalg.norm(duck),
    "fft.fft": lambda np, a, duck: np.fft.fft(duck),
    "isclose": lambda np, a, duck: np.isclose(a, duck),
    "zeros_like": lambda np, a, duck: np.zeros_like(duck),
    "full_like": lambda np, a, duck: np.full_like(duck, 3),
    "array": lambda np, a, duck: np.array([1, 2], like=duck),
}


# NumPy's own function is called where ours meets an operand that answers for itself.
ASKED_BY_NUMPY = frozenset(
    "add/add out/add where/multiply outer/concatenate/where/dot/einsum/isclose".split("/")
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    def program(np: Any) -> Any:
        values = np.arange(3.0) * 2
        return answer(lambda: FUNCTIONS[name](np, values, OverridingUfuncs())), values

    # The method `dot` is tried as well.
    assert_same(program, fallbacks=2 if name == "dot" else int(name in ASKED_BY_NUMPY))


@pytest.mark.parametrize("duck", DUCKS)
@pytest.mark.parametrize("name", [name for name in OPERATORS if not name.startswith("i")])
def test_operators_of_scalars_that_wait(duck: str, name: str) -> None:
    def program(np: Any) -> Any:
        total, f = np.arange(20_001.0).sum() / 1e8, getattr(operator, name)
        forward, backward = (
            answer(lambda: f(total, DUCKS[duck]())),
            answer(lambda: f(DUCKS[duck](), total)),
        )
        return forward, backward

    assert_same(program)
