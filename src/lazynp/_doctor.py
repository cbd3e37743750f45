"""Watches a program that runs on lazynp: what forced runs, what NumPy did, and where."""

from __future__ import annotations

import atexit
import json
import json.encoder
import os
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from lazynp import _core
from lazynp._fallback import name_of
from lazynp._run_program import Program, run_program
from lazynp._swap_import import Own, is_own


class Place(NamedTuple):
    """A line of the program; `through`: the line of a library that it called, if one did it."""

    file: str
    line: int
    through: str = ""


@dataclass
class Tally:
    """How often something happened at one place, and what it took."""

    count: int = 0
    amount: int = 0  # operations of runs, bytes of calls
    seconds: float = 0.0

    def add(self, amount: int, seconds: float) -> None:
        self.count += 1
        self.amount += amount
        self.seconds += seconds


@dataclass
class Observer:
    """What happened since it was made; the core calls it (csrc/python/observation.cpp)."""

    own: Own
    runs: dict[tuple[str, str, Place], Tally] = field(default_factory=dict)  # why, op, place
    calls: dict[tuple[str, Place], Tally] = field(default_factory=dict)  # NumPy's function, place
    scalars: dict[Place, Tally] = field(default_factory=dict)
    refused_by_json: dict[Place, Tally] = field(default_factory=dict)  # LazyScalars
    largest_run: int = 0
    peak_pending_bytes: int = 0
    is_own_code: dict[types.CodeType, bool] = field(default_factory=dict)

    def __call__(self, kind: str, *details: Any) -> None:
        getattr(self, f"note_{kind}")(self.place(sys._getframe(1)), *details)

    def note_run(
        self, place: Place, why: str, op: str, n: int, pending_bytes: int, seconds: float
    ) -> None:
        self.runs.setdefault((why, op, place), Tally()).add(n, seconds)
        self.largest_run = max(self.largest_run, n)
        self.peak_pending_bytes = max(self.peak_pending_bytes, pending_bytes)

    def note_call(self, place: Place, function: Any, n_bytes: int, seconds: float) -> None:
        self.calls.setdefault((name_of(function), place), Tally()).add(n_bytes, seconds)

    def note_scalar(self, place: Place) -> None:
        self.scalars.setdefault(place, Tally()).add(0, 0)

    def note_class_asked(self, place: Place) -> None:
        """json names the class in its error, and asks for it nowhere else."""
        if place.through.rpartition(":")[0] == json.encoder.__file__:
            self.refused_by_json.setdefault(place, Tally()).add(0, 0)

    def place(self, frame: types.FrameType | None) -> Place:
        """The innermost line of the program, and that of the library which it called."""
        library = None
        while frame is not None:
            code = frame.f_code
            if (is_own_code := self.is_own_code.get(code)) is None:
                is_own_code = self.is_own_code[code] = is_own(frame.f_globals, self.own)
            if is_own_code:
                through = f"{library[0]}:{library[1]}" if library else ""
                return Place(code.co_filename, frame.f_lineno, through)
            if library is None and not _is_ours_or_numpys(frame):
                library = code.co_filename, frame.f_lineno
            frame = frame.f_back
        return Place(*library) if library else Place("", 0)


def _is_ours_or_numpys(frame: types.FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in ("lazynp", "numpy")


@dataclass
class Examination:
    """One run of a program under observation."""

    program: Program
    observer: Observer
    begin_seconds: float = field(default_factory=time.perf_counter)
    before: dict[str, Any] = field(default_factory=_core.stats)

    def seconds(self) -> float:
        return time.perf_counter() - self.begin_seconds

    def stats(self) -> dict[str, Any]:
        """What the engine counted since the start."""
        return {name: count - self.before[name] for name, count in _core.stats().items()}


def examine(program: Program, json_file: str | None) -> None:
    """Run a program, and report on stderr when all of it, exit functions too, is over."""
    examination = Examination(program, Observer(program.own()))
    atexit.register(_in_this_process(lambda: _report(examination, json_file)))
    _core.set_observer(examination.observer)
    run_program(program)


def _in_this_process(function: Callable[[], None]) -> Callable[[], None]:
    """Children of a fork run the exit functions, too."""
    process = os.getpid()
    return lambda: function() if os.getpid() == process else None


def _report(examination: Examination, json_file: str | None) -> None:
    from lazynp._doctor_report import facts_of, text_of

    _core.set_observer(None)
    facts = facts_of(examination)
    print(text_of(facts), file=sys.stderr)
    if json_file == "-":
        print(json.dumps(facts, indent=2))
    elif json_file is not None:
        Path(json_file).write_text(json.dumps(facts, indent=2) + "\n")
