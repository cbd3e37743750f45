"""Ufuncs of several results and ufuncs on vectors and matrices: values, out= and gradients."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
from comparison import NATIVE_DTYPES, outcome, special_values, tame_values

import lazynp

TWO_RESULTS = ("divmod", "modf", "frexp")
REALS = "?bBhHiIlLefd"
pytestmark = pytest.mark.filterwarnings("ignore")


def served_by_numpy() -> int:
    return sum(row.count for row in lazynp.fallbacks())


def same(call: Any) -> None:
    with numpy.errstate(all="ignore"):
        expected, got = outcome(lambda: call(numpy)), outcome(lambda: call(lazynp))
    assert got == expected, f"{got} instead of {expected}"


# ------------------------------------------------------------------ two results
@pytest.mark.parametrize("left", REALS)
def test_divmod_of_every_pair(left: str) -> None:
    a = special_values(left)
    for right in REALS:
        b = special_values(right)
        same(lambda m, b=b: m.divmod(m.array(a)[:, None], m.array(b)))
        same(lambda m, b=b: divmod(m.array(a)[:, None], m.array(b)))
    for number in (3, 2.5, True):
        same(lambda m, n=number: (m.divmod(m.array(a), n), m.divmod(n, m.array(a))))


@pytest.mark.parametrize("dtype", REALS)
def test_parts_of_every_dtype(dtype: str) -> None:
    for values in (special_values(dtype), tame_values(dtype, (3, 50))):
        same(lambda m, v=values: (m.modf(m.array(v)), m.frexp(m.array(v))))


def test_parts_of_every_float16() -> None:
    halves = numpy.arange(65536, dtype="u2").view("e")
    same(lambda m: (m.modf(m.array(halves)), m.frexp(m.array(halves))))


def test_remainders_of_far_apart_numbers() -> None:
    random = numpy.random.default_rng(0)
    for dtype in "efd":
        bits = random.integers(0, 256, 80000, dtype="u1").view(dtype)
        for a, b in ((bits, numpy.roll(bits, 1)), (bits * 0 + 100.7, bits), (bits, bits)):
            same(lambda m, a=a, b=b: m.fmod(m.array(a), m.array(b)))
            same(lambda m, a=a, b=b: m.divmod(m.array(a), m.array(b)))


def test_outputs_of_two_results() -> None:
    before = served_by_numpy()
    x = lazynp.array([1.5, -2.5])
    first, second = lazynp.zeros(2), lazynp.zeros(2)
    results = lazynp.modf(x, out=(first, None))
    assert results[0] is first
    assert (first.tolist(), results[1].tolist()) == ([0.5, -0.5], [1.0, -2.0])
    results = lazynp.modf(x, first, second)
    assert results[0] is first and results[1] is second
    lazynp.divmod(x, 2, out=(first, x))
    assert (first.tolist(), x.tolist()) == ([0.0, -2.0], [1.5, 1.5])
    assert served_by_numpy() == before
    same(lambda m: m.modf(m.ones(2), out=m.ones(2)))
    same(lambda m: m.modf(m.ones(2), out=(m.ones(2), m.ones(2, "i"))))


def test_two_results_are_recorded_and_fused() -> None:
    x = lazynp.array(numpy.linspace(-3, 3, 1000))
    with lazynp.no_eval():
        fraction, whole = lazynp.modf(x * 2 + 1)
        y = fraction * whole - x
        rest = divmod(x, 0.7)[1]
    assert str(lazynp.explain(y)).splitlines()[0].split(",")[1] == " 1 groups"
    assert lazynp.allclose(rest, numpy.linspace(-3, 3, 1000) % 0.7)


def test_gradients_of_parts() -> None:
    x = lazynp.array([2.3, 5.7])
    assert lazynp.grad(lambda t: lazynp.modf(t)[0].sum())(x).tolist() == [1, 1]
    assert lazynp.grad(lambda t: lazynp.frexp(t)[0].sum())(x).tolist() == [0.25, 0.125]
    of_divisor = lazynp.grad(lambda t: divmod(lazynp.array([7.0, -7.0]), t)[1].sum())
    assert of_divisor(x).tolist() == [-3, 2]


def test_divmod_of_lazy_scalars_is_recorded() -> None:
    total = lazynp.watch(lazynp.array([2.5, 5.0])).sum()
    with lazynp.no_eval():
        quotient, rest = divmod(total, 3.0)
    assert (float(lazynp.stop_gradient(quotient)), float(lazynp.stop_gradient(rest))) == (2.0, 1.5)


# ------------------------------------------------------------------ vectors and matrices
SHAPES = {
    "vecdot": [((5,), (5,)), ((3, 33), (33,)), ((4, 3, 7), (3, 7)), ((2, 0), (2, 0))],
    "matvec": [((33, 40), (40,)), ((6, 7), (2, 7)), ((3, 7, 1), (1,)), ((3, 0), (0,))],
    "vecmat": [((40,), (40, 33)), ((3, 6), (3, 6, 7)), ((2, 1), (1, 7)), ((7,), (2, 7, 1))],
}


def arrangements(np: Any, values: numpy.ndarray) -> list[Any]:
    a = np.array(values)
    if values.ndim == 1:
        return [a, np.array(values.repeat(2))[::2], np.array(values[::-1].copy())[::-1]]
    wide = np.array(values.repeat(2, -1))
    return [a, np.array(values, order="F"), wide[..., ::2], np.array(values[::-1])[::-1]]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("left", NATIVE_DTYPES)
def test_products(name: str, left: str) -> None:
    before = served_by_numpy()
    for right in dict.fromkeys((left, "f", "D")):
        for shape_a, shape_b in SHAPES[name]:
            a, b = tame_values(left, shape_a), tame_values(right, shape_b, seed=1)
            indices = itertools.product(*[range(3 if x.ndim == 1 else 4) for x in (a, b)])
            for i, k in indices:
                same(
                    lambda m, a=a, b=b, i=i, k=k: getattr(m, name)(
                        arrangements(m, a)[i], arrangements(m, b)[k]
                    )
                )
    assert served_by_numpy() == before


@pytest.mark.parametrize("name", ["matvec", "vecmat"])
def test_products_into_columns(name: str) -> None:
    """NumPy 2.4 itself writes vecmat of complex numbers over wrong elements here."""
    values = tame_values("D", (4, 4))
    out = lazynp.zeros((4, 4), "D").T
    result = getattr(lazynp, name)(lazynp.array(values), lazynp.array(values), out=out)
    assert result is out
    assert numpy.allclose(out, getattr(numpy, name)(values, values))


@pytest.mark.parametrize("name", SHAPES)
def test_products_refuse_what_numpy_refuses(name: str) -> None:
    for shapes in (((3,), (4,)), ((3,), (3,)), ((2, 3), (3, 3)), ((), (3,)), ((2, 3), (4, 3, 5))):
        same(lambda m, s=shapes: getattr(m, name)(m.ones(s[0]), m.ones(s[1])))


@pytest.mark.parametrize("name", SHAPES)
def test_gradients_of_products(name: str) -> None:
    for shapes in SHAPES[name][:2]:
        a, b = (tame_values("d", shape, seed=i) for i, shape in enumerate(shapes))

        def loss(m: Any, a: Any, b: Any) -> Any:
            return (getattr(m, name)(a, b) ** 2).sum()

        gradients = lazynp.grad(lambda a, b: loss(lazynp, a, b), argnums=(0, 1))(
            lazynp.array(a), lazynp.array(b)
        )
        for k, x in enumerate((a, b)):
            step = tame_values("d", x.shape, seed=7) * 1e-6
            ends = []
            for moved in (x + step, x - step):
                ends.append(loss(numpy, *((moved, b) if k == 0 else (a, moved))))
            expected = (ends[0] - ends[1]) / 2
            found = float((gradients[k] * lazynp.array(step)).sum())
            assert numpy.isclose(found, expected, rtol=1e-4, atol=0)
