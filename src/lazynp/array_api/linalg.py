"""The array API standard's extension of linear algebra."""

from __future__ import annotations

from typing import Any

from lazynp.array_api._functions import functions_of as _functions_of

_made = _functions_of("linalg")
globals().update(_made)
__all__ = list(_made)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"the array API standard's linalg has no {name!r}")


def __dir__() -> list[str]:
    return __all__
