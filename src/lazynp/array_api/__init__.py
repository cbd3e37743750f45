"""The Python array API standard, 2025.12, to the letter: where NumPy contradicts it, too.

``import lazynp.array_api as xp`` has the names of the standard and no others. Its arrays are
lazynp's arrays, its functions are lazynp's with the standard's signatures, and results are arrays
where NumPy gives scalars. What it does differently from NumPy stands in docs/array_api.md.

Operators, indexing and ``x.__array_namespace__()`` belong to the arrays, and so they are NumPy's.

>>> import lazynp.array_api as xp
>>> xp.floor_divide(xp.asarray([xp.inf, 7.0]), 2.0)
array([inf,  3.])
>>> xp.sum(xp.asarray([1, 2, 3]))
array(6)
>>> xp.sort(xp.asarray([1, 3, 2]), descending=True)
array([3, 2, 1])
"""

from __future__ import annotations

from typing import Any

import lazynp as _np
from lazynp.array_api import fft, linalg
from lazynp.array_api._functions import functions_of as _functions_of
from lazynp.array_api._info import Info as __array_namespace_info__
from lazynp.array_api._signatures import CONSTANTS as _CONSTANTS
from lazynp.array_api._signatures import DTYPES as _DTYPES
from lazynp.array_api._signatures import VERSION as __array_api_version__

_made = _functions_of("") | {name: getattr(_np, name) for name in [*_CONSTANTS, *_DTYPES]}
globals().update(_made)
__all__ = [*_made, "__array_api_version__", "__array_namespace_info__", "fft", "linalg"]


def __getattr__(name: str) -> Any:
    raise AttributeError(f"the array API standard has no {name!r}")


def __dir__() -> list[str]:
    return __all__
