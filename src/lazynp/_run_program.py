"""Runs a program as `python` does, with NumPy meaning lazynp in the program's own modules."""

from __future__ import annotations

import importlib.machinery
import io
import linecache
import os
import pkgutil
import runpy
import sys
import types
from typing import Any, NamedTuple

from lazynp._swap_import import Own, install


class Program(NamedTuple):
    """What to run: a module's name, a text or the path of a script, and its arguments."""

    kind: str  # "module", "text", "path"
    target: str
    arguments: list[str]

    def own(self) -> Own:
        """Its modules: below its folder and the working directory, and the package of -m."""
        folders = [os.path.realpath(os.getcwd())]
        if self.kind == "path":
            path = os.path.realpath(self.target)
            folders += [path] if _is_archive(self.target) else [os.path.dirname(path)]
        package = (self.target.partition(".")[0],) if self.kind == "module" else ()
        return Own(tuple(dict.fromkeys(folders)), package)


def run_program(program: Program) -> None:
    """Run a program; it ends as it does in Python: by an exception, too, that shows its lines only.

    Raises SystemExit where Python would not start it either.
    """
    install(program.own())
    try:
        _STARTS[program.kind](program)
    except SystemExit:
        raise
    except BaseException as error:
        _print_without_our_frames(error, error.__traceback__)
        raise


def _print_without_our_frames(error: BaseException, trace: types.TracebackType | None) -> None:
    """Let Python print the traceback from the program's first frame on, when it ends."""
    while (
        trace is not None and trace.tb_frame.f_code.co_filename == run_program.__code__.co_filename
    ):
        trace = trace.tb_next
    program_prints = sys.excepthook

    def excepthook(kind: type[BaseException], value: BaseException, _: Any) -> None:
        if value is error:
            error.__traceback__ = trace
        program_prints(kind, value, value.__traceback__)

    sys.excepthook = excepthook


# ------------------------------------------------------------------ how each kind starts
def _start_module(program: Program) -> None:
    sys.argv = ["-m", *program.arguments]
    _new_main_module()
    runpy._run_module_as_main(program.target)  # type: ignore[attr-defined]  # what `python -m` calls


def _start_text(program: Program) -> None:
    sys.argv = ["-c", *program.arguments]
    _set_first_of_path("")
    main = _new_main_module()
    main.__loader__ = importlib.machinery.BuiltinImporter
    text, name = program.target, "<string>"
    if sys.version_info >= (3, 13):  # tracebacks show its lines
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    exec(compile(text, name, "exec", dont_inherit=True), main.__dict__)


def _start_path(program: Program) -> None:
    sys.argv = [program.target, *program.arguments]
    path = os.path.abspath(program.target)
    if _is_archive(path):
        _set_first_of_path(path)
        _new_main_module()
        runpy._run_module_as_main("__main__", alter_argv=False)  # type: ignore[attr-defined]
        return
    _set_first_of_path(os.path.dirname(os.path.realpath(path)))
    main = _new_main_module()
    main.__file__, main.__dict__["__cached__"] = path, None
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    exec(_code_of(path), main.__dict__)


_STARTS = {"module": _start_module, "text": _start_text, "path": _start_path}


def _is_archive(path: str) -> bool:
    """Whether modules can be imported from there: a folder or a zip file with a __main__.py."""
    return pkgutil.get_importer(path) is not None


def _code_of(path: str) -> types.CodeType:
    try:
        with io.open_code(path) as file:
            data = file.read()
    except OSError as error:
        reason = f"[Errno {error.errno}] {os.strerror(error.errno or 0)}"
        print(f"{sys.orig_argv[0]}: can't open file {path!r}: {reason}", file=sys.stderr)
        raise SystemExit(2) from None
    compiled = pkgutil.read_code(io.BytesIO(data))  # of a .pyc file
    return compiled or compile(data, path, "exec", dont_inherit=True)


def _set_first_of_path(entry: str) -> None:
    if not sys.flags.safe_path:  # then Python put nothing there
        sys.path[0] = entry


def _new_main_module() -> types.ModuleType:
    """An empty `__main__`; the module that was it lives on under its name."""
    before = sys.modules["__main__"]
    sys.modules.setdefault(f"{__package__}.__main__", before)
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    if "__annotations__" in vars(before):  # as this version of Python has it
        main.__annotations__ = {}
    sys.modules["__main__"] = main
    return main
