"""The array API standard's extension of Fourier transforms."""

from __future__ import annotations

from typing import Any

from lazynp.array_api._functions import functions_of as _functions_of

_made = _functions_of("fft")
globals().update(_made)
__all__ = list(_made)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"the array API standard's fft has no {name!r}")


def __dir__() -> list[str]:
    return __all__
