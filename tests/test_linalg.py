"""numpy.linalg on stacks of matrices: bits, layouts, errors and warnings, without NumPy's help."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy
import pytest
from comparison import outcome

import lazynp
from lazynp import _core

RNG = numpy.random.default_rng(4)
DTYPES = ["float64", "float32", "complex128", "complex64", "int64", "bool"]
ORDERS: dict[str, Callable[[ModuleType, Any], Any]] = {
    "C": lambda m, a: m.array(a),
    "F": lambda m, a: m.array(a, order="F"),
    "transposed": lambda m, a: m.array(numpy.ascontiguousarray(a.swapaxes(-1, -2))).swapaxes(
        -1, -2
    ),
    "every other": lambda m, a: m.array(numpy.repeat(a, 2, axis=-1))[..., ::2],
    "backwards": lambda m, a: m.array(a[..., ::-1, :].copy())[..., ::-1, :],
}


def numbers(shape: tuple[int, ...], dtype: str) -> Any:
    parts = RNG.normal(size=(2, *shape)) * 3
    return (parts[0] + 1j * parts[1] if dtype[0] == "c" else parts[0]).astype(dtype)


def positive(shape: tuple[int, ...], dtype: str) -> Any:
    a = numbers(shape, dtype)
    if dtype in ("int64", "bool"):
        return (numpy.abs(a) @ numpy.abs(a).swapaxes(-1, -2) + 9 * numpy.eye(shape[-1])).astype(
            dtype
        )
    return (a @ a.conj().swapaxes(-1, -2) + numpy.eye(shape[-1])).astype(dtype)


def check(call: Callable[[ModuleType], Any], what: str) -> None:
    """NumPy and lazynp give the same outcome, and lazynp gets it by itself."""
    expected = outcome(lambda: call(numpy), True)
    before = sum(row.count for row in lazynp.fallbacks())
    got = outcome(lambda: call(lazynp), True)
    assert got == expected, f"{what}:\nNumPy:  {expected}\nlazynp: {got}"
    if not expected.error:  # which NumPy raises
        assert sum(row.count for row in lazynp.fallbacks()) == before, what


SQUARE: dict[str, Callable[[ModuleType, Any], Any]] = {
    "det": lambda m, a: m.linalg.det(a),
    "slogdet": lambda m, a: tuple(m.linalg.slogdet(a)),
    "inv": lambda m, a: m.linalg.inv(a),
    "solve": lambda m, a: m.linalg.solve(a, a.conj() + 1),
    "solve vector": lambda m, a: m.linalg.solve(a, m.arange(float(a.shape[-1]))),
    "solve broadcast": lambda m, a: m.linalg.solve(a, m.ones((2, 1, 1, a.shape[-1], 3))),
    "eigh": lambda m, a: tuple(m.linalg.eigh(a)),
    "eigh U": lambda m, a: tuple(m.linalg.eigh(a, "U")),
    "eigvalsh": lambda m, a: m.linalg.eigvalsh(a),
    "eigvalsh U": lambda m, a: m.linalg.eigvalsh(a, UPLO="U"),
    "eig": lambda m, a: tuple(m.linalg.eig(a)),
    "eigvals": lambda m, a: m.linalg.eigvals(a),
    "matrix_power": lambda m, a: (m.linalg.matrix_power(a, 3), m.linalg.matrix_power(a, -2)),
    "cond 1": lambda m, a: m.linalg.cond(a, 1),
}
ANY: dict[str, Callable[[ModuleType, Any], Any]] = {
    "svd": lambda m, a: tuple(m.linalg.svd(a)),
    "svd reduced": lambda m, a: tuple(m.linalg.svd(a, full_matrices=False)),
    "svd values": lambda m, a: m.linalg.svd(a, compute_uv=False),
    "qr": lambda m, a: tuple(m.linalg.qr(a)),
    "qr complete": lambda m, a: tuple(m.linalg.qr(a, "complete")),
    "qr r": lambda m, a: m.linalg.qr(a, "r"),
    "qr raw": lambda m, a: tuple(m.linalg.qr(a, "raw")),
    "pinv": lambda m, a: m.linalg.pinv(a),
    "norm nuc": lambda m, a: m.linalg.norm(a, "nuc", axis=(-2, -1)),
    "norm 2": lambda m, a: m.linalg.norm(a, 2, axis=(-2, -1)),
    "norm fro": lambda m, a: m.linalg.norm(a, "fro", axis=(-2, -1)),
    "matrix_rank": lambda m, a: m.linalg.matrix_rank(a),
    "cond": lambda m, a: m.linalg.cond(a),
}
SHAPES = [(3, 3), (1, 1), (4, 5, 5), (2, 3, 2, 2), (0, 3, 3), (2, 0, 0), (40, 40)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SQUARE)
def test_square(name: str, dtype: str) -> None:
    for shape, (order, build) in itertools.product(SHAPES, ORDERS.items()):
        a = numbers(shape, dtype)
        check(lambda m, a=a, b=build: SQUARE[name](m, b(m, a)), f"{name} {shape} {order}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ANY)
def test_any_shape(name: str, dtype: str) -> None:
    for shape, (order, build) in itertools.product(
        [*SHAPES, (3, 5), (5, 3), (2, 4, 3), (0, 3), (3, 0), (60, 33)], ORDERS.items()
    ):
        a = numbers(shape, dtype)
        check(lambda m, a=a, b=build: ANY[name](m, b(m, a)), f"{name} {shape} {order}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(upper: bool, dtype: str) -> None:
    for shape, (order, build) in itertools.product(SHAPES, ORDERS.items()):
        a = positive(shape, dtype)
        check(lambda m, a=a, b=build: m.linalg.cholesky(b(m, a), upper=upper), f"{shape} {order}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (5, 1), (0, 3), (3, 0)])
def test_lstsq(shape: tuple[int, int], dtype: str) -> None:
    a, b = numbers(shape, dtype), numbers((shape[0], 2), dtype)
    for right in (b, b[:, 0], b[:, :0]):
        check(lambda m, b=right: tuple(m.linalg.lstsq(m.array(a), m.array(b))), str(right.shape))
    check(lambda m: tuple(m.linalg.lstsq(m.array(a), m.array(b), rcond=0.5)), "rcond")


def test_functions_over_solutions() -> None:
    a, b = numbers((6, 4, 2, 3, 4), "float64"), numbers((6, 4), "float64")
    check(lambda m: m.linalg.tensorsolve(m.array(a), m.array(b)), "tensorsolve")
    check(lambda m: m.linalg.tensorinv(m.array(a), ind=2), "tensorinv")
    check(lambda m: m.linalg.multi_dot([m.array(a[0, 0, 0]), m.array(a[1, 0, 0]).T]), "multi_dot")


SINGULAR = numpy.array([[1.0, 2.0], [2.0, 4.0]])
NAN = numpy.full((3, 3), numpy.nan)
ERRORS: dict[str, Callable[[ModuleType], Any]] = {
    "inv": lambda m: m.linalg.inv(m.array(SINGULAR)),
    "one of a stack": lambda m: m.linalg.inv(m.array([numpy.eye(2), SINGULAR])),
    "solve": lambda m: m.linalg.solve(m.array(SINGULAR), m.ones(2)),
    "det": lambda m: (m.linalg.det(m.array(SINGULAR)), m.linalg.slogdet(m.array(SINGULAR))[0]),
    "cholesky": lambda m: m.linalg.cholesky(m.array(-SINGULAR)),
    "svd of NaN": lambda m: m.linalg.svd(m.array(NAN)),
    "eig of NaN": lambda m: m.linalg.eig(m.array(NAN)),
    "eigh of NaN": lambda m: m.linalg.eigh(m.array(NAN))[0],
    "lstsq of NaN": lambda m: m.linalg.lstsq(m.array(NAN), m.ones(3)),
    "not square": lambda m: m.linalg.inv(m.ones((2, 3))),
    "one axis": lambda m: m.linalg.det(m.ones(3)),
    "float16": lambda m: m.linalg.inv(m.ones((2, 2), "e")),
    "mismatch": lambda m: m.linalg.solve(m.eye(3), m.ones((2, 2))),
    "stacks": lambda m: m.linalg.solve(m.ones((2, 3, 3)), m.ones((4, 3, 3))),
    "large det": lambda m: m.linalg.det(m.eye(200) * 1e5),
    "cond": lambda m: m.linalg.cond(m.array(SINGULAR)),
    "pinv": lambda m: m.linalg.pinv(m.array(SINGULAR)),
    "hermitian": lambda m: m.linalg.svd(m.array(SINGULAR), hermitian=True)[1],
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_and_warnings(name: str) -> None:
    check(ERRORS[name], name)


def test_a_singular_matrix_raises_where_it_is_inverted() -> None:
    a = lazynp.array(SINGULAR)
    before = sum(row.count for row in lazynp.fallbacks())
    with pytest.raises(numpy.linalg.LinAlgError, match="Singular matrix"):
        lazynp.linalg.inv(a)
    assert sum(row.count for row in lazynp.fallbacks()) == before


def test_determinants_wait() -> None:
    a = numbers((2, 3, 3), "float64")
    x = lazynp.array(a)
    with numpy.errstate(all="ignore"), lazynp.no_eval():
        y = lazynp.linalg.det(x)
        sign, logarithm = lazynp.linalg.slogdet(x + 1)
    assert numpy.array_equal(y, numpy.linalg.det(a))
    assert numpy.array_equal(sign, numpy.linalg.slogdet(a + 1)[0])
    assert numpy.array_equal(logarithm, numpy.linalg.slogdet(a + 1)[1])


# ------------------------------------------------------------------ gradients of complex matrices
def wv_product(m: ModuleType, a: Any) -> Any:
    w, v = m.linalg.eigh(a + a.conj().swapaxes(-1, -2))
    return (abs(v) ** 2 * w[..., None, :]) @ a


def svd_product(m: ModuleType, a: Any) -> Any:
    u, s, vh = m.linalg.svd(a[..., :2], full_matrices=False)
    return (u * s[..., None, :] ** 2) @ vh + m.linalg.svdvals(a)[..., None, :2]


def qr_product(m: ModuleType, a: Any) -> Any:
    q, r = m.linalg.qr(a[..., :2])
    wide_q, wide_r = m.linalg.qr(a[..., :2, :])
    return (q * q) @ r**2, wide_q.conj() @ wide_r


DIFFERENTIABLE: dict[str, Callable[[ModuleType, Any], Any]] = {
    "det": lambda m, a: m.linalg.det(a),
    "slogdet": lambda m, a: m.linalg.slogdet(a)[0] * m.linalg.slogdet(a)[1] ** 2,
    "inv": lambda m, a: m.linalg.inv(a),
    "solve": lambda m, a: m.linalg.solve(a, a.conj() ** 2),
    "cholesky": lambda m, a: m.linalg.cholesky(a @ a.conj().swapaxes(-1, -2) + m.eye(3)) ** 2,
    "eigh": wv_product,
    "eigvalsh": lambda m, a: m.linalg.eigvalsh(a @ a.conj().swapaxes(-1, -2)),
    "svd": svd_product,
    "qr": lambda m, a: qr_product(m, a)[0],
    "qr wide": lambda m, a: qr_product(m, a)[1],
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradient_of_complex_matrices(name: str) -> None:
    f = DIFFERENTIABLE[name]
    a, step = numbers((2, 3, 3), "complex128"), numbers((2, 3, 3), "complex128")
    y = f(numpy, a)
    weights = numbers(y.shape, "complex128")

    def loss(a: Any) -> float:
        return float(numpy.vdot(weights, f(numpy, a)).real)

    h = 1e-4
    points = [loss(a + k * h * step) for k in (1, -1, 2, -2)]
    slope = (8 * (points[0] - points[1]) - (points[2] - points[3])) / (12 * h)
    x = lazynp.watch(lazynp.array(a))
    y = f(lazynp, x)
    given = weights if y.dtype.kind == "c" else weights.real
    (gradient,) = lazynp.gradients(y, [x], lazynp.array(given))
    found = numpy.vdot(numpy.asarray(lazynp.stop_gradient(gradient)), step).real
    numpy.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-6)


def test_gradients_say_where_they_end() -> None:
    x = lazynp.watch(lazynp.array(numbers((4, 3), "float64")))
    with pytest.raises(lazynp.NoGradient, match="full_matrices=False"):
        lazynp.gradients(lazynp.linalg.svd(x)[0], [x])
    vectors = lazynp.linalg.qr(x, "raw")[0]
    assert numpy.isnan(lazynp.stop_gradient(lazynp.gradients(vectors, [x])[0])).all()
    square = lazynp.watch(lazynp.array(numbers((3, 3), "float64")))
    with pytest.raises(lazynp.NoGradient, match="eig"):
        lazynp.gradients(lazynp.linalg.eigvals(square).real, [square])


# ------------------------------------------------------------------ the ops
def test_results_are_wrapped_without_numpy() -> None:
    row, number = lazynp.ones(3), lazynp.array(1.5)
    before = sum(entry.count for entry in lazynp.fallbacks())
    assert row.__array_wrap__(row) is row and row.__array_wrap__(row, None, True) is row
    assert number.__array_wrap__(number) is number
    assert number.__array_wrap__(number, None, False) is number
    assert type(number.__array_wrap__(number, None, True)) is numpy.float64
    assert sum(entry.count for entry in lazynp.fallbacks()) == before


INNER = numpy.linalg._umath_linalg
GUFUNCS = [name for name in dir(INNER) if isinstance(getattr(INNER, name), numpy.ufunc)]


@pytest.mark.parametrize("name", GUFUNCS)
def test_every_gufunc_of_numpy_has_an_op(name: str) -> None:
    assert _core.ufunc_of(getattr(INNER, name))._native_op == name


def test_results_are_arrays_of_their_own() -> None:
    q, r = lazynp.linalg.qr(lazynp.array(numbers((3, 3), "float64")))
    before = numpy.array(r)
    q += 1
    assert q.flags.owndata and not numpy.shares_memory(q, r)
    assert functools.reduce(numpy.array_equal, (numpy.asarray(r), before))
