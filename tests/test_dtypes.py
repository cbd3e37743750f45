"""dtypes: NumPy's promotion, weak Python scalars, casts, scalars, and dtypes that NumPy serves."""

from __future__ import annotations

import itertools
import pickle
import sys
from typing import Any

import numpy
import pytest
from comparison import NATIVE_DTYPES, both, outcome, special_values

import lazynp

pytestmark = pytest.mark.filterwarnings("ignore")
MODULES = (numpy, lazynp)
FOREIGN = ["O", "S3", "U4", "M8[s]", "m8[ms]", ">f8", ">i4", "g", "G", "i4,f8", "V4", "T"]


def same(statements: str, expression: str) -> None:
    expected, got = both(statements, expression, MODULES)
    assert got == expected, f"{statements}\n{expression}\nNumPy:  {expected}\nlazynp: {got}"


# ------------------------------------------------------------------ promotion
@pytest.mark.parametrize("left", NATIVE_DTYPES)
def test_promotion_of_arrays(left: str) -> None:
    for right in NATIVE_DTYPES:
        make = f"a = np.ones(2, {left!r}); b = np.ones(2, {right!r})"
        for operator in ("+", "*", "/", "//", "-", "<", "**", "&", "<<"):
            same(make, f"a {operator} b")
        for call in (
            "where(a > 0, a, b)",
            "concatenate([a, b])",
            "result_type(a, b)",
            "stack([a, b])",
        ):
            same(make, f"np.{call}")
        for call in (f"can_cast({left!r}, {right!r})", f"promote_types({left!r}, {right!r})"):
            same("", f"np.{call}")


@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_python_scalars_are_weak(dtype: str) -> None:
    scalars = ["True", "2", "-1", "300", "70000", "2**40", "2**63", "2**70", "1.5", "1e300", "1j"]
    scalars += ["np.float32(2)", "np.int8(3)", "np.float64(2)", "np.uint64(5)", "np.bool_(True)"]
    scalars += ["numpy.array(2)", "numpy.array(2.5)", "[1, 2]", "[1.5, 2.5]", "(1, 2)"]
    for scalar, operator in itertools.product(scalars, ("+", "*", "/", "<", "==")):
        same(f"a = np.ones(2, {dtype!r})", f"a {operator} {scalar}")
        same(f"a = np.ones(2, {dtype!r})", f"{scalar} {operator} a")
        same(f"a = np.ones((), {dtype!r})", f"a {operator} {scalar}")
    for scalar in scalars:
        same(f"a = np.zeros(2, {dtype!r})\na[...] = {scalar}", "a")
        same(f"a = np.zeros(2, {dtype!r})\na += {scalar}", "a")


@pytest.mark.parametrize("source", NATIVE_DTYPES)
def test_casts(source: str) -> None:
    values = special_values(source)
    for target in [*NATIVE_DTYPES, "O", "S20", "U20", "g", ">f8"]:
        for casting in ("unsafe", "same_kind", "safe", "equiv", "no"):

            def call(np: Any, t: str = target, c: str = casting) -> Any:
                return np.array(values).astype(t, casting=c)

            with numpy.errstate(all="ignore"):
                assert outcome(lambda f=call: f(lazynp)) == outcome(lambda f=call: f(numpy)), target


@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_dtype_objects_are_numpys(dtype: str) -> None:
    a = lazynp.zeros(3, dtype)
    assert a.dtype is numpy.zeros(3, dtype).dtype
    assert isinstance(a.dtype, numpy.dtype)
    assert a.dtype == getattr(lazynp, a.dtype.name if dtype != "?" else "bool_")
    assert (a + a).dtype == (numpy.zeros(3, dtype) + numpy.zeros(3, dtype)).dtype


def test_array_takes_everything_that_numpy_takes() -> None:
    for source in (
        *(
            "[]",
            "[[]]",
            "[1, 2]",
            "[1, 2.5]",
            "[True, False]",
            "[1j]",
            "3",
            "2.5",
            "True",
            "[[1], [2]]",
        ),
        *("range(5)", "(1, 2)", "numpy.arange(3)", "numpy.float32(1)", "[numpy.float32(1), 2]"),
        *("[numpy.arange(2), numpy.arange(2)]", "np.arange(3)", "[np.arange(2), np.ones(2)]"),
        *("[np.float64(2), 3]", "b'abc'", "'abc'", "['a', 'bc']", "[None]", "None", "[2**70]"),
        *("memoryview(b'abc')", "bytearray(b'ab')", "[[1, 2], (3, 4)]", "[np.sum(np.ones(3)), 1]"),
        *("[1, 2**63]", "[-1, 2**63]", "[1, None]", "{1: 2}", "object", "[[[1]]]", "[np.bool_(1)]"),
    ):
        for call in (
            "np.array",
            "np.asarray",
            "np.asanyarray",
            "np.ascontiguousarray",
            "np.atleast_2d",
        ):
            same("", f"{call}({source})")
        for dtype in ("f4", "i8", "c16", "?", "O"):
            same("", f"np.array({source}, dtype={dtype!r})")


# ------------------------------------------------------------------ scalars
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
@pytest.mark.parametrize("size", [4, 30_000])
def test_reductions_give_scalars_that_behave(dtype: str, size: int) -> None:
    """Over few elements NumPy's scalar itself, over many a LazyScalar with its arithmetic."""
    make = f"a = np.ones({size}, {dtype!r}); s = a.max(); n = a.sum()"
    for expression in (
        *("s", "n", "s.dtype", "s.shape", "s.ndim", "s.item()", "type(s.item()).__name__", "s + 1"),
        *(
            "n * 2",
            "n / 2",
            "n + n",
            "-n" if dtype != "?" else "n",
            "s == 1",
            "s < 2",
            "bool(s)",
            "float(s.real)",
        ),
        *(
            "int(s.real)",
            "complex(s)",
            "str(s)",
            "repr(s)",
            "f'{s}'",
            "format(s, '')",
            "hash(s)",
            "round(s.real + 0.5)",
        ),
        *(
            "s + a",
            "a + s",
            "a * n",
            "s @ 2",
            "s[()]",
            "s[...]",
            "s.astype('f4')",
            "s.sum()",
        ),
        *(
            "n // 3",
            "n % 3",
            "n ** 2",
            "divmod(n.real, 3)",
            "abs(n)",
            "s & True",
            "~s",
            "s << 1",
            "s.T",
        ),
        *("np.sqrt(s)", "np.add(s, n)", "np.array(s)", "np.asarray([s, n])", "np.where(s, 1, 2)"),
        *(
            "s.tolist()",
            "s.nbytes",
            "s.itemsize",
            "s.real",
            "s.imag",
            "s.conj()",
            "s is s",
            "{s: 1}[s]",
        ),
        *("pickle.loads(pickle.dumps(s))", "isinstance(s, np.ndarray)", "s.reshape(1)", "s.max()"),
        *(
            "s.copy()",
            "s.tobytes()",
            "s.any()",
            "s.round()",
            "s.clip(0, 1)",
            "s.fill",
            "s[0]",
        ),
        *(
            "np.isscalar(s)",
            "isinstance(s, np.generic)",
            "isinstance(s, np.number)",
            "len(s)",
            "s.view('u1')",
        ),
    ):
        if expression in ("s.fill",):
            continue
        same("import pickle\n" + make, expression)


def test_scalars_cannot_be_written() -> None:
    for statement in ("s += 1", "t = s\ns *= 2", "u = s\nu -= 1"):
        same(f"s = np.ones(30_000).sum()\nt = s\n{statement}", "(s, t)")
    for statement in (
        "s[...] = 1",
        "s[()] = 1",
        "s.real = 3",
        "del s[0]",
        "s.flags.writeable = True",
    ):
        for module in MODULES:
            with pytest.raises((TypeError, AttributeError, ValueError)):
                exec(statement, {"s": module.ones(30_000).sum()})


def test_lazy_scalar_is_a_real_scalar_when_small() -> None:
    assert type(lazynp.ones(10).sum()) is numpy.float64
    assert type(lazynp.ones(10)[3]) is numpy.float64
    assert type(lazynp.ones(30_000).sum()) is lazynp.LazyScalar


@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_element_reads_and_writes(dtype: str) -> None:
    values = special_values(dtype).tolist()
    make = f"nan, inf = float('nan'), float('inf')\na = np.array({values!r}, {dtype!r})"
    same(make, "[type(x).__name__ for x in a]")
    same(make, "list(a)")
    same(make, "a.tolist()")
    same(make, "[a[k] for k in range(-len(a), len(a))]")
    for value in ("1", "0", "True", "a[0]", "np.float64(2)", "np.array(3)", "np.array([1])", "2.5"):
        same(f"{make}\na[1] = {value}\na[-1] = a[1]", "a")


# ------------------------------------------------------------------ dtypes that NumPy serves
@pytest.mark.parametrize("dtype", FOREIGN)
def test_other_dtypes_go_through_numpy(dtype: str) -> None:
    make = f"a = numpy.zeros((2, 3), {dtype!r})\na = np.array(a)"
    for expression in (
        *(
            "a",
            "a.dtype",
            "a[0]",
            "a[0, 1]",
            "a.T",
            "a.shape",
            "a[:, 1:]",
            "a.copy()",
            "a == a",
            "a + a",
        ),
        *(
            "np.sort(a)",
            "a.astype('O')",
            "np.concatenate([a, a])",
            "a.tolist()",
            "len(a)",
            "repr(a)",
        ),
        *(
            "a.nbytes",
            "a.reshape(-1)",
            "np.where([True, False, True], a, a)",
            "a.size",
            "a.flags.writeable",
        ),
        *("isinstance(a, np.ndarray)", "np.zeros_like(a)", "np.array(a)", "a[a == a]", "a.sum()"),
    ):
        same(make, expression)
    same(f"{make}\nv = a[0]\nv[1] = a[1, 1]\na[1] = v", "(a, v)")
    same(f"{make}\na[0, 0] = 1\na[...] = a[::-1]", "a")


def test_structured_arrays() -> None:
    make = "a = np.zeros(3, dtype=[('x', 'f8'), ('y', 'i4', (2,))])"
    same(make + "\na['x'] = [1, 2, 3]\na[1] = (5, [6, 7])", "(a['x'], a['y'], a[1], a.dtype.names)")
    same(make + "\nv = a['x']\nv += 1", "a")


RECORDS = [
    "'i4, O'",
    "{'names': ['x', 'y'], 'formats': ['f4', 'f4'], 'offsets': [0, 8], 'itemsize': 16}",
    "{'names': ['x', 'y'], 'formats': ['i4', 'f8'], 'offsets': [8, 0]}",
    "{'names': ['x', 'y'], 'formats': ['i4', 'S1'], 'offsets': [0, 4], 'itemsize': 8}",
    "[('x', 'f8', (2,)), ('y', [('z', 'i2')])]",
]


@pytest.mark.parametrize("dtype", RECORDS)
def test_numpy_reads_records_as_they_are(dtype: str) -> None:
    same(f"a = np.zeros(3, dtype={dtype})", "numpy.asarray(a)")
    same(f"a = np.zeros(3, dtype={dtype})", "(numpy.asarray(a).dtype.fields, a.nbytes)")
    same(f"a = np.zeros(3, dtype={dtype})\na = a.__deepcopy__({{}})\na[0] = a[1]", "a")
    assert numpy.asarray(lazynp.zeros(3, eval(dtype, {"np": numpy}))).dtype == eval(
        dtype, {"np": numpy, "numpy": numpy}
    )


ODD_BOOLEANS = """x.sum() x.mean() x.nonzero() x.cumsum() x.astype('i8') x.astype('f4') x.tolist()
    x+1 x*1.5 ~x x[::-1].sum() np.count_nonzero(x) np.arange(4)[x] x.copy().view('u1')
    x.astype(bool).view('u1') x.view('u1') x+x x.argmax() np.where(x,1,2) x.astype('D') x.max()
    """.split()


@pytest.mark.parametrize("expression", ODD_BOOLEANS)
def test_every_byte_but_zero_is_true(expression: str) -> None:
    same("x = np.array([255, 1, 0, 2], 'u1').view(bool)", expression)
    same("x = np.frombuffer(b'\\xff\\x01\\x00\\x02', dtype=bool)", expression)


def test_pickles_share_the_buffers_given() -> None:
    for module in MODULES:
        a, buffers = module.arange(100), []
        pickled = pickle.dumps(a, protocol=5, buffer_callback=buffers.append)
        if not buffers:  # ours lie in the pickle
            continue
        b = pickle.loads(pickled, buffers=buffers)
        a[0] = -1
        assert b[0] == -1


def test_size_of_an_array_is_that_of_its_elements() -> None:
    a = lazynp.ones(100)
    assert sys.getsizeof(a) > a.nbytes
    assert sys.getsizeof(a[...]) < a.nbytes
    assert sys.getsizeof(a.reshape(100, 1, 1).copy()) > sys.getsizeof(a)
    assert sys.getsizeof(lazynp.zeros(100, "S8")) > 800


def test_linspace_keeps_the_class_of_its_ends() -> None:
    class Sub(lazynp.ndarray):
        pass

    start, stop = (lazynp.array(x).view(Sub) for x in (0.0, 1.0))
    assert type(lazynp.linspace(start, stop)) is Sub
    same("", "np.linspace(numpy.float32(0), numpy.float32(1)).dtype")
    same("", "np.linspace(np.array(0, 'f4'), np.array(1, 'f4'), 3)")


def test_mixed_native_and_foreign_operands() -> None:
    for other in ("np.array([1, 2], 'g')", "np.array([1, 2], 'O')", "np.array([1, 2], '>f8')"):
        for expression in ("a + b", "b * a", "np.add(a, b)", "np.concatenate([a, b])", "a < b"):
            same(f"a = np.ones(2); b = {other}", expression)
        same(f"a = np.ones(2); b = {other}\na += b", "a")


def test_subclasses_of_ndarray() -> None:
    class Sub(lazynp.ndarray):
        pass

    assert issubclass(Sub, numpy.ndarray)
    x = lazynp.arange(3.0).view(Sub)
    assert isinstance(x, Sub)
    assert isinstance(x, lazynp.ndarray)
    assert numpy.asarray(x + 1).tolist() == [1.0, 2.0, 3.0]


def test_isinstance_holds_for_both_kinds_of_arrays() -> None:
    assert isinstance(lazynp.ones(2), lazynp.ndarray)
    assert isinstance(numpy.ones(2), lazynp.ndarray)
    assert not isinstance([1.0], lazynp.ndarray)
    assert issubclass(numpy.ndarray, lazynp.ndarray)


@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_pickling_and_copying(dtype: str) -> None:
    a = lazynp.array(special_values(dtype))
    for b in (pickle.loads(pickle.dumps(a)), pickle.loads(pickle.dumps(a[::-1], protocol=5))[::-1]):
        assert isinstance(b, lazynp.ndarray)
        assert b.dtype == a.dtype
        assert numpy.asarray(b).tobytes() == special_values(dtype).tobytes()
    f = pickle.loads(pickle.dumps(lazynp.array(numpy.ones((2, 3)), order="F")))
    assert f.flags.f_contiguous


def test_signed_and_unsigned_compare_exactly() -> None:
    """Through float64, 2**53 + 1 and 2**53 would be equal."""
    signed = lazynp.array([2**53 + 1, -1])
    unsigned = lazynp.array([2**53, 2**64 - 1], dtype="u8")
    assert (signed == unsigned).tolist() == [False, False]
    assert (signed < unsigned).tolist() == [False, True]
    assert (unsigned > signed).tolist() == [False, True]
