"""Classes with an __array_ufunc__ of their own, written against lazynp: they see its ufuncs."""

from __future__ import annotations

import re
import warnings
from types import ModuleType
from typing import Any

import numpy
import pytest

import lazynp


def class_of_ndarray(np: ModuleType) -> Any:
    class Seen(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            return describe(np, ufunc, method, inputs, kwargs)

    return np.arange(3.0).view(Seen)


def heir_of_a_plain_class(np: ModuleType) -> Any:
    class Plain(np.ndarray):
        pass

    class Seen(Plain):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            return describe(np, ufunc, method, inputs, kwargs)

    return np.arange(3.0).view(Seen)


def heir_that_asks_its_parent(np: ModuleType) -> Any:
    class Parent(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            return describe(np, ufunc, method, inputs, kwargs)

    class Seen(Parent):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            return "asked", super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    return np.arange(3.0).view(Seen)


def class_with_the_mixin(np: ModuleType) -> Any:
    class Seen(np.lib.mixins.NDArrayOperatorsMixin):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            return describe(np, ufunc, method, inputs, kwargs)

    return Seen()


def describe(np: ModuleType, ufunc: Any, method: str, inputs: Any, kwargs: Any) -> Any:
    asked = ("add", "multiply", "negative", "divmod")
    known = [name for name in asked if ufunc is getattr(np, name)]
    return known, ufunc.__name__, method, len(inputs), sorted(kwargs), isinstance(ufunc, np.ufunc)


MAKES = [class_of_ndarray, heir_of_a_plain_class, heir_that_asks_its_parent, class_with_the_mixin]
CALLS = {
    "operator": lambda np, x: x + 1,
    "reflected operator": lambda np, x: 2.5 * x,
    "with an array": lambda np, x: np.ones(3) + x,
    "sign": lambda np, x: -x,
    "divmod": lambda np, x: divmod(x, 2),
    "ufunc": lambda np, x: np.add(x, 1),
    "out": lambda np, x: np.multiply(np.ones(3), 2, out=x),
    "reduce": lambda np, x: np.add.reduce(x, axis=0),
    "at": lambda np, x: np.add.at(x, [0], 1),
    "unknown to numpy's namespace": lambda np, x: np.strings.str_len(x),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("make", MAKES)
def test_the_ufunc_is_that_of_the_namespace(make: Any, call: Any) -> None:
    assert call(lazynp, make(lazynp)) == call(numpy, make(numpy))


def test_a_class_with_units() -> None:
    def with_units(np: ModuleType) -> Any:
        class Length(np.ndarray):
            def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
                plain = [x.view(np.ndarray) if isinstance(x, Length) else x for x in inputs]
                result = getattr(ufunc, method)(*plain, **kwargs)
                return ("area", result.tolist()) if ufunc is np.multiply else result.view(Length)

        x = np.arange(1.0, 4.0).view(Length)
        return x * x, type(x + x).__name__, (x + 1)[1:].tolist(), x.tolist()

    assert with_units(lazynp) == with_units(numpy)


def test_an_override_may_be_absent() -> None:
    class Refusing(lazynp.ndarray):
        __array_ufunc__ = None

    with pytest.raises(TypeError, match=re.escape("operand 'Refusing' does not support ufuncs")):
        lazynp.add(lazynp.ones(2).view(Refusing), 1)


def test_a_warning_of_an_override_names_the_caller() -> None:
    def warned(np: ModuleType) -> Any:
        class Warns(np.ndarray):
            def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:
                warnings.warn("seen", UserWarning, stacklevel=2)

        x = np.ones(2).view(Warns)
        with pytest.warns(UserWarning, match="seen") as caught:
            _ = x + 1
        return caught[0].filename, caught[0].lineno

    assert warned(lazynp) == warned(numpy)
