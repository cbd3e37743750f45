"""Functions for operations of the registry that NumPy has no name for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy

from lazynp import _core

# The registry alone knows them: the build writes a stub with their names (write_own_ops_stub.py).
__all__: list[str] = []

_KINDS = frozenset({"elementwise", "reduction", "composite"})


def names() -> list[str]:
    """The operations that `function` serves.

    >>> "erf" in names()
    True
    """
    return [op.name for op in _core.ops() if _is_own(op)]


def _is_own(op: Any) -> bool:
    is_public = op.kind in _KINDS and not op.is_part
    return is_public and not op.numpy and not hasattr(numpy, op.name)


def function(name: str) -> Callable[..., Any] | None:
    """The function that records the operation `name`: inputs by position, attributes by keyword.

    >>> import lazynp
    >>> float(lazynp.erf(0.0))
    0.0
    """
    op = next((op for op in _core.ops() if op.name == name and _is_own(op)), None)
    if op is None:
        return None
    inputs = ["x"] if op.n_inputs == 1 else [f"x{i + 1}" for i in range(op.n_inputs)]
    positional = [inspect.Parameter(x, inspect.Parameter.POSITIONAL_ONLY) for x in inputs]
    keywords = [
        inspect.Parameter(attribute, inspect.Parameter.KEYWORD_ONLY, default=default)
        for attribute, _, default in op.attributes
    ]
    signature = inspect.Signature([*positional, *keywords])

    def record(*args: Any, **kwargs: Any) -> Any:
        signature.bind(*args, **kwargs)
        return _core.record(name, args, kwargs)

    record.__name__ = record.__qualname__ = name
    record.__module__ = "lazynp"
    record.__doc__ = _documentation(op, inputs)
    record.__signature__ = signature  # type: ignore[attr-defined]
    return record


def _documentation(op: Any, inputs: list[str]) -> str:
    """What the block of an operation says of it, and an example of its shape."""
    shapes = "any shape" if op.n_inputs == 1 else "shapes that broadcast"
    codes = " ".join(op.loops)
    gradient = "it has a gradient." if op.differentiable else "it has no gradient."
    ulp = f"whose error is at most {op.max_ulp:g} ulp" if op.max_ulp else "without error"
    zeros = ", ".join("lazynp.zeros(1)" for _ in inputs)
    return (
        f"{op.doc}\n\n"
        f"Of arrays or numbers of {shapes}, by the loops {codes}; {gradient}\n"
        f"It is `{op.expression}`, {ulp}.\n"
        f"Raises TypeError where there is no loop for a dtype.\n\n"
        f">>> import lazynp\n>>> lazynp.{op.name}({zeros}).size\n1\n"
    )
