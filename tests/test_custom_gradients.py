"""custom_gradient and checkpoint: gradients that a function says itself, and computing again."""

from __future__ import annotations

import subprocess
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import lazynp as np
from lazynp import _core

X = numpy.array([0.3, -1.2, 2.5])
WEIGHTS = numpy.random.default_rng(0).normal(size=(3, 3))


# ------------------------------------------------------------------ custom gradients
def test_the_gradient_is_that_of_the_pullback() -> None:
    @np.custom_gradient
    def f(x: Any) -> Any:
        return x**2, lambda gy: gy * 100

    assert f(np.array(X)).tolist() == (X**2).tolist()
    assert np.grad(lambda x: (f(x) * 3).sum())(np.array(X)).tolist() == [300.0] * 3
    assert np.grad(lambda x: f(2 * x).sum())(np.array(X)).tolist() == [200.0] * 3


def test_the_pullback_is_not_called_without_need() -> None:
    @np.custom_gradient
    def f(x: Any, n: int) -> Any:
        def pullback(gy: Any) -> Any:
            raise AssertionError("nobody asked")

        return x * n, pullback

    assert f(np.array(X), 2).tolist() == (X * 2).tolist()
    w = np.watch(np.ones(3))
    assert np.gradients(f(w, 2) * 0 + w * w, [np.watch(np.ones(2))])[0].tolist() == [0.0, 0.0]


def test_several_arguments_of_which_one_is_no_array() -> None:
    @np.custom_gradient
    def f(p: Any, n: int, x: Any) -> Any:
        y = p["w"] * x + p["b"] + n
        return y, lambda gy: ({"w": gy * x, "b": None}, None, gy * 7)

    p = {"w": np.array(X), "b": np.array(1.0)}
    gp, gx = np.grad(lambda p, x: f(p, 2, x).sum(), (0, 1))(p, np.array(X * 2))
    assert gp["w"].tolist() == (X * 2).tolist() and float(gp["b"]) == 0.0
    assert gx.tolist() == [7.0] * 3


def test_several_results_of_several_dtypes() -> None:
    @np.custom_gradient
    def f(x: Any) -> Any:
        def pullback(gy: Any) -> Any:
            assert gy["square"].dtype == "f4" and gy["count"] is None and gy["sum"].shape == ()
            return gy["square"].astype("f8") * 2 * x + gy["sum"]

        return {"square": (x * x).astype("f4"), "count": 3, "sum": x.sum()}, pullback

    def total(x: Any) -> Any:
        y = f(x)
        assert y["count"] == 3 and y["square"].dtype == "f4" and y["sum"].shape == ()
        return (y["square"] * 10).sum().astype("f8") + y["sum"] ** 2

    found = np.grad(total)(np.array(X))
    numpy.testing.assert_allclose(found, 20 * X + 2 * X.sum(), rtol=1e-6)


def test_second_derivatives_and_forward_mode() -> None:
    @np.custom_gradient
    def exp(x: Any) -> Any:
        y = np.exp(x)
        return y, lambda gy: gy * y

    assert float(np.grad(np.grad(exp))(1.5)) == pytest.approx(numpy.exp(1.5))
    _, dy = np.jvp(exp, [np.array(X)], [np.array(X * 2)])
    numpy.testing.assert_allclose(dy, numpy.exp(X) * X * 2)
    numpy.testing.assert_allclose(np.jacobian(exp)(np.array(X)), numpy.diag(numpy.exp(X)))


def test_gradients_of_complex_results() -> None:
    @np.custom_gradient
    def f(z: Any) -> Any:
        return z * z, lambda gy: gy * np.conj(2 * z)

    z = np.array([1 + 2j, -0.5 + 1j])
    plain = np.grad(lambda z: (z * z).sum().real)(z)
    numpy.testing.assert_allclose(np.grad(lambda z: f(z).sum().real)(z), numpy.asarray(plain))


def test_batches() -> None:
    @np.custom_gradient
    def f(x: Any) -> Any:
        return (x * x).sum(), lambda gy: gy * x

    x = np.array(WEIGHTS)
    numpy.testing.assert_allclose(np.vmap(f)(x), (WEIGHTS**2).sum(axis=1))
    numpy.testing.assert_allclose(np.vmap(np.grad(f))(x), WEIGHTS)
    with pytest.raises(np.NoGradient, match=r"custom_gradient: .* around vmap"):
        np.grad(lambda x: np.vmap(f)(x).sum())(x)


def test_a_mapped_argument_stays_watched_after_a_gradient_inside() -> None:
    f = np.custom_gradient(lambda x: (x * 2, lambda gy: gy * 100))

    def g(x: Any) -> Any:
        return np.grad(lambda x: (x * x).sum())(x).sum() + f(x).sum()

    with pytest.raises(np.NoGradient, match="around vmap"):
        np.grad(lambda x: np.vmap(g)(x).sum())(np.array(WEIGHTS))


@pytest.mark.parametrize(
    ("pullback", "error", "text"),
    [
        (lambda gy: gy[:2], ValueError, r"shape of what it belongs to; got \(2,\)"),
        (lambda gy: "abc", TypeError, "must return arrays; got str"),
        (lambda gy: (gy, gy), ValueError, "nested like its argument; got 2 arrays for 1"),
        (lambda gy: [gy, gy], ValueError, "nested like its argument; got 2 arrays for 1"),
        (lambda gy: 1 // 0, ZeroDivisionError, "division"),
    ],
)
def test_errors_of_pullbacks(
    pullback: Callable[..., Any], error: type[Exception], text: str
) -> None:
    f = np.custom_gradient(lambda x: (x * 2, pullback))
    with pytest.raises(error, match=text):
        np.grad(lambda x: f(x).sum())(np.array(X))


def test_a_pullback_gives_a_gradient_for_each_argument() -> None:
    f = np.custom_gradient(lambda x, y: (x * y, lambda gy: gy))
    with pytest.raises(ValueError, match="for each of 2 arguments; got ndarray"):
        np.grad(lambda x: f(x, x).sum())(np.array(X))


def test_the_pullback_dies_with_the_value() -> None:
    class Kept:
        pass

    alive: list[Any] = []

    @np.custom_gradient
    def f(x: Any) -> Any:
        kept = Kept()
        alive.append(weakref.ref(kept))
        return x * 2, lambda gy: (gy, kept)[0]

    np.evaluate(np.grad(lambda x: f(x).sum())(np.array(X)))
    np.evaluate(np.ones(3) * 2)
    assert alive[0]() is None


# ------------------------------------------------------------------ computing again
def layer(x: Any, w: Any) -> Any:
    h = np.tanh(x @ w)
    h[0] *= 2
    return h, {"norm": (h * h).sum()}


def total(layer: Callable[..., Any]) -> Callable[..., Any]:
    def loss(x: Any, w: Any) -> Any:
        first, more = layer(x, w)
        second, rest = layer(first * 2, w)
        return second.sum() + more["norm"] * rest["norm"]

    return loss


def test_checkpoint_changes_no_value_and_no_gradient() -> None:
    x, w = np.array(WEIGHTS.T), np.array(WEIGHTS)
    value, gradient = np.value_and_grad(total(layer), (0, 1))(x, w)
    again, found = np.value_and_grad(total(np.checkpoint(layer)), (0, 1))(x, w)
    assert float(again) == float(value)
    for g, expected in zip(found, gradient, strict=True):
        numpy.testing.assert_allclose(g, numpy.asarray(expected), rtol=1e-12)


def test_checkpoint_and_other_transformations() -> None:
    f, x = np.checkpoint(lambda x: np.sin(x) * x), np.array(X)
    numpy.testing.assert_allclose(f(x), numpy.sin(X) * X)
    numpy.testing.assert_allclose(
        np.elementwise_grad(np.elementwise_grad(f))(x), 2 * numpy.cos(X) - X * numpy.sin(X)
    )
    _, dy = np.jvp(f, [x], [x])
    numpy.testing.assert_allclose(dy, (numpy.cos(X) * X + numpy.sin(X)) * X)
    numpy.testing.assert_allclose(np.vmap(np.grad(f))(x), numpy.cos(X) * X + numpy.sin(X))


def test_gradients_around_batches_of_checkpoints() -> None:
    def loss(layer: Any, x: Any, w: Any) -> Any:
        y, more = np.vmap(layer, in_axes=(0, None))(x, w)
        z, rest = np.vmap(np.vmap(layer, in_axes=(0, None)))(y[:, None] * 2, y)
        return (z**2).sum() + (more["norm"] * rest["norm"][:, 0]).sum()

    x, w = np.array(numpy.stack([WEIGHTS, WEIGHTS.T * 2])), np.array(WEIGHTS)
    expected = np.grad(lambda x, w: loss(layer, x, w), (0, 1))(x, w)
    found = np.grad(lambda x, w: loss(np.checkpoint(layer), x, w), (0, 1))(x, w)
    for g, plain in zip(found, expected, strict=True):
        numpy.testing.assert_allclose(g, numpy.asarray(plain), rtol=1e-10)


def test_checkpoint_calls_f_again_for_the_gradient_alone() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(_core.is_watched(x))
        return np.exp(x)

    np.checkpoint(f)(np.array(X))
    assert calls == [False]
    w = np.watch(np.array(X))
    y = np.checkpoint(f)(w).sum()
    assert calls == [False, False]
    np.gradients(y, [w])
    assert calls == [False, False, True]


def test_checkpoint_refuses_watched_arrays_that_are_no_arguments() -> None:
    w = np.watch(np.array(WEIGHTS))
    with pytest.raises(np.LazyError, match="no argument by position"):
        np.checkpoint(lambda x: x @ w)(w)


MEMORY = """
import sys
import lazynp as np

def block(x, w):
    for _ in range(6):
        x = np.tanh(x @ w)
    return x

if sys.argv[1] == "again":
    block = np.checkpoint(block)

def loss(w, x):
    for _ in range(6):
        x = block(x, w)
    return (x * x).sum()

w, x = np.eye(16) * 0.9, np.ones((20_000, 16))
np.evaluate(w, x)
np.evaluate(*np.value_and_grad(loss)(w, x))
print(np.stats()["pool_peak_bytes"] / x.nbytes)
"""


def peak(how: str) -> float:
    """The most memory in use, in arrays of the size of one activation."""
    command = [sys.executable, "-c", MEMORY, how]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_checkpoint_saves_memory() -> None:
    """36 layers: all activations are kept, or those between 6 blocks and of one block."""
    kept, again = peak("kept"), peak("again")
    assert kept > 36
    assert again < kept / 2, (kept, again)
