"""Gives the C array type the rare attributes of numpy.ndarray that it does not have itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
from numpy._core import _methods

from lazynp import _core, _subclasses
from lazynp._fallback import call

# Attributes through which NumPy would take our array for memory of its own.
NOT_FORWARDED = frozenset({"__array_struct__", "__array_interface__", "__buffer__"})


def forwarding_method(name: str) -> Any:
    """A method that NumPy's method of that name serves."""
    served_by = getattr(numpy.ndarray, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(served_by, (self, *args), kwargs)

    method.__name__ = name
    method.__qualname__ = f"ndarray.{name}"
    method.__module__ = "lazynp"
    method.__doc__ = served_by.__doc__
    method.__wrapped__ = served_by  # type: ignore[attr-defined]
    return method


def forwarding_property(name: str) -> property:
    """A property that NumPy's attribute of that name serves."""

    served_by = getattr(numpy.ndarray, name)

    def read(self: Any) -> Any:
        return call(served_by.__get__, (self,))

    def write(self: Any, value: Any) -> None:
        call(served_by.__set__, (self, value))

    return property(read, write, doc=served_by.__doc__)


def attach_missing(array_type: type, text_of_method: Callable[[str], Any]) -> None:
    """Attach what the type lacks: NumPy's text over our functions, or NumPy itself."""
    for name in dir(numpy.ndarray):
        if name in NOT_FORWARDED or hasattr(array_type, name):
            continue
        attribute = getattr(numpy.ndarray, name)
        if name in text_methods:
            text = text_of_method(name)
            setattr(array_type, name, _core.function(attribute, None, True, True, 0, text))
            continue
        make = forwarding_method if callable(attribute) else forwarding_property
        setattr(array_type, name, make(name))


_core.set_subclass_bases(_subclasses.ndarray, _subclasses.overriding_ndarray)
# Methods that NumPy writes in Python and the C type does not have.
text_methods = frozenset(
    name
    for name in dir(numpy.ndarray)
    if hasattr(_methods, f"_{name}") and not hasattr(_core.ndarray, name)
)
native_methods = frozenset(
    name
    for name in dir(_core.ndarray)
    if not name.startswith("_") and callable(getattr(numpy.ndarray, name, None))
)
