"""lazynp.array_api: what it does otherwise than NumPy, the list of that, and its results."""

from __future__ import annotations

import importlib
import pathlib
import sys
from typing import Any

import array_api_strict
import numpy
import pytest
from comparison import canonical

import lazynp as np
import lazynp.array_api as xp
from lazynp.array_api import _contradictions

ROOT = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "conformance"), str(ROOT / "conformance" / "array_api")]
expected_failures: Any = importlib.import_module("expected_failures")
native_share: Any = importlib.import_module("native_share")
run_array_api_tests: Any = importlib.import_module("run_array_api_tests")

pytestmark = pytest.mark.filterwarnings("ignore")


# ------------------------------------------------------------------ one list of contradictions
def test_the_page_is_made_from_the_list() -> None:
    page = (ROOT / "docs" / "array_api.md").read_text()
    assert page == "\n".join(_contradictions.page()) + "\n"


@pytest.mark.parametrize("file", ["expected_failures.toml", "expected_failures_of_array_api.toml"])
def test_expected_failures_quote_the_list(file: str) -> None:
    """With all quotes of a contradiction, or some of them where tests differ."""
    quotes_of = {found.numpy: set(found.standard) for found in _contradictions.CONTRADICTIONS}
    for entry in expected_failures.entries_of(ROOT / "conformance" / "array_api" / file):
        assert entry["standard"]
        assert set(entry["standard"]) <= quotes_of[entry["reason"]]


def test_the_run_of_the_suite_looks_quotes_up(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub = tmp_path / "array-api" / "src" / "array_api_stubs" / "stub.py"
    stub.parent.mkdir(parents=True)
    quotes = [quote for found in _contradictions.CONTRADICTIONS for quote in found.standard]
    path = run_array_api_tests.expected_of("lazynp")
    stub.write_text("\n".join(quotes).replace(" ", "\n    "))
    assert not run_array_api_tests.report_wrong_quotes(path, tmp_path)
    stub.write_text("\n".join(quote for quote in quotes if "prepend" not in quote))
    assert run_array_api_tests.report_wrong_quotes(path, tmp_path)
    assert capsys.readouterr().out == "  not in the specification: prepend: Optional[array]\n"


def test_every_module_has_a_list_of_failures() -> None:
    assert run_array_api_tests.expected_of("lazynp.array_api").name.endswith("_of_array_api.toml")
    for module in ("lazynp", "numpy", "array_api_strict"):
        assert run_array_api_tests.expected_of(module).name == "expected_failures.toml"


def test_what_the_namespace_does_otherwise_is_in_its_docstrings() -> None:
    for name, found in _contradictions.BY_FUNCTION.items():
        if name == "__array_namespace_info__":
            continue
        function: Any = xp
        for part in name.split("."):
            function = getattr(function, part)
        assert found.numpy in function.__doc__
        assert all(quote in function.__doc__ for quote in found.standard)


def raises(call: Any) -> Any:
    """What a call gives, or the class of its error."""
    try:
        return call()
    except Exception as error:
        return type(error)


# What both namespaces are asked of each contradiction: they must answer differently.
QUESTIONS = {
    "floor_divide": lambda m: float(m.floor_divide(m.asarray(numpy.inf), 2.0)),
    "expm1": lambda m: repr(complex(m.expm1(m.asarray(complex(numpy.inf, 0))))),
    "tanh": lambda m: repr(complex(m.tanh(m.asarray(complex(numpy.inf, 2))))),
    "clip": lambda m: raises(lambda: m.clip(m.asarray([3]), m.asarray(1), max=2).tolist()),
    "argsort": lambda m: m.argsort(m.asarray([1, 0] * 20)).tolist(),
    "sort": lambda m: m.signbit(m.sort(m.asarray([0.0, -0.0] * 20))).tolist(),
    "linalg.eig": lambda m: m.linalg.eig(m.eye(2)).eigenvectors.dtype,
    "linalg.eigvals": lambda m: m.linalg.eigvals(m.eye(2)).dtype,
    "linalg.pinv": lambda m: bool(m.linalg.pinv(m.asarray([[1.0, 0], [0, 7e-16]]))[1, 1] == 0),
    "finfo": lambda m: type(m.finfo(m.float32).eps),
    "diff": lambda m: raises(lambda: m.diff(m.asarray([1, 4]), prepend=None).tolist()),
    "astype": lambda m: raises(lambda: m.astype(m.asarray([1j]), m.float64).tolist()),
    "asarray": lambda m: raises(lambda: m.asarray([2**63]).dtype),
    "__array_namespace_info__": lambda m: m.__array_namespace_info__().devices(),
}


def test_every_contradiction_is_asked_about() -> None:
    assert set(QUESTIONS) == set(_contradictions.BY_FUNCTION)


@pytest.mark.parametrize("name", QUESTIONS)
def test_numpy_answers_otherwise(name: str) -> None:
    """lazynp as NumPy does, and lazynp.array_api otherwise."""
    numpys, ours, standards = map(QUESTIONS[name], (numpy, np, xp))
    if name == "sort":  # only the standard says where equal zeros go
        assert standards == [False, True] * 20
        return
    assert str(numpys) == str(ours)
    assert standards != ours


# ------------------------------------------------------------------ what it gives
def test_functions_that_differ_give_what_the_standard_says() -> None:
    assert xp.clip(xp.asarray([3, 0]), 1, 2).tolist() == [2, 1]
    assert xp.clip(xp.asarray([3, 0]), max=2).tolist() == [2, 0]
    assert xp.clip(xp.asarray([3, 0])).tolist() == [3, 0]
    assert xp.diff(xp.asarray([1, 4]), append=xp.asarray([6])).tolist() == [3, 2]
    assert xp.argsort(xp.asarray([1, 0] * 20)).tolist() == [*range(1, 40, 2), *range(0, 40, 2)]
    for dtype in (xp.int8, xp.uint64, xp.bool):
        assert xp.asarray([1, 0], dtype=dtype).dtype == dtype
    assert xp.asarray([2**63], dtype=xp.uint64).tolist() == [2**63]
    assert xp.asarray(numpy.array([2**63])).dtype == xp.uint64
    for too_large in (2**63, [2**64], [[1, -(2**63) - 1]]):
        with pytest.raises(OverflowError, match="default dtype"):
            xp.asarray(too_large)
    assert xp.astype(xp.asarray([1j, 0]), xp.bool).tolist() == [True, False]
    assert xp.astype(xp.asarray([1j, 0]), xp.complex64).dtype == xp.complex64
    for dtype in (xp.float32, xp.int8):
        with pytest.raises(TypeError, match="does not cast complex128"):
            xp.astype(xp.asarray([1j]), dtype)


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float64])
def test_eigenvalues_are_complex(dtype: Any) -> None:
    rotation = [[0.0, -1.0], [1.0, 0.0]]
    for matrix in ([[2.0, 0.0], [0.0, 3.0]], rotation, [rotation, rotation]):
        x = xp.asarray(matrix, dtype=dtype)
        values, vectors = xp.linalg.eig(x)
        expected = numpy.linalg.eig(numpy.asarray(x))
        assert canonical(values) == canonical(expected[0].astype(values.dtype))
        assert canonical(vectors) == canonical(expected[1].astype(values.dtype))
        assert values.dtype == vectors.dtype == xp.result_type(dtype, xp.complex64)
        assert canonical(xp.linalg.eigvals(x)) == canonical(values)


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float64, numpy.complex64, numpy.complex128])
def test_limits_of_floating_point_dtypes(dtype: Any) -> None:
    name = numpy.dtype(dtype).name
    expected = array_api_strict.finfo(getattr(array_api_strict, name))
    for asked in (dtype, xp.ones(2, dtype=dtype)):
        found = xp.finfo(asked)
        for attribute in ("eps", "max", "min", "smallest_normal"):
            assert type(getattr(found, attribute)) is float
            assert getattr(found, attribute) == getattr(expected, attribute)
        assert found.bits == expected.bits
        assert found.dtype == numpy.finfo(dtype).dtype


def test_the_namespace_inspects_itself() -> None:
    info, theirs = xp.__array_namespace_info__(), array_api_strict.__array_namespace_info__()
    assert info.devices() == ("cpu",)
    assert info.default_device() == "cpu"
    assert set(info.default_dtypes()) == set(theirs.default_dtypes())
    assert set(info.capabilities()) == set(theirs.capabilities())
    for kind in (None, "bool", "integral", "numeric", ("signed integer", "complex floating")):
        assert set(info.dtypes(kind=kind)) == set(theirs.dtypes(kind=kind))


# ------------------------------------------------------------------ arrays, lazily
RESULTS_WITHOUT_DIMENSIONS = """sum(x) prod(x) mean(x) std(x) var(x) max(x) min(x) all(x) any(x)
    argmax(x) argmin(x) count_nonzero(x) vecdot(x,x) matmul(x,x) tensordot(x,x,axes=1) sin(s)
    add(s,s) equal(s,1) floor_divide(s,2.0) expm1(s) where(s>1,s,s) take(x,asarray(0))
    searchsorted(x,s) linalg.det(m) linalg.trace(m) linalg.vector_norm(x) linalg.matrix_norm(m)
    linalg.matrix_rank(m) linalg.slogdet(m)[0] linalg.slogdet(m)[1] unstack(x)[0] astype(s,int8)
    clip(s,0.0,1.0) isin(s,x) logical_not(equal(s,s)) real(multiply(s,1j)) reshape(x[:1],())
    asarray(1.0) asarray(s)""".split()


@pytest.mark.parametrize("size", [3, 20_000])
@pytest.mark.parametrize("call", RESULTS_WITHOUT_DIMENSIONS)
def test_results_without_dimensions_are_arrays(call: str, size: int) -> None:
    x = xp.asarray(numpy.linspace(0.5, 2.0, size))
    names = {"x": x, "s": xp.asarray(1.5), "m": xp.eye(3), "asarray": xp.asarray, "int8": xp.int8}
    names |= {"equal": xp.equal, "multiply": xp.multiply}
    result = eval(f"xp.{call}", {"xp": xp, **names})
    assert type(result) is np.ndarray
    assert result.shape == ()
    assert result.mT is not None if result.ndim > 1 else hasattr(result, "__dlpack__")
    plain = eval(f"xp.{call}", {"xp": np, **names})
    if not call.startswith(("floor_divide", "expm1")):
        assert canonical(numpy.asarray(result)) == canonical(numpy.asarray(plain))


@pytest.mark.parametrize("size", [4, 20_000])
def test_results_are_not_computed_to_be_arrays(size: int) -> None:
    x = xp.asarray(numpy.ones(size)) * 2
    with np.no_eval():
        total, mean = xp.sum(x), xp.mean(xp.multiply(xp.max(x), x))
        also = [xp.std(x), xp.argmax(x), xp.vecdot(x, x), xp.linalg.vector_norm(x), xp.all(x)]
        also += [xp.add(total, xp.exp(mean)), xp.where(xp.greater(total, mean), total, mean)]
        also += [xp.floor_divide(x, 3.0), xp.expm1(x * 1j), xp.tanh(x * 1j), xp.clip(x, 0, 1)]
        also += [xp.sort(x), xp.argsort(x), xp.diff(x)]
    assert all(type(y) is np.ndarray for y in (total, mean, *also))
    assert float(total) == 2 * size and float(mean) == 4


def test_lazynps_own_results_without_dimensions_stay_numpys() -> None:
    """Also where a function of the namespace was called before, and after one that raised."""
    x = np.ones(3)
    xp.sum(x)
    with pytest.raises(TypeError):
        xp.sum(x, axis="none")
    assert type(np.sum(x)) is type(x[0]) is numpy.float64
    assert type(np.sum(np.ones(20_000))) is np.LazyScalar
    with pytest.raises(TypeError, match="needs a function"):
        np._core.call_for_arrays()


def test_nothing_that_differs_is_served_by_numpy() -> None:
    served = native_share.served_counts()
    x, z = xp.asarray([1.0, numpy.inf]), xp.asarray([1 + 1j, complex(numpy.inf, 0)])
    for y in (xp.floor_divide(x, 2), xp.expm1(z), xp.tanh(z), xp.sort(x), xp.clip(x, 0, 1)):
        np.evaluate(y)
    for y in (xp.argsort(x), xp.diff(x), xp.linalg.pinv(xp.eye(2)), xp.astype(x, xp.float32)):
        np.evaluate(y)
    assert native_share.served_counts() == served


@pytest.mark.parametrize("name", ["expm1", "tanh"])
def test_complex_functions_have_numpys_gradients(name: str) -> None:
    for values in ([0.5 + 1j, -1 + 2j], [complex(0, 0), 1 + 0j]):
        gradients = []
        for module in (np, xp):
            z = np.watch(np.asarray(values))
            total = np.sum(np.real(getattr(module, name)(z) * (2 + 1j)))
            (gradient,) = np.gradients(total, [z])
            gradients.append(numpy.asarray(np.stop_gradient(gradient)))
        assert numpy.isfinite(gradients[1]).all()
        assert numpy.allclose(gradients[1], gradients[0], rtol=1e-14)


def test_what_is_composed_has_gradients() -> None:
    x = np.watch(xp.asarray([3.0, 1.0, numpy.inf]))
    total = xp.sum(xp.clip(xp.sort(x), 0.0, 2.0) * xp.asarray([1.0, 2.0, 3.0]))
    (gradient,) = np.gradients(total, [x])
    assert np.stop_gradient(gradient).tolist() == [0.0, 1.0, 0.0]
    for module in (np, xp):
        with pytest.raises(np.NoGradient, match="its derivative is zero"):
            np.gradients(xp.sum(module.floor_divide(x, 2.0)), [x])
