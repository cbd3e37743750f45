"""Every operation of the registry against NumPy: values, dtypes, layouts, errors and warnings.

No operation is named here. Ufuncs are called with every dtype, pair of dtypes and arrangement in
memory; functions by the parameters of NumPy's signature, for which values are kept by name.
"""

from __future__ import annotations

import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy
import pytest
from comparison import (
    ARRANGEMENTS,
    NATIVE_DTYPES,
    Outcome,
    outcome,
    special_values,
    tame_values,
)
from numpy._core import _multiarray_umath

import lazynp
from lazynp import _core

pytestmark = pytest.mark.filterwarnings("ignore")
compared: Counter[str] = Counter()


def numpy_function(name: str) -> Any:
    found: Any = numpy
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def is_helper(name: str) -> bool:
    """Whether NumPy keeps the function to itself: only the texts of others call it."""
    return numpy_function(name) is None and hasattr(_multiarray_umath, name)


def names_of(want_ufunc: bool, n_inputs: int | None = None) -> list[str]:
    """NumPy names that the registry serves, ufuncs or other functions of its namespace."""
    names = {}
    for op in _core.ops():
        for name in op.numpy:
            if is_helper(name):
                continue
            function = numpy_function(name)
            is_ufunc = isinstance(function, numpy.ufunc) and function.signature is None
            if is_ufunc == want_ufunc and (n_inputs is None or function.nin == n_inputs):
                names[name] = None
    return list(names)


# NumPy leaves the elements of their results undefined.
UNDEFINED_ELEMENTS = {"empty"}
# NumPy 2.4 computes these of complex numbers as if their results lay in rows: into columns it
# writes some elements twice and leaves others undefined.
UNDEFINED_IN_COLUMNS = {"vecmat"}
UNARY, BINARY, FUNCTIONS = names_of(True, 1), names_of(True, 2), names_of(False)


def lazy_function(name: str) -> Any:
    found: Any = lazynp
    for part in name.split("."):
        found = getattr(found, part)
    return found


def cleared(call: Callable[[ModuleType, Any], Any]) -> Callable[[ModuleType, Any], Any]:
    """The same call, with zeros written over its result."""

    def call_and_clear(module: ModuleType, function: Any) -> Any:
        result = call(module, function)
        result[...] = 0
        return result

    return call_and_clear


def check(
    name: str, call: Callable[[ModuleType, Any], Any], what: str, with_warnings: bool = False
) -> Outcome:
    """Runs `call(module, function)` with NumPy and with lazynp and compares everything."""
    if name in UNDEFINED_ELEMENTS:
        call = cleared(call)
    with numpy.errstate(all="warn" if with_warnings else "ignore"):
        expected = outcome(lambda: call(numpy, numpy_function(name)), with_warnings)
        got = outcome(lambda: call(lazynp, lazy_function(name)), with_warnings)
    assert got == expected, f"{name}, {what}:\nNumPy:  {expected}\nlazynp: {got}"
    compared[name] += 1
    return expected


# ------------------------------------------------------------------ the table is whole
def test_every_numpy_name_exists_in_numpy_and_here() -> None:
    for op in _core.ops():
        for name in op.numpy:
            if is_helper(name):
                continue
            assert callable(numpy_function(name)), f"{op.name} serves {name}, unknown to NumPy"
            assert callable(lazy_function(name))


def test_ufuncs_know_their_dtypes() -> None:
    for name in UNARY + BINARY:
        ufunc, ours = numpy_function(name), lazy_function(name)
        assert (ours.nin, ours.nout, ours.nargs) == (ufunc.nin, ufunc.nout, ufunc.nargs)
        assert ours.__name__ == ufunc.__name__
        assert ours.identity == ufunc.identity
        assert ours.types == ufunc.types


def test_functions_have_numpys_signature() -> None:
    """And, where NumPy lacks them, the keywords of the array API standard."""
    for name in UNARY + BINARY + FUNCTIONS:
        function = lazy_function(name)
        ours = inspect.signature(function)
        more = [k for op in _core.ops() if name in op.numpy for k in op.array_api_keywords]
        parameters = [p for p in ours.parameters.values() if p.name not in more]
        expected = str(inspect.signature(numpy_function(name)))
        assert str(ours.replace(parameters=parameters)) == expected, name


# ------------------------------------------------------------------ ufuncs
@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_unary_ufunc(name: str, dtype: str) -> None:
    values = special_values(dtype)
    for arrangement, build in ARRANGEMENTS.items():
        check(name, lambda m, f, build=build: f(build(m, values)), f"{dtype} {arrangement}")
    many = tame_values(dtype, (3, 1001), seed=1)
    check(name, lambda m, f: f(m.array(many)), f"{dtype} many")
    check(name, lambda m, f: f(m.array(many)[:, ::-2]), f"{dtype} many, backwards")
    check(name, lambda m, f: f(m.array(many).T), f"{dtype} many, transposed")


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("left", NATIVE_DTYPES)
def test_binary_ufunc_with_every_pair(name: str, left: str) -> None:
    a = special_values(left)
    for right in NATIVE_DTYPES:
        b = special_values(right)
        check(name, lambda m, f, b=b: f(m.array(a)[:, None], m.array(b)), f"{left}, {right}")
    for scalar in (2, -1, 0, 300, 2.5, True, 1j, numpy.float32(1.5), numpy.int8(3), float("nan")):
        check(name, lambda m, f, s=scalar: f(m.array(a), s), f"{left}, {scalar!r}")
        check(name, lambda m, f, s=scalar: f(s, m.array(a)), f"{scalar!r}, {left}")


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("dtype", "?ldF")
def test_binary_ufunc_with_every_arrangement(name: str, dtype: str) -> None:
    a = special_values(dtype)
    b = numpy.roll(a, 1)
    for left, right in itertools.product(ARRANGEMENTS, repeat=2):
        first, second = ARRANGEMENTS[left], ARRANGEMENTS[right]
        check(
            name,
            lambda m, f, first=first, second=second: f(first(m, a), second(m, b)),
            f"{dtype}: {left}, {right}",
        )


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_ufunc_keywords(name: str) -> None:
    nin = numpy_function(name).nin
    for dtype in "?bldfD":
        a = tame_values(dtype, (3, 4))
        rest = [tame_values(dtype, (4,), seed=3)] * (nin - 1)

        def call(m: ModuleType, f: Any, a: Any = a, rest: Any = rest, **more: Any) -> Any:
            return f(m.array(a), *map(m.array, rest), **more)

        for out_type in "?ldFD":
            for shape in ((3, 4), (2, 3, 4), (4,), (5,)):

                def with_out(
                    m: ModuleType, f: Any, shape: Any = shape, t: str = out_type, call: Any = call
                ) -> Any:
                    out = m.ones(shape, t)
                    result = call(m, f, out=out)
                    return (result is out, out)

                check(name, with_out, f"{dtype} out={out_type} {shape}")

            def masked(m: ModuleType, f: Any, t: str = out_type, call: Any = call) -> Any:
                return call(m, f, out=m.ones((3, 4), t), where=m.array(MASK))

            check(name, masked, f"{dtype} where= out={out_type}")
            for casting in ("no", "safe", "unsafe", "same_kind", "wrong"):
                keywords = {"dtype": out_type, "casting": casting}
                check(
                    name,
                    lambda m, f, k=keywords, call=call: call(m, f, **k),
                    f"{dtype} {keywords}",
                )
        for order in ("C", "F", "K", "A"):
            check(
                name,
                lambda m, f, o=order, a=a, rest=rest: f(
                    m.array(a).T, *rest[:0] or [2] * (nin - 1), order=o
                ),
                f"{dtype} order={order}",
            )
        check(name, lambda m, f, call=call: call(m, f, nonsense=1), "unknown keyword")
    check(name, lambda m, f: f(), "no arguments")
    check(name, lambda m, f: f(*[m.ones(3)] * (nin + 3)), "too many arguments")
    if nin == 2:
        check(name, lambda m, f: f(m.ones(3), m.ones(4)), "shapes that do not broadcast")


MASK = numpy.array([True, False, True, True])
REDUCTION_KEYWORDS: list[dict[str, Any]] = [
    *({}, {"axis": 0}, {"axis": 1}, {"axis": -1}, {"axis": None}, {"axis": (0, 1)}, {"axis": ()}),
    *({"axis": 2}, {"axis": (0, 0)}, {"keepdims": True}, {"axis": 1, "keepdims": True}),
    *({"initial": 2}, {"dtype": "f8"}, {"dtype": "c16"}, {"dtype": "i4", "axis": 1}),
]


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_ufunc_methods(name: str, dtype: str) -> None:
    for build in ("rows", "columns", "transposed", "no columns", "dense", "empty", "0-d"):
        make = ARRANGEMENTS[build]
        values = tame_values(dtype, (9,), seed=5)
        for keywords in REDUCTION_KEYWORDS:
            check(
                name,
                lambda m, f, make=make, k=keywords, v=values: f.reduce(make(m, v), **k),
                f"reduce {dtype} {build} {keywords}",
            )
        for axis in (0, 1, -1):
            check(
                name,
                lambda m, f, make=make, x=axis, v=values: f.accumulate(make(m, v), axis=x),
                f"accumulate {dtype} {build} axis={axis}",
            )
    a, b = tame_values(dtype, (5,), 1), tame_values(dtype, (2, 3), 2)
    check(name, lambda m, f: f.outer(m.array(a), m.array(b)), f"outer {dtype}")
    check(name, lambda m, f: f.reduceat(m.array(a), [0, 3, 1, 4]), f"reduceat {dtype}")

    def at(m: ModuleType, f: Any) -> Any:
        target = m.array(a)
        f.at(target, [1, 3, 1, -1], m.array(a)[:4])
        return target

    check(name, at, f"at {dtype}")


@pytest.mark.parametrize("name", UNARY + BINARY)
def test_ufunc_warnings(name: str) -> None:
    nin = numpy_function(name).nin
    for dtype in NATIVE_DTYPES:
        a = special_values(dtype)
        rest = [numpy.roll(a, k) for k in range(1, nin)]
        check(
            name,
            lambda m, f, a=a, rest=rest: f(m.array(a), *map(m.array, rest)),
            f"warnings {dtype}",
            with_warnings=True,
        )


# ------------------------------------------------------------------ functions
# Values by the name of the parameter in NumPy's signature. Arrays stand for themselves; a parameter
# that is not here is left at its default.
Argument = Callable[[ModuleType], Any]
CHOICES: dict[str, list[Any]] = {
    "axis": [0, -1, 1, None, (0, 1), (1, 0), (), 2, (0, 0), "x", 1.5],
    "keepdims": [True, False],
    "dtype": ["f4", "f8", "i8", "c16", "?", "u1", numpy.float32, int, "nonsense"],
    "shape": [(2, 3), 6, (2, -1), (), (0,), (3, 4), (12,), (-1, -1), (-2,), "x", 1.5],
    "newshape": [(2, 3), 6, (-1,)],
    "order": ["C", "F", "A", "K", "X"],
    "axes": [(1, 0), (0, 1), (0,), None, (0, 0)],
    "indices": [
        *(0, [0, 1, -1], [[1, 0], [0, 1]], 100, 1.5, []),
        *(numpy.array([[1], [0], [2]]), numpy.array([0, -1])),
    ],
    "mode": ["raise", "wrap", "clip", "valid", "nonsense"],
    "ddof": [0, 1, 20],
    "correction": [0, 1],
    "k": [0, 1, -1],
    "offset": [0, 1, -1],
    "axis1": [0, 1],
    "axis2": [1, 0],
    "num": [0, 1, 2, 7, -1, 2.5],
    "endpoint": [True, False],
    "retstep": [True, False],
    "step": [1, 2, -1, 0.25, 0],
    "kind": [None, "stable", "quicksort", "nonsense"],
    "stable": [True, False, None],
    "initial": [3, 0.5],
    "casting": ["no", "safe", "unsafe", "same_kind"],
    "copy": [True, False, None],
    "ndmin": [0, 3],
    "repeats": [2, 0, [3], numpy.array([1, 0, 2], "b"), [True, False], -1],
    "n": [1, 2],
    "N": [0, 3],
    "M": [None, 2],
    "source": [0, -1],
    "destination": [-1, 0],
    "shift": [1, -2],
    "decimals": [0, 1],
    "side": ["left", "right"],
    "bias": [False, True],
    "subok": [True, False],
    "num_or_sections": [2, [1]],
    "indices_or_sections": [2, [1]],
    "reps": [2, (2, 1)],
    "fill_value": [0, 1.5, True],
    "a_min": [0],
    "a_max": [2],
    "min": [-1],
    "max": [2],
    "start": [0, 1.5],
    "stop": [5, -2.5, 0],
    "start_or_stop": [5, 0, 2.5, -3],
    "pad_width": [1],
    "reduction_axis": [0],
    "where": [numpy.array(True), numpy.array([True, False, True, True]), 1],
    "kth": [1],
    "obj": [0],
    "ind": [0, [0, -1], [[1, 0]], 100, 1.5],
    "dims": [(40, 40), (3,)],
    "sorted": [True, False],
    "equal_nan": [True, False],
    "minlength": [0, 30],
    "q": [0.5],
}
# Parameters that take something built of the call's array.
BUILT: dict[str, Callable[[ModuleType, Any], Any]] = {
    "arrays": lambda m, a: [a, a],
    "seq": lambda m, a: (a, a),
    "tup": lambda m, a: (a, a),
    "condition": lambda m, a: a != 0,
    "out": lambda m, a: m.empty_like(a),
    "v": lambda m, a: a,
    "arys": lambda m, a: a,
    "choices": lambda m, a: [a, a, a],
    "multi_index": lambda m, a: (a, a),
}
# Dtypes of the array (the same for all parameters that take one) that NumPy refuses; bincount
# refuses negative numbers.
REFUSED = {
    "packbits": "efdFD",
    "unpackbits": "bhHiIlLefdFD",
    "bincount": "bhilLefdFD",
    "choose": "LefdFD",
    "interp": "FD",
    "ravel_multi_index": "LefdFD",
}
SHAPES = [(3, 4), (12,), (), (2, 3, 2), (0, 4), (4, 4)]


def parameters(name: str) -> tuple[list[str], list[str]]:
    """Names of the parameters without a default, and of those with one."""
    items = inspect.signature(numpy_function(name)).parameters.values()
    named = [p for p in items if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    required = [p.name for p in named if p.default is p.empty]
    if any(p.kind == p.VAR_POSITIONAL for p in items):
        required.append("arys")
    return required, [p.name for p in named if p.default is not p.empty]


def argument_lists(required: list[str]) -> Iterator[list[Any]]:
    """Ways to fill the required parameters; a callable is called with (module, array)."""
    pools: list[list[Any]] = []
    for parameter in required:
        built = BUILT.get(parameter, lambda m, a: a)
        pools.append(CHOICES.get(parameter, [built]))
    yield from itertools.product(*pools)


def build(argument: Any, m: ModuleType, a: Any) -> Any:
    if callable(argument) and not isinstance(argument, type):
        return argument(m, a)
    return m.array(argument) if isinstance(argument, numpy.ndarray) else argument


def optional_keywords(name: str, optional: list[str]) -> list[dict[str, Any]]:
    """Each optional parameter alone, then pairs that belong together."""
    result: list[dict[str, Any]] = [{}]
    for parameter in optional:
        values = CHOICES.get(parameter) or [BUILT[parameter]] if parameter in BUILT else []
        result += [{parameter: v} for v in CHOICES.get(parameter, values)]
    for pair in (("axis", "keepdims"), ("axis", "ddof"), ("axis", "dtype"), ("axis", "mode")):
        if set(pair) <= set(optional):
            result += [
                {pair[0]: x, pair[1]: y} for x in CHOICES[pair[0]][:4] for y in CHOICES[pair[1]]
            ]
    return result


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", NATIVE_DTYPES)
def test_function(name: str, dtype: str) -> None:
    required, optional = parameters(name)
    two_arrays = [p for p in required if p not in CHOICES]
    succeeded = 0
    for shape in SHAPES:
        values = tame_values(dtype, shape, seed=len(shape))
        for order in "CF":
            for arguments in argument_lists(required):

                def call(
                    m: ModuleType,
                    f: Any,
                    v: Any = values,
                    o: str = order,
                    args: Any = arguments,
                    **more: Any,
                ) -> Any:
                    a = m.array(v, order=o)
                    keywords = {k: build(w, m, a) for k, w in more.items()}
                    return f(*[build(x, m, a) for x in args], **keywords)

                for keywords in optional_keywords(name, optional):
                    if "out" in keywords and shape == ():
                        continue  # NumPy 2.4 itself crashes in cumsum(0-d array, out=0-d array)
                    in_columns = "order" in keywords or ("out" in keywords and order == "F")
                    if name in UNDEFINED_IN_COLUMNS and dtype in "FD" and in_columns:
                        continue
                    done = check(
                        name,
                        lambda m, f, k=keywords, call=call: call(m, f, **k),
                        f"{dtype} {shape} {order} {arguments} {keywords}",
                    )
                    succeeded += done.error is None
                if len(two_arrays) > 3:
                    break
    is_refused = dtype == "?" or dtype in REFUSED.get(name, "")
    assert succeeded or is_refused, f"no call of {name} succeeded with {dtype}"


def plain_calls(name: str) -> Iterator[list[Any]]:
    """Required arguments only, in every way."""
    function = numpy_function(name)
    if isinstance(function, numpy.ufunc):
        yield [lambda m, a: a] * function.nin
    else:
        yield from argument_lists(parameters(name)[0])


@pytest.mark.parametrize("name", UNARY + BINARY + FUNCTIONS)
def test_served_without_numpy(name: str) -> None:
    """A plain call is native for every dtype for which NumPy has it at all."""
    for dtype in NATIVE_DTYPES:
        values = tame_values(dtype, (3, 4))
        for arguments in plain_calls(name):

            def call(m: ModuleType, f: Any, v: Any = values, arguments: Any = arguments) -> Any:
                a = m.array(v)
                return f(*[build(x, m, a) for x in arguments])

            if outcome(lambda call=call: call(numpy, numpy_function(name))).error is None:
                with lazynp.config(fallback="raise"):
                    check(name, call, f"{dtype} without fallback")
                break


def test_special_values_of_reductions() -> None:
    """Functions of one array, over NaN, infinities and extremes, along every axis."""
    for name in FUNCTIONS:
        required, optional = parameters(name)
        if len(required) != 1 or "axis" not in optional or required[0] in {*BUILT, *CHOICES}:
            continue
        for dtype in NATIVE_DTYPES:
            values = numpy.stack([numpy.roll(special_values(dtype), k) for k in range(5)])
            for axis, how in itertools.product((0, 1, -1), ("C", "F")):

                def call(
                    m: ModuleType, f: Any, v: Any = values, x: int = axis, o: str = how
                ) -> Any:
                    return f(m.array(v, order=o), axis=x)

                check(name, call, f"special values {dtype} axis={axis} {how}")


def test_summation_order_on_long_and_strided_arrays() -> None:
    for name in FUNCTIONS:
        required, optional = parameters(name)
        if len(required) != 1 or "axis" not in optional or required[0] in {*BUILT, *CHOICES}:
            continue
        for dtype in "efdFDbB?l":
            values = tame_values(dtype, (37, 411), seed=8)
            for axis in (0, 1):
                for view in (
                    lambda a: a,
                    lambda a: a.T,
                    lambda a: a[:, ::3],
                    lambda a: a[::-1, ::-1],
                    lambda a: a[3:9, 1:300],
                    lambda a: a.reshape(-1),
                ):
                    check(
                        name,
                        lambda m, f, view=view, x=axis, v=values: f(view(m.array(v)), axis=x),
                        f"long {dtype} axis={axis}",
                    )


def test_count_of_comparisons(capsys: pytest.CaptureFixture[str]) -> None:
    """Runs last: how much was compared, of how many operations."""
    names = UNARY + BINARY + FUNCTIONS
    with capsys.disabled():
        print(f"\n{compared.total()} comparisons of {len(compared)} names, {len(_core.ops())} ops")
    if set(names) - set(compared):
        pytest.skip("only a part of this file was run")
    assert compared.total() >= 14 * len(names)
