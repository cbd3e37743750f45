"""Runs a program with NumPy and with lazynp, each in its own process, and lists what differs."""

from __future__ import annotations

import difflib
import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy

HERE = Path(__file__).resolve().parent
MODULES = ("numpy", "lazynp")
# Two processes at once leave one core to each; sets are walked through alike.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
MAX_LISTED = 12  # differences of one program that are worth reading


@dataclass(frozen=True)
class Program:
    """A program: the adapter that knows how to call it, where it lies, and its name."""

    adapter: str
    folder: Path
    name: str


@dataclass
class Comparison:
    """What was found out about one program."""

    program: Program
    differences: list[str] = field(default_factory=list)
    error: str | None = None  # what the program raised with NumPy
    n_operations: int = 0  # recorded natively
    n_bytes: int = 0  # that they read
    fallbacks: list[tuple[str, int, int, str]] = field(default_factory=list)

    @property
    def n_calls_served(self) -> int:
        return sum(row[1] for row in self.fallbacks)

    @property
    def n_bytes_served(self) -> int:
        return sum(row[2] for row in self.fallbacks)


def compare(program: Program, timeout_seconds: float) -> Comparison:
    """Run the program twice, at the same time, and compare everything that can be seen."""
    with ThreadPoolExecutor(2) as pool:
        plain, swapped = pool.map(lambda m: run_alone(program, m, timeout_seconds), MODULES)
    result = Comparison(program, error=plain["error"])
    if (plain["error"] or "").startswith("ModuleNotFoundError"):
        result.differences.append(f"cannot be run: {plain['error']}")
    result.differences += different_lines(plain["stdout"], swapped["stdout"])
    result.differences += different_warnings(plain["stderr"], swapped["stderr"])
    if plain["error"] != swapped["error"]:
        result.differences.append(f"exception: NumPy {plain['error']}, lazynp {swapped['error']}")
    result.differences += different_results(plain["results"], swapped["results"])
    result.n_operations, result.n_bytes = swapped.get("recorded", 0), swapped.get("bytes", 0)
    result.fallbacks = swapped.get("fallbacks", [])
    return result


def run_alone(program: Program, module: str, timeout_seconds: float) -> dict[str, Any]:
    """One process; it starts in an empty folder, so that a program may write files."""
    environment = ENVIRONMENT | os.environ
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder).with_suffix(".pickle")
        where = (program.adapter, str(program.folder.resolve()), program.name, module, str(out))
        command = [sys.executable, str(HERE / "observe_program.py"), *where]
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, timeout=timeout_seconds
            )
            status = f"the process ended with {done.returncode}"
        except subprocess.TimeoutExpired as expired:
            done, status = expired, f"no end within {timeout_seconds} s"
        seen = {"error": status, "results": {}}
        if out.exists():
            seen = pickle.loads(out.read_bytes())
            out.unlink()
    texts = {"stdout": done.stdout or b"", "stderr": done.stderr or b""}
    return seen | {name: text.decode() for name, text in texts.items()}


# ------------------------------------------------------------------ what differs
def different_lines(plain: str, swapped: str) -> list[str]:
    """Where the printed texts differ."""
    a, b = plain.splitlines(), swapped.splitlines()
    if plain == swapped:
        return []
    return list(difflib.unified_diff(a, b, *MODULES, lineterm="", n=0)) or ["ends of lines"]


def different_warnings(plain: str, swapped: str) -> list[str]:
    """Warnings of one run only, with their places. When they come is not compared."""
    a, b = (Counter(re.split(r"\n(?! )", text.strip())) for text in (plain, swapped))
    sides = zip(MODULES, (a - b, b - a), strict=True)
    return [f"only with {m}: {text.splitlines()[0]}" for m, only in sides for text in only if text]


def different_results(plain: dict[str, Any], swapped: dict[str, Any]) -> list[str]:
    """The entries in which two descriptions differ."""
    paths = list(plain) + [path for path in swapped if path not in plain]
    return [
        difference(path, plain, swapped) for path in paths if plain.get(path) != swapped.get(path)
    ]


def difference(path: str, plain: dict[str, Any], swapped: dict[str, Any]) -> str:
    a, b = plain.get(path, "absent"), swapped.get(path, "absent")
    dtype = plain.get(f"{path.removesuffix('.bytes')}.dtype", "")
    if not (isinstance(a, bytes) and isinstance(b, bytes) and len(a) == len(b)):
        return f"{path}: NumPy {a!r:.200}, lazynp {b!r:.200}"
    itemsize = numpy.dtype(eval(dtype, {"dtype": numpy.dtype})).itemsize
    rows = [numpy.frombuffer(x, f"V{itemsize}") for x in (a, b)]
    (where,) = numpy.nonzero(rows[0] != rows[1])
    shown = [row[where[0]].tobytes().hex() for row in rows]
    return f"{path}: {len(where)} of {len(rows[0])} differ, at {where[0]}: {shown} ({dtype})"
