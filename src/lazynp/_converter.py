"""What NumPy's texts turn their arguments into arrays with: ours stay what they are."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy

from lazynp import _core

of_numpy: Any = importlib.import_module("numpy._core._multiarray_umath")._array_converter

_PYTHON_NUMBERS = (bool, int, float, complex)
_SCALARS = (*_PYTHON_NUMBERS, numpy.generic, _core.LazyScalar)


_MADE_INTO_ARRAYS = (*_SCALARS, list, tuple, str, bytes)


def _are_ours(types: set[type]) -> bool:
    """Whether what is made of arguments of these types is ours, as what `array(x)` makes is."""
    return _core.ndarray in types or all(issubclass(t, _MADE_INTO_ARRAYS) for t in types)


class array_converter:
    """NumPy's class of that name, where the arguments are arrays of ours or lists."""

    def __new__(cls, *args: Any) -> Any:
        return super().__new__(cls) if _are_ours(set(map(type, args))) else of_numpy(*args)

    def __init__(self, *args: Any) -> None:
        self._given = args

    @property
    def scalar_input(self) -> tuple[bool, ...]:
        return tuple(isinstance(x, _SCALARS) for x in self._given)

    def as_arrays(
        self, *, subok: bool = True, pyscalars: str = "convert_if_no_array"
    ) -> tuple[Any, ...]:
        is_array_given = any(type(x) not in _PYTHON_NUMBERS for x in self._given)
        keeps_numbers = is_array_given if pyscalars == "convert_if_no_array" else False
        keeps_numbers |= pyscalars == "preserve"
        return tuple(
            x if type(x) in _PYTHON_NUMBERS and keeps_numbers else _as_array(x) for x in self._given
        )

    def result_type(self, *extra_dtype: Any, ensure_inexact: bool = False) -> Any:
        numbers = (1.0,) if ensure_inexact else ()
        items = (x if type(x) in _PYTHON_NUMBERS else _as_array(x).dtype for x in self._given)
        return numpy.result_type(*items, *(x for x in extra_dtype if x is not None), *numbers)

    def wrap(self, arr: Any, /, to_scalar: bool | None = None) -> Any:
        """The array; a scalar where all arguments were scalars."""
        wants_scalar = all(self.scalar_input) if to_scalar is None else to_scalar
        return arr[()] if wants_scalar and arr.ndim == 0 else arr

    def __len__(self) -> int:
        return len(self._given)

    def __getitem__(self, k: Any) -> Any:
        return self.as_arrays(pyscalars="convert")[k]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.as_arrays(pyscalars="convert"))


def _as_array(x: Any) -> Any:
    return x if type(x) is _core.ndarray else _core.take(numpy.asarray(_core.lend(x)))
