"""The array API standard's extension of linear algebra."""

from __future__ import annotations

from typing import Any

from lazynp.array_api._functions import functions_of

globals().update(functions_of("linalg"))
__all__ = list(functions_of("linalg"))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"the array API standard's linalg has no {name!r}")


def __dir__() -> list[str]:
    return __all__
