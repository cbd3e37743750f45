"""Gradients: every op of the registry against finite differences; functions, views, writes."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from op_cases import OPS, sample

import lazynp as np
from lazynp import _core


# ------------------------------------------------------------------ finite differences
def numeric_gradient(f: Callable[..., Any], args: list[Any], i: int, gy: Any) -> Any:
    """d sum(f(*args) * gy) / d args[i], element by element; central, error O(h**4)."""
    result = numpy.zeros_like(args[i])
    for k in numpy.ndindex(result.shape):
        step = 1e-4 * max(1.0, abs(args[i][k]))
        slope = 0.0
        for factor, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
            moved = [numpy.array(a) for a in args]
            moved[i][k] += factor * step
            y = numpy.asarray(f(*[np.array(a) for a in moved]))
            slope = slope + weight * (y * gy).sum()
        result[k] = slope / (12 * step)
    return result


def check_gradient(f: Callable[..., Any], *args: Any, tolerance: float = 1e-6) -> None:
    """All gradients of f agree with finite differences, for a random gy."""
    watched = [np.watch(np.array(a)) for a in args]
    y = f(*watched)
    gy = numpy.random.default_rng(5).normal(size=y.shape)
    found = np.gradients(y, watched, np.array(gy))
    for i, gradient in enumerate(found):
        expected = numeric_gradient(f, list(args), i, gy)
        assert gradient.shape == args[i].shape and gradient.dtype == args[i].dtype
        numpy.testing.assert_allclose(
            numpy.asarray(gradient), expected, rtol=tolerance, atol=tolerance, err_msg=f"input {i}"
        )


def has_float64_loop(op: Any) -> bool:
    return "d" * op.n_inputs + "->d" in op.loops


ELEMENTWISE = [op for op in OPS.values() if op.kind == "elementwise" and has_float64_loop(op)]
REDUCTIONS = [
    op
    for op in OPS.values()
    if op.kind == "reduction" and op.differentiable and has_float64_loop(OPS[op.combine])
]


@pytest.mark.parametrize(
    "op", [op for op in ELEMENTWISE if op.differentiable], ids=lambda op: op.name
)
def test_elementwise_gradient(op: Any) -> None:
    args = [sample(op, seed) for seed in range(op.n_inputs)]
    check_gradient(lambda *xs: _core.record(op.name, xs), *args)


@pytest.mark.parametrize(
    "op",
    [op for op in ELEMENTWISE if op.differentiable and op.n_inputs == 2],
    ids=lambda op: op.name,
)
def test_elementwise_gradient_undoes_broadcasting(op: Any) -> None:
    check_gradient(
        lambda *xs: _core.record(op.name, xs), sample(op, 1, (3, 1)), sample(op, 2, (2, 1, 4))
    )


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_every_elementwise_op_has_a_rule_or_a_reason(op: Any) -> None:
    assert op.differentiable or op.no_gradient, f"{op.name}: add .gradient or .no_gradient"


@pytest.mark.parametrize("op", REDUCTIONS, ids=lambda op: op.name)
@pytest.mark.parametrize("axes", [None, (0,), (1, 2), (-1,)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True], ids=["drop", "keep"])
def test_reduction_gradient(op: Any, axes: Any, keepdims: bool) -> None:
    x = sample(op, 3, (2, 3, 4))
    names = {name for name, _, _ in op.attributes}
    attributes = {"axis": axes, "axes": axes, "keepdims": keepdims}
    given = {name: value for name, value in attributes.items() if name in names}
    assert given, "a reduction has axes"
    check_gradient(lambda a: _core.record(op.name, (a,), given), x)


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.no_gradient], ids=lambda op: op.name)
def test_an_op_without_gradient_says_why(op: Any) -> None:
    xs = [np.watch(np.array(sample(op, seed))) for seed in range(op.n_inputs)]
    y = _core.record(op.name, xs)
    with pytest.raises(np.NoGradient, match=op.name):
        np.gradients(y, xs)


# ------------------------------------------------------------------ everything that is no ufunc
RNG = numpy.random.default_rng(11)
MATRIX, SQUARE, VECTOR = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 3)), RNG.normal(size=5)
STACK = RNG.normal(size=(2, 3, 3))


def wv_product(factors: Any) -> Any:
    return (factors[1] ** 2) @ factors[0][..., None]


def svd_product(factors: Any) -> Any:
    return (factors[0] ** 2 * factors[1][..., None, :]) @ factors[2] ** 2


def qr_product(factors: Any) -> Any:
    return factors[0] ** 2 @ factors[1] ** 3


FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "matmul": (lambda a, b: a @ b, (MATRIX, MATRIX.T.copy())),
    "matmul vector right": (lambda a, b: a @ b, (MATRIX, RNG.normal(size=4))),
    "matmul vector left": (lambda a, b: a @ b, (RNG.normal(size=3), MATRIX)),
    "matmul dot": (lambda a, b: a @ b, (VECTOR, RNG.normal(size=5))),
    "matmul stacks": (
        lambda a, b: a @ b,
        (RNG.normal(size=(2, 1, 3, 4)), RNG.normal(size=(5, 4, 2))),
    ),
    "mean": (lambda a: a.mean(axis=0), (MATRIX,)),
    "var": (lambda a: a.var(axis=1), (MATRIX,)),
    "var ddof": (lambda a: np.var(a, ddof=1), (MATRIX,)),
    "std": (lambda a: a.std(axis=0), (MATRIX,)),
    "max axis": (lambda a: a.max(axis=1), (MATRIX,)),
    "cumsum": (lambda a: a.cumsum(axis=1), (MATRIX,)),
    "cumsum flat": (lambda a: np.cumsum(a), (MATRIX,)),
    "sort": (lambda a: np.sort(a, axis=0), (MATRIX,)),
    "take": (lambda a: np.take(a, [2, 0, 2], axis=1), (MATRIX,)),
    "fancy index": (lambda a: a[[0, 2, 0], [1, 1, 3]], (MATRIX,)),
    "fancy rows": (lambda a: a[np.array([2, 2, 1])], (MATRIX,)),
    "mask": (lambda a: a[numpy.array([True, False, True])], (MATRIX,)),
    "where": (lambda a, b: np.where(MATRIX > 0, a, b), (MATRIX, RNG.normal(size=4))),
    "concatenate": (lambda a, b: np.concatenate([a, b, a]), (MATRIX, RNG.normal(size=(2, 4)))),
    "concatenate columns": (lambda a, b: np.concatenate([a, b], axis=1), (MATRIX, SQUARE)),
    "stack": (lambda a, b: np.stack([a, b], axis=1), (MATRIX, RNG.normal(size=(3, 4)))),
    "reshape": (lambda a: a.reshape(2, 6) * numpy.arange(6.0), (MATRIX,)),
    "reshape of transposed": (lambda a: a.T.reshape(2, 6) * numpy.arange(6.0), (MATRIX,)),
    "transpose": (lambda a: a.transpose() @ a, (MATRIX,)),
    "swapaxes": (lambda a: np.swapaxes(a, 0, 1) * VECTOR[:3], (MATRIX,)),
    "broadcast_to": (lambda a: np.broadcast_to(a, (2, 3, 4)) * MATRIX, (MATRIX,)),
    "expand_dims": (lambda a: a[:, None] * a, (VECTOR,)),
    "slices": (lambda a: a[1:] * a[:-1], (VECTOR,)),
    "steps": (lambda a: a[::-2] * a[0], (VECTOR,)),
    "ellipsis": (lambda a: a[..., 1:3] ** 2, (MATRIX,)),
    "row of a row": (lambda a: a[1][1:] * a[0, 0], (MATRIX,)),
    "diagonal view": (lambda a: np.diagonal(a) * VECTOR[:3], (SQUARE,)),
    "flip": (lambda a: np.flip(a, axis=1) * MATRIX, (MATRIX,)),
    "astype": (lambda a: a.astype("float32").astype("float64") * 1.0, (numpy.arange(4.0),)),
    "copy": (lambda a: a.copy() * a, (VECTOR,)),
    "ravel": (lambda a: a.ravel()[2:5] ** 2, (MATRIX,)),
    "python numbers": (lambda a: 2 * a - a / 3 + (1 - a) ** 2, (VECTOR,)),
    "power": (lambda a: a**3 + abs(a) ** 0.5, (VECTOR,)),
    "power of arrays": (lambda a, b: np.abs(a) ** b, (VECTOR, RNG.normal(size=5))),
    "softmax": (lambda a: np.exp(a) / np.exp(a).sum(axis=1, keepdims=True), (MATRIX,)),
    "det": (lambda a: np.linalg.det(a), (STACK,)),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1] * [1.0, 2.0], (STACK,)),
    "inv": (lambda a: np.linalg.inv(a), (STACK,)),
    "solve": (lambda a, b: np.linalg.solve(a, b), (STACK, RNG.normal(size=(3, 2)))),
    "solve vector": (lambda a, b: np.linalg.solve(a, b), (SQUARE, RNG.normal(size=3))),
    "cholesky": (lambda a: np.linalg.cholesky(a @ a.mT + np.eye(3)), (STACK,)),
    "cholesky upper": (lambda a: np.linalg.cholesky(a @ a.mT, upper=True), (STACK,)),
    "eigh values": (lambda a: np.linalg.eigh(a + a.mT)[0], (STACK,)),
    "eigh vectors": (lambda a: np.linalg.eigh(a + a.mT)[1] ** 2, (STACK,)),
    "eigh both": (lambda a: wv_product(np.linalg.eigh(a + a.mT, "U")), (STACK,)),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(a + a.mT, "U") ** 2, (STACK,)),
    "svd values": (lambda a: np.linalg.svdvals(a), (MATRIX,)),
    "svd left": (lambda a: np.linalg.svd(a, full_matrices=False)[0] ** 2, (MATRIX.T.copy(),)),
    "svd right": (lambda a: np.linalg.svd(a, full_matrices=False)[2] ** 2, (MATRIX,)),
    "svd all": (lambda a: svd_product(np.linalg.svd(a, full_matrices=False)), (MATRIX,)),
    "svd square": (lambda a: svd_product(np.linalg.svd(a)), (STACK,)),
    "pinv": (lambda a: np.linalg.pinv(a), (MATRIX,)),
    "qr q": (lambda a: np.linalg.qr(a)[0] ** 2, (MATRIX.T.copy(),)),
    "qr r": (lambda a: np.linalg.qr(a)[1] ** 2, (STACK,)),
    "qr r alone": (lambda a: np.linalg.qr(a, "r") ** 2, (MATRIX.T.copy(),)),
    "qr wide": (lambda a: qr_product(np.linalg.qr(a)), (MATRIX,)),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, -3), (SQUARE,)),
    "fortran order": (lambda a: (a.copy(order="F") * MATRIX)[1:, ::2].sum(axis=0), (MATRIX,)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_gradient(name: str) -> None:
    f, args = FUNCTIONS[name]
    tolerance = 1e-2 if name == "astype" else 1e-6
    check_gradient(f, *args, tolerance=tolerance)


def written_slice(a: Any, v: Any) -> Any:
    b = a * 2
    b[1:3] = v
    return b * a


def written_then_read(a: Any) -> Any:
    b = a.copy()
    before = b[0] * 1
    b[0] = b[1] * b[2]
    return before + b.sum()


def updated_in_place(a: Any) -> Any:
    b = a * a
    b += a
    b[1:] *= b[:-1]
    return b


def through_views(a: Any) -> Any:
    b = a * 1
    row = b[1]
    row *= 3
    row[2] = a[0, 0] * a[0, 1]
    return b**2


def masked_assignment(a: Any) -> Any:
    b = a * a
    b[b > 0.5] = 2.0
    return b


def recurrence(a: Any) -> Any:
    x = np.zeros(6)
    x[0] = a[0]
    for i in range(1, 6):
        x[i] = x[i - 1] * a[1] + a[i % 3]
    return x


def ufunc_out(a: Any) -> Any:
    b = np.zeros(a.shape)
    np.multiply(a, a, out=b)
    np.add(b[1:], a[:-1], out=b[1:])
    return b


IN_PLACE = {
    "slice": (written_slice, (VECTOR, RNG.normal(size=2))),
    "slice from scalar": (written_slice, (VECTOR, RNG.normal(size=1))),
    "read then write": (written_then_read, (VECTOR,)),
    "operators": (updated_in_place, (VECTOR,)),
    "views": (through_views, (MATRIX,)),
    "mask": (masked_assignment, (VECTOR,)),
    "recurrence": (recurrence, (VECTOR,)),
    "out": (ufunc_out, (VECTOR,)),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_gradient(name: str) -> None:
    f, args = IN_PLACE[name]
    check_gradient(f, *args)


# ------------------------------------------------------------------ watching
def test_recording_gradients_runs_nothing() -> None:
    x = np.watch(np.array([1.0, 2.0]))
    np.evaluate(x)
    with np.no_eval():
        (g,) = np.gradients((np.exp(x) * x).sum(), [x])
    numpy.testing.assert_allclose(g, numpy.exp([1.0, 2.0]) * [2.0, 3.0])


def test_gradients_refer_to_the_value_at_watch_time() -> None:
    x = np.watch(np.array([1.0, 2.0, 3.0]))
    y = (x * x).sum()
    x[:] = 100
    x += 1
    (g,) = np.gradients(y, [x])
    assert g.tolist() == [2.0, 4.0, 6.0]
    (g,) = np.gradients((x * x).sum(), [x])
    assert g.tolist() == [0.0, 0.0, 0.0]


def test_partly_overwritten_values_have_no_gradient() -> None:
    x = np.watch(np.array([1.0, 2.0, 3.0]))
    x[1] = 5
    (g,) = np.gradients((x * x).sum(), [x])
    assert g.tolist() == [2.0, 0.0, 6.0]


def test_watch_returns_its_argument() -> None:
    x = np.array([1.0])
    assert np.watch(x) is x


def test_an_unwatched_x_raises() -> None:
    x = np.array([1.0, 2.0])
    with pytest.raises(np.HistoryReleased, match="watch"):
        np.gradients((x * x).sum(), [x])


def test_unconnected_gradients_are_zero() -> None:
    x, z = np.watch(np.array([1.0, 2.0])), np.watch(np.ones((2, 3), "float32"))
    g, h = np.gradients((x * x).sum(), [x, z])
    assert g.tolist() == [2.0, 4.0]
    assert h.shape == (2, 3) and h.dtype == numpy.float32 and not h.any()


def test_the_gradient_of_a_scalar_may_be_a_plain_number() -> None:
    scalar = np.watch(np.ones(3)).sum()
    (gradient,) = np.gradients(scalar * 2, [scalar])
    assert float(gradient) == 2.0


def test_gradients_keep_the_dtype_of_x() -> None:
    x = np.watch(np.ones(3, "float32"))
    (g,) = np.gradients((x * numpy.arange(3.0)).sum(), [x])
    assert g.dtype == numpy.float32 and g.tolist() == [0, 1, 2]


def test_integers_cannot_be_watched() -> None:
    with pytest.raises(TypeError, match="floating"):
        np.watch(np.arange(3))


def test_gy_must_have_the_shape_of_y() -> None:
    x = np.watch(np.ones(3))
    with pytest.raises(ValueError, match="shape"):
        np.gradients(x * 2, [x], np.ones(2))


def test_y_must_be_an_array_of_ours() -> None:
    x = np.watch(np.ones(3))
    with pytest.raises(TypeError, match="float"):
        np.gradients(1.0, [x])


def test_gradients_after_evaluation() -> None:
    x = np.watch(np.array([1.0, 2.0]))
    y = np.exp(x).sum()
    np.evaluate(y)
    numpy.testing.assert_allclose(np.gradients(y, [x])[0], numpy.exp([1.0, 2.0]))


@pytest.mark.parametrize("n", [7, 5000])
@pytest.mark.parametrize("form", [np.sort, lambda b: b.cumsum(), lambda b: np.sort(b)[::-1]])
def test_what_history_needs_is_not_donated_to_the_part_without_history(
    n: int, form: Callable[[Any], Any]
) -> None:
    """Numbers that nobody sees any more are computed again for the gradient."""
    w = np.watch(np.ones(n))
    a = np.arange(n) * 2.0
    np.evaluate(a)
    plain = form(a + 1)
    del a
    y = plain * w
    del plain
    np.evaluate(y)
    (gradient,) = np.gradients(y, [w], np.ones(n))
    expected = numpy.asarray(form(np.array(numpy.arange(n) * 2.0) + 1))
    assert (gradient == expected).all()


def test_second_derivatives_through_gradients() -> None:
    x = np.watch(np.array([1.0, 2.0]))
    (first,) = np.gradients((x**3).sum(), [x])
    (second,) = np.gradients(first.sum(), [x])
    assert second.tolist() == [6.0, 12.0]


def test_a_watched_view_shares_memory_still() -> None:
    base = np.array([1.0, 2.0, 3.0])
    part = base[1:]
    np.watch(part)
    (g,) = np.gradients((part * part).sum() + base.sum(), [part])
    assert g.tolist() == [5.0, 7.0]
    part[0] = 9
    assert np.stop_gradient(base).tolist() == [1.0, 9.0, 3.0]


def test_a_watched_alias_of_foreign_memory_is_a_snapshot() -> None:
    foreign = numpy.array([1.0, 2.0])
    x = np.watch(np.asarray(foreign))
    y = (x * x).sum()
    foreign[:] = 100
    assert np.gradients(y, [x])[0].tolist() == [2.0, 4.0]


def test_taking_a_value_out_warns() -> None:
    x = np.watch(np.array([1.0, 2.0]))
    y = x.sum()
    with pytest.warns(np.GradientDetached):
        float(y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bool(y > 2)
        assert float(np.stop_gradient(y)) == 3.0


def test_training_keeps_no_old_history() -> None:
    w, velocity = np.array(numpy.ones(100)), np.zeros(100)
    counts = []
    for _ in range(30):
        np.watch(w)
        (g,) = np.gradients((w * w * 0.5).sum(), [w])
        velocity *= 0.9
        velocity -= 0.1 * g
        w += velocity
        np.evaluate(w, velocity)
        gc.collect()
        counts.append(np.stats()["live_nodes"])
    assert max(counts[10:]) <= counts[5] + 5, counts


# ------------------------------------------------------------------ functions of functions
def test_value_and_grad_with_trees_and_aux() -> None:
    def loss(p: Any, scale: float, *, shift: float) -> Any:
        value = ((p["w"] * scale + p["b"][0] + shift) ** 2).sum()
        return value, {"count": 3}

    parameters = {"w": np.array([1.0, 2.0]), "b": (np.array(0.5),)}
    f = np.value_and_grad(loss, has_aux=True)
    (value, aux), gradient = f(parameters, 2.0, shift=1.0)
    inner = numpy.array([1.0, 2.0]) * 2 + 1.5
    assert aux == {"count": 3}
    assert float(value) == (inner**2).sum()
    assert gradient["w"].tolist() == (4 * inner).tolist()
    assert float(gradient["b"][0]) == 2 * inner.sum()


def test_grad_argnums() -> None:
    f = lambda x, y: (x * y * y).sum()  # noqa: E731
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert np.grad(f, 1)(x, y).tolist() == [6.0, 16.0]
    gx, gy = np.grad(f, (0, 1))(x, y)
    assert gx.tolist() == [9.0, 16.0] and gy.tolist() == [6.0, 16.0]
    assert np.grad(f, -1)(x, y).tolist() == [6.0, 16.0]
    with pytest.raises(TypeError, match="argnums"):
        np.grad(f, 2)(x, y)


def test_grad_of_floats_and_ndarrays() -> None:
    assert float(np.grad(lambda x: x * x)(3.0)) == 6.0
    foreign = numpy.array([1.0, 2.0])
    assert np.grad(lambda x: (x**2).sum())(foreign).tolist() == [2.0, 4.0]
    with pytest.raises(TypeError, match="int"):
        np.grad(lambda x: x * x)(3)


def test_grad_leaves_its_arguments_alone() -> None:
    x = np.array([1.0, 2.0])

    def f(a: Any) -> Any:
        a *= 3
        return (a * a).sum()

    assert np.grad(f)(x).tolist() == [18.0, 36.0]
    assert x.tolist() == [1.0, 2.0] and not _core.is_watched(x)


def test_grad_ends_watching() -> None:
    value, gradient = np.value_and_grad(lambda x: np.exp(x).sum())(np.array([0.0, 1.0]))
    assert not _core.is_watched(value) and not _core.is_watched(gradient)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        float(value)


def test_grad_nests() -> None:
    cube = lambda x: x**3  # noqa: E731
    assert float(np.grad(np.grad(cube))(2.0)) == 12.0
    assert float(np.grad(np.grad(np.grad(cube)))(2.0)) == 6.0
    assert float(np.grad(lambda x: x * np.grad(lambda y: x * y * y)(x))(3.0)) == 54.0


def test_grad_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="one number"):
        np.grad(lambda x: x * 2)(np.ones(3))
    with pytest.raises(TypeError, match="must return a lazynp value"):
        np.grad(lambda x: 1.0)(np.ones(3))
    with pytest.raises(TypeError, match="real"):
        np.grad(lambda x: (x > 0).sum())(np.ones(3))


def test_detaching_inside_grad_is_an_error() -> None:
    f = lambda x: x.sum() * float(x.sum())  # noqa: E731
    with pytest.raises(np.GradientDetached):
        np.grad(f)(np.ones(3))
    x = np.array([1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.grad(f, allow_detach=True)(x).tolist() == [3.0, 3.0]


def test_control_flow_inside_grad() -> None:
    def f(x: Any) -> Any:
        return (x * x).sum() if x.sum() > 0 else x.sum()

    assert np.grad(f)(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert np.grad(f)(np.array([-1.0, -2.0])).tolist() == [1.0, 1.0]


def test_an_error_inside_grad_ends_watching() -> None:
    with pytest.raises(ZeroDivisionError):
        np.grad(lambda x: x.sum() / (1 // 0))(np.ones(2))
    assert float(np.grad(lambda x: x.sum() * 2)(np.ones(()))) == 2.0


def test_stop_gradient() -> None:
    x = np.array([2.0, 3.0])
    assert np.grad(lambda a: (a * np.stop_gradient(a)).sum())(x).tolist() == [2.0, 3.0]


def test_vjp_and_jvp_agree_with_the_jacobian() -> None:
    x, v, gy = np.array([0.3, 1.2]), np.array([1.0, -2.0]), np.array([0.5, 2.0, -1.0])
    f = lambda a: np.stack([a[0] * a[1], np.sin(a[0]), a[1] ** 2])  # noqa: E731
    matrix = numpy.asarray(np.jacobian(f)(x))
    assert matrix.shape == (3, 2)
    y, pull_back = np.vjp(f, x)
    numpy.testing.assert_allclose(y, numpy.asarray(f(x)))
    numpy.testing.assert_allclose(pull_back(gy)[0], numpy.asarray(gy) @ matrix)
    y, dy = np.jvp(f, [x], [v])
    numpy.testing.assert_allclose(dy, matrix @ numpy.asarray(v))


def test_hessian() -> None:
    x = np.array([0.5, 2.0])
    found = np.hessian(lambda a: a[0] ** 2 * a[1] + np.exp(a[1]))(x)
    expected = [[4.0, 1.0], [1.0, numpy.exp(2.0)]]
    numpy.testing.assert_allclose(found, expected)


def test_elementwise_grad() -> None:
    x = np.linspace(-1, 1, 5)
    numpy.testing.assert_allclose(np.elementwise_grad(np.tanh)(x), 1 - numpy.tanh(x) ** 2)


def test_complex_gradients_are_conjugate_derivatives() -> None:
    z = np.watch(np.array([1 + 2j, -0.5 + 1j]))
    y = (z * z.conj()).real.sum()  # |z|**2
    numpy.testing.assert_allclose(np.gradients(y, [z])[0], 2 * numpy.asarray(np.stop_gradient(z)))
    (g,) = np.gradients((z * z).real.sum(), [z])  # Re(z**2): conj(2 z)
    numpy.testing.assert_allclose(g, numpy.conj(2 * numpy.asarray(np.stop_gradient(z))))


def test_a_recurrence_of_many_writes_has_linear_gradients() -> None:
    n = 2000
    a = np.watch(np.array([0.999]))
    x = np.ones(n)
    for i in range(1, n):
        x[i] = x[i - 1] * a[0]
    (g,) = np.gradients(x[-1], [a])
    numpy.testing.assert_allclose(g, [(n - 1) * 0.999 ** (n - 2)], rtol=1e-9)


def test_sliding_windows_add_up() -> None:
    x = np.watch(np.arange(5.0))
    windows = np.lib.stride_tricks.sliding_window_view(x, 3)
    assert np.gradients(windows.sum(), [x])[0].tolist() == [1, 2, 3, 2, 1]


def test_scalars_stay_in_the_graph_where_numpys_text_casts_them() -> None:
    """`det` of one matrix ends with `astype(dtype, copy=False)`."""
    a = np.array([[2.0, 1.0], [0.5, 3.0]])
    numpy.testing.assert_allclose(np.grad(np.linalg.det)(a), [[3.0, -0.5], [-1.0, 2.0]])


def test_parts_of_a_complex_scalar_have_gradients() -> None:
    z = np.array([1 + 2j, -0.5 + 1j])
    found = np.grad(lambda z: (z * z).sum().real)(z)
    numpy.testing.assert_allclose(found, numpy.conj(2 * numpy.asarray(z)))
    found = np.grad(lambda z: (z * z).sum().imag)(z)
    numpy.testing.assert_allclose(found, 1j * numpy.conj(2 * numpy.asarray(z)))


def test_an_initial_value_keeps_its_gradient_beside_masked_elements() -> None:
    """They stand in its place while the others are folded, and tie with it."""
    a, start = np.array([[1.0, 9.0], [7.0, 2.0]]), np.array(5.0)
    mask = numpy.array([True, False])

    def largest(a: Any, start: Any) -> Any:
        return np.maximum.reduce(a, axis=1, initial=start, where=mask).sum()

    ga, gstart = np.grad(largest, (0, 1))(a, start)
    assert ga.tolist() == [[0.0, 0.0], [1.0, 0.0]] and float(gstart) == 1.0


@pytest.mark.parametrize(
    "derive",
    [
        lambda f: np.jacobian(f)(1.0),
        lambda f: np.elementwise_grad(f)(1.0),
        lambda f: np.grad(f)(1.0),
        lambda f: np.hessian(f)(1.0),
        lambda f: np.vjp(f, 1.0),
        lambda f: np.jvp(f, [1.0], [1.0]),
    ],
)
@pytest.mark.parametrize("result", [3, [1.0], None])
def test_a_function_that_returns_no_value_of_ours_is_named(derive: Any, result: Any) -> None:
    with pytest.raises(TypeError, match="the function must return a lazynp value that depends on"):
        derive(lambda x: result)
