"""`import numpy` meaning lazynp in the modules of one program, while libraries keep NumPy.

Every import is done as Python does it. What a module of the program then gets for a module of
NumPy's is lazynp's of that name, if there is one (docs/decisions/024).
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import importlib
import os
import sys
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lazynp import _core

Globals = dict[str, Any]


class Own(NamedTuple):
    """Whose imports are swapped: modules below these folders and of these packages, `__main__`."""

    folders: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


# ------------------------------------------------------------------ which modules are the program's
MAIN = ("__main__", "__mp_main__")  # the second: of a child that multiprocessing has spawned
LIBRARIES = ("site-packages", "dist-packages")
STANDARD_LIBRARY = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}

_own: Own | None = None  # None: nothing is swapped


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


@functools.lru_cache(maxsize=4096)
def is_own_file(path: str, own: Own) -> bool:
    """Whether a file lies below one of the folders, but not in a library that lies there, too."""
    for name in {os.path.abspath(path), os.path.realpath(path)}:
        for folder in own.folders:
            below = name[len(folder) :].split(os.sep)
            is_library = any(part in LIBRARIES for part in below) or any(
                _is_below(name, library) and not _is_below(folder + os.sep, library)
                for library in STANDARD_LIBRARY
            )
            if _is_below(name, folder) and not is_library:
                return True
    return False


def _says_whose_it_is(names: Globals) -> bool:
    return "__file__" in names or names.get("__name__") in MAIN


def is_own(names: Globals, own: Own, frame: types.FrameType | None = None) -> bool:
    """Whether these are the globals of a module of the program.

    Text that exec() runs may have globals of its own: then the frames that called decide.
    """
    while frame is not None and not _says_whose_it_is(names):
        names, frame = frame.f_globals, frame.f_back
    module, file = names.get("__name__"), names.get("__file__")
    package = module.partition(".")[0] if isinstance(module, str) else ""
    if package in ("numpy", "lazynp"):
        return False
    if module in MAIN or package in own.packages:
        return True
    return isinstance(file, str) and is_own_file(file, own)


# ------------------------------------------------------------------ what they get for a module
@functools.cache
def counterpart(module: types.ModuleType) -> types.ModuleType:
    """The module of lazynp for one of NumPy's; NumPy's where lazynp has none, or it is private."""
    name = "lazynp" + module.__name__.removeprefix("numpy")
    if any(part.startswith("_") for part in name.split(".")):
        return module
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return module


def _numpy_imported(module: types.ModuleType, names: Globals) -> types.ModuleType:
    if _own is None or not is_own(names, _own, sys._getframe(1)):
        return module
    return counterpart(module)


def _multiprocessing_imported(module: types.ModuleType, _: Globals) -> types.ModuleType:
    """Children that are not forked swap, too: what they are sent first makes them. Done once."""
    is_complete = not getattr(module.__spec__, "_initializing", False)
    if is_complete and module.__name__ == "multiprocessing":
        del _ACTIONS["multiprocessing"]
        from multiprocessing import set_forkserver_preload, spawn

        spawn.get_preparation_data = _PreparationData(spawn.get_preparation_data)
        set_forkserver_preload([])  # by default it imports __main__, with NumPy
    return module


class _PreparationData:
    """multiprocessing.spawn.get_preparation_data with the order to swap."""

    def __init__(self, original: Any) -> None:
        self.original = original

    def __call__(self, name: str) -> dict[str, Any]:
        data: dict[str, Any] = self.original(name)
        return data if _own is None else {"lazynp": _Installed(_own), **data}


class _Installed:
    """Unpickling one installs the swap."""

    def __init__(self, own: Own) -> None:
        self.own = own

    def __reduce__(self) -> tuple[Any, ...]:
        return install, (self.own,)


# ------------------------------------------------------------------ on and off
_ACTIONS = {"numpy": _numpy_imported, "multiprocessing": _multiprocessing_imported}
_WAYS = ((builtins, "__import__"), (importlib, "__import__"), (importlib, "import_module"))
_replaced: dict[tuple[types.ModuleType, str], tuple[Any, Any]] = {}  # what was there, and is there


def install(own: Own) -> None:
    """Swap in the modules of a program from now on; what was imported before stays."""
    global _own
    _own = own
    for home, name in _WAYS:
        if (home, name) not in _replaced:
            original = getattr(home, name)
            ours = _core.watched_import(original, _ACTIONS)
            _replaced[home, name] = original, ours
            setattr(home, name, ours)


def uninstall() -> None:
    """Swap no more. Where somebody wrapped our import, it stays and does as Python does."""
    global _own
    _own = None
    for (home, name), (original, ours) in list(_replaced.items()):
        if getattr(home, name) is ours:
            setattr(home, name, original)
            del _replaced[home, name]


@contextlib.contextmanager
def swapped(own: Own) -> Iterator[None]:
    """Swap in a block only."""
    before = _own
    install(own)
    try:
        yield
    finally:
        if before is None:
            uninstall()
        else:
            install(before)


def load_program(path: str | Path, is_swapped: bool) -> dict[str, Any]:
    """The names that a program defines when it is imported, on lazynp or on NumPy."""
    names: dict[str, Any] = {"__name__": Path(path).stem, "__file__": str(path)}
    code = compile(Path(path).read_bytes(), str(path), "exec")
    own = Own((str(Path(path).resolve().parent),))
    with swapped(own) if is_swapped else contextlib.nullcontext():
        exec(code, names)
    return names
