"""NumPy's classes and index objects that take arrays: the same classes, lent our arrays."""

from __future__ import annotations

from typing import Any

import numpy

from lazynp import _core
from lazynp._fallback import call, with_callbacks


class _Lending(type):
    """Of a class whose instances are NumPy's own; constructing one lends it our arrays."""

    _numpy: type

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return call(cls._numpy, args, kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls._numpy)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls._numpy)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls._numpy, name)


def lending_class(of: type) -> type:
    """A class that constructs instances of NumPy's class `of` from our arrays."""
    namespace = {"_numpy": of, "__doc__": of.__doc__, "__module__": "lazynp", "__slots__": ()}
    return _Lending(of.__name__, (), namespace)


class _AlsoNumPys(type):
    """Of a class of ours that NumPy's own instances belong to as well."""

    _numpy: type

    def __instancecheck__(cls, instance: Any) -> bool:
        is_numpys = "_numpy" in vars(cls) and isinstance(instance, cls._numpy)
        return is_numpys or type.__instancecheck__(cls, instance)


class flatiter(metaclass=_AlsoNumPys):
    __doc__ = numpy.flatiter.__doc__
    _numpy = numpy.flatiter

    def __init__(self, base: Any) -> None:
        if base.ndim > 32:  # NumPy refuses it
            _core.to_numpy(base).flat  # noqa: B018
        self.base = base
        self._iterator: Any = None  # NumPy's, once somebody iterates

    def _running(self) -> Any:
        if self._iterator is None:
            self._iterator = _core.to_numpy(self.base).flat
        return self._iterator

    def __iter__(self) -> flatiter:
        return self

    def __next__(self) -> Any:
        return next(self._running())

    def __len__(self) -> int:
        return int(self.base.size)

    def __getitem__(self, key: Any) -> Any:
        return call(_flat_item, (self.base, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        call(_set_flat_item, (self.base, key, value))

    def __delitem__(self, key: Any) -> None:
        raise TypeError("Cannot delete iterator elements")

    @property
    def coords(self) -> tuple[int, ...]:
        return tuple(self._running().coords)

    @property
    def index(self) -> int:
        return int(self._running().index)

    def copy(self, /) -> Any:
        return self.base.flatten()

    def __array__(self, dtype: Any = None, /, *, copy: bool | None = None) -> Any:
        flat: Any = _core.to_numpy(self.base).flat  # whose memory may be written through it
        return flat.__array__(dtype, copy=copy)

    def _compared(self, operator_name: str, other: Any) -> Any:
        other = other.copy() if isinstance(other, flatiter) else other
        return getattr(self.copy(), operator_name)(other)

    def __eq__(self, other: Any) -> Any:
        return self._compared("__eq__", other)

    def __ne__(self, other: Any) -> Any:
        return self._compared("__ne__", other)

    def __lt__(self, other: Any) -> Any:
        return self._compared("__lt__", other)

    def __le__(self, other: Any) -> Any:
        return self._compared("__le__", other)

    def __gt__(self, other: Any) -> Any:
        return self._compared("__gt__", other)

    def __ge__(self, other: Any) -> Any:
        return self._compared("__ge__", other)

    __hash__ = None  # type: ignore[assignment]


def _flat_item(array: Any, key: Any) -> Any:
    return array.flat[key]


def _set_flat_item(array: Any, key: Any, value: Any) -> None:
    array.flat[key] = value


def _assign_flat(array: Any, value: Any) -> None:
    array.flat = value


def _set_flat(array: Any, value: Any) -> None:
    call(_assign_flat, (array, value))


class ndenumerate(numpy.ndenumerate):
    __doc__ = numpy.ndenumerate.__doc__

    def __init__(self, arr: Any) -> None:
        call(super().__init__, (arr,), None, False)


class vectorize(numpy.vectorize):
    __doc__ = numpy.vectorize.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call(super().__call__, args, kwargs)

    def _vectorize_call_with_signature(self, func: Any, args: Any) -> Any:
        served_by = super()._vectorize_call_with_signature  # type: ignore[misc]
        return with_callbacks(served_by)(func, args)


class poly1d(numpy.poly1d, metaclass=_AlsoNumPys):
    __doc__ = numpy.poly1d.__doc__
    _numpy = numpy.poly1d

    def __init__(self, c_or_r: Any, r: bool = False, variable: str | None = None) -> None:
        call(super().__init__, (c_or_r, r, variable), None, False)

    def __call__(self, val: Any) -> Any:
        return call(super().__call__, (val,))


class _Subscripted:
    """r_, c_, mgrid, ogrid: arrays made by a subscript."""

    def __init__(self, of: Any) -> None:
        self._numpy = of
        self.__doc__ = of.__doc__

    def __getitem__(self, key: Any) -> Any:
        return call(self._numpy.__getitem__, (key,))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._numpy, name)

    def __len__(self) -> int:
        return len(self._numpy)


# NumPy's object -> ours.
replacements: dict[int, Any] = {
    id(numpy.nditer): lending_class(numpy.nditer),
    id(numpy.flatiter): flatiter,
    id(numpy.ndenumerate): ndenumerate,
    id(numpy.vectorize): vectorize,
    id(numpy.poly1d): poly1d,
    id(numpy.broadcast): lending_class(numpy.broadcast),
    id(numpy.r_): _Subscripted(numpy.r_),
    id(numpy.c_): _Subscripted(numpy.c_),
    id(numpy.mgrid): _Subscripted(numpy.mgrid),
    id(numpy.ogrid): _Subscripted(numpy.ogrid),
}
for _class in (flatiter, ndenumerate, vectorize, poly1d):
    _class.__module__ = "lazynp"
_core.ndarray.flat = property(flatiter, _set_flat, doc=numpy.ndarray.flat.__doc__)
