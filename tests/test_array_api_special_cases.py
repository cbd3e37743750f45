"""The array API standard's special cases, by table, by array_api_strict and by what must hold."""

from __future__ import annotations

import warnings
from typing import Any

import array_api_strict
import array_api_tables as tables
import numpy
import pytest
from comparison import canonical
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.array_api import make_strategies_namespace

import lazynp as np
import lazynp.array_api

pytestmark = pytest.mark.filterwarnings("ignore")

standard = lazynp.array_api
MODULES = [np, standard]
in_both = pytest.mark.parametrize("xp", MODULES, ids=lambda module: module.__name__)
STRATEGIES = {xp: make_strategies_namespace(xp, api_version="2024.12") for xp in MODULES}
# A test for every function: a few examples each.
few_examples = settings(max_examples=settings.default.max_examples // 4)
# What array_api_strict takes from NumPy where NumPy differs; the complex sign it computes itself.
OF_ITS_OWN = {"floor_divide", "expm1", "tanh"}
REAL_ONLY = {"sign"}

UNARY, BINARY = tables.by_name(tables.UNARY), tables.by_name(tables.BINARY)


# ------------------------------------------------------------------ tables
def check_cases(
    function: Any, cases: list[tuple[tables.Arguments, Any]], dtype: Any, n_copies: int
) -> list[tuple[tables.Arguments, Any]]:
    """The cases that a function, called with an array of all of them, answers otherwise."""
    columns = [numpy.array(c * n_copies, dtype) for c in zip(*(a for a, _ in cases), strict=True)]
    results = numpy.asarray(function(*map(np.asarray, columns)))
    wrong = []
    for i, (arguments, expected) in enumerate(cases * n_copies):
        given = results[i].astype(dtype)
        bound = numpy.finfo(dtype).eps * 8
        is_close = numpy.allclose(given, expected, rtol=bound, atol=0, equal_nan=True)
        parts = ((given.real, expected.real), (given.imag, expected.imag))
        signs = [numpy.signbit(a) == numpy.signbit(b) for a, b in parts if not numpy.isnan(b)]
        # A complex number is compared by its parts: allclose takes any two with a NaN for equal.
        same = [numpy.allclose(a, b, rtol=bound, atol=0, equal_nan=True) for a, b in parts]
        if not (is_close and all(signs) and all(same)):
            wrong.append((arguments, given))
    return wrong


def as_arguments(cases: list[tuple[complex, complex]]) -> list[tuple[tables.Arguments, Any]]:
    return [((z,), result) for z, result in cases]


@in_both
@pytest.mark.parametrize("n_copies", [1, 100])
@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float64])
@pytest.mark.parametrize("name", tables.REAL_CASES)
def test_real_special_cases(xp: Any, name: str, dtype: Any, n_copies: int) -> None:
    assert not check_cases(getattr(xp, name), tables.REAL_CASES[name], dtype, n_copies)


NUMPY_DIFFERS = [
    ("floor_divide", tables.FLOOR_DIVIDE_CASES, tables.SHARED_FLOOR_DIVIDE_CASES, "f"),
    ("expm1", *map(as_arguments, (tables.EXPM1_CASES, tables.SHARED_EXPM1_CASES)), "c"),
    ("tanh", *map(as_arguments, (tables.TANH_CASES, tables.SHARED_TANH_CASES)), "c"),
]


@pytest.mark.parametrize("n_copies", [1, 100])
@pytest.mark.parametrize(
    "name, own, shared, kind", NUMPY_DIFFERS, ids=[c[0] for c in NUMPY_DIFFERS]
)
def test_special_cases_that_numpy_has_otherwise(
    name: str, own: Any, shared: Any, kind: str, n_copies: int
) -> None:
    for dtype in map(numpy.dtype, tables.of_kinds(kind)):
        assert not check_cases(getattr(standard, name), own + shared, dtype, n_copies)
        assert not check_cases(getattr(np, name), shared, dtype, n_copies)
        assert len(check_cases(getattr(np, name), own, dtype, n_copies)) == len(own) * n_copies


# ------------------------------------------------------------------ array_api_strict
def arrays_of(xp: Any, dtype: Any, shape: Any) -> Any:
    """Arrays with many of the values at which functions are special."""
    short = numpy.dtype(dtype)
    strategies = STRATEGIES[xp]
    values = st.sampled_from(tables.limits_of(short)) | strategies.from_dtype(
        getattr(xp, short.name)
    )
    return strategies.arrays(dtype=getattr(xp, short.name), shape=shape, elements=values)


def outcome(call: Any) -> Any:
    """Dtype, shape and bytes of what a call gives, or the class of its error."""
    try:
        return canonical(numpy.asarray(call()))
    except Exception as error:
        return type(error).__name__


def in_strict(x: Any) -> Any:
    return array_api_strict.asarray(numpy.asarray(x))


@in_both
@pytest.mark.parametrize("name", [name for name in UNARY if name not in OF_ITS_OWN])
@few_examples
@given(data=st.data())
def test_functions_of_one_array(xp: Any, name: str, data: st.DataObject) -> None:
    kinds = "iuf" if name in REAL_ONLY else UNARY[name][0]
    dtype = data.draw(st.sampled_from(tables.of_kinds(kinds)))
    x = data.draw(arrays_of(xp, dtype, STRATEGIES[xp].array_shapes(min_dims=0, max_side=9)))
    expected = outcome(lambda: getattr(array_api_strict, name)(in_strict(x)))
    assert outcome(lambda: getattr(xp, name)(x)) == expected


@in_both
@pytest.mark.parametrize("name", [name for name in BINARY if name not in OF_ITS_OWN])
@few_examples
@given(data=st.data())
def test_functions_of_two_arrays(xp: Any, name: str, data: st.DataObject) -> None:
    kinds = BINARY[name][0]
    pairs = [pair for pair in tables.promotions() if pair[0][0] in kinds and pair[1][0] in kinds]
    first, second = data.draw(st.sampled_from(pairs))
    shapes = STRATEGIES[xp].mutually_broadcastable_shapes(2, min_dims=0, max_side=5)
    one, other = data.draw(shapes).input_shapes
    x1, x2 = data.draw(arrays_of(xp, first, one)), data.draw(arrays_of(xp, second, other))
    if "shift" in name:  # by less than nothing: unspecified, and refused by array_api_strict
        x2 = xp.maximum(x2, xp.zeros_like(x2))
    expected = outcome(lambda: getattr(array_api_strict, name)(in_strict(x1), in_strict(x2)))
    assert outcome(lambda: getattr(xp, name)(x1, x2)) == expected


ALONG_AN_AXIS = """all any argmax argmin argsort count_nonzero cumulative_prod cumulative_sum flip
    max mean min prod sort std sum var""".split()


@pytest.mark.parametrize("name", ALONG_AN_AXIS)
@few_examples
@given(data=st.data())
def test_functions_along_an_axis(name: str, data: st.DataObject) -> None:
    """Of lazynp.array_api, whose defaults are the standard's."""
    kinds = {"all": "biufc", "any": "biufc", "count_nonzero": "biufc", "flip": "biufc"}
    kinds |= {"mean": "f", "std": "f", "var": "f"}
    dtype = data.draw(st.sampled_from(tables.of_kinds(kinds.get(name, "iuf"))))
    shapes = STRATEGIES[standard].array_shapes(min_dims=1, max_dims=3, max_side=9)
    x = data.draw(arrays_of(standard, dtype, shapes))
    keywords = {"axis": data.draw(st.integers(-x.ndim, x.ndim - 1))}
    if name == "sort" and dtype in FLOATS:
        x = x + 0.0  # which of two zeros comes first, the standard leaves open
    if "sort" in name:
        keywords["descending"] = data.draw(st.booleans())
    expected = outcome(lambda: getattr(array_api_strict, name)(in_strict(x), **keywords))
    assert outcome(lambda: getattr(standard, name)(x, **keywords)) == expected


# ------------------------------------------------------------------ what must hold
FLOATS, COMPLEX = tables.of_kinds("f"), tables.of_kinds("c")
SHAPES = STRATEGIES[standard].array_shapes(min_dims=0, max_side=9)


@given(data=st.data())
def test_floor_divide_is_the_floor_of_the_quotient_or_numpys(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(FLOATS))
    shapes = data.draw(STRATEGIES[standard].mutually_broadcastable_shapes(2, max_side=5))
    x1, x2 = (data.draw(arrays_of(standard, dtype, shape)) for shape in shapes.input_shapes)
    a, b = numpy.asarray(x1), numpy.asarray(x2)
    is_infinite = numpy.isinf(a) | numpy.isinf(b)
    expected = numpy.where(is_infinite, numpy.floor(a / b), a // b)
    assert canonical(standard.floor_divide(x1, x2)) == canonical(expected)


@given(data=st.data())
def test_floor_divide_of_integers_and_numbers_is_numpys(data: st.DataObject) -> None:
    x = data.draw(arrays_of(standard, data.draw(st.sampled_from(tables.of_kinds("iu"))), SHAPES))
    a = numpy.asarray(x)
    assert canonical(standard.floor_divide(x, x)) == canonical(a // a)
    assert canonical(standard.floor_divide(x, 3)) == canonical(a // 3)
    assert canonical(standard.floor_divide(7, x)) == canonical(7 // a)


@pytest.mark.parametrize("name, is_odd", [("expm1", False), ("tanh", True)])
@given(data=st.data())
def test_complex_functions_are_symmetric(name: str, is_odd: bool, data: st.DataObject) -> None:
    """f(conj(z)) is conj(f(z)), and f(-z) is -f(z) where the standard says so."""
    function = getattr(standard, name)
    z = data.draw(arrays_of(standard, data.draw(st.sampled_from(COMPLEX)), SHAPES))
    a, b = function(standard.conj(z)), standard.conj(function(z))
    # The sign of a part is not specified where the other part has no angle.
    is_specified = numpy.isfinite(numpy.asarray(z).imag)
    assert canonical(numpy.asarray(a)[is_specified]) == canonical(numpy.asarray(b)[is_specified])
    if is_odd:
        a, b = function(standard.negative(z)), standard.negative(function(z))
        assert canonical(numpy.asarray(a)[is_specified]) == canonical(
            numpy.asarray(b)[is_specified]
        )


@pytest.mark.parametrize("name", ["expm1", "tanh"])
@given(data=st.data())
def test_complex_functions_are_numpys_elsewhere(name: str, data: st.DataObject) -> None:
    dtype = numpy.dtype(data.draw(st.sampled_from(COMPLEX)))
    elements = st.complex_numbers(max_magnitude=20, width=dtype.itemsize * 8)
    strategies = STRATEGIES[standard]
    shapes = strategies.array_shapes(min_dims=0, max_side=9)
    z = data.draw(strategies.arrays(getattr(standard, dtype.name), shapes, elements=elements))
    is_plain = numpy.asarray(z) != 0
    expected = getattr(numpy, name)(numpy.asarray(z))[is_plain]
    assert canonical(numpy.asarray(getattr(standard, name)(z))[is_plain]) == canonical(expected)


def test_floor_divide_warns_as_a_quotient_does() -> None:
    """Of nothing but division by zero and what is invalid, and so not of infinity // 2."""
    x = standard.asarray([standard.inf, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert standard.floor_divide(x, 2.0).tolist() == [standard.inf, 0.0]
        with pytest.raises(RuntimeWarning, match="divide by zero"):
            standard.floor_divide(standard.asarray([1.0]), 0.0)
