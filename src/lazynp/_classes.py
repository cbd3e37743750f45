"""NumPy's classes and index objects that take arrays: the same classes, lent our arrays."""

from __future__ import annotations

import contextlib
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy

from lazynp import _converter, _core, _subclasses
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
    namespace: dict[str, Any] = {"_numpy": of, "__doc__": of.__doc__}
    namespace |= {"__module__": "lazynp", "__slots__": ()}
    namespace |= {name: x for name, x in vars(of).items() if not name.startswith("_")}
    with contextlib.suppress(ValueError):
        namespace["__signature__"] = inspect.signature(of)
    return _Lending(of.__name__, (), namespace)


class _AlsoNumPys(type):
    """Of a class of ours that NumPy's own instances belong to as well."""

    _numpy: type

    def __instancecheck__(cls, instance: Any) -> bool:
        is_numpys = "_numpy" in vars(cls) and isinstance(instance, cls._numpy)
        return is_numpys or type.__instancecheck__(cls, instance)


_ARRAYS = (_core.ndarray, numpy.ndarray)


def _as_array(places: range) -> Any:
    """The numbers of a range, as an array of ours."""
    return _core.adopt(numpy.arange(places.start, places.stop, places.step))


class flatiter(metaclass=_AlsoNumPys):
    __doc__ = numpy.flatiter.__doc__
    _numpy = numpy.flatiter

    def __init__(self, base: Any) -> None:
        if base.ndim > 32:  # NumPy refuses it
            _core.to_numpy(base).flat  # noqa: B018
        self.base = base
        self._iterator: Any = None  # NumPy's, once somebody iterates

    @classmethod
    def _over(cls, base: Any, iterator: Any) -> Any:
        """An iterator of NumPy's as one of ours, where it is over an array of ours."""
        if type(base) is not _core.ndarray:
            return iterator
        made = cls(base)
        made._iterator = iterator
        return made

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
        self._iterator = None  # as in NumPy, the next step is the first again
        if _core.is_native(self.base.dtype):
            if (coordinates := self._coordinates(key)) is not None:
                return self.base[coordinates]
            if type(key) is slice:
                return self.base.reshape(-1)[key].copy()
        return call(_flat_item, (self.base, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._iterator = None
        if _core.is_native(self.base.dtype) and self.base.flags.writeable:
            coordinates = self._coordinates(key)
            if coordinates is not None and _fits(value, self.base.dtype):
                self.base[coordinates] = value
                return
            places = range(*key.indices(self.base.size)) if type(key) is slice else range(0)
            if len(places) and not isinstance(value, _COMPLEX):
                self._assign_places(key, places, value)
                return
            if type(key) is _core.ndarray and key.ndim == 1 and key.dtype.kind in "iu":
                self.base.put(key, value)
                return
        call(_set_flat_item, (self.base, key, value))

    def _coordinates(self, key: Any) -> tuple[Any, ...] | None:
        """Of one element; None: the key is not the number of one."""
        if type(key) is not int and not isinstance(key, numpy.integer):
            return None
        size = self.base.size
        if not -size <= key < size:
            return None
        return tuple(map(int, numpy.unravel_index(int(key) % size, self.base.shape)))

    def _assign_places(self, key: slice, places: range, value: Any) -> None:
        is_as_long = isinstance(value, _ARRAYS) and value.shape == (len(places),)
        if self.base.flags.c_contiguous and (is_as_long or _fits(value, self.base.dtype)):
            self.base.reshape(-1)[key] = value
        else:
            self.base.put(_as_array(places), value)

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


_COMPLEX = (complex, numpy.complexfloating)
_NUMBERS = (int, float, complex, numpy.number, numpy.bool, _core.LazyScalar)


def _fits(number: Any, dtype: Any) -> bool:
    """Whether storing a number raises nothing, for which flat has words of its own."""
    if type(number) is int:
        return dtype.kind in "bfc" or (
            number.bit_length() < 8 and (number >= 0 or dtype.kind == "i")
        )
    is_kept = dtype.kind == "c" or (dtype.kind == "f" and not isinstance(number, _COMPLEX))
    return isinstance(number, _NUMBERS) and is_kept


def _flat_item(array: Any, key: Any) -> Any:
    return array.flat[key]


def _set_flat_item(array: Any, key: Any, value: Any) -> None:
    array.flat[key] = value


def _assign_flat(array: Any, value: Any) -> None:
    array.flat = value


def _set_flat(array: Any, value: Any) -> None:
    is_simple = array.size and array.flags.writeable and not isinstance(value, _COMPLEX)
    if is_simple and _core.is_native(array.dtype):
        flatiter(array)[:] = value
    else:
        call(_assign_flat, (array, value))


def _delete_flat(array: Any) -> None:
    raise AttributeError("Cannot delete array flat iterator")


class broadcast(metaclass=_AlsoNumPys):
    """Looks at shapes only, until somebody iterates."""

    _numpy = numpy.broadcast

    def __init__(self, *arrays: Any, **keywords: Any) -> None:
        if keywords:
            numpy.broadcast(*map(_of_same_shape, arrays), **keywords)  # refuses them
        self._arrays = tuple(map(_as_array_now, arrays))
        self._layouts = numpy.broadcast(*map(_of_same_shape, arrays))
        self._iterator: Any = None

    __signature__ = inspect.signature(numpy.broadcast)

    def _running(self) -> Any:
        if self._iterator is None:
            self._iterator = call(numpy.broadcast, tuple(self._operands()), None, False)
        return self._iterator

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"'broadcast' object has no attribute {name!r}")
        return getattr(self._layouts if name in _OF_LAYOUTS else self._running(), name)

    def __iter__(self) -> broadcast:
        return self

    def __next__(self) -> Any:
        return next(self._running())

    def reset(self, /) -> None:
        self._running().reset()

    @property
    def iters(self) -> tuple[Any, ...]:
        """NumPy's iterators; those over memory of ours say whose it is."""
        return tuple(map(flatiter._over, self._operands(), self._running().iters))

    def _operands(self) -> Iterator[Any]:
        """The arrays, with those of a broadcast among them."""
        for x in self._arrays:
            yield from x._operands() if type(x) is broadcast else (x,)


def _as_array_now(x: Any) -> Any:
    """Sequences are read when the broadcast is made."""
    return numpy.asarray(_core.lend(x)) if isinstance(x, (list, tuple)) else x


_OF_LAYOUTS = frozenset(("shape", "size", "nd", "ndim", "numiter"))


def _of_same_shape(x: Any) -> Any:
    """What stands for an array of ours where NumPy reads its shape."""
    if type(x) is broadcast:
        return x._layouts
    if type(x) in (_core.ndarray, _core.LazyScalar):
        return numpy.broadcast_to(numpy.zeros(()), x.shape)
    return x


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


class Subscripted:
    """r_, c_, mgrid, ogrid: arrays made by a subscript."""

    def __init__(self, of: Any) -> None:
        self._numpy = of
        self.__doc__ = of.__doc__
        self.make: Callable[[Any], Any] = of.__getitem__  # the namespace puts ours here

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str) and hasattr(self._numpy, "makemat"):
            # Matrices, by the names that they have where the subscript stands.
            frame = sys._getframe(1)
            return call(numpy.bmat, (key, frame.f_globals, frame.f_locals))
        return self.make(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._numpy, name)

    def __len__(self) -> int:
        return len(self._numpy)


class MaskedFunction:
    """A function of numpy.ma that is an object: lent our arrays, whose class it would ask for."""

    def __init__(self, of: Any) -> None:
        self._numpy = of
        self.__doc__ = of.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call(self._numpy, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._numpy, name)
        return MaskedFunction(attribute) if isinstance(attribute, types.MethodType) else attribute


def is_masked_function(x: Any) -> bool:
    return any(
        (kind.__module__, kind.__name__) == ("numpy.ma.core", "_MaskedUFunc")
        for kind in type(x).__mro__
    )


# NumPy's object -> ours.
replacements: dict[int, Any] = {
    id(numpy.lib.mixins.NDArrayOperatorsMixin): _subclasses.NDArrayOperatorsMixin,
    id(numpy.nditer): lending_class(numpy.nditer),
    id(numpy.flatiter): flatiter,
    id(numpy.ndenumerate): ndenumerate,
    id(numpy.vectorize): vectorize,
    id(numpy.poly1d): poly1d,
    id(numpy.broadcast): broadcast,
    id(_converter.of_numpy): _converter.array_converter,
    id(numpy.r_): Subscripted(numpy.r_),
    id(numpy.c_): Subscripted(numpy.c_),
    id(numpy.mgrid): Subscripted(numpy.mgrid),
    id(numpy.ogrid): Subscripted(numpy.ogrid),
}
for _class in (broadcast, flatiter, ndenumerate, vectorize, poly1d):
    _class.__module__ = "lazynp"
for _name in ("coords", "index"):
    setattr(
        flatiter,
        _name,
        property(vars(flatiter)[_name].fget, doc=getattr(numpy.flatiter, _name).__doc__),
    )
broadcast.__doc__ = numpy.broadcast.__doc__
_core.ndarray.flat = property(flatiter, _set_flat, _delete_flat, numpy.ndarray.flat.__doc__)
