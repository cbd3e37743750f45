"""A part of the calls of tests/fuzz_functions.py, and that it finds what is planted."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from typing import Any

import fuzz_functions
import numpy
import pytest
from public_functions import LEFT_OUT, public_functions

import lazynp


def options(**changes: Any) -> argparse.Namespace:
    given = {"module": "lazynp", "only": "", "seed": 11, "first": 0, "calls": 0, "jobs": 2}
    return argparse.Namespace(**given | {"batch": 2_000, "show": 3} | changes)


def test_every_function_is_called(full_size: bool) -> None:
    n_calls = 200_000 if full_size else 4_600
    report = fuzz_functions.run(options(calls=n_calls))
    shown = [f"{d['function']} ({d['aspects']})\n{d['program']}" for d in report.differences]
    assert not shown, "\n".join(shown[:20])
    assert report.n_calls > 0.99 * n_calls
    assert sum(report.accepted.values()) > 0.5 * n_calls


def test_every_public_name_is_called_or_left_out_for_a_reason() -> None:
    called = {function.name for function in public_functions()}
    functions = {
        name
        for name in numpy.__all__
        if callable(getattr(numpy, name)) and not isinstance(getattr(numpy, name), type)
    }
    objects = {"c_", "r_", "s_", "index_exp", "mgrid", "ogrid"}  # not called
    assert functions - called - set(LEFT_OUT) - objects <= {"printoptions"}


# Each changes what a function answers, in one respect.
MUTATIONS: dict[str, tuple[str, Callable[[Any, tuple[Any, ...]], Any]]] = {
    "dtype": ("cumsum", lambda r, args: r.astype("f4")),
    "shifted value": ("sort", lambda r, args: r + 1),
    "last bit": ("sqrt", lambda r, args: lazynp.nextafter(r, 9)),
    "negative zero": ("multiply", lambda r, args: r + 0.0),
    "lost alias": ("transpose", lambda r, args: r.copy()),
    "alias of what is new": ("flip", lambda r, args: args[0]),
    "shape": ("ravel", lambda r, args: r[None]),
    "memory order": ("tile", lambda r, args: r.copy(order="F")),
    "flags": ("repeat", lambda r, args: (r.setflags(write=False), r)[1]),
    "base": ("concatenate", lambda r, args: r[:]),
    "class": ("unique", lambda r, args: numpy.asarray(r)),
    "scalar for array": ("diff", lambda r, args: r.tolist()),
    "warning": ("clip", lambda r, args: (warnings.warn("new", UserWarning, 2), r)[1]),
    "swallowed error": ("split", lambda r, args: r),
    "argument changed": ("median", lambda r, args: (args[0].sort(), r)[1]),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutations_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function, change = MUTATIONS[name]
    original = getattr(lazynp, function)

    def mutated(*args: Any, **kwargs: Any) -> Any:
        try:
            result = original(*args, **kwargs)
        except Exception:
            if name == "swallowed error":
                return None
            raise
        try:
            return change(result, args)
        except Exception:  # a result that has no such respect
            return result

    assert not fuzz_functions.run_batch(options(only=function, calls=60)).differences
    monkeypatch.setattr(lazynp, function, mutated)
    assert fuzz_functions.run_batch(options(only=function, calls=60)).differences
