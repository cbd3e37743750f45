"""The array API standard's signatures: lazynp.array_api has them, lazynp takes its calls."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import array_api_strict
import numpy
import pytest
from array_api_tables import by_name
from comparison import canonical

import lazynp as np
import lazynp.array_api
from lazynp.array_api import _contradictions, _functions
from lazynp.array_api._signatures import CONSTANTS, DTYPES, SIGNATURES

pytestmark = pytest.mark.filterwarnings("ignore")

standard = lazynp.array_api
Parameter = inspect.Parameter
OF_STRICT_ITSELF = {"Device", "ArrayAPIStrictFlags", "__version__"} | {
    f"{verb}_array_api_strict_flags" for verb in ("set", "get", "reset")
}

NOT_LISTED = {"linalg": ["eig", "eigvals"]}  # array_api_strict has them, and not in __all__

TABLE = {
    f"{module}.{name}".lstrip("."): signature
    for module, signatures in SIGNATURES.items()
    for name, signature in by_name({n: s for s, n in signatures.items()}).items()
}
NAMES_THAT_DIFFER = set(_contradictions.BY_FUNCTION)


def found(module: ModuleType, name: str) -> Any:
    """A function of a module, or of its linalg or fft."""
    for part in name.split("."):
        module = getattr(module, part)
    return module


def signature_of(name: str) -> inspect.Signature:
    return _functions.signature_of(TABLE[name])


def shape_of(signature: inspect.Signature) -> list[tuple[str, Any, Any]]:
    """Names, kinds and defaults; array_api_strict has marks of its own for some that are None."""
    return [
        (p.name, p.kind, None if "UNDEF" in repr(p.default) else p.default)
        for p in signature.parameters.values()
    ]


# ------------------------------------------------------------------ the table
def test_the_table_has_the_standards_names() -> None:
    modules = ("linalg", "fft", "__array_api_version__", "__array_namespace_info__")
    main = {name for name in TABLE if "." not in name}
    theirs = set(array_api_strict.__all__) - OF_STRICT_ITSELF
    assert {*main, *CONSTANTS, *DTYPES, *modules} == theirs
    for module in ("linalg", "fft"):
        names = {name.partition(".")[2] for name in TABLE if name.startswith(f"{module}.")}
        assert names == {*getattr(array_api_strict, module).__all__, *NOT_LISTED.get(module, ())}


@pytest.mark.parametrize("name", TABLE)
def test_the_table_has_array_api_stricts_signatures(name: str) -> None:
    theirs = inspect.signature(found(array_api_strict, name))
    assert shape_of(signature_of(name)) == shape_of(theirs)


# ------------------------------------------------------------------ lazynp.array_api
def test_the_namespace_has_these_names_and_no_others() -> None:
    for module in (standard, standard.linalg, standard.fft):
        public = {name for name in vars(module) if name[0] not in "_@"}  # pytest adds "@" names
        assert set(dir(module)) == set(module.__all__)
        assert public - set(module.__all__) == {"annotations", "Any"}  # the module's own
        for name in module.__all__:
            assert getattr(module, name) is not None or name == "newaxis"
        with pytest.raises(AttributeError, match="the array API standard"):
            module.einsum
    assert standard.__array_api_version__ == array_api_strict.__array_api_version__


@pytest.mark.parametrize("name", TABLE)
def test_the_namespace_has_these_signatures(name: str) -> None:
    function = found(standard, name)
    assert shape_of(inspect.signature(function)) == shape_of(signature_of(name))
    assert function.__name__ == function.__qualname__ == name.rpartition(".")[2]
    home = importlib.import_module(function.__module__)
    assert getattr(home, function.__name__) is function
    assert function.__doc__.strip()


@pytest.mark.parametrize("name", TABLE)
def test_the_namespace_takes_no_other_arguments(name: str) -> None:
    """Neither keywords of NumPy's, nor by keyword what is positional, nor the reverse."""
    function, signature = found(standard, name), signature_of(name)
    parameters = signature.parameters.values()
    required = [0] * sum(p.default is Parameter.empty for p in parameters if p.name != "*")
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) got an unexpected keyword"):
        function(*required, no_such_argument=1)
    positional = [p for p in parameters if p.kind is not Parameter.KEYWORD_ONLY]
    if any(p.kind is Parameter.VAR_POSITIONAL for p in parameters):
        return
    with pytest.raises(TypeError, match=rf"{function.__name__}\(\) (too many|takes) "):
        function(*[0] * (len(positional) + 1))
    for parameter in positional:
        if parameter.kind is Parameter.POSITIONAL_ONLY:
            with pytest.raises(TypeError):
                function(**{p.name: 0 for p in positional})
            break


# ------------------------------------------------------------------ calls of both
# Positional arguments by signature, where the names below say nothing else; of x: a matrix.
ARGUMENTS: dict[str, str] = {
    "eye empty ones zeros fft.fftfreq fft.rfftfreq": "3",
    "full": "(2, 3), 1.5",
    "full_like": "x, 1.5",
    "arange": "3",
    "linspace": "0.0, 1.0, 5",
    "meshgrid broadcast_arrays": "v, v",
    "broadcast_shapes": "(2, 1), (3,)",
    "broadcast_to": "v, (2, 3)",
    "astype": "x, np.float32",
    "can_cast": "np.int32, np.float64",
    "finfo": "np.float64",
    "iinfo": "np.int8",
    "isdtype": "np.float64, 'integral'",
    "result_type": "x, np.float32",
    "bitwise_invert": "i",
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift": "i, i",
    "logical_not": "t",
    "logical_and logical_or logical_xor": "t, t",
    "take take_along_axis": "v, i",
    "where": "t, v, v",
    "clip": "x, 1.0, 2.0",
    "concat stack": "[x, x]",
    "expand_dims": "x, 0",
    "squeeze": "x[:1], 0",
    "moveaxis": "x, 0, 1",
    "permute_dims": "x, (1, 0)",
    "repeat roll": "v, 2",
    "tile": "x, (2, 1)",
    "reshape": "x, (-1,)",
    "cumulative_sum cumulative_prod unique_all unique_counts unique_inverse unique_values": "v",
    "searchsorted isin vecdot linalg.vecdot linalg.outer linalg.cross": "v, v",
    "linalg.matrix_power": "x, 2",
    "imag": "x + 0j",
    "fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft": "v",
    "real": "x + 0j",
}
ARGUMENT_OF = by_name(ARGUMENTS)
OPERANDS = {
    "x": numpy.array([[7.0, 1, 2], [1, 5, 1], [2, 1, 6]]),
    "v": numpy.array([3.0, 1, 2]),
    "i": numpy.array([2, 0, 1]),
    "t": numpy.array([True, False, True]),
}


def given(name: str) -> tuple[Any, ...]:
    """Positional arguments for a call."""
    two = [p for p in signature_of(name).parameters if p in ("x1", "x2")]
    text = ARGUMENT_OF.get(name, "x, x" if two else "x")
    operands = {key: np.array(value) for key, value in OPERANDS.items()}
    made = eval(f"({text},)", {"np": np, **operands})
    assert isinstance(made, tuple)
    return made


def leaves(result: Any) -> Any:
    """What a result is, value by value; memory that nothing was written to is its shape."""
    if isinstance(result, (list, tuple)):
        return [leaves(item) for item in result]
    if hasattr(result, "__array__"):
        return canonical(numpy.asarray(result))
    return repr(result)


def optional_arguments(name: str) -> Iterator[tuple[str, Any]]:
    for parameter in signature_of(name).parameters.values():
        if parameter.default is not Parameter.empty and parameter.kind is Parameter.KEYWORD_ONLY:
            yield parameter.name, parameter.default


def calls_with_defaults(name: str, function: Callable[..., Any]) -> None:
    """Every default given by itself, and all of them, mean what giving none means."""
    arguments = given(name)
    is_empty = name.startswith("empty")
    expected = function(*arguments)
    defaults = dict(optional_arguments(name))
    for keywords in ({}, *({key: value} for key, value in defaults.items()), defaults):
        result = function(*arguments, **keywords)
        if is_empty:
            assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
        else:
            assert leaves(result) == leaves(expected), keywords


@pytest.mark.parametrize("name", TABLE)
def test_the_standards_defaults_are_those_of_the_namespace(name: str) -> None:
    calls_with_defaults(name, found(standard, name))


@pytest.mark.parametrize("name", [n for n in TABLE if n not in NAMES_THAT_DIFFER])
def test_the_standards_defaults_are_lazynps(name: str) -> None:
    calls_with_defaults(name, found(np, name))


IN_BOTH = [
    (module, name)
    for module in (np, standard)
    for name in TABLE
    if module is standard or name not in NAMES_THAT_DIFFER
]


@pytest.mark.parametrize("module, name", IN_BOTH)
def test_what_may_be_given_by_name_or_position(module: ModuleType, name: str) -> None:
    """Arguments that the standard lets a caller name."""
    function, arguments = found(module, name), given(name)
    names = [p.name for p in signature_of(name).parameters.values()]
    kinds = [p.kind for p in signature_of(name).parameters.values()]
    n_only = kinds.count(Parameter.POSITIONAL_ONLY)
    if Parameter.VAR_POSITIONAL in kinds or len(arguments) == n_only:
        return
    named = dict(zip(names[n_only:], arguments[n_only:], strict=False))
    result, expected = function(*arguments[:n_only], **named), function(*arguments)
    assert leaves(result) == leaves(expected) or name.startswith("empty")
