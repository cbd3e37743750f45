"""Runs a program over NumPy and over lazynp, with a library in between, and compares."""

from __future__ import annotations

import functools
import importlib
import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy
import pytest
from comparison import canonical_array, described

import lazynp

ARRAYS = (numpy.ndarray, lazynp.ndarray)
SCALARS = (numpy.generic, lazynp.LazyScalar)
PLAIN = (bool, int, float, complex, str, bytes, type(None), type)


def library(name: str, why_missing: str = "not installed: `nox -s third_party` does") -> Any:
    """A module, or a skip of the test file that says which library is missing and why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library says while it is imported
        pytest.importorskip(name, reason=f"{name}: {why_missing}", exc_type=ImportError)
        return importlib.import_module(name)


def numpys(array: Any) -> numpy.ndarray:
    """NumPy's array over the same memory, for libraries whose C code takes nothing else."""
    return numpy.asarray(array)


def parts(value: Any) -> Any:
    """A value as nested tuples that `==` compares: arrays bit by bit, everything with its type."""
    if isinstance(value, ARRAYS):
        kind = "array" if type(value) in ARRAYS else type(value).__name__
        return (kind, value.flags.writeable, canonical_array(numpy.asarray(value)))
    if isinstance(value, SCALARS):
        return ("scalar", canonical_array(numpy.asarray(value)))
    if isinstance(value, PLAIN):
        return (type(value).__name__, repr(value))
    if isinstance(value, Mapping):
        return ("mapping", {key: parts(item) for key, item in value.items()})
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *map(parts, value))
    if isinstance(value, numpy.dtype):
        return ("dtype", value.str)
    raise TypeError(f"return parts of a {type(value)} from the program")


def shown(entry: Any) -> str:
    """Parts of a value for people."""
    if isinstance(entry, tuple) and len(entry) == 3 and isinstance(entry[2], bytes):
        return described(entry)
    if isinstance(entry, tuple):
        return f"({', '.join(map(shown, entry))})"
    if isinstance(entry, dict):
        return f"{{{', '.join(f'{key}: {shown(item)}' for key, item in entry.items())}}}"
    return str(entry)


def fallback_counts() -> dict[str, int]:
    """Calls that NumPy served so far, by name and line."""
    return {f"{row.name} at {row.location}": row.count for row in lazynp.fallbacks()}


def same_as_numpy(
    fallbacks: int | Mapping[Any, int] = 0,
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Makes a test of a program that takes the module `np` and returns what is compared.

    `fallbacks`: how many calls NumPy serves, or a mapping of that by the test's parameter.
    """

    def test_of(program: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(program)
        def test(**parameters: Any) -> None:
            allowed = fallbacks
            if isinstance(allowed, Mapping):
                allowed = allowed.get(next(iter(parameters.values())), 0)
            assert_same(lambda np: program(np, **parameters), allowed)

        signature = inspect.signature(program)
        without_np = list(signature.parameters.values())[1:]
        test.__signature__ = signature.replace(parameters=without_np)  # type: ignore[attr-defined]
        return test

    return test_of


def assert_same(program: Callable[[Any], Any], fallbacks: int = 0) -> None:
    """Compares a program's results, and asserts that lazynp recorded, and what NumPy served."""
    expected = parts(program(numpy))
    recorded, served = lazynp.stats()["recorded"], fallback_counts()
    result = parts(program(lazynp))
    assert lazynp.stats()["recorded"] > recorded, "nothing was recorded"
    now = fallback_counts()
    new = {line: count - served.get(line, 0) for line, count in now.items()}
    new = {line: count for line, count in new.items() if count}
    assert result == expected, f"lazynp: {shown(result)}\nnumpy: {shown(expected)}"
    assert sum(new.values()) == fallbacks, f"expected {fallbacks} fallbacks, got {new}"
