"""numpy.random: NumPy's own generators and streams, bit for bit; arrays come out as ours."""

from __future__ import annotations

import types
from typing import Any

import numpy.random
from numpy.random import _pickle

from lazynp import _classes, _core
from lazynp._fallback import call, forward
from lazynp._namespace import _dress


def _wrapping_method(of: Any) -> Any:
    """A generator's method that accepts and returns our arrays."""
    name = of.__name__

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(getattr(self._numpys, name), args, kwargs, False)

    method.__name__ = name
    method.__qualname__ = of.__qualname__
    method.__doc__ = of.__doc__
    method.__wrapped__ = of  # type: ignore[attr-defined]
    return method


def _methods(of: type) -> dict[str, Any]:
    """Every public method of a generator class, wrapped."""
    return {
        name: _wrapping_method(getattr(of, name))
        for name in dir(of)
        if not name.startswith("_") and callable(getattr(of, name)) and name != "spawn"
    }


# NumPy's methods call each other and expect NumPy's arrays: they are asked of `_numpys`, a
# generator of NumPy's own that draws from the same bit generator.
def _generator(bit_generator: Any) -> Any:
    return Generator(_pickle.__generator_ctor(bit_generator).bit_generator)


def _random_state(bit_generator: Any) -> Any:
    return RandomState(_pickle.__randomstate_ctor(bit_generator)._bit_generator)


class Generator(numpy.random.Generator, metaclass=_classes._AlsoNumPys):
    __doc__ = numpy.random.Generator.__doc__
    _numpy = numpy.random.Generator
    locals().update(_methods(numpy.random.Generator))

    def __init__(self, bit_generator: Any) -> None:
        super().__init__(bit_generator)
        self._numpys = numpy.random.Generator(bit_generator)

    def __reduce__(self) -> Any:
        return _generator, (self.bit_generator,), None


class RandomState(numpy.random.RandomState, metaclass=_classes._AlsoNumPys):
    __doc__ = numpy.random.RandomState.__doc__
    _numpy = numpy.random.RandomState
    locals().update(_methods(numpy.random.RandomState))

    def __init__(self, seed: Any = None) -> None:
        super().__init__(_core.lend(seed))
        self._numpys = numpy.random.RandomState(self._bit_generator)

    def __reduce__(self) -> Any:
        return _random_state, (self._bit_generator,), self._numpys.__getstate__()

    def __setstate__(self, state: Any) -> None:
        self._numpys.__setstate__(state)


def default_rng(seed: Any = None) -> Any:
    if issubclass(type(seed), Generator):
        return seed
    generator = numpy.random.default_rng(_core.lend(seed))
    return Generator(generator.bit_generator)


# Classes whose constructors take a seed, which may be an array of ours.
SEEDED = frozenset("SeedSequence MT19937 PCG64 PCG64DXSM Philox SFC64".split())


def _fill_namespace() -> None:
    """The remaining names; the global functions draw from NumPy's own global state."""
    _dress(default_rng, numpy.random.default_rng)
    for name in dir(numpy.random):
        attribute = getattr(numpy.random, name)
        if name.startswith("_") or name in globals():
            continue
        if isinstance(attribute, (type, types.ModuleType)) or name == "test":
            takes_seed = name in SEEDED
            globals()[name] = _classes.lending_class(attribute) if takes_seed else attribute
            continue
        ours = forward(attribute, counted=False)
        _dress(ours, attribute)
        ours.__module__ = __name__
        globals()[name] = ours
    globals()["__all__"] = list(numpy.random.__all__)


_fill_namespace()
