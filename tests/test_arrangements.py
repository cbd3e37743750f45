"""Ufuncs and products over random arrangements in memory, bit by bit as NumPy's.

NumPy's inner loops may give other bits for other strides and for other numbers of elements per call
(decision 010), so that shapes lie around the sizes of vectors and of NumPy's buffer.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
import pytest
from comparison import canonical_array
from test_ops import BINARY, UNARY

import lazynp

pytestmark = pytest.mark.filterwarnings("ignore")

Shape = tuple[int, ...]
SHAPES: list[Shape] = [
    *((1,), (7,), (8,), (17,), (1023,), (1025,), (8191,), (8193,), (20003,)),
    *((2, 18), (18, 2), (3, 7), (33, 5), (3, 4099), (4099, 3), (2, 9001), (9001, 2), (600, 31)),
    *((2, 3, 5), (70, 50, 3), (3, 50, 70), (2, 1, 9), (4, 33, 65)),
]
VALUES = [
    0.0,
    -0.0,
    0.0,
    -0.0,
    1,
    -1,
    0.5,
    2,
    -1.5,
    3,
    7.25,
    0.125,
    numpy.inf,
    -numpy.inf,
    numpy.nan,
]


@dataclass
class Arranged:
    """An operand: how `build(module)` makes it, and what to call it when it fails."""

    data: numpy.ndarray
    axes: list[int]
    key: tuple[slice, ...]
    shape: Shape
    unaligned: bool

    def build(self, np: Any) -> Any:
        if self.unaligned:
            raw = numpy.zeros(self.data.nbytes + 1, "u1")
            raw[1:] = self.data.reshape(-1).view("u1")
            array = np.array(raw)[1:].view(self.data.dtype).reshape(self.data.shape)
        else:
            array = np.array(self.data)
        return np.broadcast_to(array.transpose(self.axes)[self.key], self.shape)


def arranged(choose: random.Random, shape: Shape, dtype: str) -> Arranged:
    """Axes left out, of length 1, in another order, strided, backwards, without stride."""
    left_out = len(shape) > 1 and choose.random() < 0.2
    own = [1 if choose.random() < 0.2 else n for n in shape[left_out:]]
    steps = [choose.choice([1, 1, 2, -1, -2]) if choose.random() < 0.4 else 1 for _ in own]
    repeated = [choose.random() < 0.1 for _ in own]
    order = list(range(len(own)))
    if choose.random() < 0.4:
        choose.shuffle(order)
    lengths = [n * abs(step) + choose.choice([0, 0, 1]) for n, step in zip(own, steps, strict=True)]
    values = numpy.random.default_rng(choose.randrange(1 << 30))
    data = values.choice(VALUES, size=[lengths[i] for i in order])
    if choose.random() < 0.4:
        data = numpy.where(values.random(data.shape) < 0.9, values.normal(size=data.shape), data)
    key = tuple(
        slice(0, 1) if same else slice(0, n * s, s) if s > 0 else slice(n * -s - 1, None, s)
        for n, s, same in zip(own, steps, repeated, strict=True)
    )
    axes = [order.index(i) for i in range(len(own))]
    unaligned = choose.random() < 0.1 and not left_out
    return Arranged(data.astype(dtype), axes, key, tuple(own), unaligned)


def compare(call: Callable[[Any], Any], what: str) -> None:
    with numpy.errstate(all="ignore"):
        expected, got = call(numpy), numpy.asarray(call(lazynp))
    assert canonical_array(numpy.asarray(expected)) == canonical_array(got), what


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_ufunc_over_random_arrangements(name: str, full_size: bool) -> None:
    for seed in range(400 if full_size else 40):
        choose = random.Random(f"{name} {seed}")
        shape, dtype = choose.choice(SHAPES), choose.choice(["f8", "f8", "f4"])
        inputs = [arranged(choose, shape, dtype) for _ in range(getattr(numpy, name).nin)]
        stores = choose.random() < 0.3

        def call(
            np: Any, inputs: list[Arranged] = inputs, stores: bool = stores, seed: int = seed
        ) -> Any:
            result = getattr(np, name)(*(x.build(np) for x in inputs))
            if isinstance(result, tuple):
                result = result[seed % 2]
            if not stores or result.ndim == 0:
                return result
            target = np.zeros((*result.shape, 2), result.dtype)[::-1, ..., 0]
            target[...] = result
            return target

        try:
            if call(numpy).size == 1:
                continue  # the stride of a single element is NumPy's whim, and its loops look at it
        except TypeError:
            return  # no loop for floats
        compare(call, f"{name}, seed {seed}: {[(x.axes, x.key, x.shape) for x in inputs]}")


ORDERS: dict[str, Callable[[Any, numpy.ndarray], Any]] = {
    "C": lambda np, a: np.array(a),
    "F": lambda np, a: np.array(a, order="F"),
    "transposed": lambda np, a: np.array(a.swapaxes(-1, -2)).swapaxes(-1, -2),
    "every second": lambda np, a: np.array(a.repeat(2, axis=-1))[..., ::2],
    "backwards": lambda np, a: np.array(a[..., ::-1])[..., ::-1],
    "part of rows": lambda np, a: np.array(a.repeat(2, axis=-1))[..., : a.shape[-1]],
}


def matrices(seed: int, dtype: str, shape: Shape) -> numpy.ndarray:
    values = numpy.random.default_rng(seed)
    real = values.normal(size=shape)
    return numpy.asarray(real + 1j * values.normal(size=shape) if dtype in "FD" else real).astype(
        dtype
    )


@pytest.mark.parametrize("dtype", "fdFDel")
def test_product_into_any_memory(dtype: str) -> None:
    for seed in range(300):
        choose = random.Random(seed)
        n, k, m = (choose.choice([1, 2, 3, 4, 5, 17, 70]) for _ in range(3))
        stack = choose.choice([(), (), (3,), (2, 3)])
        a, b = matrices(seed, dtype, (*stack, n, k)), matrices(seed + 1, dtype, (*stack, k, m))
        first, second, third = (choose.choice(list(ORDERS)) for _ in range(3))
        target = matrices(seed + 2, dtype, (*stack, n, m))

        how = [ORDERS[order] for order in (first, second, third)]

        def out(np: Any, arrays: Any = (a, b, target), how: Any = how) -> Any:
            left, right, into = (order(np, x) for order, x in zip(how, arrays, strict=True))
            np.matmul(left, right, out=into)
            return into

        def in_place(np: Any, a: Any = a, how: Any = how) -> Any:
            x = how[0](np, a)
            x @= how[1](np, a.swapaxes(-1, -2).copy() @ a)
            return x

        compare(out, f"seed {seed}: {first}, {second} into {third}")
        compare(in_place, f"seed {seed}: {first} @= {second}")


@pytest.mark.parametrize(
    "product", ["(a + b) @ (a + b).T", "np.dot(a * 2, (a * 2).T)", "x @ x.T", "(-x) @ (-x)[:, :].T"]
)
def test_equal_computations_are_still_two_arrays(product: str) -> None:
    """NumPy multiplies an array by its own transpose as a symmetric product, of equal ones not."""
    a, b = matrices(1, "d", (50, 70)), matrices(2, "d", (50, 70))

    def call(np: Any) -> Any:
        names = {"np": np, "a": np.array(a), "b": np.array(b)}
        names["x"] = names["a"] - names["b"]
        return eval(product, names)

    compare(call, product)


@pytest.mark.parametrize("dtypes", [("f8", "f4"), ("f4", "f8"), ("f8", "i4"), ("c8", "f8")])
@pytest.mark.parametrize(
    "shapes", [((6, 64), (64, 100)), ((3, 5, 17), (3, 17, 9)), ((7, 33), (33,))]
)
def test_matmul_casts_matrices_to_c_order(dtypes: Any, shapes: Any) -> None:
    random = numpy.random.default_rng(0)
    a, b = ((random.normal(size=s) * 9).astype(d) for s, d in zip(shapes, dtypes, strict=True))
    a, b = (
        numpy.asfortranarray(x.T).T
        if x.ndim == 1
        else numpy.moveaxis(numpy.ascontiguousarray(numpy.moveaxis(x, -1, -2)), -2, -1)
        for x in (a, b)
    )
    ours = numpy.asarray(lazynp.array(a) @ lazynp.array(b))
    assert ours.tobytes() == (a @ b).tobytes()
    assert ours.strides == (a @ b).strides
