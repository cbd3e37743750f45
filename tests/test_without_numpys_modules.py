"""Native operations need nothing of numpy.linalg, numpy.fft and numpy.lib when they run."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy
import pytest
from comparison import NATIVE_DTYPES, Outcome, outcome, tame_values
from test_ops import BINARY, FUNCTIONS, UNARY, build, lazy_function, numpy_function, plain_calls

import lazynp

pytestmark = pytest.mark.filterwarnings("ignore")
REMOVED = ("numpy.linalg", "numpy.fft", "numpy.lib")


def calls() -> list[tuple[str, Any, str]]:
    """Every function of the registry, in the first way that NumPy accepts for each dtype."""
    found = []
    for name in UNARY + BINARY + FUNCTIONS:
        for dtype in NATIVE_DTYPES:
            for arguments in plain_calls(name):
                if run(numpy, numpy_function(name), arguments, dtype).error is None:
                    found.append((name, arguments, dtype))
                    break
    return found


def run(np: Any, function: Any, arguments: Any, dtype: str) -> Outcome:
    def call() -> Any:
        a = np.array(tame_values(dtype, (3, 4)))
        result = function(*[build(x, np, a) for x in arguments])
        if function is lazynp.empty or function is numpy.empty:
            result[...] = 0
        return result

    return outcome(call)


def remove(monkeypatch: pytest.MonkeyPatch) -> int:
    """Whatever these modules offer raises from now on; how much that is."""

    def gone(*_args: Any, **_kwargs: Any) -> Any:
        raise AssertionError("a function of NumPy was called that was removed")

    kinds = (types.FunctionType, types.BuiltinFunctionType, numpy.ufunc, type(numpy.linalg.inv))
    n = 0
    for name, module in list(sys.modules.items()):
        if module is None or not name.startswith(REMOVED):
            continue
        for attribute, value in list(vars(module).items()):
            if isinstance(value, kinds):
                monkeypatch.setattr(module, attribute, gone)
                n += 1
    return n


def test_native_operations_run_without(monkeypatch: pytest.MonkeyPatch) -> None:
    table = calls()
    expected = [run(numpy, numpy_function(name), args, dtype) for name, args, dtype in table]
    functions = [lazy_function(name) for name, _, _ in table]
    with monkeypatch.context() as patch, lazynp.config(fallback="raise"):
        assert remove(patch) > 500
        with pytest.raises(AssertionError, match="removed"):
            numpy.linalg.inv(numpy.eye(2))
        for (name, arguments, dtype), function, wanted in zip(
            table, functions, expected, strict=True
        ):
            assert run(lazynp, function, arguments, dtype) == wanted, (name, dtype)
    assert len(table) > 2000
