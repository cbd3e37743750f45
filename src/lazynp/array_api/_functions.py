"""Makes the standard's functions from lazynp's: its arguments only, and arrays as results."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import lazynp as np
from lazynp import _core
from lazynp.array_api import _replaced
from lazynp.array_api._signatures import SIGNATURES


def signature_of(text: str) -> inspect.Signature:
    """The signature that a text says.

    >>> signature_of("(x, /, *, axis=None)").parameters["axis"].kind.description
    'keyword-only'
    """
    return inspect.signature(eval(f"lambda {text[1:-1]}: None"))


def as_arrays(result: Any) -> Any:
    """A result with arrays of no dimensions in place of scalars that NumPy made.

    >>> as_arrays(np.float64(1)).shape
    ()
    """
    kind = type(result)
    if kind is np.ndarray:
        return result
    if isinstance(result, np.generic):
        return np.asarray(result)
    if isinstance(result, tuple):
        parts = map(as_arrays, result)
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    return result


def with_arrays(of: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
    """`of` with the standard's signature and, wherever its result is a scalar, an array."""
    takes_arrays_only = str(signature) in ("(x, /)", "(x1, x2, /)")
    make = _of_arrays_only if takes_arrays_only else _of_any_arguments
    function = make(of, signature)
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def _of_arrays_only(of: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
    """The short way for what takes nothing but an array or two."""
    ndarray, call = np.ndarray, _core.call_for_arrays

    def of_one(x: Any, /) -> Any:
        result = call(of, x)
        return result if type(result) is ndarray else as_arrays(result)

    def of_two(x1: Any, x2: Any, /) -> Any:
        result = call(of, x1, x2)
        return result if type(result) is ndarray else as_arrays(result)

    return of_one if len(signature.parameters) == 1 else of_two


def _of_any_arguments(of: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
    """Hands on what is given, so that nothing is given where `of` has a default of its own."""
    parameters = signature.parameters.values()
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = frozenset(p.name for p in parameters if p.kind in by_name)
    is_open = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
    n_keyword_only = sum(p.kind is inspect.Parameter.KEYWORD_ONLY for p in parameters)
    n_positional = float("inf") if is_open else len(parameters) - n_keyword_only
    call = _core.call_for_arrays

    def function(*args: Any, **kwargs: Any) -> Any:
        if len(args) > n_positional or not names.issuperset(kwargs):
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{function.__name__}() {error}") from None
        return as_arrays(call(of, *args, **kwargs))

    return function


def summary_of(function: Callable[..., Any]) -> str:
    """The first paragraph of a function's documentation, without a signature above it."""
    paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
    return next(text for text in paragraphs if not text.startswith(f"{function.__name__}("))


def functions_of(module: str) -> dict[str, Callable[..., Any]]:
    """The functions of the standard's module of that name; "" is the main one."""
    home = getattr(np, module) if module else np
    made = {}
    for text, names in SIGNATURES[module].items():
        for name in names.split():
            full_name = f"{module}.{name}".lstrip(".")
            own, numpys = _replaced.functions.get(full_name), getattr(home, name)
            made[name] = function = with_arrays(own or numpys, signature_of(text))
            function.__name__ = function.__qualname__ = name
            function.__module__ = f"lazynp.array_api.{module}".rstrip(".")
            function.__doc__ = f"{summary_of(numpys)}\n\n" + (
                (own and own.__doc__) or f"As `lazynp.{full_name}`, with the standard's arguments."
            )
    return dict(sorted(made.items()))
