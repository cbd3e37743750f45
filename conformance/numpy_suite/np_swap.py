"""What NumPy's test files import instead of NumPy while they run against another module.

`get` hands out facades: module look-alikes whose attributes come from the target module wherever
NumPy's attribute is public, and from real NumPy where it is not.

* ``numpy.testing``, ``numpy.exceptions`` and whatever is private stay real; the assert functions of
  ``numpy.testing`` and ``numpy.ma.testutils`` turn target arrays into real NumPy arrays first.
* What a test file takes from another one comes from that one, rewritten in the same way.
* NumPy's helpers written in C for its tests (``numpy._core._multiarray_tests``) and the loops of
  its casts get real arrays, too: they take whatever they are handed for a C ``PyArrayObject``,
  which no other type can be.
* A public function imported through a private module (``from numpy._core import hstack``) is
  recognised by identity and comes from the target as well.
* A name that the target lacks raises AttributeError in the test that uses it. While test files are
  being imported it is a `Missing` placeholder instead, so that one absent name does not take a
  whole file down.

The hooks at the end make this module a pytest plugin (``-p np_swap``).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy
import numpy.testing
import pytest
from rewrite_imports import rewrite

REAL = {
    "numpy.testing",
    "numpy.exceptions",
    "numpy.version",
    "numpy.f2py",
    "numpy.distutils",
    "numpy.typing",
    "numpy.__config__",
}
PUBLIC = """numpy numpy.linalg numpy.fft numpy.random numpy.polynomial
 numpy.polynomial.polynomial numpy.polynomial.chebyshev numpy.polynomial.hermite
 numpy.polynomial.hermite_e numpy.polynomial.laguerre numpy.polynomial.legendre
 numpy.polynomial.polyutils numpy.lib numpy.lib.stride_tricks numpy.lib.array_utils
 numpy.lib.format numpy.lib.introspect numpy.lib.mixins numpy.lib.npyio
 numpy.lib.scimath numpy.lib.recfunctions numpy.rec numpy.char numpy.strings
 numpy.dtypes numpy.ctypeslib numpy.ma numpy.ma.extras""".split()
# Taken from real NumPy where the target has no such submodule at all: the source of test data.
BORROW = {"numpy.random"}
CONVERTING = """assert_equal assert_almost_equal assert_approx_equal
 assert_array_equal assert_array_almost_equal assert_array_less assert_allclose
 assert_array_almost_equal_nulp assert_array_max_ulp assert_array_compare
 assert_string_equal""".split()
ASSERTING = {
    "numpy.testing": CONVERTING,
    "numpy.ma.testutils": [
        *CONVERTING,
        *"""almost approx assert_close assert_equal_records
    assert_mask_equal assert_not_equal eq fail_if_equal fail_if_array_equal""".split(),
    ],
}

# Functions in C that take NumPy's arrays only, several without a check. A program hands such an
# extension ``numpy.asarray(x)``; so does the swap, and gives back what the function returns.
C_HELPERS = "numpy._core._multiarray_tests"
CASTS = ("numpy._core._multiarray_umath", "_get_castingimpl")

NOTHING = object()
collecting = False  # set by the plugin hooks at the end of this file
broken: list[str] = []  # expressions that failed while files were imported


class Missing:
    """Stands for a name that the target lacks, while test files are imported."""

    def __init__(self, name: str, why: str | None = None) -> None:
        self.__name__ = self.__qualname__ = name
        self._why = why

    def _use(self, *args: object, **kwargs: object) -> Missing:
        if not collecting:
            text = f"module {TARGET_NAME!r} has no attribute {self.__name__!r}"
            raise AttributeError(self._why or text)
        return self

    __call__ = __getitem__ = __add__ = __radd__ = __sub__ = __mul__ = _use
    __rmul__ = __truediv__ = __neg__ = __enter__ = __exit__ = __or__ = _use
    __ror__ = __rsub__ = __rtruediv__ = __pow__ = __lt__ = __gt__ = _use
    __eq__ = _use  # type: ignore[assignment]
    __hash__ = object.__hash__

    def __getattr__(self, name: str) -> Missing:
        if name.startswith(("__", "pytest")):
            raise AttributeError(name)
        return self._use()

    def __iter__(self) -> Iterator[Any]:
        self._use()
        return iter(())

    def __mro_entries__(self, bases: tuple[type, ...]) -> tuple[type, ...]:
        return ()


class Facade(types.ModuleType):
    """A NumPy module whose public attributes are the target's."""

    _real: types.ModuleType
    _target: Any

    def __init__(self, real: types.ModuleType, target: Any) -> None:
        super().__init__(real.__name__, f"facade of {real.__name__}")
        fixed = {
            "_real": real,
            "_target": target,
            "__path__": getattr(real, "__path__", []),
            "__file__": getattr(real, "__file__", None),
        }
        for name, value in fixed.items():
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        real, target = self._real, self._target
        obj = real_attribute(real, name)
        if isinstance(obj, types.ModuleType) and obj.__name__.startswith("numpy"):
            return submodule(obj, target, name)
        if real.__name__ in PUBLIC and not name.startswith("_"):
            return public_attribute(real, target, name, obj)
        if (where := public_home().get(id(obj))) is not None:
            return getattr(get(where[0]), where[1])
        return getattr(target if name == "__all__" and target else real, name)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        return {name: getattr(self, name) for name in vars(self._real)}

    def __eq__(self, other: object) -> bool:  # x.__array_namespace__() == np
        return other is self._target or other is self

    __hash__ = types.ModuleType.__hash__

    def __setattr__(self, name: str, value: Any) -> None:  # monkeypatch.setattr(np, ...)
        owner = self._target if self._real.__name__ in PUBLIC else self._real
        setattr(owner, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._target if self._real.__name__ in PUBLIC else self._real, name)

    def __dir__(self) -> list[str]:
        """The names that can be read: public ones of the target, private ones of NumPy."""
        private = [name for name in dir(self._real) if name.startswith("_")]
        if self._target is None:
            return dir(self._real)
        return sorted({*private, *(n for n in dir(self._target) if not n.startswith("_"))})


make_facade = functools.cache(Facade)


def real_attribute(real: types.ModuleType, name: str) -> Any:
    """NumPy's own attribute, or NOTHING; a deprecated one without its warning."""
    if name in real.__dict__:
        return real.__dict__[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(real, name, NOTHING)


def submodule(real: types.ModuleType, parent: Any, name: str) -> Any:
    """What stands for a NumPy module that was reached as an attribute of another one."""
    target = getattr(parent, name, None) if real.__name__ in PUBLIC else None
    if isinstance(target, types.ModuleType):
        return make_facade(real, target)
    return module(real.__name__)


def public_attribute(real: types.ModuleType, target: Any, name: str, obj: Any) -> Any:
    """The target's attribute; where it has none, NumPy's error or a `Missing`."""
    found = getattr(target, name, NOTHING)
    if found is not NOTHING:
        return found
    if obj is NOTHING:
        return getattr(real, name)  # raises NumPy's own error
    full = f"{real.__name__}.{name}"
    if collecting:
        return Missing(full)
    raise AttributeError(f"module {TARGET_NAME!r} has no attribute {full!r}")


@functools.cache
def public_home() -> dict[int, tuple[str, str]]:
    """id(object) -> the public (module, name) under which users find it."""
    home: dict[int, tuple[str, str]] = {}
    for module_name in PUBLIC:
        mod = importlib.import_module(module_name)
        for name in dir(mod):
            obj = getattr(mod, name, None)
            if not name.startswith("_") and callable(obj):
                home.setdefault(id(obj), (module_name, name))
    return home


def load_target(name: str) -> Any:
    """Import ``a.b.c``, a module or an attribute; ``null`` is an empty module."""
    if name == "null":
        return types.ModuleType("null")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        head, _, tail = name.rpartition(".")
        if not head:
            raise
        return getattr(importlib.import_module(head), tail)


TARGET_NAME = os.environ.get("SUITE_MODULE", "numpy")
TARGET = load_target(TARGET_NAME)


def counterpart(module_name: str) -> types.ModuleType | None:
    """The target's module for a public NumPy module name, or None."""
    obj, path = TARGET, TARGET_NAME
    for part in module_name.split(".")[1:]:
        path += "." + part
        if not hasattr(obj, part):
            with contextlib.suppress(ImportError):
                importlib.import_module(path)
        obj = getattr(obj, part, None)
        if not isinstance(obj, types.ModuleType):
            return None
    return obj if isinstance(obj, types.ModuleType) else None


def get(module_name: str, attribute: str | None = None) -> Any:
    """What the test file sees as a module, or as an attribute of one."""
    if attribute is None:
        return module(module_name)
    if (module_name, attribute) == CASTS:
        return lambda *dtypes: Cast(
            getattr(importlib.import_module(module_name), attribute)(*dtypes)
        )
    try:
        return getattr(module(module_name), attribute)
    except AttributeError:
        try:
            return module(f"{module_name}.{attribute}")
        except ImportError:
            text = f"cannot import name {attribute!r} from {module_name!r} of {TARGET_NAME}"
            raise ImportError(text) from None


@functools.cache
def module(module_name: str) -> types.ModuleType:
    """What the test file sees as module `module_name`."""
    if module_name in ASSERTING:
        return converting_module(importlib.import_module(module_name), ASSERTING[module_name])
    if ".tests.test_" in module_name:
        return rewritten_module(module_name)
    if module_name == C_HELPERS:
        helpers = importlib.import_module(C_HELPERS)
        return converting_module(helpers, [n for n, x in vars(helpers).items() if callable(x)])
    real = importlib.import_module(module_name)
    if module_name in PUBLIC:
        target = counterpart(module_name)
        if target is None and module_name in BORROW:
            return real
        return make_facade(real, target)
    if any(module_name == r or module_name.startswith(r + ".") for r in REAL):
        return real
    return Facade(real, None)


def rewritten_module(module_name: str) -> types.ModuleType:
    """Another test file, which knows the target as this one does."""
    spec = importlib.util.find_spec(module_name)
    assert spec is not None and spec.origin is not None
    mod = types.ModuleType(module_name)
    mod.__file__ = spec.origin
    exec(compile(rewrite(Path(spec.origin).read_text()), spec.origin, "exec"), vars(mod))
    return mod


# ------------------------------------------------------------------ modules that get real arrays
@functools.cache
def array_packages() -> set[str]:
    """Top-level packages whose array objects are the target's."""
    packages = {TARGET_NAME.split(".")[0]}
    for make in ("asarray", "array"):
        if hasattr(TARGET, make):
            packages.add(type(getattr(TARGET, make)([1.0])).__module__.split(".")[0])
    return packages - {"numpy", "builtins"}


def to_numpy(x: Any) -> Any:
    """`x` with the target's arrays in it replaced by NumPy's."""
    kind = type(x)
    if kind in (list, tuple):
        return kind(map(to_numpy, x))
    if kind is dict:
        return {k: to_numpy(v) for k, v in x.items()}
    if issubclass(type(x), numpy.ndarray | numpy.generic):  # isinstance asks __class__, too
        return x
    if kind.__module__.split(".")[0] in array_packages() and hasattr(kind, "__array__"):
        return numpy.asarray(x)
    if vars(kind).get("__array__") and type(made := x.__array__()).__module__ in array_packages():
        return numpy.asarray(made)
    return x


def converting_module(real: types.ModuleType, names: Iterable[str]) -> types.ModuleType:
    """A NumPy module whose functions of these names are handed NumPy's arrays for the target's."""
    mod = types.ModuleType(real.__name__)
    mod.__dict__.update({k: v for k, v in vars(real).items() if not k.startswith("__")})
    for name in names:
        if hasattr(real, name):
            setattr(mod, name, converting(getattr(real, name)))
    return mod


class Cast:
    """A cast of NumPy's, whose methods are handed NumPy's arrays for the target's."""

    def __init__(self, of_numpy: Any) -> None:
        self._of_numpy = of_numpy

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._of_numpy, name)
        return converting(attribute) if callable(attribute) else attribute


def converting(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return function(*map(to_numpy, args), **{k: to_numpy(v) for k, v in kwargs.items()})

    return wrapper


# ------------------------------------------------------------------ called by rewritten files
def value(thunk: Callable[[], Any], name: str = "value") -> Any:
    """What `thunk` returns or, while files are imported, a `Missing` if it fails."""
    if not collecting:
        return thunk()
    try:
        return thunk()
    except Exception as error:
        why = f"at import: {type(error).__name__}: {error}"
        broken.append(f"{name}: {why}")
        return Missing(name, why)


def decorator(thunk: Callable[[], Any]) -> Any:
    """Like `value` for a decorator; the decorated test is then not collected."""
    out = value(thunk, "decorator")
    return (lambda f: Missing(f.__name__, out._why)) if type(out) is Missing else out


# ------------------------------------------------------------------ pytest plugin
def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "slow: slow",
        "slow_pypy: slow",
        "leaks_references: leaks",
        "valgrind_error: valgrind",
        "thread_unsafe: single thread",
        "parallel_threads(n): threads",
        "iterations(n): repeats",
    ):
        config.addinivalue_line("markers", line)
    hypothesis.settings.register_profile(
        "suite",
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("suite")


def pytest_collection() -> None:
    sys.modules[__name__].collecting = True  # type: ignore[attr-defined]


def pytest_collection_finish(session: pytest.Session) -> None:
    sys.modules[__name__].collecting = False  # type: ignore[attr-defined]
    recorder = session.config.pluginmanager.get_plugin("suite-recorder")
    assert recorder is not None, "np_swap works beside suite_plugin"
    for text in broken:
        recorder.write(collect_error="", msg=text[:200])
