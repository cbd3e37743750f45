"""What functions of functions (gradients, batches) have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lazynp import _core

# By type(): isinstance of our ndarray is true for NumPy's arrays, too.
_OURS = (_core.ndarray, _core.LazyScalar)


def is_ours(x: Any) -> bool:
    """Whether x is an array or a scalar of ours."""
    return type(x) in _OURS


def named(made: Callable[..., Any], name: str, f: Callable[..., Any]) -> Callable[..., Any]:
    """`made`, with a name and a docstring that say what it does with f."""
    of = getattr(f, "__name__", "f")
    made.__name__ = made.__qualname__ = f"{name}({of})"
    made.__doc__ = f"The {name} of {of}."
    return made
