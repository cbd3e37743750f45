"""What a call did, in every respect a program can see, as something that `==` compares."""

from __future__ import annotations

import re
import types
import warnings
from typing import Any

import numpy
from comparison import PLAIN, SCALAR_CLASS, canonical_array, layout

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
MAX_ITEMS = 60
Seen = tuple[Any, ...]


def is_array(value: Any) -> bool:
    return isinstance(value, numpy.ndarray) or type(value).__name__ == "ndarray"


def arrays_in(value: Any) -> list[Any]:
    """The arrays of a result, those inside tuples, lists and dicts included."""
    if is_array(value):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in arrays_in(item)]
    return []


def seen(value: Any) -> Seen:
    """A value with its class, bit by bit; NaNs are all alike."""
    if isinstance(value, numpy.generic) or type(value).__name__ == "LazyScalar":
        return ("scalar", *canonical_array(numpy.asarray(value)))
    if isinstance(value, numpy.ma.MaskedArray):
        parts = (numpy.ma.getdata(value), numpy.ma.getmaskarray(value), value.fill_value)
        return (type(value).__name__, *map(seen, parts))
    if is_array(value):
        return (class_of(value), *canonical_array(numpy.asarray(value)))
    if isinstance(value, numpy.dtype):
        return ("dtype", str(value), value.isnative)
    if isinstance(value, PLAIN):
        return (type(value).__name__, repr(value))
    if isinstance(value, dict):
        return ("dict", *((seen(key), seen(item)) for key, item in value.items()))
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *map(seen, value))
    return seen_object(value)


def class_of(array: Any) -> str:
    """The class of an array; a plain one of NumPy's where ours was due is told apart."""
    return type(array).__name__


def seen_object(value: Any) -> Seen:
    name = type(value).__name__
    if isinstance(value, type):
        return ("type", value.__name__)
    if callable(value) and hasattr(value, "__name__"):
        return ("callable", value.__name__)
    if name == "poly1d":
        return (name, seen(value.coeffs))
    if name in ("flagsobj",):
        return (name, str(value))
    is_iterator = isinstance(value, types.GeneratorType) or hasattr(value, "__next__")
    if is_iterator or name in ("flatiter", "ndindex", "ndenumerate", "broadcast"):
        items = [item for _, item in zip(range(MAX_ITEMS), value, strict=False)]
        return (name, *map(seen, items))
    return (name, ADDRESS.sub("", repr(value)).replace("lazynp.", "numpy."))


def relations(result: Any, arguments: list[Any]) -> Seen:
    """How the arrays of a result are laid out and what they share with the arguments."""
    found: list[Any] = []
    for array in arrays_in(result):
        if isinstance(array, numpy.ma.MaskedArray):
            continue
        base = array.base
        is_of = [i for i, argument in enumerate(arguments) if base is argument]
        shared = [i for i, argument in enumerate(arguments) if numpy_shares(array, argument)]
        same = [i for i, argument in enumerate(arguments) if array is argument]
        found.append((layout(array), base is None, is_of, shared, same, array.flags.owndata))
    return tuple(found)


def numpy_shares(array: Any, argument: Any) -> bool:
    if array.dtype.hasobject or argument.dtype.hasobject:
        return False
    module = numpy if isinstance(array, numpy.ndarray) else __import__("lazynp")
    try:
        return bool(module.shares_memory(array, argument, max_work=10_000))
    except numpy.exceptions.TooHardError:
        return False


def error_of(error: BaseException) -> Seen:
    text = ADDRESS.sub("", SCALAR_CLASS.sub("'scalar'", str(error)))
    return ("raises", type(error).__name__, text.replace("lazynp.", "numpy."))


def warnings_of(record: list[warnings.WarningMessage]) -> Seen:
    return tuple(sorted({(w.category.__name__, str(w.message)) for w in record}))
