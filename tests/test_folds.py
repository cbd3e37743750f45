"""ufunc.reduce with where= and initial=, accumulate and reduceat of every ufunc: NumPy's bits."""

from __future__ import annotations

import itertools
from types import ModuleType
from typing import Any

import numpy
import pytest
from comparison import NATIVE_DTYPES, outcome, tame_values

import lazynp
from lazynp._fallback import n_fallbacks

pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = sorted(
    name
    for name, ufunc in lazynp._core.ufuncs.items()
    if ufunc.nin == 2 and ufunc._native_op and name != "ldexp" and ufunc.signature is None
)
REDUCTIONS = ["sum", "prod", "max", "min", "mean", "var", "std", "any", "all"]
WITHOUT_IDENTITY = ("max", "min")


def check(call: Any, what: str, is_recorded: bool = True) -> None:
    expected = outcome(lambda: call(numpy))
    before = n_fallbacks()
    got = outcome(lambda: call(lazynp))
    assert got == expected, f"{what}:\nNumPy:  {expected}\nlazynp: {got}"
    if expected.error is None and is_recorded:
        assert n_fallbacks() == before, f"{what}: {lazynp.fallbacks()[:20]}"


def arrangements(values: numpy.ndarray) -> dict[str, Any]:
    return {
        "C": lambda m: m.array(values),
        "F": lambda m: m.array(values, order="F"),
        "backwards": lambda m: m.array(values)[::-1, ::-1],
        "stepped": lambda m: m.array(values)[:, ::2],
        "moved": lambda m: m.array(values).transpose(1, 2, 0),
    }


def check_methods(f: Any, build: Any, mask: numpy.ndarray, axis: Any, what: str) -> None:
    for keywords in ({}, {"initial": 1}, {"keepdims": True}, {"initial": None}):
        check(lambda m, k=keywords: f(m).reduce(build(m), axis=axis, **k), what)
    for keywords in ({}, {"initial": 2}):
        check(
            lambda m, k=keywords: f(m).reduce(build(m), axis=axis, where=m.array(mask), **k),
            f"{what} where",
        )
    if isinstance(axis, int):
        check(lambda m: f(m).accumulate(build(m), axis=axis), f"{what} accumulate")
        for indices in ([0, 2], [1, 0, 2], [2], [0, 9]):
            check(
                lambda m, i=indices: f(m).reduceat(build(m), i, axis=axis),
                f"{what} reduceat {indices}",
            )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_methods_of_every_ufunc(name: str, dtype: str) -> None:
    values = tame_values(dtype, (3, 6, 5), seed=2)
    built = arrangements(values)
    for arrangement in ("C", list(built)[1 + NATIVE_DTYPES.index(dtype) % (len(built) - 1)]):
        build = built[arrangement]
        mask = numpy.random.default_rng(1).random(build(numpy).shape) < 0.6
        for axis in (0, 2, (0, 2)):
            what = f"{name} {dtype} {arrangement} {axis}"
            check_methods(lambda m: getattr(m, name), build, mask, axis, what)


def check_masked(name: str, build: Any, mask: numpy.ndarray, axis: Any, what: str) -> None:
    begin: dict[str, Any] = {"initial": 1} if name in WITHOUT_IDENTITY else {}
    is_complex = build(numpy).dtype.kind == "c"
    # NumPy's text of var sees complex numbers as pairs, which no view of ours shows.
    is_recorded = not is_complex or name not in ("var", "std")
    for keywords in ({}, {"keepdims": True}, {"dtype": "f4"}):
        if "dtype" in keywords and (is_complex or name in ("any", "all")):
            continue
        more: dict[str, Any] = {"axis": axis, **begin, **keywords}
        check(
            lambda m, k=more: getattr(m, name)(build(m), where=m.array(mask), **k),
            what,
            is_recorded,
        )
        check(
            lambda m, k=more: getattr(build(m), name)(where=m.array(mask), **k),
            f"method {what}",
            is_recorded,
        )


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_where_of_functions_and_methods(name: str, dtype: str) -> None:
    values = tame_values(dtype, (4, 6, 5), seed=3)
    for arrangement, build in arrangements(values).items():
        shape = build(numpy).shape
        masks = [numpy.random.default_rng(1).random(s) < 0.6 for s in (shape, shape[1:], (1,))]
        for axis, mask in itertools.product((None, 0, -1, (0, 1)), masks):
            what = f"{name} {dtype} {arrangement} {axis} {mask.shape}"
            check_masked(name, build, mask, axis, what)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_initial_of_functions(name: str, dtype: str) -> None:
    values = tame_values(dtype, (4, 6, 5), seed=3)
    for arrangement, build in arrangements(values).items():
        for initial in (0, 3, -1, 2.5) if dtype in "efdFD" else (0, 1, 3):
            check(
                lambda m, i=initial, b=build: getattr(m, name)(b(m), initial=i),
                f"{name} {dtype} {arrangement} {initial}",
            )


def check_long_sums(values: numpy.ndarray, mask: numpy.ndarray, axis: int | None) -> None:
    initial = 3 if values.dtype.kind == "i" else 0.1
    for see in (lambda a: a, lambda a: a[..., 3:], lambda a: a.T):

        def call(m: ModuleType, name: str, see: Any = see, masked: bool = True, **more: Any) -> Any:
            where = {"where": see(m.array(mask))} if masked else {}
            return getattr(see(m.array(values)), name)(axis=axis, **where, **more)

        what = f"{values.dtype} {values.shape} {axis}"
        check(lambda m, c=call: c(m, "sum"), what)
        check(lambda m, c=call: c(m, "mean"), what)
        check(lambda m, c=call: c(m, "sum", masked=False, initial=initial), what)


@pytest.mark.parametrize("dtype", "efdFDl")
@pytest.mark.parametrize("shape", [(30000,), (300, 130), (3, 20000), (5, 7, 900)], ids=str)
def test_long_sums_take_numpys_calls(dtype: str, shape: tuple[int, ...]) -> None:
    random = numpy.random.default_rng(0)
    values = random.normal(size=shape).astype(dtype)
    for share in (0.7, 0.9999):
        mask = random.random(shape) < share
        for axis in (None, *range(len(shape))):
            check_long_sums(values, mask, axis)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 4)], ids=str)
def test_empty_arrays(shape: tuple[int, ...]) -> None:
    for dtype, axis in itertools.product("fl", (0, -1, None)):
        empty = numpy.ones(shape, dtype)
        for name in ("add", "multiply", "maximum", "hypot"):
            for keywords in ({}, {"initial": 2}, {"dtype": "f8"}, {"initial": 1, "dtype": "f8"}):
                check(
                    lambda m, f=name, x=axis, e=empty, k=keywords: getattr(m, f).reduce(
                        m.array(e), axis=x, **k
                    ),
                    f"{name} {dtype} {shape} {axis} {keywords}",
                )


def test_nothing_runs_when_it_is_recorded() -> None:
    a = lazynp.array(numpy.arange(12.0).reshape(3, 4))
    lazynp.evaluate(a)
    mask = a > 3
    with lazynp.no_eval():
        results = [
            a.sum(axis=0, where=mask),
            lazynp.maximum.reduce(a * 2, axis=1, initial=4.0),
            lazynp.hypot.reduce(a, axis=0),
            lazynp.logaddexp.accumulate(a, axis=1),
        ]
    assert [r.shape for r in results] == [(4,), (3,), (4,), (3, 4)]


def test_halves_are_rounded_once_for_each_run() -> None:
    values = tame_values("e", (3, 6, 5), seed=2)
    check(lambda m: m.array(values).sum(axis=(0, 2)), "float16")


# Of mean and var over all axes NumPy's text makes a plain number.
@pytest.mark.parametrize(
    ("name", "axis"),
    [
        *itertools.product(["sum", "prod", "max", "min"], [None, 0, 1]),
        *itertools.product(["mean", "var"], [0, 1]),
    ],
)
def test_gradients(name: str, axis: int | None) -> None:
    x = numpy.random.default_rng(0).normal(size=(3, 4)) + 1.5
    mask = numpy.random.default_rng(1).random((3, 4)) < 0.7
    keywords: dict[str, Any] = {"axis": axis}
    if name in ("max", "min", "prod"):
        keywords["initial"] = 1.25

    def f(a: Any, m: ModuleType = numpy) -> Any:
        y = getattr(m, name)(a, where=m.array(mask), **keywords)
        return (y * y).sum()

    watched = lazynp.watch(lazynp.array(x))
    found = numpy.asarray(lazynp.stop_gradient(lazynp.gradients(f(watched, lazynp), [watched])[0]))
    for i in numpy.ndindex(x.shape):
        step = numpy.zeros_like(x)
        step[i] = 1e-5
        slope = (f(x + step) - f(x - step)) / 2e-5
        numpy.testing.assert_allclose(found[i], slope, rtol=1e-6, atol=1e-6)
