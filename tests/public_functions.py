"""Every public function, method, operator and ufunc method of NumPy, with its signature."""

from __future__ import annotations

import importlib
import inspect
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy

MODULES = """numpy numpy.linalg numpy.fft numpy.random numpy.lib numpy.lib.stride_tricks
 numpy.lib.array_utils numpy.lib.scimath numpy.lib.recfunctions numpy.char numpy.strings numpy.ma
 numpy.rec numpy.polynomial.polynomial numpy.polynomial.chebyshev numpy.polynomial.hermite
 numpy.polynomial.legendre numpy.polynomial.laguerre numpy.polynomial.hermite_e
 numpy.polynomial.polyutils numpy.testing""".split()

# Not called with random arguments, and why.
LEFT_OUT = {
    **dict.fromkeys(
        """set_printoptions seterr seterrcall setbufsize random.seed random.set_state
        random.set_bit_generator ma.set_fill_value""".split(),
        "changes the state of NumPy for all that follows",
    ),
    **dict.fromkeys(
        """info show_config show_runtime get_include test source lookfor linalg.test fft.test
        random.test ma.test lib.test testing.test""".split(),
        "prints about the installation or runs tests",
    ),
    **dict.fromkeys(
        """empty empty_like ma.empty ma.empty_like ma.masked_all ma.masked_all_like
        random.get_state
        random.get_bit_generator random.default_rng random.bytes""".split(),
        "answers with memory as it was found, or with fresh entropy",
    ),
    **dict.fromkeys(
        """fromfile fromregex genfromtxt load loadtxt memmap save savetxt savez savez_compressed
        rec.fromfile ma.fromfile ndarray.tofile ndarray.dump""".split(),
        "reads and writes files (tests/test_files.py)",
    ),
    **dict.fromkeys(
        """ma.ids ndarray.data ndarray.ctypes ndarray.__array_struct__ ndarray.__array_interface__
        ndarray.__dlpack__ from_dlpack byte_bounds lib.array_utils.byte_bounds""".split(),
        "answers with addresses (tests/test_aliasing.py)",
    ),
    **dict.fromkeys(
        """ndarray.__class_getitem__ ndarray.__init_subclass__ ndarray.__subclasshook__
        ndarray.__new__ ndarray.__getattribute__ ndarray.__setattr__ ndarray.__delattr__
        ndarray.__dir__ ndarray.__sizeof__ ndarray.__reduce__ ndarray.__reduce_ex__
        ndarray.__init__ ndarray.__class__ ndarray.__doc__ ndarray.__hash__ ndarray.__setstate__
        ndarray.__array_finalize__ ndarray.__array_priority__ ndarray.__getstate__
        ndarray.__buffer__ ndarray.__release_buffer__ ndarray.__array_wrap__
        ndarray.__array_ufunc__ ndarray.__array_function__ ndarray.__array_namespace__
        ndarray.__format__ ndarray.__repr__ ndarray.__str__ ndarray.to_device ndarray.device
        ndarray.__dlpack_device__""".split(),
        "belongs to the language or to a protocol (tests/test_aliasing.py, test_views.py)",
    ),
}
TEXT_OF_TESTING = ("assert_", "build_err_msg")  # of numpy.testing, what compares arrays


@dataclass(frozen=True)
class Parameter:
    """How an argument is handed over."""

    name: str
    kind: Any
    is_required: bool


@dataclass(frozen=True)
class PublicFunction:
    """A callable of NumPy: `target` is how a program writes it; "{}" stands for the array."""

    name: str
    target: str
    parameters: tuple[Parameter, ...]
    is_ufunc: bool = False
    is_property: bool = False


# ------------------------------------------------------------------ signatures
_KINDS = inspect.Parameter
_MORE_KEYWORDS = {  # what NumPy's signatures hide behind **kwargs
    **dict.fromkeys(
        ("ndarray.sum", "ndarray.prod", "ndarray.max", "ndarray.min"),
        ("keepdims", "initial", "where"),
    ),
    "ndarray.mean": ("keepdims", "where"),
    "ndarray.std": ("keepdims", "where", "mean", "correction"),
    "ndarray.var": ("keepdims", "where", "mean", "correction"),
    "ndarray.clip": ("where", "casting", "dtype"),
    "clip": ("where", "casting", "dtype"),
    "reduce": ("keepdims", "initial", "where"),
    "outer": ("where", "casting", "order", "dtype"),
    "einsum": ("dtype", "order", "casting"),
}


def parameters_of(function: Any, name: str) -> tuple[Parameter, ...]:
    """The parameters of a function, without `self`; nothing where NumPy does not tell."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ()
    found = []
    for parameter in signature.parameters.values():
        if parameter.name == "self" or parameter.name.startswith("_"):
            continue
        if parameter.kind is _KINDS.VAR_KEYWORD:
            more = _MORE_KEYWORDS.get(name, _MORE_KEYWORDS.get(name.split(".")[-1], ()))
            found += [Parameter(keyword, _KINDS.KEYWORD_ONLY, False) for keyword in more]
            continue
        is_required = parameter.default is _KINDS.empty
        is_required = is_required and parameter.kind is not _KINDS.VAR_POSITIONAL
        found.append(Parameter(parameter.name, parameter.kind, is_required))
    return tuple(found)


# ------------------------------------------------------------------ what there is
def public_functions() -> list[PublicFunction]:
    """All of them, in a fixed order."""
    found: dict[str, PublicFunction] = {}
    for function in (*_of_modules(), *_methods(), *_of_ufuncs(), *_of_generators()):
        if function.name not in LEFT_OUT:
            found.setdefault(function.name, function)
    return [found[name] for name in sorted(found)]


def _of_modules() -> Iterator[PublicFunction]:
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        prefix = module_name.removeprefix("numpy").removeprefix(".")
        for short in sorted(getattr(module, "__all__", None) or dir(module)):
            name = f"{prefix}.{short}" if prefix else short
            function = getattr(module, short)
            if short.startswith("_") or not callable(function) or _is_left(function, name):
                continue
            if prefix == "testing" and not short.startswith(TEXT_OF_TESTING):
                continue
            is_ufunc = isinstance(function, numpy.ufunc)
            parameters = _of_ufunc(function) if is_ufunc else parameters_of(function, name)
            yield PublicFunction(name, f"np.{name}", parameters, is_ufunc)


def _is_left(function: Any, name: str) -> bool:
    is_class = isinstance(function, type) and not issubclass(function, numpy.generic)
    is_callback = name.startswith("testing.") and ("raises" in name or "warn" in name)
    kept = ("poly1d", "ndindex", "ndenumerate", "broadcast", "ma.masked_array", "ma.MaskedArray")
    return (is_class and name not in kept) or is_callback or isinstance(function, types.ModuleType)


_INPUTS = {1: ("x",), 2: ("x1", "x2")}


def _of_ufunc(ufunc: numpy.ufunc) -> tuple[Parameter, ...]:
    inputs = _INPUTS.get(ufunc.nin) or tuple(f"x{i + 1}" for i in range(ufunc.nin))
    positional = [Parameter(x, _KINDS.POSITIONAL_ONLY, True) for x in inputs]
    keywords = ["out", "casting", "order", "dtype", "subok"]
    keywords += ["axis", "axes", "keepdims"] if ufunc.signature else ["where"]
    return (*positional, *(Parameter(k, _KINDS.KEYWORD_ONLY, False) for k in keywords))


def _methods() -> Iterator[PublicFunction]:
    for short in dir(numpy.ndarray):
        name = f"ndarray.{short}"
        method = getattr(numpy.ndarray, short)
        if callable(method):
            yield PublicFunction(name, f"{{}}.{short}", parameters_of(method, name))
        elif not short.startswith("__"):
            yield PublicFunction(name, f"{{}}.{short}", (), is_property=True)


def _of_ufuncs() -> Iterator[PublicFunction]:
    """reduce, accumulate, reduceat, outer and at of each ufunc of numpy."""
    for short in sorted(vars(numpy)):
        ufunc = getattr(numpy, short)
        if not isinstance(ufunc, numpy.ufunc) or ufunc.__name__ != short or ufunc.signature:
            continue
        methods = ["at"]
        if ufunc.nin == 2:
            methods += ["outer", "reduce", "accumulate", "reduceat"] if ufunc.nout == 1 else []
        for method in methods:
            name = f"{short}.{method}"
            parameters = parameters_of(getattr(numpy.ufunc, method), method)
            if ufunc.nin == 1:
                parameters = tuple(p for p in parameters if p.name != "b")
            yield PublicFunction(name, f"np.{name}", parameters)


def _of_generators() -> Iterator[PublicFunction]:
    for name, make in (
        ("Generator", "np.random.default_rng({seed})"),
        ("RandomState", "np.random.RandomState({seed})"),
    ):
        for short in dir(getattr(numpy.random, name)):
            method = getattr(getattr(numpy.random, name), short)
            is_state = short in (
                "bit_generator",
                "spawn",
                "get_state",
                "set_state",
                "seed",
                "bytes",
            )
            if short.startswith("_") or is_state or not callable(method):
                continue
            full = f"random.{name}.{short}"
            yield PublicFunction(full, f"{make}.{short}", parameters_of(method, full))
