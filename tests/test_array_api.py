"""The Python array API standard: names, keywords, values and inspection, with array-api-strict."""

from __future__ import annotations

import importlib
import inspect
import pathlib
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import array_api_compat
import array_api_extra
import array_api_strict
import numpy
import pytest
from comparison import canonical

import lazynp as np

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "conformance"))
native_share: Any = importlib.import_module("native_share")

pytestmark = pytest.mark.filterwarnings("ignore")

# What array_api_strict has beyond the standard.
OF_STRICT_ITSELF = {"Device", "ArrayAPIStrictFlags"} | {
    f"{verb}_array_api_strict_flags" for verb in ("set", "get", "reset")
}
DTYPES = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128"
NUMERIC = tuple(DTYPES.split())


def functions_of(module: ModuleType) -> Iterator[str]:
    """Names of the standard's functions, those of linalg and fft among them."""
    for prefix in ("", "linalg.", "fft."):
        names = getattr(module, prefix[:-1]).__all__ if prefix else module.__all__
        for name in names:
            is_public = name not in OF_STRICT_ITSELF and not name.startswith("_")
            if is_public and inspect.isfunction(found(module, prefix + name)):
                yield prefix + name


def found(module: Any, name: str) -> Any:
    for part in name.split("."):
        module = getattr(module, part)
    return module


FUNCTIONS = list(functions_of(array_api_strict))


# ------------------------------------------------------------------ names and keywords
@pytest.mark.parametrize("name", FUNCTIONS)
def test_keywords_have_the_standards_names(name: str) -> None:
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    theirs = inspect.signature(found(array_api_strict, name)).parameters
    ours = inspect.signature(found(np, name)).parameters
    assert {p for p in theirs if theirs[p].kind in named} <= ours.keys()


def test_constants_and_dtypes() -> None:
    for name in ("e", "inf", "pi"):
        assert getattr(np, name) == getattr(array_api_strict, name)
    assert numpy.isnan(np.nan)
    assert np.newaxis is None
    for name in (*NUMERIC, "bool"):
        assert np.dtype(getattr(np, name)).name == name


def test_signatures_are_numpys_and_the_standards_keyword() -> None:
    for function, keyword in {"sort": "descending", "argsort": "descending"}.items():
        theirs = inspect.signature(getattr(numpy, function)).parameters
        ours = inspect.signature(getattr(np, function)).parameters
        assert [*ours] == [*theirs, keyword]
        assert keyword in getattr(np, function).__doc__.splitlines()[-1]
        assert getattr(np, function) == getattr(numpy, function)


# ------------------------------------------------------------------ values
# Of x, y: vectors of six; m: a matrix; i: indices; t: a mask.
CALLS = {
    "abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag "
    "isfinite isinf isnan log log1p log2 log10 logical_not negative positive real reciprocal round "
    "sign signbit sin sinh square sqrt tan tanh trunc": "np.{name}(x)",
    "add atan2 bitwise_and bitwise_or bitwise_xor copysign divide equal floor_divide greater "
    "greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor maximum "
    "minimum multiply nextafter not_equal pow remainder subtract isin vecdot linalg.vecdot "
    "linalg.outer broadcast_arrays meshgrid": "np.{name}(x, y)",
    "bitwise_left_shift bitwise_right_shift": "np.{name}(x, np.astype(y, x.dtype))",
    "clip": "np.clip(x, min=x[1], max=x[0])",
    "sum prod max min mean cumulative_sum cumulative_prod all any count_nonzero argmax "
    "argmin": "np.{name}(m, axis=1)",
    "std var": "np.{name}(m, axis=1, correction=1.0, keepdims=True)",
    "sort argsort": "np.{name}(m, axis=0, descending=True, stable=True)",
    "unique_all unique_counts unique_inverse nonzero": "np.{name}(x)",
    "unique_values": "np.sort(np.unique_values(x))",
    "searchsorted": "np.searchsorted(np.sort(x), y, side='right')",
    "where": "np.where(t, x, y)",
    "take": "np.take(x, i)",
    "take_along_axis": "np.take_along_axis(x, i)",
    "diff": "np.diff(x, n=2)",
    "tril triu": "np.{name}(m, k=1)",
    "matmul linalg.matmul": "np.{name}(m, m)",
    "tensordot linalg.tensordot": "np.{name}(m, m, axes=1)",
    "matrix_transpose linalg.matrix_transpose linalg.diagonal linalg.trace linalg.det linalg.inv "
    "linalg.pinv linalg.slogdet linalg.svdvals linalg.matrix_norm linalg.matrix_rank "
    "linalg.eigvalsh linalg.qr linalg.eigh linalg.svd": "np.{name}(m)",
    "linalg.eig linalg.eigvals": "np.{name}(m * 1j)",
    "linalg.cholesky": "np.linalg.cholesky(m, upper=True) + 0",  # of imaginary parts: no -0
    "linalg.cross": "np.linalg.cross(x[:3], y[:3])",
    "linalg.matrix_power": "np.linalg.matrix_power(m, 3)",
    "linalg.solve": "np.linalg.solve(m, m)",
    "linalg.vector_norm": "np.linalg.vector_norm(m, axis=1, ord=1)",
    "concat stack": "np.{name}([x, y])",
    "unstack": "np.unstack(x)",
    "expand_dims": "np.expand_dims(x, axis=0)",
    "flip": "np.flip(m, axis=0)",
    "moveaxis": "np.moveaxis(m, 0, 1)",
    "permute_dims": "np.permute_dims(m, (1, 0))",
    "repeat roll": "np.{name}(x, 2)",
    "reshape": "np.reshape(x, (2, -1))",
    "squeeze": "np.squeeze(x[None, ...], axis=0)",
    "tile": "np.tile(x, (2, 2))",
    "broadcast_to": "np.broadcast_to(x, (2, 6))",
    "broadcast_shapes": "np.broadcast_shapes(x.shape, (2, 1))",
    "asarray": "np.asarray(x, copy=True)",
    "astype": "np.astype(x, np.complex64)",
    "from_dlpack": "np.from_dlpack(x)",
    "empty_like": "np.empty_like(x).shape",
    "full_like": "np.full_like(x, 3)",
    "zeros_like ones_like": "np.{name}(x)",
    "arange": "np.arange(1, 7, 2, dtype=x.dtype)",
    "empty": "np.empty((2, 3), dtype=x.dtype).shape",
    "eye": "np.eye(3, 4, k=1, dtype=x.dtype)",
    "full": "np.full((2, 3), 5, dtype=x.dtype)",
    "linspace": "np.linspace(0, 3, 5, dtype=x.dtype, endpoint=False)",
    "zeros ones": "np.{name}((2, 3), dtype=x.dtype)",
    "can_cast": "np.can_cast(x.dtype, x.dtype)",
    "finfo": "[float(v) for v in (np.finfo(x.dtype).eps, np.finfo(x.dtype).max)]",
    "iinfo": "[np.iinfo(x.dtype).bits, np.iinfo(x.dtype).min, np.iinfo(x.dtype).max]",
    "isdtype": "np.isdtype(x.dtype, ('integral', np.float32))",
    "result_type": "str(np.result_type(x, i)).split('.')[-1]",
    "fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft": "np.{name}(x, n=8, norm='ortho')",
    "fft.fftn fft.ifftn fft.rfftn fft.irfftn": "np.{name}(m, axes=(0, 1), norm='forward')",
    "fft.fftshift fft.ifftshift": "np.{name}(m, axes=0)",
    "fft.fftfreq fft.rfftfreq": "np.{name}(8, d=0.5, dtype=x.dtype)",
}
CALL_OF = native_share.expanded(CALLS)

# Views, and questions about dtypes and shapes.
RECORD_NOTHING = set(
    """asarray astype broadcast_arrays broadcast_shapes broadcast_to can_cast empty empty_like
    expand_dims finfo flip from_dlpack iinfo imag isdtype linalg.diagonal linalg.matrix_transpose
    matrix_transpose moveaxis permute_dims real reshape result_type squeeze unstack""".split()
)
PAGE = (ROOT / "docs" / "native_share.md").read_text()
SERVED_BY_NUMPY = set(re.findall(r"^\| `([\w.]+)` \|", PAGE, flags=re.MULTILINE))


def arguments(dtype: str) -> dict[str, numpy.ndarray]:
    x = numpy.array([3, 1, 2, 5, 1, 4])
    m = numpy.array([[7, 1, 2], [1, 5, 1], [2, 1, 6]])
    made = {"x": x, "y": x[::-1].copy(), "m": m}
    made = {name: array.astype(dtype) for name, array in made.items()}
    return {**made, "i": numpy.array([0, 2, 1, 5, 4, 3]), "t": x > 2}


def leaves(value: Any) -> Any:
    """dtype, shape and bytes of every array in a result; other values as they are."""
    if isinstance(value, (tuple, list)):
        return [leaves(item) for item in value]
    if hasattr(value, "__array_namespace__"):
        return canonical(numpy.asarray(value))
    return value


def evaluated(call: str, module: ModuleType, arrays: dict[str, Any]) -> Any:
    return eval(call, {"np": module, **arrays})


def test_the_table_is_whole() -> None:
    assert set(FUNCTIONS) <= set(CALL_OF)


@pytest.mark.parametrize("name", CALL_OF)
def test_values_are_the_standards(name: str) -> None:
    """Of every dtype that array_api_strict takes, and recorded by us."""
    is_native = name not in SERVED_BY_NUMPY
    n_compared = 0
    for dtype in (*NUMERIC, "bool"):
        arrays = arguments(dtype)
        theirs = {n: array_api_strict.asarray(a) for n, a in arrays.items()}
        try:
            expected = leaves(evaluated(CALL_OF[name], array_api_strict, theirs))
        except (TypeError, ValueError):  # a dtype that the standard does not ask for
            continue
        ours = {n: np.array(a) for n, a in arrays.items()}
        before, served = np.stats()["recorded"], native_share.served_counts()
        got = leaves(evaluated(CALL_OF[name], np, ours))
        assert got == expected, dtype
        assert native_share.served_counts() == served or not is_native, dtype
        is_recorded = np.stats()["recorded"] > before
        assert is_recorded or name in RECORD_NOTHING, dtype
        n_compared += 1
    assert n_compared


@pytest.mark.parametrize("dtype", ["int8", "float32", "float64", "complex64"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("stable", [False, True])
def test_descending_sorts_keep_the_order_of_equal_elements(
    dtype: str, descending: bool, stable: bool
) -> None:
    values = numpy.array([2, 0, 1, 2, 2, 0, 1, 1] * 5, dtype=dtype).reshape(5, 8)
    ours = np.array(values)
    for axis in (0, 1, -1):
        keywords = {"axis": axis, "descending": descending, "stable": stable}
        order = numpy.asarray(np.argsort(ours, **keywords))
        ordered = numpy.asarray(np.sort(ours, **keywords))
        assert numpy.array_equal(numpy.take_along_axis(values, order, axis), ordered)
        is_ordered = numpy.diff(ordered.real, axis=axis) * (-1 if descending else 1) >= 0
        assert is_ordered.all()
        equal = numpy.diff(ordered, axis=axis) == 0
        assert not stable or (numpy.diff(order, axis=axis)[equal] > 0).all()


def test_descending_sorts_are_stable_record_and_have_gradients() -> None:
    values = [3.0, 1.0, 2.0, 1.0]
    assert np.argsort(np.array(values), descending=True).tolist() == [0, 2, 1, 3]
    zeros = np.sort(np.array([0.0, -0.0, 0.0]), descending=True, stable=True)
    assert np.signbit(zeros).tolist() == [False, True, False]
    assert np.argsort(np.array([[1, 3], [5, 4]]), None, descending=True).tolist() == [2, 3, 1, 0]
    x = np.watch(np.array(values))
    with np.no_eval():
        total = (np.sort(x, descending=True, stable=True) * np.arange(4.0)).sum()
        (gradient,) = np.gradients(total, [x])
    assert np.stop_gradient(gradient).tolist() == [0.0, 2.0, 1.0, 3.0]


def test_the_standards_keyword_is_checked_like_numpys() -> None:
    """Arrays of NumPy's and sequences too; errors are NumPy's."""
    for values in (numpy.array([1, 3, 2]), [1, 3, 2]):
        assert np.sort(values, descending=True).tolist() == [3, 2, 1]
        assert np.argsort(values, descending=False).tolist() == [0, 2, 1]
    for call, error in (
        (lambda: np.sort(np.array(3), descending=True), numpy.exceptions.AxisError),
        (lambda: np.sort(np.ones(3), 1, descending=True), numpy.exceptions.AxisError),
        (lambda: np.sort(np.ones(3), kind="stable", stable=True, descending=True), ValueError),
        (lambda: np.sort(descending=True), TypeError),
        (lambda: np.sort(np.ones(3), ascending=True), TypeError),
        (lambda: numpy.sort(np.ones(3), descending=True), TypeError),
        (lambda: np.fft.fftfreq(4, dtype="no dtype"), TypeError),
    ):
        with pytest.raises(error):
            call()


# ------------------------------------------------------------------ inspection, devices
def test_namespace_info_is_numpys() -> None:
    ours, theirs = np.__array_namespace_info__(), numpy.__array_namespace_info__()
    assert np.__array_api_version__ == numpy.__array_api_version__
    assert ours.capabilities() == theirs.capabilities()
    assert ours.default_device() == theirs.default_device() == "cpu"
    assert ours.devices() == theirs.devices()
    assert ours.default_dtypes(device="cpu") == theirs.default_dtypes(device="cpu")
    for kind in (None, "bool", "signed integer", "numeric", ("integral", "complex floating")):
        assert ours.dtypes(kind=kind) == theirs.dtypes(kind=kind)


def test_arrays_know_their_namespace_and_device_without_being_computed() -> None:
    big = np.ones(20_000)
    with np.no_eval():
        for x in (np.arange(3.0) * 2, (big * 2).sum(), np.watch(np.ones(3)) * 2):
            assert x.__array_namespace__() is np
            for version in (None, "2022.12", np.__array_api_version__):
                assert x.__array_namespace__(api_version=version) is np
            assert x.device == "cpu"
            assert x.to_device("cpu", stream=None) is x
            for call, error in (
                (lambda x=x: x.__array_namespace__(api_version="1999.1"), ValueError),
                (lambda x=x: x.__array_namespace__("2022.12"), TypeError),
                (lambda x=x: x.to_device("gpu"), ValueError),
                (lambda x=x: x.to_device("cpu", stream=1), ValueError),
                (lambda x=x: x.to_device(), TypeError),
            ):
                with pytest.raises(error):
                    call()


@pytest.mark.parametrize("name", ["arange", "empty", "eye", "full", "linspace", "ones", "zeros"])
def test_creation_takes_a_device(name: str) -> None:
    arguments = {"full": (3, 1.0), "linspace": (0, 1, 3)}.get(name, (3,))
    create = getattr(np, name)
    served = native_share.served_counts()
    assert create(*arguments, device="cpu").device == "cpu"
    assert native_share.served_counts() == served
    with pytest.raises(ValueError, match="Device not understood"):
        create(*arguments, device="gpu")


# ------------------------------------------------------------------ libraries over the standard
def test_array_api_compat_recognises_our_arrays() -> None:
    x = np.ones(20_000)
    total = (x * 2).sum()
    assert type(total) is np.LazyScalar
    assert array_api_compat.is_array_api_obj(x)
    assert not array_api_compat.is_numpy_array(x)
    assert array_api_compat.array_namespace(x, total, 1.0, None) is np
    assert array_api_compat.device(x) == "cpu"
    assert array_api_compat.to_device(x, "cpu") is x
    assert array_api_compat.size(x) == 20_000
    assert array_api_compat.is_writeable_array(x)
    assert not array_api_compat.is_lazy_array(x * 2)  # bool() of an element is to be had


X, M = "np.asarray([3.0, 1, 2, 5, 1, 4])", "np.asarray([[7.0, 1, 2], [1, 5, 1], [2, 1, 6]])"
EXTRA_CALLS = [
    f"xpx.apply_where({X} > 2, {X}, lambda a: 1 / a, lambda a: -a)",
    f"xpx.apply_where({X} > 2, ({X}, {X}), lambda a, b: a + b, fill_value=-1.0)",
    f"xpx.at({X})[1:3].add(10.0)",
    f"xpx.at({X}, {X} > 2).set(0.0, copy=True)",
    f"xpx.atleast_nd({X}, ndim=3)",
    f"xpx.cov({M})",
    f"xpx.create_diagonal({X}, offset=1)",
    f"xpx.isclose({X}, {X} + 1e-9)",
    f"xpx.kron({X}, {M})",
    f"xpx.nunique({X})",
    f"xpx.one_hot(np.astype({X}, np.int64), 6)",
    f"xpx.pad({X}, 2)",
    f"xpx.sinc({X})",
    f"xpx.lazy_apply(lambda a: a + 1, {X})",
]


@pytest.mark.parametrize("call", EXTRA_CALLS)
def test_array_api_extra_gives_what_it_gives_of_numpy(call: str) -> None:
    results = [eval(call, {"np": module, "xpx": array_api_extra}) for module in (numpy, np)]
    assert canonical(results[1]) == canonical(results[0])
    assert type(results[1]) in (np.ndarray, type(results[0]))
