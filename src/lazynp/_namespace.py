"""NumPy's namespace, made in a loop: from ops where we have them, else served by NumPy."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import types
from collections.abc import Callable, MutableMapping
from importlib.machinery import PathFinder
from typing import Any

import numpy

from lazynp import (
    _array,
    _classes,
    _core,
    _creation,
    _dispatch,
    _fallback,
    _native,
    _numpy_text,
    _unique_rows,
)

# The functions that follow are NumPy's own names that need another treatment than being served.
# They read or set NumPy's state, or speak of dtypes, files and text, and never see an array; or
# they hand their arguments on to the function that they are given.
NEVER_SEE_ARRAYS = frozenset(
    """base_repr binary_repr format_float_positional format_float_scientific get_include
    get_printoptions getbufsize geterr geterrcall info isdtype issctype issubdtype mintypecode
    promote_types set_printoptions setbufsize seterr seterrcall show_config show_runtime typename
    printoptions get_namespace_view broadcast_shapes
    testing.assert_raises testing.assert_raises_regex testing.assert_warns
    testing.assert_no_warnings testing.assert_no_gc_cycles testing.run_module_suite
    testing.rundocs testing.decorate_methods testing.measure testing.break_cycles
    testing.runstring testing.verbose""".split()
)
# They call a function that the user gives, at once; it has to see our arrays, and what it raises
# is not tried again.
CALL_BACK = frozenset(
    """apply_along_axis apply_over_axes fromfunction mask_indices pad piecewise
    ma.extras.apply_along_axis ma.extras.apply_over_axes ma.apply_along_axis
    ma.apply_over_axes""".split()
)
# They import data, print it or compare it in a test: NumPy works by definition, not instead of us.
NOT_COUNTED = frozenset(
    """array asarray asanyarray ascontiguousarray asfortranarray frombuffer from_dlpack fromiter
    fromstring fromfile load loadtxt genfromtxt array2string array_repr array_str save savez
    savez_compressed savetxt shape ndim size isscalar iterable""".split()
)
# They look at shape, dtype and strides only, and what they return is new or a view: they are shown
# arrays whose memory cannot be read, so that nothing is evaluated. So do ops that only ever view.
LOOK_AT_LAYOUT = frozenset(
    """array_split broadcast_arrays can_cast common_type diag_indices_from dsplit empty_like
    hsplit iscomplexobj isfortran isrealobj isscalar iterable ma.core.getmask
    ma.core.isMaskedArray ma.core.is_masked ndim ones_like result_type shape size split
    tril_indices_from triu_indices_from vsplit zeros_like linalg.diagonal
    linalg.matrix_transpose lib.stride_tricks.as_strided lib.stride_tricks.sliding_window_view
    lib.stride_tricks.broadcast_to lib.stride_tricks.broadcast_arrays""".split()
)

_ANY_NUMBER = 1 << 20
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    type(numpy.shape),
    type(numpy.random.seed),
)
_ops_of_functions = {
    name: op for op in _core.ops() for name in op.numpy if name not in _core.ufuncs
}
_made: dict[Any, Any] = {}  # NumPy's function -> ours


def function_for(of: Callable[..., Any]) -> Any:
    """Our counterpart of a function of NumPy, with its signature and docstring."""
    if (made := _made.get(of)) is None:
        made = _make_function(of)
        if made is not of:
            _dress(made, of)
            _core.lend_as(made, of)
        _made[of] = made
    return made


def _make_function(of: Callable[..., Any]) -> Any:
    name = _fallback.name_of(of)
    if name in NEVER_SEE_ARRAYS:
        return of
    native = _native_way(of, name)
    only_layouts = name in LOOK_AT_LAYOUT or _is_always_view(name)
    is_counted = not (only_layouts or name in NOT_COUNTED or name.startswith("testing."))
    text = _numpy_text.text_of(of, counterpart) if is_counted else None
    n_layouts = _n_layouts(of) if only_layouts else 0
    service = (is_counted, n_layouts, text, name in CALL_BACK)
    if _is_conversion(of, name):
        _dispatch.register_conversion(of)
    else:
        _dispatch.register(of, native, *service)
    return _core.function(of, native, _fallback.binds(of), *service)


def _n_layouts(of: Callable[..., Any]) -> int:
    """Of how many arguments NumPy sees the layouts: the first, or any number of arrays.

    Indices, shapes and axes that follow an array are read by NumPy.
    """
    try:
        first = next(iter(inspect.signature(of).parameters.values()), None)
    except ValueError:
        return 1
    is_any_number = first is not None and first.kind is inspect.Parameter.VAR_POSITIONAL
    return _ANY_NUMBER if is_any_number else 1


def _is_always_view(name: str) -> bool:
    op = _ops_of_functions.get(name)
    return op is not None and op.kind == "view" and not op.may_copy


def _is_conversion(of: Callable[..., Any], name: str) -> bool:
    """Whether it takes nothing but arrays, and hands each back with other dimensions."""
    if not _is_always_view(name):
        return False
    kinds = [parameter.kind for parameter in inspect.signature(of).parameters.values()]
    return kinds == [inspect.Parameter.VAR_POSITIONAL]


def _native_way(of: Callable[..., Any], name: str) -> Any:
    """What is tried before NumPy; None: nothing."""
    if (made := _creation.replacements.get(of)) is not None:
        return made
    if name in _array.text_methods:  # a text that calls the text of the method
        return None
    method = name if name in _array.native_methods else None
    op = _ops_of_functions.get(name)
    bound = _native.bind(of, method, op) if method or op else None
    if (own_text := _unique_rows.texts.get(of)) is not None and bound is not None:
        return _first_of(own_text(counterpart), bound)
    return bound


def _first_of(*ways: Callable[..., Any]) -> Callable[..., Any]:
    """The first way that does not answer NotImplemented."""

    def first(*args: Any, **kwargs: Any) -> Any:
        results = (way(*args, **kwargs) for way in ways)
        return next((r for r in results if r is not NotImplemented), NotImplemented)

    return first


def _dress(made: Any, of: Any) -> None:
    """Give our function the name, docstring and signature of NumPy's."""
    made.__name__ = of.__name__
    made.__qualname__ = getattr(of, "__qualname__", of.__name__)
    made.__doc__ = of.__doc__
    made.__module__ = (of.__module__ or "numpy").replace("numpy", "lazynp", 1)
    made.__wrapped__ = getattr(of, "__wrapped__", of)
    op = _ops_of_functions.get(_fallback.name_of(of))
    if op is not None and (more := _native.more_keywords(op)):
        theirs = inspect.signature(of)
        made.__signature__ = theirs.replace(parameters=[*theirs.parameters.values(), *more])
        names = " and ".join(f"``{parameter.name}``" for parameter in more)
        made.__doc__ = f"{of.__doc__}\nlazynp adds the array API standard's {names}.\n"


def counterpart(x: Any) -> Any:
    """What stands in our namespace for an object of NumPy's."""
    if x is numpy.ndarray:
        return _core.ndarray
    if x is numpy.ufunc:
        return _core.ufunc
    if (replaced := _classes.replacements.get(id(x))) is not None:
        return replaced
    if isinstance(x, types.GenericAlias):  # typing.NDArray
        return x if x.__origin__ is not numpy.ndarray else _core.ndarray[x.__args__]
    if isinstance(x, numpy.ufunc):
        # A ufunc that is not a name of numpy's own (strings.str_len) reaches us by itself.
        is_numpys = getattr(numpy, x.__name__, None) is x
        return _core.ufuncs[x.__name__] if is_numpys else x
    if _classes.is_masked_function(x):
        return _classes.MaskedFunction(x)
    if isinstance(getattr(x, "__self__", None), numpy.ufunc):  # add.reduce
        return getattr(counterpart(x.__self__), x.__name__)
    if isinstance(x, _FUNCTIONS) and not isinstance(x, type):
        return function_for(x)
    return x


def method_text(name: str) -> Callable[..., Any] | None:
    """NumPy's own text of a method of ndarray, over ours; None: it is not written in Python."""
    methods = vars(numpy._core._methods)
    of = methods.get(f"_{name}", methods.get(f"_a{name}"))
    return _numpy_text.text_of(of, counterpart)


def _make_by_subscript(of: Any) -> Callable[[Any], Any]:
    """The function of a key that does what NumPy's r_, c_, mgrid or ogrid do."""
    text = _numpy_text.text_of(type(of).__getitem__, counterpart)
    assert text is not None
    over_ours = functools.partial(text, _numpy_text.Over(of, counterpart))
    made: Callable[[Any], Any] = _core.function(
        of.__getitem__, None, False, True, 0, over_ours, False
    )
    return made


def mirror(namespace: MutableMapping[str, Any], module: types.ModuleType) -> None:
    """Fill a module's namespace with the counterparts of a NumPy module's public names.

    Modules, and what NumPy itself loads on use, are left to the module's __getattr__.
    """
    left_out = set(namespace)
    for name, attribute in list(vars(module).items()):
        is_public = not name.startswith("_") and not isinstance(attribute, types.ModuleType)
        if is_public and name not in left_out:
            namespace[name] = counterpart(attribute)
    if "__all__" in vars(module):  # old modules warn of every name that they are asked for
        namespace["__all__"] = list(module.__all__)


# ------------------------------------------------------------------ sub-modules
def fill(name: str, name_of_numpys: str) -> None:
    """Make our module `name` the counterpart of a module of NumPy's."""
    of = importlib.import_module(name_of_numpys)
    namespace = vars(sys.modules[name])
    namespace["__doc__"] = of.__doc__
    mirror(namespace, of)
    namespace["__getattr__"] = functools.partial(submodule_or_numpy, name, of)


def submodule_or_numpy(package: str, of: types.ModuleType, name: str) -> Any:
    """Module attribute: a sub-module, imported now, or what NumPy answers for the name."""
    if name.startswith("__"):
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    full_name = f"{package}.{name}"
    path = getattr(sys.modules[package], "__path__", None)
    if path and PathFinder.find_spec(full_name, path) and hasattr(of, name):
        return importlib.import_module(full_name)
    return counterpart(getattr(of, name))


for _made_by_subscript in _classes.replacements.values():
    if isinstance(_made_by_subscript, _classes.Subscripted):
        _made_by_subscript.make = _make_by_subscript(_made_by_subscript._numpy)
_array.attach_missing(_core.ndarray, method_text)
