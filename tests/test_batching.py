"""vmap: functions against a Python loop, axes and trees, errors, nesting and gradients."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from batches import by_loop, check, variants
from op_cases import STACK, VECTOR

import lazynp as np


# ------------------------------------------------------------------ functions
def softmax(x: Any) -> Any:
    e = np.exp(x - x.max())
    return e / e.sum()


def running_mean(x: Any) -> Any:
    return np.cumsum(x) / np.arange(1, x.size + 1)


def written_in_place(x: Any) -> Any:
    y = np.zeros(7)
    y[1:6] = x
    y[::2] += 1
    y[0] = x[0] * y[3]
    return y


def updated_copy(x: Any) -> Any:
    y = x.copy()
    y *= 2
    row = y[1:4]
    row -= x[0]
    row[1] = 5
    return y


def argument_written(x: Any) -> Any:
    x[1:] = x[:-1] * 2
    x += 1
    return x


def masked(x: Any) -> Any:
    y = x * 1
    y[x > 0] = 0
    return y + np.where(x < -1, x, 1)


def recurrence(x: Any) -> Any:
    y = np.zeros(5)
    for i in range(1, 5):
        y[i] = y[i - 1] * 0.5 + x[i]
    return y


def ufunc_out(x: Any) -> Any:
    y = np.ones(5)
    np.multiply(x, x, out=y)
    np.add(y[1:], x[:-1], out=y[1:])
    return y


def by_own_index(x: Any) -> Any:
    order = np.argsort(x, kind="stable")
    return x[order] + np.take(x, order[::-1])


def written_at_own_index(x: Any) -> Any:
    y = np.zeros(5)
    y[np.argsort(x, kind="stable")] = x * 2
    return y


def read_at_own_number(x: Any) -> Any:
    i = np.argmax(x)
    rows = np.outer(x, np.arange(5.0))
    return x[i] * rows[i] + rows[1, i] + rows[:, i] + rows[i, ::2].sum() + x[i - 1]


def written_at_own_number(x: Any) -> Any:
    i = np.argmin(x)
    y, rows = np.zeros(5), np.ones((5, 5))
    y[i] = 3
    y[i - 1] += x[0]
    rows[i] = x
    rows[1:, i] = 0
    return rows * y


def many_steps(x: Any) -> Any:
    for _ in range(700):
        x = x * 0.99 + 0.01
    return x


def constant_result(x: Any) -> Any:
    return np.arange(3) * 2.0


def scalar_loop(x: Any) -> Any:
    total = 0.0
    for element in x:
        total = total + element * element
    return total


def reshaped_and_transposed(x: Any) -> Any:
    y = np.outer(x, x)[:4].T.reshape(2, 10)
    y[0] += y[1, ::-1]
    return y.ravel(order="F")


VECTOR_FUNCTIONS: list[Callable[..., Any]] = [
    *(softmax, running_mean, written_in_place, updated_copy, argument_written, masked),
    *(recurrence, ufunc_out, by_own_index, written_at_own_index, many_steps, constant_result),
    *(read_at_own_number, written_at_own_number),
    *(scalar_loop, reshaped_and_transposed),
    lambda x: np.linalg.norm(x),
    lambda x: np.polyval([1.0, 2.0, 3.0], x),
    lambda x: (x.real, x.mean())[1] + x.std(),
    lambda x: np.concatenate([x, [1.0, 2.0], x[::-1]]),
    lambda x: np.stack([x, x**2]).astype("f4"),
    lambda x: (x > 0) & (x < 1),
    lambda x: np.float64(2.5),
    lambda x: 3,
]


@pytest.mark.parametrize("f", VECTOR_FUNCTIONS, ids=lambda f: f.__name__)
def test_functions(f: Callable[..., Any]) -> None:
    check(f, [variants(VECTOR)], [0])
    check(f, [variants(VECTOR).T.copy()], [1])


MATRIX_FUNCTIONS: list[Callable[..., Any]] = [
    lambda a: np.linalg.solve(a, a.sum(axis=0)),
    lambda a: np.linalg.qr(a)[0] ** 2,
    lambda a: np.linalg.svd(a)[1],
    lambda a: np.linalg.slogdet(a)[1],
    lambda a: a @ a.T @ a[0],
    lambda a: np.einsum("ij,kj->ik", a, a),
    lambda a: np.cov(a),
    lambda a: np.fft.fft2(a),
    lambda a: np.linalg.matrix_power(a, 3),
    lambda a: np.trace(a) + np.tril(a).sum(),
]


@pytest.mark.parametrize("f", MATRIX_FUNCTIONS)
def test_functions_of_matrices(f: Callable[..., Any]) -> None:
    check(f, [variants(STACK[0])], [0])


def test_nothing_runs_until_a_value_is_needed() -> None:
    x = np.array(variants(VECTOR))
    np.evaluate(x)
    with np.no_eval():
        y = np.vmap(softmax)(x)
    numpy.testing.assert_allclose(numpy.asarray(y).sum(axis=1), 1.0)


def test_f_is_called_once_with_one_element() -> None:
    calls = []

    def f(x: Any, n: Any) -> Any:
        calls.append((x.shape, x.dtype, n))
        return x * n

    np.vmap(f, in_axes=(1, None))(np.ones((4, 3, 2), "f4"), 2)
    assert calls == [((4, 2), numpy.dtype("f4"), 2)]


def test_arguments_outside_are_left_alone() -> None:
    x = np.array(variants(VECTOR))
    before = numpy.array(x)
    np.vmap(argument_written)(x)
    assert (numpy.asarray(x) == before).all()


# ------------------------------------------------------------------ axes and trees
def test_axes_of_results() -> None:
    x = np.array(variants(VECTOR))
    assert np.vmap(lambda a: a * 2, out_axes=1)(x).shape == (5, 3)
    assert np.vmap(lambda a: a[:, None] * a, out_axes=-1)(x).shape == (5, 5, 3)
    first, second = np.vmap(lambda a: (a, a.sum()), out_axes=(1, 0))(x)
    assert first.shape == (5, 3) and second.shape == (3,)


def test_trees_of_arguments_and_results() -> None:
    p = {"w": np.ones((3, 2)), "b": (np.array([1.0, 2.0, 3.0]), np.array(10.0))}

    def f(p: Any, scale: float, *, shift: Any) -> Any:
        value = p["w"] * scale + p["b"][0] + p["b"][1]
        return {"value": value, "shifted": [value + shift, None]}

    axes = ({"w": 0, "b": (0, None)}, None)
    found = np.vmap(f, in_axes=axes)(p, 2.0, shift=np.array([0.0, 1.0, 2.0]))
    assert found["value"].tolist() == [[13.0, 13.0], [14.0, 14.0], [15.0, 15.0]]
    assert found["shifted"][0][:, 0].tolist() == [13.0, 15.0, 17.0]
    assert found["shifted"][1] is None


def test_results_that_are_the_same_for_all() -> None:
    x, shared = np.ones((3, 2)), np.arange(2.0)
    repeated = np.vmap(lambda a: shared)(x)
    assert repeated.tolist() == [[0.0, 1.0]] * 3
    repeated[0] = 7
    assert shared.tolist() == [0.0, 1.0]
    assert np.vmap(lambda a: shared, out_axes=None)(x) is shared


def test_numbers_lists_and_ndarrays_as_arguments() -> None:
    assert np.vmap(lambda a: a[0] + a[1])([np.ones(2), numpy.array([10, 20])]).tolist() == [
        11.0,
        21.0,
    ]
    assert np.vmap(lambda a, b: a + b, in_axes=(0, None))(numpy.arange(2), 5).tolist() == [5, 6]


def test_more_elements_than_a_node_has_inputs() -> None:
    """Ops without a rule are applied to each element, and their results joined."""
    x = numpy.random.default_rng(1).normal(size=(300, 6))
    found = np.vmap(lambda a: np.convolve(a[:4], a[4:]))(np.array(x))
    expected = [numpy.convolve(a[:4], a[4:]) for a in x]
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-12)


def test_an_empty_batch() -> None:
    y = np.vmap(lambda a: np.linalg.inv(a) @ np.convolve(a[0], a[1])[:3])(np.ones((0, 3, 3)))
    assert y.shape == (0, 3)


def test_integers_and_truth() -> None:
    x = np.arange(6).reshape(3, 2)
    y = np.vmap(lambda a: (a * 2, a[0] > 2))(x)
    assert y[0].dtype == numpy.int64 and y[1].tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: np.vmap(np.add)(np.ones(3), np.ones(4)), "one size; got 3 and 4"),
        (lambda: np.vmap(np.exp, in_axes=2)(np.ones((3, 4))), "axis 2 of in_axes is out of range"),
        (lambda: np.vmap(np.exp)(1.0), "axis 0 of in_axes is out of range"),
        (lambda: np.vmap(np.exp, out_axes=3)(np.ones((3, 4))), "axis 3 of out_axes"),
        (lambda: np.vmap(np.exp, in_axes=None)(np.ones(3)), "must be mapped"),
        (lambda: np.vmap(np.exp, out_axes=None)(np.ones(3)), "differs between elements"),
        (lambda: np.vmap(np.add, in_axes=(0,))(np.ones(3), 1), "one axis for each of 2"),
        (lambda: np.vmap(np.exp, in_axes=({"a": 0},))(np.ones(3)), "nested like"),
    ],
)
def test_errors_of_axes(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"lazynp: vmap: .*{text}"):
        call()


def test_errors_of_types() -> None:
    with pytest.raises(TypeError, match="array of numbers; got str"):
        np.vmap(lambda a: a)("abc")
    with pytest.raises(TypeError, match="must return arrays and numbers; got str"):
        np.vmap(lambda a: "abc")(np.ones(3))


# ------------------------------------------------------------------ no values
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: float(x[0]),
        lambda x: numpy.asarray(x),
        lambda x: str(x),
        lambda x: x[x > 0],
        lambda x: np.unique(x),
        lambda x: np.median(x),
        lambda x: np.nonzero(x)[0],
        lambda x: [0, 1, 2][x[0].astype(int)],
        lambda x: x[: x[0].astype(int)],
    ],
)
def test_values_inside_depend_on_the_batch(f: Callable[..., Any]) -> None:
    with pytest.raises(np.LazyError, match=r"lazynp: vmap: this line needs a value.*lazynp.where"):
        np.vmap(f)(np.ones((3, 2)))


def test_what_is_written_outside_has_no_value() -> None:
    outside = np.zeros(2)

    def f(x: Any) -> Any:
        outside[0] = x[0]
        return x

    assert np.vmap(f)(np.ones((3, 2))).tolist() == [[1.0, 1.0]] * 3
    with pytest.raises(np.LazyError, match="vmap"):
        float(outside[0])


def test_a_row_at_a_number_of_each_element_is_no_view() -> None:
    def f(x: Any) -> Any:
        row = x[np.argmax(x[:, 0])]
        row += 1
        return x

    with pytest.raises(ValueError, match="read-only"):
        np.vmap(f)(np.ones((3, 2, 2)))


def test_wrong_indices_are_errors() -> None:
    x, i = np.ones((3, 2)), np.array([0, 1, 2])
    with pytest.raises(IndexError, match="out of bounds"):
        np.evaluate(np.vmap(lambda a, i: np.take(a, i))(x, i))
    with pytest.raises(IndexError, match="out of bounds"):
        np.evaluate(np.vmap(lambda a, i: a[np.stack([i, i])])(x, i))
    with pytest.raises(IndexError, match="out of bounds"):
        np.evaluate(np.vmap(lambda a, i: a[i])(x, i))


def test_errors_of_values_are_raised_at_the_call() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        np.vmap(np.linalg.inv)(np.zeros((3, 2, 2)))


def test_warnings_name_the_line_inside() -> None:
    def f(x: Any) -> Any:
        return x / 0

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        np.evaluate(np.vmap(f)(np.ones(3)))
    assert [w.lineno for w in caught] == [f.__code__.co_firstlineno + 1]


def test_foreign_memory_is_read_when_f_is_called() -> None:
    foreign = numpy.array([1.0, 2.0])
    shared = np.asarray(foreign)
    y = np.vmap(lambda a: a + shared)(np.zeros((3, 2)))
    z = np.vmap(lambda a: a * 2)(np.asarray(foreign))
    foreign[:] = 100
    assert y.tolist() == [[1.0, 2.0]] * 3 and z.tolist() == [2.0, 4.0]


def test_eager_runs_the_batch_at_once() -> None:
    with np.eager():
        y = np.vmap(softmax)(np.array(variants(VECTOR)))
    numpy.testing.assert_allclose(numpy.asarray(y), by_loop(softmax, [variants(VECTOR)], [0]))


# ------------------------------------------------------------------ with each other, and gradients
def test_nested() -> None:
    x, y = numpy.arange(6.0).reshape(3, 2), numpy.arange(8.0).reshape(4, 2) ** 2
    distance = lambda a, b: np.sqrt(((a - b) ** 2).sum())  # noqa: E731
    pairs = np.vmap(np.vmap(distance, in_axes=(None, 0)), in_axes=(0, None))
    expected = numpy.sqrt(((x[:, None] - y) ** 2).sum(axis=-1))
    numpy.testing.assert_allclose(numpy.asarray(pairs(np.array(x), np.array(y))), expected)


def test_a_batch_inside_that_writes() -> None:
    def outer(a: Any) -> Any:
        def inner(b: Any) -> Any:
            c = np.zeros(2)
            c[0] = b * a[0]
            c[1] = a.sum()
            return c

        return np.vmap(inner)(a)

    x = numpy.arange(6.0).reshape(3, 2)
    expected = [[[b * a[0], a.sum()] for b in a] for a in x]
    assert np.vmap(outer)(np.array(x)).tolist() == numpy.array(expected).tolist()


def loss(w: Any, x: Any) -> Any:
    y = np.tanh(w @ x)
    y[0] *= x[1]
    return (np.sort(y) * np.arange(3.0)).sum()


WEIGHTS = numpy.random.default_rng(3).normal(size=(3, 4))
INPUTS = numpy.random.default_rng(4).normal(size=(5, 4))


def test_gradients_of_each_element() -> None:
    w, x = np.array(WEIGHTS), np.array(INPUTS)
    found = np.vmap(np.grad(loss), in_axes=(None, 0))(w, x)
    expected = [numpy.asarray(np.grad(loss)(w, np.array(one))) for one in INPUTS]
    numpy.testing.assert_allclose(numpy.asarray(found), numpy.stack(expected))


def test_the_gradient_of_a_batch() -> None:
    w, x = np.array(WEIGHTS), np.array(INPUTS)

    def total(w: Any) -> Any:
        return (np.vmap(loss, in_axes=(None, 0))(w, x) ** 2).sum()

    def total_by_loop(w: Any) -> Any:
        return sum(loss(w, np.array(one)) ** 2 for one in INPUTS)

    numpy.testing.assert_allclose(np.grad(total)(w), numpy.asarray(np.grad(total_by_loop)(w)))
    second = np.grad(lambda w: (np.grad(total)(w) ** 2).sum())(w)
    by_loop = np.grad(lambda w: (np.grad(total_by_loop)(w) ** 2).sum())(w)
    numpy.testing.assert_allclose(second, numpy.asarray(by_loop))


@pytest.mark.parametrize(
    "f",
    [
        lambda a: (np.linalg.qr(a)[0] ** 2)[0].sum(),
        lambda a: np.linalg.svd(a, full_matrices=False)[1].sum(),
        lambda a: np.linalg.eigh(a + a.T)[0][0],
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: np.take(a, [0, 2, 0], axis=1).prod(),
        lambda a: np.convolve(a[0], a[1]).max(),
    ],
)
def test_gradients_inside_and_around(f: Callable[..., Any]) -> None:
    a = np.array(variants(STACK[0]))
    expected = by_loop(np.grad(f), [variants(STACK[0])], [0])
    numpy.testing.assert_allclose(np.vmap(np.grad(f))(a), expected, rtol=1e-8)
    numpy.testing.assert_allclose(np.grad(lambda a: np.vmap(f)(a).sum())(a), expected, rtol=1e-8)


def test_jacobians_of_each_element() -> None:
    f = lambda a: np.cumsum(a**2) * a[0]  # noqa: E731
    x = variants(VECTOR)
    expected = by_loop(np.jacobian(f), [x], [0])
    numpy.testing.assert_allclose(np.vmap(np.jacobian(f))(np.array(x)), expected)


def test_a_jacobian_is_one_backward_pass() -> None:
    x = np.linspace(0, 1, 40)
    np.evaluate(x)
    before = np.stats()["recorded"]
    with np.no_eval():
        np.jacobian(lambda x: np.exp(x) * x[::-1])(x)
    assert np.stats()["recorded"] - before < 60


def test_derivatives_forwards() -> None:
    x, v = variants(VECTOR), variants(VECTOR[::-1])
    f = lambda a, v: np.jvp(softmax, [a], [v])[1]  # noqa: E731
    check(f, [x, v], [0, 0])


def test_a_batch_holds_no_memory_when_it_is_dead() -> None:
    x = np.ones((3, 4))
    np.evaluate(x)
    before = np.stats()["live_nodes"]
    for _ in range(3):
        np.evaluate(np.vmap(softmax)(x))
    assert np.stats()["live_nodes"] <= before + 2
