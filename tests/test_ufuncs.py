"""Every ufunc of NumPy's namespace: call forms, keywords, methods and attributes as NumPy's."""

from __future__ import annotations

import copy
import inspect
import itertools
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest
from comparison import NATIVE_DTYPES, outcome

import lazynp
from lazynp import _core

pytestmark = pytest.mark.filterwarnings("ignore")

NAMES = sorted(
    name
    for name in dir(numpy)
    if isinstance(getattr(numpy, name), numpy.ufunc) and not getattr(numpy, name).signature
)
Call = Callable[[Any], Any]


def operand(np: Any, dtype: str, shape: tuple[int, ...] = (3, 4), low: float = -3) -> Any:
    random = numpy.random.default_rng(1)
    values = random.uniform(low, low + 6, shape)
    if dtype in "FD":
        values = values + 1j * random.uniform(-1, 1, shape)
    if dtype in "BHIL?":
        values = abs(values)
    return np.array(values.astype(dtype))


def operands(np: Any, name: str, dtype: str) -> list[Any]:
    """As many as the ufunc takes; the second is broadcast."""
    both = [operand(np, dtype), operand(np, dtype, (4,), low=1)]
    return both[: getattr(numpy, name).nin]


def compare(label: str, call: Call) -> None:
    expected, got = outcome(lambda: call(numpy)), outcome(lambda: call(lazynp))
    if expected.error or got.error:
        assert got.error == expected.error, label
    else:
        assert got.value == expected.value, f"{label}: {got} instead of {expected}"


def with_out(np: Any, name: str, dtype: str, out_dtype: str, **keywords: Any) -> Any:
    out = np.array(numpy.ones((3, 4), out_dtype))
    result = getattr(np, name)(*operands(np, name, dtype), out=out, **keywords)
    assert result is out
    return out


def masked(np: Any, name: str, dtype: str) -> Any:
    return with_out(np, name, dtype, "D", where=np.array(numpy.arange(12).reshape(3, 4) % 3 > 0))


def plain_calls(name: str, dtype: str) -> Iterator[tuple[str, Call]]:
    n = getattr(numpy, name).nin
    yield "arrays", lambda np: getattr(np, name)(*operands(np, name, dtype))
    yield "0-d", lambda np: getattr(np, name)(*[operand(np, dtype, ()), 2][:n])
    yield "lists", lambda np: getattr(np, name)(*[[1, 2, 3], [2, 2, 2]][:n])
    yield "scalars", lambda np: getattr(np, name)(*[1, 2.5][:n])


def keyword_calls(name: str, dtype: str) -> Iterator[tuple[str, Call]]:
    for out in "?lfdD":
        yield f"out {out}", lambda np, out=out: with_out(np, name, dtype, out)
        yield (
            f"out {out} unsafe",
            lambda np, out=out: with_out(np, name, dtype, out, casting="unsafe"),
        )
    for chosen in "lfdD":
        yield (
            f"dtype {chosen}",
            lambda np, c=chosen: getattr(np, name)(*operands(np, name, dtype), dtype=c),
        )
    yield "where", lambda np: masked(np, name, dtype)


def scalar_calls(name: str, dtype: str) -> Iterator[tuple[str, Call]]:
    if getattr(numpy, name).nin != 2:
        return
    for other in (2, -1, 300, 2.5, True, 1j, 2**70, numpy.float32(2), numpy.int8(3)):
        yield f"with {other}", lambda np, o=other: getattr(np, name)(operand(np, dtype), o)
        yield f"{other} with", lambda np, o=other: getattr(np, name)(o, operand(np, dtype))


REDUCTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"axis": 1},
    {"axis": None},
    {"axis": (0, 1)},
    {"axis": 0, "keepdims": True},
    {"axis": -1, "dtype": "d"},
    {"axis": ()},
    {"axis": 2},
    {"axis": (0, 0)},
    {"axis": 1.5},
    {"initial": 1},
    {"where": False},
)


def at(np: Any, name: str, dtype: str) -> Any:
    array = operand(np, dtype)
    view = array[1:]
    getattr(np, name).at(array, np.array([0, 0, 2]), operand(np, dtype, (3, 4), low=1))
    return array, view


def reduced_into(np: Any, name: str, dtype: str) -> Any:
    out = np.array(numpy.zeros(4))
    assert getattr(np, name).reduce(operand(np, dtype), out=out, dtype="d") is out
    return out


def method_calls(name: str, dtype: str) -> Iterator[tuple[str, Call]]:
    ufunc = getattr(numpy, name)
    if ufunc.nin != 2 or ufunc.nout != 1:
        return
    for keywords in REDUCTIONS:
        yield (
            f"reduce {keywords}",
            lambda np, k=keywords: getattr(np, name).reduce(operand(np, dtype), **k),
        )
    for keywords in ({}, {"axis": 1}, {"axis": 1, "dtype": "d"}, {"axis": None}, {"axis": 3}):
        yield (
            f"accumulate {keywords}",
            lambda np, k=keywords: getattr(np, name).accumulate(operand(np, dtype), **k),
        )
    yield "reduce out", lambda np: reduced_into(np, name, dtype)
    yield (
        "outer",
        lambda np: getattr(np, name).outer(operand(np, dtype), operand(np, dtype, (2,), low=1)),
    )
    yield "at", lambda np: at(np, name, dtype)
    yield "reduceat", lambda np: getattr(np, name).reduceat(operand(np, dtype), [0, 1])


def wrong_calls(name: str, dtype: str) -> Iterator[tuple[str, Call]]:
    def call(*extra: Any, **keywords: Any) -> Call:
        return lambda np: getattr(np, name)(*operands(np, name, dtype), *extra, **keywords)

    yield "nothing", lambda np: getattr(np, name)()
    yield "too many", call(1, 2, 3, 4)
    yield "text", lambda np: getattr(np, name)(operand(np, dtype), "x")
    yield "shapes", lambda np: getattr(np, name)(operand(np, dtype), operand(np, dtype, (5,)))
    yield "keyword", call(nonsense=1)
    yield "out of no kind", call(out=3)
    yield "casting", call(casting="no")
    yield "casting name", call(casting="nonsense")
    yield "order", call(order="F")
    yield "out None", call(None)
    yield (
        "small out",
        lambda np: getattr(np, name)(*operands(np, name, dtype), out=np.array(numpy.zeros(5))),
    )
    yield "mask of integers", call(where=1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "calls", [plain_calls, keyword_calls, scalar_calls, method_calls, wrong_calls]
)
def test_as_numpy(name: str, calls: Callable[[str, str], Iterator[tuple[str, Call]]]) -> None:
    for dtype in NATIVE_DTYPES:
        for label, call in calls(name, dtype):
            compare(f"{name} {dtype} {label}", call)


AT_KEYS = (
    "np.array([0, 0, 2])",
    "[0, 0, 1]",
    "np.array([[0, 1], [2, 2]])",
    "(np.array([0, 0]), np.array([1, 1]))",
    "(slice(None), [0, 0])",
    "(Ellipsis, [1, 1])",
    "([0, 1], slice(1, 3))",
    "np.array([True, False, True])",
    "np.array([-1, -3])",
    "0",
    "slice(0, 2)",
    "np.array([], int)",
    "np.array([0, 9])",
    "5",
)
AT_VALUES = (
    *("1", "2.5", "numpy.float32(2)", "np.arange(4.)", "np.ones((3, 4))", "1j", "True"),
    *("np.ones(7)", "'x'"),
)


AT_NAMES = (
    *("add", "subtract", "maximum", "multiply", "floor_divide", "power", "hypot", "fmod"),
    *("logical_or", "bitwise_and", "left_shift", "gcd"),
)


@pytest.mark.parametrize("name", AT_NAMES)
def test_at_takes_every_key(name: str) -> None:
    for dtype in "bLfD?e":
        for key in AT_KEYS:
            for value in AT_VALUES:

                def call(np: Any, key: str = key, value: str = value, dtype: str = dtype) -> Any:
                    array = np.array(numpy.arange(12).reshape(3, 4).astype(dtype))
                    names = {"np": np, "numpy": numpy}
                    getattr(np, name).at(array, eval(key, names), eval(value, names))
                    return array

                compare(f"{name}.at {dtype} {key} {value}", call)


SIGNATURES = (
    *("dd->d", "d->d", "ff->f", "ll->l", "bb->b", "dd->?", "d->?", "D->d", "FF->F", "dd", "->"),
    *(("d", "d", "d"), ("d", None, None), (None, None, "f"), (None, "?"), ("f", "f"), ("f4",)),
    *((float, float, float), (None, None, None), "d", None, ("x", "d", "d")),
)
CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")


@pytest.mark.parametrize("name", NAMES)
def test_loops_that_are_asked_for(name: str) -> None:
    for dtype in "?blLefdD":
        for signature in SIGNATURES:
            for casting in CASTINGS:
                keywords = {"signature": signature, "casting": casting}
                compare(
                    f"{name} {dtype} {keywords}",
                    lambda np, t=dtype, k=keywords: getattr(np, name)(*operands(np, name, t), **k),
                )
        for casting in CASTINGS:
            for number in (2, 2.5, 300, True):

                def with_number(np: Any, t: str = dtype, c: str = casting, n: Any = number) -> Any:
                    arguments = [operand(np, t), n][: getattr(numpy, name).nin]
                    return getattr(np, name)(*arguments, casting=c, dtype=t)

                compare(f"{name} {dtype} {number} {casting}", with_number)
                compare(
                    f"{name} {dtype} {casting} out",
                    lambda np, t=dtype, c=casting: with_out(np, name, t, "f", casting=c),
                )


@pytest.mark.parametrize("name", [name for name in NAMES if getattr(numpy, name).nout == 1])
def test_elements_that_where_leaves_out_stay_unknown(name: str) -> None:
    mask = numpy.arange(12).reshape(3, 4) % 3 > 0

    def call(np: Any, dtype: str, **keywords: Any) -> Any:
        result = getattr(np, name)(*operands(np, name, dtype), where=np.array(mask), **keywords)
        assert result.shape == mask.shape
        return result[np.array(mask)], result.flags.f_contiguous

    for dtype in NATIVE_DTYPES:
        for keywords in ({}, {"order": "F"}, {"dtype": dtype}, {"out": None}):
            compare(f"{name} {dtype} {keywords}", lambda np, t=dtype, k=keywords: call(np, t, **k))


def test_where_without_out_warns_as_numpy_does() -> None:
    mask = lazynp.array([True, False])
    with pytest.warns(UserWarning, match="'where' used without 'out'"):
        lazynp.add(lazynp.ones(2), 1, where=mask)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lazynp.add(lazynp.ones(2), 1, where=mask, out=None)


def test_order_of_results() -> None:
    for order in "CFAK":
        for first, second in itertools.product(("C", "F"), repeat=2):

            def strides(np: Any, o: str = order, f: str = first, s: str = second) -> Any:
                a, b = np.ones((2, 3), order=f), np.ones((2, 3), order=s)
                results = np.add(a, b, order=o), np.add(a, 1, order=o), np.negative(b.T, order=o)
                cast = a.astype("f4", order=o), a.astype(a.dtype, order=o), a.copy(order=o)
                return [x.strides for x in (*results, *cast)]

            compare(f"{order} {first} {second}", strides)


def test_calls_are_recorded(lazynp_counters: Callable[[], dict[str, int]]) -> None:
    a = lazynp.array(numpy.ones((3, 4)))
    out = lazynp.array(numpy.ones((3, 4)))
    lazynp.exp(a)
    lazynp.add(a, 1.5, out=out)
    lazynp.multiply(a, a, out=out, where=lazynp.array(numpy.eye(3, 4) > 0))
    lazynp.add(a, a, dtype="f4", casting="same_kind")
    lazynp.add.reduce(a)
    lazynp.maximum.reduce(a, axis=1, keepdims=True)
    lazynp.add.accumulate(a)
    lazynp.subtract.outer(a, a)
    lazynp.add.at(out, [0, 0], 1)
    lazynp.hypot.at(out, [0, 0], 1)
    lazynp.add(a, a, where=a > 0)
    lazynp.add(a, a, signature="ff->f", casting="same_kind", order="F")
    lazynp.add(a, 1, out=out, where=a > 0, dtype="f8", casting="unsafe")
    lazynp.multiply.accumulate(a, out=out)
    numpy.sin(a)
    counted = lazynp_counters()
    assert counted["recorded"] >= 10
    assert counted["run_at_record"] == 0
    assert counted["fallbacks"] == 0


@pytest.mark.parametrize("name", NAMES)
def test_attributes(name: str) -> None:
    ours, theirs = getattr(lazynp, name), getattr(numpy, name)
    for attribute in ("nin", "nout", "nargs", "ntypes", "types", "identity", "signature"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)
    assert (ours.__name__, ours.__qualname__) == (theirs.__name__, theirs.__qualname__)
    assert repr(ours) == repr(theirs)
    assert ours.__doc__.startswith(theirs.__doc__[:100])
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert isinstance(ours, lazynp.ufunc)
    assert isinstance(theirs, lazynp.ufunc)
    assert pickle.loads(pickle.dumps(ours)) is ours
    assert copy.deepcopy(ours) is ours


def test_is_the_same_key_as_numpys() -> None:
    assert {lazynp.add: 1}[numpy.add] == 1
    assert {numpy.add: 1}[lazynp.add] == 1
    assert lazynp.add == numpy.add
    assert lazynp.add != numpy.subtract
    assert not isinstance(len, lazynp.ufunc)
    with pytest.raises(TypeError, match="cannot create"):
        lazynp.ufunc()


def test_ufuncs_of_scipy() -> None:
    special = pytest.importorskip("scipy.special", reason="scipy is not installed")
    x = numpy.linspace(-3, 3, 101)
    native, other = special.erf(lazynp.array(x)), special.gamma(lazynp.array(x))
    assert isinstance(native, lazynp.ndarray)
    assert _core.ufunc_of(special.erf)._native_op == "erf"
    numpy.testing.assert_array_equal(numpy.asarray(native), special.erf(x))
    numpy.testing.assert_array_equal(numpy.asarray(other), special.gamma(x))


def test_ufuncs_of_users() -> None:
    successor = numpy.frompyfunc(lambda v: v + 1, 1, 1)
    assert list(successor(lazynp.array([1, 2]))) == [2, 3]
    assert isinstance(lazynp.frompyfunc(abs, 1, 1), lazynp.ufunc)


class Overriding:
    """Another library's array."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> str:
        return f"{ufunc.__name__}.{method}"


class Refusing:
    """A type whose own operators win."""

    __array_ufunc__ = None

    def __radd__(self, other: Any) -> str:
        return "radd"


def test_other_libraries_take_part() -> None:
    a = lazynp.array([1.0, 2.0])
    assert numpy.add(a, Overriding()) == "add.__call__"
    assert lazynp.add(a, Overriding()) == "add.__call__"
    assert a + Refusing() == "radd"
    with pytest.raises(TypeError):
        lazynp.add(a, Refusing())


def test_clip_to_numbers_keeps_the_sign_of_zero() -> None:
    zeros = numpy.array([-0.0, -0.0, 0.0])
    ours = numpy.asarray(lazynp.clip(lazynp.array(zeros), 0, 1))
    assert numpy.signbit(ours).tolist() == numpy.signbit(numpy.clip(zeros, 0, 1)).tolist()


def test_who_takes_part_is_asked_before_whether_the_array_is_writeable() -> None:
    for module in (numpy, lazynp):
        a = module.zeros(3)
        a.setflags(write=False)
        with pytest.raises(TypeError, match="does not support ufuncs"):
            a += Refusing()


def test_numpys_ufuncs_and_memory() -> None:
    ours, theirs = lazynp.array([1.0, 2.0]), numpy.array([3.0, 4.0])
    assert isinstance(numpy.add(theirs, ours), lazynp.ndarray)
    result = numpy.add(theirs, ours, out=theirs)
    assert result is theirs
    assert theirs.tolist() == [4.0, 6.0]
    theirs += ours
    assert type(theirs) is numpy.ndarray
    assert theirs.tolist() == [5.0, 8.0]
    assert numpy.add(theirs, 1, out=ours) is ours
    assert ours.tolist() == [6.0, 9.0]


@pytest.mark.parametrize("dtype", ["f", "d", "F", "D"])
@pytest.mark.parametrize("exponent", [2, 2.0, -1, -1.0, 0.5, 1, 0, 3])
def test_powers_by_operator_have_the_bits_of_numpys_operator(dtype: str, exponent: float) -> None:
    random = numpy.random.default_rng(0)
    values = numpy.abs(random.normal(size=500)).astype(dtype)
    if values.dtype.kind == "c":
        values.imag = random.normal(size=500)
    ours = lazynp.array(values)
    assert numpy.asarray(ours**exponent).tobytes() == (values**exponent).tobytes()
    assert numpy.asarray(ours[3:4] ** exponent).tobytes() == (values[3:4] ** exponent).tobytes()
    in_place, expected = ours.copy(), values.copy()
    in_place **= exponent
    expected **= exponent
    assert numpy.asarray(in_place).tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
@pytest.mark.parametrize("number", [1e-300, -0.0, float("nan"), 1e-300j, 0j])
def test_logic_asks_a_number_for_its_truth_before_it_is_cast(name: str, number: complex) -> None:
    values = numpy.array([0, 1, 2], numpy.float32)
    ours = numpy.asarray(getattr(lazynp, name)(lazynp.array(values), number))
    assert ours.tolist() == getattr(numpy, name)(values, number).tolist()
