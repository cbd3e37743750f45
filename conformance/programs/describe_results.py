"""Says what a program left behind as plain data, in which equal means equal bit for bit.

A value becomes entries `path -> text or bytes`: an array its class, dtype, shape, strides, flags
and bytes (the bits of NaNs included), containers and objects their parts. Arrays of lazynp are
described as NumPy's, a LazyScalar as the NumPy scalar of its dtype.
"""

from __future__ import annotations

import functools
import struct
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy

Description = dict[str, str | bytes]
NAMED = (type, numpy.dtype, numpy.ufunc, types.FunctionType, types.BuiltinFunctionType)
NAMED += (type(numpy.sum),)
NOT_DESCRIBED = (types.ModuleType, types.CodeType, types.FrameType)


def describe_names(names: Mapping[str, Any]) -> Description:
    """The public names of a program, and which of their arrays lie in the same memory."""
    described: Description = {}
    public = {name: x for name, x in names.items() if not (name[0] == "_" or is_import(name, x))}
    for name, value in public.items():
        if not isinstance(value, NOT_DESCRIBED):
            Describer(described).describe(name, value)
    arrays = {name: address_range(x) for name, x in public.items() if is_array(x)}
    pairs = [f"{a} {b}" for a, b in combinations(sorted(arrays), 2) if meet(arrays[a], arrays[b])]
    described["arrays in the same memory"] = ", ".join(pairs)
    return described


class Describer:
    """Walks through one value; what it meets twice is described once."""

    def __init__(self, described: Description) -> None:
        self.described = described
        self.seen: dict[int, tuple[str, Any]] = {}

    def describe(self, path: str, x: Any) -> None:
        """Add the entries of `x` under `path`."""
        if not isinstance(x, (bool, int, float, complex, str, bytes, type(None))):
            if id(x) in self.seen:
                self.described[path] = f"the same object as {self.seen[id(x)][0]}"
                return
            self.seen[id(x)] = (path, x)  # kept, so that its id is not given to another one
        self.described[path] = class_name(x)
        writer = next((write for matches, write in WRITERS if matches(x)), Describer.write_object)
        writer(self, path, x)

    # -------------------------------------------------------------- arrays and scalars
    def write_array(self, path: str, x: Any) -> None:
        memory = numpy.asarray(x)
        flags = [name for name in FLAGS if getattr(x.flags, name)]
        steps = zip(x.shape, x.strides, strict=True)
        # A stride along one element, or in an empty array, leads nowhere.
        strides = tuple(step if n > 1 and memory.size else 0 for n, step in steps)
        self.described[f"{path}.shape"] = str(tuple(x.shape))
        self.described[f"{path}.strides"] = str(strides)
        self.described[f"{path}.flags"] = " ".join(flags)
        self.write_elements(path, memory)
        if isinstance(x, numpy.ndarray) and vars_of(x):
            self.write_mapping(path, vars_of(x))

    def write_elements(self, path: str, memory: numpy.ndarray) -> None:
        self.described[f"{path}.dtype"] = repr(memory.dtype)
        if memory.dtype.names:
            for name in memory.dtype.names:  # not the padding between fields
                self.write_elements(f"{path}[{name!r}]", memory[name])
        elif memory.dtype.hasobject or memory.dtype.kind == "T":
            self.described[f"{path}.elements"] = str(memory.size)
            for i, item in enumerate(memory.ravel().tolist()):
                self.describe(f"{path}.flat[{i}]", item)
        else:
            self.described[f"{path}.bytes"] = memory.tobytes()

    def write_scalar(self, path: str, x: Any) -> None:
        dtype = numpy.dtype(x.dtype)
        self.described[path] = class_name(dtype.type)
        self.write_elements(path, numpy.array(x[()] if dtype.names else x, dtype=dtype))

    def write_plain(self, path: str, x: Any) -> None:
        parts = (x.real, x.imag) if isinstance(x, complex) else (x,)
        exact = struct.pack(f"{len(parts)}d", *parts) if isinstance(x, (float, complex)) else b""
        self.described[f"{path}.value"] = f"{x!r} {exact.hex()}".strip()

    # -------------------------------------------------------------- containers and objects
    def write_sequence(self, path: str, x: Any) -> None:
        self.described[f"{path}.length"] = str(len(x))
        for i, item in enumerate(x):
            self.describe(f"{path}[{i}]", item)

    def write_set(self, path: str, x: Any) -> None:
        self.write_sequence(path, sorted(x, key=repr))

    def write_mapping(self, path: str, x: Mapping[Any, Any]) -> None:
        self.described[f"{path}.keys"] = ", ".join(f"{class_name(k)} {k!r}" for k in x)
        for key, item in x.items():
            self.describe(f"{path}[{key!r}]", item)

    def write_random(self, path: str, x: Any) -> None:
        state = x.bit_generator.state if hasattr(x, "bit_generator") else x.get_state(legacy=False)
        self.write_mapping(path, state)

    def write_partial(self, path: str, x: functools.partial[Any]) -> None:
        self.write_sequence(path, (x.func, *x.args))
        self.write_mapping(path, x.keywords)

    def write_name(self, path: str, x: Any) -> None:
        self.described[path] = "a name"
        self.described[f"{path}.value"] = neutral(getattr(x, "__name__", None) or repr(x))

    def write_alias(self, path: str, x: types.GenericAlias) -> None:
        self.write_sequence(path, (x.__origin__, *x.__args__))

    def write_object(self, path: str, x: Any) -> None:
        self.write_mapping(path, vars_of(x))


WRITERS: list[tuple[Callable[[Any], bool], Callable[[Describer, str, Any], None]]] = [
    (lambda x: isinstance(x, types.GenericAlias), Describer.write_alias),
    (lambda x: is_scalar(x), Describer.write_scalar),
    (lambda x: is_array(x), Describer.write_array),
    (lambda x: isinstance(x, (bool, int, float, complex, str, bytes)), Describer.write_plain),
    (lambda x: isinstance(x, (list, tuple)), Describer.write_sequence),
    (lambda x: isinstance(x, (set, frozenset)), Describer.write_set),
    (lambda x: isinstance(x, Mapping), Describer.write_mapping),
    (lambda x: hasattr(x, "bit_generator") or hasattr(x, "get_state"), Describer.write_random),
    (lambda x: isinstance(x, functools.partial), Describer.write_partial),
    (lambda x: isinstance(x, NAMED) or is_our_function(x), Describer.write_name),
]
FLAGS = ("c_contiguous", "f_contiguous", "writeable", "aligned")


# ------------------------------------------------------------------ what a value is
def neutral(text: str) -> str:
    """A name or a message in which NumPy and lazynp are called alike."""
    return text.replace("lazynp.", "numpy.")


def class_name(x: Any) -> str:
    """The class of a value (or a class itself) with its module."""
    cls = x if isinstance(x, type) else type(x)
    module = "numpy" if cls.__module__.split(".")[0] == "lazynp" else cls.__module__
    return f"{module}.{cls.__qualname__}" if module.split(".")[0] != "numpy" else cls.__name__


def is_import(name: str, x: Any) -> bool:
    """Whether a name is one of NumPy's own, as after `from numpy import *`."""
    modules = (numpy, sys.modules.get("lazynp"))
    return any(module is not None and getattr(module, name, None) is x for module in modules)


def is_ours(x: Any) -> bool:
    return type(x).__module__.split(".")[0] == "lazynp"


def is_our_function(x: Any) -> bool:
    return is_ours(x) and type(x).__name__ in ("function", "ufunc")


def is_scalar(x: Any) -> bool:
    """A NumPy scalar, or a LazyScalar that stands for one."""
    return isinstance(x, numpy.generic) or (is_ours(x) and type(x).__name__ == "LazyScalar")


def is_array(x: Any) -> bool:
    is_our_array = is_ours(x) and hasattr(type(x), "strides") and not is_scalar(x)
    return isinstance(x, numpy.ndarray) or is_our_array


def vars_of(x: Any) -> dict[str, Any]:
    """The attributes that an object keeps, those in slots included."""
    slots = [name for cls in type(x).__mro__ for name in slot_names(cls) if hasattr(x, name)]
    return {name: getattr(x, name) for name in slots} | dict(getattr(x, "__dict__", {}))


def slot_names(cls: type) -> Iterator[str]:
    slots = cls.__dict__.get("__slots__", ())
    for name in (slots,) if isinstance(slots, str) else slots:
        if name not in ("__dict__", "__weakref__"):
            yield name


def address_range(x: Any) -> tuple[int, int]:
    return numpy.lib.array_utils.byte_bounds(numpy.asarray(x)) if x.size else (0, 0)


def meet(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]
