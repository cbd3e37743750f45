"""A typed program of the names that lazynp adds to NumPy's: checked and run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, assert_type

import numpy

import lazynp as np
from lazynp import LazyError, explain, grad
from lazynp.autodiff import value_and_grad
from lazynp.testing import counters
from lazynp.typing import NDArray

Floats = NDArray[np.float64]


class Layer(NamedTuple):
    weights: Floats
    offsets: Floats


def loss(layer: Layer, x: Floats, *, scale: float = 1.0) -> np.float64:
    outputs: Floats = x @ layer.weights + layer.offsets
    return np.sum(scale * outputs**2)


def cube(x: float) -> float:
    return x * x * x


@np.custom_gradient
def rounded(x: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
    return np.rint(x), lambda gy: gy


@np.checkpoint
def layered(x: Floats, steps: int) -> Floats:
    for _ in range(steps):
        x = np.tanh(x)
    return x


def gradients_of_functions() -> None:
    layer = Layer(np.ones((3, 2)), np.zeros(2))
    x = np.ones((4, 3))
    assert_type(grad(loss)(layer, x, scale=2.0), Layer)
    value, gradient = value_and_grad(loss)(layer, x)
    assert_type(value, np.float64)
    assert_type(gradient.weights, Floats)
    both: tuple[Layer, Floats] = grad(loss, argnums=(0, 1))(layer, x)
    assert both[1].shape == x.shape
    assert float(grad(grad(cube))(2.0)) == 12.0
    assert float(np.grad(lambda t: t**4)(2.0)) == 32.0
    assert_type(np.elementwise_grad(layered)(np.ones(3), 2), Floats)
    assert np.grad(lambda v: rounded(v).sum())(np.array([0.4, 1.6])).tolist() == [1.0, 1.0]


def derivatives() -> None:
    x = np.array([1.0, 2.0])
    assert_type(np.jacobian(lambda v: v**2)(x), NDArray[Any])
    assert np.hessian(lambda v: (v**3).sum())(x).shape == (2, 2)
    y, pull_back = np.vjp(np.hypot, x, x)
    assert y.dtype == np.float64
    left, right = pull_back(np.ones(2))
    assert left.shape == right.shape
    value, tangent = np.jvp(lambda v: v**2, [x], [np.ones(2)])
    assert value.shape == tangent.shape


def watching() -> None:
    x, w = np.watch(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    y = (x * w).sum()
    for found in np.gradients(y, [x, w]):
        assert_type(found, np.ndarray[tuple[Any, ...], np.dtype[Any]])
    assert_type(np.watch(np.ones(3, np.float32)).dtype, np.dtype[np.float32])
    assert np.stop_gradient(x).shape == (2,)


def batches() -> None:
    table: Floats = np.ones((3, 2))
    rows: Floats = np.vmap(lambda row: row / row.sum())(table)
    products: Floats = np.vmap(np.dot, in_axes=(0, None))(table, np.ones(2))
    assert rows.shape == (3, 2) and products.shape == (3,)


def evaluation() -> None:
    a, b = np.evaluate(np.ones(3), np.zeros(2, np.int8))
    assert_type(b.dtype, np.dtype[np.int8])
    assert_type(np.evaluate(a).dtype, np.dtype[np.float64])
    plan = explain(np.sqrt(a) + 1, after=None)
    assert_type(plan.svg, str)
    owned: Floats = np.adopt(numpy.ones(3))
    assert_type([(row.name, row.n_bytes) for row in np.fallbacks()], list[tuple[str, int]])
    recorded: int = np.stats()["recorded"]
    assert recorded >= counters()["fallbacks"] and owned.size == 3
    try:
        with np.no_eval():
            print(a + 1)
    except LazyError as error:
        assert "no_eval" in str(error)
    total = np.sum(np.ones(20_000))
    if isinstance(total, np.LazyScalar):
        assert float(total + 1) == 20_001.0


def switches() -> None:
    with np.config(math="fast", late_errors=True) as config, np.eager():
        assert_type(config.math, Literal["numpy", "fast"])
    before: Literal["allow", "warn", "raise"] = np.config.fallback
    np.config.fallback = before
    np.set_num_threads(np.config.num_threads)


def array_api() -> None:
    assert_type(np.sort(np.ones(3), descending=True), Floats)
    assert np.argsort(np.array([1, 3, 2]), descending=True).tolist() == [1, 2, 0]
    assert np.fft.fftfreq(4, dtype=np.float32).dtype == np.float32
    assert float(np.erf(0.0)) == 0.0
    assert np.__array_namespace_info__().default_device() == "cpu"


def main() -> None:
    gradients_of_functions()
    derivatives()
    watching()
    batches()
    evaluation()
    switches()
    array_api()


if __name__ == "__main__":
    main()
