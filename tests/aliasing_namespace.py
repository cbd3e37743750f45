"""The names that a random aliasing program sees, on NumPy's side and on lazynp's.

Where the two sides have to do different things (exporting, adopting, watching), the helper of
NumPy's side does what lazynp promises, with plain NumPy.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy
from aliasing_programs import Namespace
from comparison import canonical, layout


def data(seed: int, shape: tuple[int, ...], dtype: str) -> numpy.ndarray:
    """Small numbers, the same for the same arguments: mostly integers, some of them not exact."""
    random = numpy.random.default_rng(seed)
    kind = numpy.dtype(dtype).kind
    numbers = numpy.asarray(random.integers(-6, 10, shape))
    if kind == "b":
        return numpy.asarray(numbers > 1)
    if kind in "fc":
        numbers = numbers * (1.0, 0.5, 0.1)[seed % 3]
    if kind == "c":
        numbers = numbers + 1j * random.integers(-3, 4, shape)
    return numpy.asarray(numpy.abs(numbers) if kind == "u" else numbers).astype(dtype)


class Address:
    """Memory known by its raw address alone; keeps the array alive."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.__array_interface__ = array.__array_interface__


def pinned(array: Any) -> numpy.ndarray:
    return numpy.asarray(Address(array))


def pointed(array: Any) -> numpy.ndarray:
    """The memory behind `array.ctypes.data`; keeps the array alive."""
    kind = type("Memory", (ctypes.c_char * array.nbytes,), {})
    memory = kind.from_address(array.ctypes.data)
    memory.array = array
    return numpy.frombuffer(memory, array.dtype).reshape(array.shape)


def cleared_by_address(array: Any) -> None:
    ctypes.memset(array.ctypes.data, 0, array.nbytes)


def interface_of(array: Any) -> list[Any]:
    """What `__array_interface__` says beside the address."""
    found = array.__array_interface__
    return [found["shape"], found["strides"], found["typestr"], found["data"][1]]


class Reflecting:
    """Computes with arrays itself, and says how it was asked."""

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: Any) -> Any:
        return ["add", numpy.array(other)]

    def __radd__(self, other: Any) -> Any:
        return ["radd", numpy.array(other)]

    def __rmul__(self, other: Any) -> Any:
        return ["rmul", numpy.array(other)]

    def __rmatmul__(self, other: Any) -> Any:
        return ["rmatmul", numpy.array(other)]

    def __eq__(self, other: object) -> Any:
        return ["eq", numpy.array(other)]

    def __gt__(self, other: Any) -> Any:
        return ["gt", numpy.array(other)]


class Refuser(Reflecting):
    """Takes part in no ufunc, as sparse matrices."""

    __array_ufunc__ = None


class Superior(Reflecting):
    """Asks for precedence the old way."""

    __array_priority__ = 1000


def attempt(call: Callable[[], Any]) -> Any:
    """What a call gave, or its error, whose text may name the array class of either side."""
    try:
        return call()
    except Exception as error:
        return [type(error).__name__, str(error).replace("lazynp.ndarray", "numpy.ndarray")]


def adopted_copy(w: numpy.ndarray) -> numpy.ndarray:
    w.flags.writeable = False
    return w.copy(order="K")


def changed_in_the_middle(np: ModuleType, x: Any) -> Any:
    y = x.copy()
    y[1:3] *= 2
    return y * x


def overwritten(np: ModuleType, x: Any) -> Any:
    """Plain numbers written into a value that is there already and has a history."""
    y = x * x
    if not bool((y == -1).any()):
        y[0] = 3
        y[1:3] = numpy.ones(y[1:3].shape, y.dtype)
    return y


def overwritten_gradient(x: numpy.ndarray) -> numpy.ndarray:
    passed = numpy.ones_like(x)
    passed[:3] = 0  # times an infinite x: NaN
    return passed * x + passed * x


def odd_numbers(np: Any, x: Any) -> Any:
    return np.arange(1, 2 * x.size, 2).astype(x.dtype).reshape(x.shape)


def times_plain_numbers(np: ModuleType, x: Any) -> Any:
    """Times numbers without a history, computed from a value that nobody sees any more."""
    even = odd_numbers(np, x).reshape(-1) - 1
    if bool((even == -1).any()):
        return x
    plain = np.sort(even + 1)
    del even
    product = plain.reshape(x.shape) * x
    del plain
    return product if bool((product != -1).any()) else x


def shifted_gradient(x: numpy.ndarray) -> numpy.ndarray:
    result = numpy.zeros_like(x)
    result[1:] += x[:-1]
    result[:-1] += x[1:]
    return result


def middle_gradient(x: numpy.ndarray) -> numpy.ndarray:
    result = x + x
    result[1:3] *= 2
    return result


# Functions of watched arrays, and the gradients of their sums on the values before any later write.
WATCHED: dict[str, tuple[Callable[[ModuleType, Any], Any], Callable[[Any], Any]]] = {
    "square": (lambda np, x: x * x, lambda x: x + x),
    "shifted": (lambda np, x: x[1:] * x[:-1], shifted_gradient),
    "reversed": (lambda np, x: x[::-1] * x, lambda x: x[::-1] + x[::-1]),
    "changed": (changed_in_the_middle, middle_gradient),
    "overwritten": (overwritten, overwritten_gradient),
    "weighted": (times_plain_numbers, lambda x: odd_numbers(numpy, x)),
    "reshaped": (lambda np, x: x.reshape(-1) * x.ravel(), lambda x: x + x),
}


class NumpyWatch:
    def __init__(self, x: numpy.ndarray, name: str) -> None:
        if x.dtype.kind not in "fc":
            raise TypeError(
                "lazynp: watch: gradients need a floating or complex dtype; "
                f"got {x.dtype}; convert with astype(float) first"
            )
        self.x = x  # a reference, as the other side has one: resize() counts them
        self.old, self.rule = x.copy(), WATCHED[name][1]

    def gradient(self) -> numpy.ndarray:
        return self.rule(self.old) + 0  # no -0.0: rules may sum in another order


class LazyWatch:
    def __init__(self, module: ModuleType, x: Any, name: str) -> None:
        self.module, self.x = module, module.watch(x)
        self.y = WATCHED[name][0](module, x)

    def gradient(self) -> Any:
        return self.module.gradients(self.y, [self.x], self.module.ones_like(self.y))[0] + 0


def without_running(module: ModuleType, array: Any, question: Callable[[], Any]) -> Any:
    """The answer to a question about an array, given without running anything."""
    array.shape
    with module.no_eval():
        return question()


def namespace(module: ModuleType, log: list[Any]) -> Namespace:
    """The names that a program sees, with `module` under test as `np`."""
    common: Namespace = {
        "np": module,
        "numpy": numpy,
        "copy": copy,
        "pickle": pickle,
        "data": data,
        "pinned": pinned,
        "pointed": pointed,
        "cleared_by_address": cleared_by_address,
        "interface_of": interface_of,
        "refuser": Refuser(),
        "superior": Superior(),
        "attempt": attempt,
        "random": module.random.default_rng(2026),
        "old_random": module.random.RandomState(7),
        "layout": layout,
        "check": lambda value: log.append(canonical(value)),
    }
    if module is numpy:
        return common | {
            "exported": lambda v: v.view(),
            "imported": lambda w: w.view(),
            "adopt": adopted_copy,
            "at_record": lambda array, question: question(),
            "watched": NumpyWatch,
            "evaluate": lambda *arrays: None,
            "eager": contextlib.nullcontext,
        }
    return common | {
        "exported": numpy.asarray,
        "imported": module.asarray,
        "adopt": module.adopt,
        "at_record": lambda array, question: without_running(module, array, question),
        "watched": lambda x, name: LazyWatch(module, x, name),
        "evaluate": module.evaluate,
        "eager": module.eager,
    }
