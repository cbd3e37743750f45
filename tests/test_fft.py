"""numpy.fft over our functions: NumPy's bits, layouts, errors and warnings; recorded; gradients."""

from __future__ import annotations

import itertools
from types import ModuleType
from typing import Any

import numpy
import pytest
from comparison import ARRANGEMENTS, NATIVE_DTYPES, outcome, special_values, tame_values

import lazynp

ONE_AXIS = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
TWO_AXES = ["fft2", "ifft2", "rfft2", "irfft2"]
ALL_AXES = ["fftn", "ifftn", "rfftn", "irfftn"]
NORMS = [None, "backward", "ortho", "forward"]


def n_fallbacks() -> int:
    return sum(row.count for row in lazynp.fallbacks())


def check(call: Any, what: str, is_recorded: bool = True, with_warnings: bool = False) -> None:
    """The same with NumPy and with lazynp; nothing is NumPy's work where a value comes out."""
    expected = outcome(lambda: call(numpy), with_warnings)
    before = n_fallbacks()
    got = outcome(lambda: call(lazynp), with_warnings)
    assert got == expected, f"{what}:\nNumPy:  {expected}\nlazynp: {got}"
    if is_recorded and expected.error is None:
        assert n_fallbacks() == before, f"{what}: {lazynp.fallbacks()[-3:]}"


def transform(m: ModuleType, name: str) -> Any:
    return getattr(m.fft, name)


def reads_nothing(name: str, array: Any, axis: int) -> bool:
    """Lines without elements: NumPy's irfft reads memory that is not theirs."""
    has_axis = -array.ndim <= axis < array.ndim
    return name in ("irfft", "hfft") and has_axis and array.shape[axis] == 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ONE_AXIS)
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_every_dtype_arrangement_and_length(name: str, dtype: str) -> None:
    values = tame_values(dtype, (9,), seed=3)
    for arrangement, build in ARRANGEMENTS.items():
        for axis, n in itertools.product((-1, 0, 2), (None, 1, 4, 11, 0)):
            if reads_nothing(name, build(numpy, values), axis):
                continue
            check(
                lambda m, b=build, n=n, x=axis: transform(m, name)(b(m, values), n, x),
                f"{name} {dtype} {arrangement} n={n} axis={axis}",
            )


@pytest.mark.parametrize("name", ONE_AXIS + TWO_AXES + ALL_AXES)
@pytest.mark.parametrize("dtype", "lefdFD")
@pytest.mark.parametrize("shape", [(5,), (1,), (4, 6), (3, 1, 7), (0, 3), (3, 0), ()], ids=str)
def test_shapes_norms_and_orders(name: str, dtype: str, shape: tuple[int, ...]) -> None:
    values = tame_values(dtype, shape, seed=1)
    for norm, order in itertools.product([*NORMS, "nonsense"], "CF"):
        check(
            lambda m, norm=norm, o=order: transform(m, name)(m.array(values, order=o), norm=norm),
            f"{name} {dtype} {shape} {norm} {order}",
        )
    check(lambda m: transform(m, name)(m.array(values).T), f"{name} {dtype} {shape} transposed")
    check(lambda m: transform(m, name)(m.array(values)[::-2]), f"{name} {dtype} {shape} stepped")


@pytest.mark.parametrize("name", TWO_AXES + ALL_AXES)
@pytest.mark.parametrize("axes", [(0, 1), (1, 0), (-1, -3), (2, 1)], ids=str)
@pytest.mark.parametrize("s", [None, (2, 9), (5, 3), (7, -1)], ids=str)
@pytest.mark.filterwarnings("ignore")
def test_several_axes(name: str, axes: tuple[int, ...], s: Any) -> None:
    values = tame_values("D" if name.startswith(("ff", "if", "irf")) else "d", (4, 5, 6), seed=2)
    check(lambda m: transform(m, name)(m.array(values), s=s, axes=axes), f"{name} {axes} {s}")


@pytest.mark.parametrize("length", [1, 2, 3, 7, 16, 30, 97, 128, 1009, 2310, 4096])
@pytest.mark.parametrize("dtype", "fdFD")
def test_long_lines(length: int, dtype: str) -> None:
    values = numpy.random.default_rng(0).normal(size=(5, length)).astype(dtype)
    for name in ONE_AXIS:
        if dtype in "fd" or name not in ("rfft", "ihfft"):
            check(lambda m, f=name: transform(m, f)(m.array(values)), f"{name} {length} {dtype}")
    many = numpy.random.default_rng(1).normal(size=(length % 50 + 300, 2, 64)).astype(dtype)
    check(lambda m: m.fft.fft(m.array(many), axis=0), f"columns {dtype}")
    check(lambda m: m.fft.fft(m.array(many)), f"many lines {dtype}")


@pytest.mark.parametrize("name", ONE_AXIS)
def test_out(name: str) -> None:
    values = tame_values("d" if name in ("rfft", "ihfft") else "D", (4, 6), seed=1)
    lengths = {"rfft": 4, "ihfft": 4, "irfft": 10, "hfft": 10}

    def call(m: ModuleType, dtype: str, order: str, n: int) -> Any:
        out = m.array(numpy.full((4, n), 7, dtype), order=order)
        result = transform(m, name)(m.array(values), out=out)
        return result is out, out

    for dtype, order, wrong in itertools.product("dDfFl", "CF", (0, 1)):
        n = lengths.get(name, 6) + wrong
        check(lambda m, d=dtype, o=order, n=n: call(m, d, o, n), f"{name} out {dtype} {order} {n}")


def test_unaligned_memory() -> None:
    raw = numpy.zeros(8 * 6 + 1, "u1")
    raw[1:].view("f8")[:] = numpy.arange(6.0)
    check(lambda m: m.fft.fft(m.array(raw)[1:].view("f8")), "unaligned")
    check(lambda m: m.fft.rfft(m.array(raw)[1:].view("f8")), "unaligned")


@pytest.mark.parametrize("name", ONE_AXIS)
@pytest.mark.parametrize("dtype", "fdFD")
def test_warnings(name: str, dtype: str) -> None:
    values = special_values(dtype)
    check(lambda m: transform(m, name)(m.array(values)), f"{name} {dtype}", with_warnings=True)


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts(name: str) -> None:
    values = tame_values("d", (5, 4), seed=1)
    for axes in (None, 0, 1, (0, 1), (1, 0)):
        check(lambda m, x=axes: transform(m, name)(m.array(values), axes=x), f"{name} {axes}")


def test_frequencies() -> None:
    step = numpy.array(0.25)
    for name, n in itertools.product(("fftfreq", "rfftfreq"), (1, 4, 5)):
        check(lambda m, f=name, n=n: transform(m, f)(n, 0.25), f"{name} {n}")
        check(lambda m, f=name, n=n: transform(m, f)(n, m.array(step)), f"{name} {n} lazy")


@pytest.mark.filterwarnings("ignore")
def test_nothing_runs_when_it_is_recorded() -> None:
    a = lazynp.array(numpy.arange(12.0).reshape(3, 4))
    lazynp.evaluate(a)
    before = lazynp.stats()["nodes_run"]
    with lazynp.no_eval():
        y = lazynp.fft.irfft(lazynp.fft.rfft(a * 2))
        assert lazynp.stats()["nodes_run"] == before
        z = lazynp.fft.irfft2(lazynp.fft.rfft2(a * 2, norm="ortho"), norm="ortho")
    numpy.testing.assert_allclose(numpy.asarray(y), numpy.asarray(a) * 2, atol=1e-14)
    numpy.testing.assert_allclose(numpy.asarray(z), numpy.asarray(a) * 2, atol=1e-14)


# ------------------------------------------------------------------ gradients
def slope(f: Any, x: Any, direction: Any) -> float:
    step = 1e-3
    return float((f(x + step * direction) - f(x - step * direction)) / (2 * step))


@pytest.mark.parametrize("name", ONE_AXIS + ALL_AXES)
@pytest.mark.parametrize("n", [None, 1, 2, 3, 6, 7, 8, 15])
@pytest.mark.parametrize("norm", ["backward", "ortho"])
@pytest.mark.parametrize("is_complex", [False, True])
def test_gradients(name: str, n: int | None, norm: str, is_complex: bool) -> None:
    is_complex = is_complex and name not in ("rfft", "ihfft", "rfftn")
    rng = numpy.random.default_rng(0)
    x = rng.normal(size=(2, 7)) + (1j * rng.normal(size=(2, 7)) if is_complex else 0)
    keywords: dict[str, Any] = {"norm": norm}
    if n is not None:
        keywords |= {"s": (3, n), "axes": (0, 1)} if name in ALL_AXES else {"n": n}
    weights = rng.normal(size=2)

    def f(a: Any, m: ModuleType = numpy) -> Any:
        y = transform(m, name)(a, **keywords)
        return (y.real * y.real * weights[0] + y.imag * weights[1]).sum()

    watched = lazynp.watch(lazynp.array(x))
    gradient = lazynp.stop_gradient(lazynp.gradients(f(watched, lazynp), [watched])[0])
    found = numpy.asarray(gradient)
    assert found.dtype == x.dtype
    for seed in range(3):
        direction = numpy.random.default_rng(seed).normal(size=x.shape)
        parts = [direction, 1j * direction] if is_complex else [direction]
        for part in parts:
            expected = (found.conj() * part).real.sum()
            numpy.testing.assert_allclose(slope(f, x, part), expected, rtol=1e-6, atol=1e-6)
