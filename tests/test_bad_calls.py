"""Wrong calls, from the tables in bad_calls/: everything that NumPy does about them, we do.

A line of a table is one statement. Where it names `X`, it is tried with X as each of the arrays
below in turn: all dtypes, views, pending expressions, read-only, 0-d and empty arrays. Compared
with NumPy's are the class of the exception, its text and arguments, the warnings issued on the way,
the value if there is one, and every array afterwards: what was changed and what was not.
"""

from __future__ import annotations

import copy
import operator
import pickle
import re
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import pytest
from comparison import canonical, canonical_array, layout

import lazynp

TABLES = sorted((Path(__file__).parent / "bad_calls").glob("*.txt"))
CALLS = [
    pytest.param(line, id=f"{table.stem}: {line}")
    for table in TABLES
    for line in table.read_text().splitlines()
    if line and not line.startswith("#")
]
# The arrays that X stands for.
EACH = tuple("f v i b c u h e z r t w p q n o s d k".split())


# Those of our types that have a name of NumPy's.
OUR_TYPES = "ndarray|flagsobj|flatiter|vectorize|Generator"


def arrays(np: ModuleType) -> dict[str, Any]:
    """The names of the statements: arrays made by one module, and modules."""
    f = np.arange(12.0).reshape(3, 4)
    i = np.arange(12).reshape(3, 4)
    r = np.arange(4.0)
    r.setflags(write=False)
    wide = np.arange(24.0).reshape(4, 6)
    return {
        "f": f,  # (3, 4) float64
        "v": np.arange(4.0),
        "i": i,  # (3, 4) int64
        "b": np.eye(3, 4) > 0,
        "c": np.arange(4) * 1j,
        "u": np.arange(4, dtype="u1"),
        "h": np.arange(4, dtype="f2"),
        "e": np.zeros(0),
        "z": np.array(2.5),
        "r": r,  # read-only
        "t": np.arange(6.0).reshape(2, 3).T,
        "w": wide[::2, 1:5:2],  # (2, 2), a view with gaps
        "p": np.arange(4.0) * 2 + 1,  # pending
        "q": (np.arange(12) * 3 - 1).reshape(3, 4)[1:],  # a view of what is pending
        "n": np.array([[1.0, 2.0], [3.0, 4.0]]) * 0.5,  # (2, 2), pending
        "o": np.array([1, "x", None], dtype=object),
        "s": np.array(["a", "bc", "1"]),
        "d": np.array(["2020-01-01", "NaT"], "M8[D]"),
        "k": np.zeros(2, [("x", "i4"), ("y", "f8")]),
        "wide": wide,
    }


class Strange:
    """An object that nothing is known about."""

    def __repr__(self) -> str:
        return "Strange()"


def names(np: ModuleType) -> dict[str, Any]:
    modules = {"np": np, "numpy": numpy, "operator": operator, "pickle": pickle, "copy": copy}
    return {**modules, **arrays(np), "Strange": Strange}


def as_numpys(text: str) -> str:
    """The one rule for texts: modules before names that we have in NumPy's place may differ.

    These are our types and the modules themselves. Addresses of objects are no part of a text.
    """
    text = re.sub(rf"\b(numpy|lazynp)(\.\w+)*\.(?=({OUR_TYPES})\b)", "", text)
    text = re.sub(r"\bmodule 'lazynp\b", "module 'numpy", text)
    return re.sub(r"\b0x[0-9a-f]+", "0x", text)


@dataclass(frozen=True)
class Result:
    """What a call did."""

    error: type | None
    text: str
    arguments: tuple[str, ...]
    value: Any
    warnings: tuple[tuple[str, str], ...] | None  # None: they may come later
    arrays: dict[str, Any]

    def differences(self, expected: Result) -> Iterator[str]:
        for part in ("error", "text", "arguments", "value", "warnings"):
            ours, theirs = getattr(self, part), getattr(expected, part)
            if ours != theirs and not (part == "warnings" and ours is None):
                yield f"{part}: {ours!r}, NumPy's: {theirs!r}"
        for name, ours in self.arrays.items():
            if ours != (theirs := expected.arrays[name]):
                yield f"{name} afterwards: {ours!r}, NumPy's: {theirs!r}"


def without_addresses(entry: Any) -> Any:
    """Of a canonical value: the text of objects without their addresses."""
    if isinstance(entry, tuple):
        return tuple(map(without_addresses, entry))
    return as_numpys(entry) if isinstance(entry, str) else entry


def shown_value(value: Any) -> Any:
    try:
        return without_addresses(canonical(value))
    except Exception:
        return type(value).__name__


def state(array: Any) -> Any:
    return (layout(array), without_addresses(canonical_array(numpy.array(array))))


def result_of(np: ModuleType, statement: str, is_lazy: bool) -> Result:
    """Lazy: the filters of the moment are the normal state of affairs, so that all may be late."""
    space = names(np)
    error: BaseException | None = None
    value: Any = None
    own_settings = numpy.printoptions(), numpy.errstate()  # which some of the calls set
    with own_settings[0], own_settings[1], warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        lazynp._core.set_warning_baseline(is_lazy)
        try:
            try:
                value = shown_value(eval(compile(statement, "call", "eval"), space))
            except SyntaxError:
                exec(compile(statement, "call", "exec"), space)
        except Exception as raised:
            error = raised
    issued = tuple((w.category.__name__, as_numpys(str(w.message))) for w in seen)
    return Result(
        error=type(error) if error else None,
        text=as_numpys(str(error)) if error else "",
        arguments=tuple(as_numpys(repr(argument)) for argument in error.args) if error else (),
        value=value,
        warnings=None if is_lazy else issued,
        arrays={name: state(space[name]) for name in (*EACH, "wide")},
    )


def statements_of(line: str) -> list[str]:
    if not re.search(r"\bX\b", line):
        return [line]
    return [re.sub(r"\bX\b", name, line) for name in EACH]


def some_of(statements: list[str], line: str) -> list[str]:
    """A quarter of them, another one for every line."""
    return statements[zlib.crc32(line.encode()) % 4 :: 4] if len(statements) > 1 else statements


def is_wrong(statement: str) -> bool:
    result = result_of(numpy, statement, is_lazy=False)
    return bool(result.error or result.warnings)


def test_there_are_enough_calls() -> None:
    assert len(CALLS) == len({call.values[0] for call in CALLS}) >= 900


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("line", CALLS)
def test_wrong_call_does_what_it_does_in_numpy(
    line: str, full_size: bool, request: pytest.FixtureRequest
) -> None:
    """For some of the arrays, for all at full size; a known fault has to show up."""
    statements = statements_of(line)
    takes_all = full_size or request.node.get_closest_marker("xfail")
    found = []
    for statement in statements if takes_all else some_of(statements, line):
        expected = result_of(numpy, statement, is_lazy=False)
        for is_lazy in (False, True):
            differences = result_of(lazynp, statement, is_lazy=is_lazy).differences(expected)
            found += [f"{statement} (lazy: {is_lazy}): {text}" for text in differences]
    assert any(map(is_wrong, statements)), "nothing is wrong with this call"
    assert not found, "\n".join(found)
