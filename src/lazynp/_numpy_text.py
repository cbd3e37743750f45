"""NumPy's functions that are written in Python, run over our functions.

`numpy.median` is a program over `partition`, `mean` and `take`. With our functions in place of
those that it names, the same text records what it does: NumPy's semantics to the letter, lazy,
differentiable, and a graph in which nothing needs Python.
"""

from __future__ import annotations

import builtins
import functools
import types
import warnings
from collections.abc import Callable
from typing import Any

from lazynp import _core

# Modules whose functions are not about numbers, or write Python's objects of their own.
_LEFT_TO_NUMPY = (
    "numpy._core.arrayprint",
    "numpy._core.defchararray",
    "numpy._core.records",
    "numpy._core.strings",
    "numpy.ctypeslib",
    "numpy.f2py",
    "numpy.lib._datasource",
    "numpy.lib._npyio_impl",
    "numpy.lib.format",
    "numpy.lib.introspect",
    "numpy.lib.recfunctions",
    "numpy.ma",
    "numpy.random",
    "numpy.rec",
    "numpy.testing",
)

_texts: dict[types.FunctionType, types.FunctionType] = {}  # NumPy's -> over our functions
_globals: dict[int, dict[str, Any]] = {}  # by id of a module's own
_unfilled: list[tuple[dict[str, Any], dict[str, Any]]] = []
_is_filling = False


def text_of(function: Any, counterpart: Callable[[Any], Any]) -> types.FunctionType | None:
    """The function over ours; None: it is not written in Python, or not about numbers.

    `counterpart` says what stands for an object of NumPy's.
    """
    written = getattr(function, "_implementation", function)
    if not isinstance(written, types.FunctionType) or not _is_numbers(written):
        return None
    text = _over_ours(written, counterpart)
    _fill(counterpart)
    return text


def _is_numbers(function: types.FunctionType) -> bool:
    module = function.__globals__.get("__name__", "")
    is_left = any(module == left or module.startswith(f"{left}.") for left in _LEFT_TO_NUMPY)
    return module.startswith("numpy") and not is_left


def _over_ours(
    written: types.FunctionType, counterpart: Callable[[Any], Any]
) -> types.FunctionType:
    if (text := _texts.get(written)) is None:
        names = _globals_like(written.__globals__, counterpart)
        text = types.FunctionType(
            written.__code__, names, written.__name__, written.__defaults__, written.__closure__
        )
        text.__kwdefaults__ = written.__kwdefaults__
        text.__qualname__ = written.__qualname__
        text.__doc__ = written.__doc__
        _texts[written] = text
    return text


def _globals_like(names: dict[str, Any], counterpart: Callable[[Any], Any]) -> dict[str, Any]:
    if (ours := _globals.get(id(names))) is None:
        ours = _globals[id(names)] = dict(names)
        imports = functools.partial(_import, counterpart)  # for `from numpy import eye` inside
        ours["__builtins__"] = {**vars(builtins), "__import__": imports}
        _unfilled.append((names, ours))
    return ours


def _fill(counterpart: Callable[[Any], Any]) -> None:
    """Put our functions into the globals that were made; that may make others."""
    global _is_filling
    if _is_filling:
        return
    _is_filling = True
    try:
        while _unfilled:
            names, ours = _unfilled.pop()
            for name, x in names.items():
                if not name.startswith("__"):
                    ours[name] = _stand_in(x, counterpart)
    finally:
        _is_filling = False


def _stand_in(x: Any, counterpart: Callable[[Any], Any]) -> Any:
    if x is warnings:
        return _warnings
    if isinstance(x, types.ModuleType):
        return Over(x, counterpart) if x.__name__.partition(".")[0] == "numpy" else x
    if _is_table_of_functions(x):
        return {name: _stand_in(item, counterpart) for name, item in x.items()}
    is_helper = isinstance(x, types.FunctionType) and x.__module__ == x.__globals__.get("__name__")
    if is_helper and _is_numbers(x):
        return _over_ours(x, counterpart)
    return counterpart(x)


def _is_table_of_functions(x: Any) -> bool:
    """Such as quantile's methods by their names."""
    return (
        type(x) is dict
        and any(map(_is_function_or_table, x.values()))
        and all(item is None or _is_function_or_table(item) for item in x.values())
    )


def _is_function_or_table(x: Any) -> bool:
    return isinstance(x, types.FunctionType) or _is_table_of_functions(x)


def _import(counterpart: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Any:
    return _stand_in(builtins.__import__(*args, **kwargs), counterpart)


class _Warnings:
    """The module `warnings`; what a text warned of is known, so that it is not said twice."""

    warn = staticmethod(_core.warn_in_text)

    def __getattr__(self, name: str) -> Any:
        return getattr(warnings, name)


_warnings = _Warnings()


class Over:
    """A module or an object of NumPy whose attributes are ours."""

    def __init__(self, of: Any, counterpart: Callable[[Any], Any]) -> None:
        self._of = of
        self._counterpart = counterpart

    def __getattr__(self, name: str) -> Any:
        value = _stand_in(getattr(self._of, name), self._counterpart)
        _fill(self._counterpart)
        self.__dict__[name] = value
        return value
