"""Calls every public function of NumPy with random arguments, in NumPy and in lazynp.

    python tests/fuzz_functions.py --calls 200000 --seed 0 --jobs 2
    python tests/fuzz_functions.py --only linalg.norm --calls 2000

The parameters are NumPy's own signatures; arguments are drawn by their names (call_arguments.py).
Compared are values bit by bit, classes, dtypes, flags, strides, bases, shared memory, exceptions
with their texts, warnings, and what the arguments hold afterwards, also after the result or the
arguments were written to. Prints each difference as the program that shows it, and how many calls
of each function NumPy accepted. Calls run in child processes: a crash is a finding like any other.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
from call_arguments import arguments, family_of, leaves_gaps, quiet_special, takes_out
from call_outcomes import Seen, arrays_in, error_of, is_array, relations, seen, warnings_of
from call_scene import Scene, value_makers
from public_functions import PublicFunction, public_functions

BATCH_SECONDS = 900
# Differences that are meant, by function and aspect, and why.
MEANT = {
    "ndarray.__array__": "hands the memory to NumPy, as an array of NumPy's own",
    "lib.stride_tricks.as_strided layout": "`.base` is the array; NumPy's a dummy of its own",
    "lib.stride_tricks.sliding_window_view layout": "the same",
    "ma.MaskType classes": "NumPy's scalar classes make arrays of NumPy's own",
    "ndarray.resize value": "which of two refusals comes first",
    "lib.recfunctions layout": "`.base` of records and subclasses may be NumPy's array",
    "ma layout": "the same",
    "rec layout": "the same",
    "asmatrix layout": "the same",
    "bmat layout": "the same",
    "ndarray.view layout": "the same",
    "unpackbits value": "NumPy answers with memory as it was found where there are no bytes",
    "fft.hfft value": "the same",
    "ndarray.strides value": "of arrays without elements, NumPy's are zero or not by their history",
    "ndarray.choose value": "NumPy refuses a keyword that its signature has, by oversight",
    "histogramdd value": "NumPy's dispatcher refuses a number, by oversight",
    "poly value": "NumPy's dispatcher refuses a number, by oversight",
    "unique_all value": "NumPy's dispatcher refuses a keyword that its signature has, by oversight",
    "unique_counts value": "the same",
    "unique_inverse value": "the same",
    "unique_values value": "the same",
    "ma.innerproduct arguments": "NumPy changes the shape of its 0-d argument, by oversight",
    "ma.inner arguments": "the same",
    "ma.outer arguments": "the same",
    "ma.outerproduct arguments": "the same",
}
for _name in dir(numpy):
    _class = getattr(numpy, _name)
    if isinstance(_class, type) and issubclass(_class, numpy.generic):
        for _prefix in ("", "ma.", "rec."):
            MEANT[_prefix + _name] = "NumPy's scalar classes make arrays of NumPy's own"
PROBES = ("read", "read", "write result", "write arguments")


# ------------------------------------------------------------------ one call
@dataclass(frozen=True)
class Call:
    """A call as a program: statements that make its arrays, and the expression."""

    function: str
    statements: tuple[str, ...]
    expression: str
    arrays: tuple[str, ...]
    probe: str

    def __str__(self) -> str:
        lines = [*self.statements, f"r = {self.expression}    # then: {self.probe}"]
        return "\n".join(f"    {line}" for line in lines)


def make_call(function: PublicFunction, seed: int) -> Call:
    """A random call of a function; equal seeds give equal calls."""
    scene = Scene(seed, family_of(function, seed))
    quiet_special(function, scene)
    target = function.target
    if "{}" in target:
        target = target.format(scene.array())
    elif "{seed}" in target:
        target = target.format(seed=seed % 1000)
    given = [] if function.is_property else arguments(function, scene)
    if takes_out(function) and scene.chance(0.2):
        given = with_out(function, target, given, scene)
    expression = target if function.is_property else f"{target}({', '.join(given)})"
    statements, arrays = tuple(scene.statements), tuple(scene.arrays)
    return Call(function.name, statements, expression, arrays, scene.pick(*PROBES))


def with_out(function: PublicFunction, target: str, given: list[str], scene: Scene) -> list[str]:
    """The arguments with an `out=` that fits what NumPy answers without it, mostly."""
    names = names_for(numpy)
    with contextlib.suppress(Exception), silence():
        exec("\n".join(scene.statements), names)
        result = eval(f"{target}({', '.join(given)})", names)
        shape, dtype = numpy.shape(result), numpy.asarray(result).dtype.str[1:]
        if dtype[0] not in "biufc":
            return given
        name = scene.array(shape=tuple(shape))
        how = f"np.zeros({shape}, {dtype!r})"
        if scene.chance(0.3) and shape:
            how = f"np.zeros({(*shape[:-1], 2 * shape[-1])}, {dtype!r})[..., ::2]"
        if scene.chance(0.7):
            scene.statements.append(f"{name} = {how}")
        more = [f"where={scene.mask()}"] if leaves_gaps(function) and scene.chance(0.4) else []
        return [*given, f"out={name}", *more]
    return given


@contextlib.contextmanager
def silence() -> Any:
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stdout(io.StringIO()):
            yield None


def names_for(np: ModuleType) -> dict[str, Any]:
    return {"np": np, "numpy": np, **value_makers(np)}


def outcome(call: Call, np: ModuleType) -> dict[str, Seen]:
    """What the call did with the module `np`, aspect by aspect."""
    names = names_for(np)
    np.random.seed(7)
    with np.errstate(all="ignore"):
        exec("\n".join(call.statements), names)
    found: dict[str, Seen] = {}
    printed = io.StringIO()
    with warnings.catch_warnings(record=True) as record, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            result = eval(call.expression, names)
        except Exception as error:
            found["value"] = error_of(error)
        else:
            arrays = [names[name] for name in call.arrays]
            found["layout"] = relations(result, [a for a in arrays if is_array(a)])
            if np is not numpy:
                found["classes"] = foreign_arrays(result)
            if call.probe != "read":
                found["probe"] = probe(call, result, arrays)
            try:
                found["value"] = seen(result)
            except Exception as error:  # of an iterator that refuses to be read
                found["value"] = error_of(error)
        found["arguments"] = tuple(seen(names[name]) for name in call.arrays)
    found["warnings"] = warnings_of(record)
    if printed.getvalue():
        found["printed"] = (printed.getvalue(),)
    return found


def foreign_arrays(result: Any) -> Seen:
    """Arrays of NumPy's own where ours are due."""
    return tuple("numpy.ndarray" for array in arrays_in(result) if type(array) is numpy.ndarray)


def probe(call: Call, result: Any, arguments: list[Any]) -> Seen:
    """Writes to the result or to the arguments, whose other side is read afterwards."""
    written = arrays_in(result) if call.probe == "write result" else arguments
    answers: list[Any] = []
    for array in written:
        if not is_array(array):
            continue
        try:
            array[...] = 1
            answers.append("written")
        except Exception as error:
            answers.append(error_of(error))
    return tuple(answers)


# ------------------------------------------------------------------ comparing
@dataclass
class Report:
    """What a run found."""

    n_calls: int = 0
    n_meant: int = 0
    n_known: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    differences: list[dict[str, str]] = field(default_factory=list)


def compare(call: Call, module: ModuleType, report: Report) -> None:
    """Runs a call in both; notes what differs."""
    expected = outcome(call, numpy)
    if "layout" in expected:
        expected["classes"] = ()
    report.n_calls += 1
    report.tried[call.function] += 1
    report.accepted[call.function] += expected["value"][:1] != ("raises",)
    try:
        got = outcome(call, module)
    except Exception as error:
        got = {"value": ("statements raise", type(error).__name__, str(error))}
    aspects = [key for key in {**expected, **got} if expected.get(key) != got.get(key)]
    if aspects and is_meant(call, aspects):
        report.n_meant += 1
    elif aspects and is_known_fault(call, aspects, expected, got):
        report.n_known += 1
    elif aspects:
        shown = [f"{key}: {expected.get(key)}\n      got {got.get(key)}"[:1500] for key in aspects]
        report.differences.append(
            {
                "function": call.function,
                "aspects": " ".join(aspects),
                "program": str(call),
                "shown": "\n    ".join(shown),
            }
        )


def is_meant(call: Call, aspects: list[str]) -> bool:
    """Whether MEANT has every aspect of the function, or of its module."""
    package = call.function.rpartition(".")[0]
    if has_numpy_scalar(call) and aspects == ["classes"]:
        return True  # its methods make arrays of NumPy's own
    return call.function in MEANT or all(
        f"{name} {aspect}" in MEANT or f"{name} value" in MEANT
        for aspect in aspects
        for name in [call.function if f"{package} {aspect}" not in MEANT else package]
    )


def is_known_fault(
    call: Call, aspects: list[str], expected: dict[str, Seen], got: dict[str, Seen]
) -> bool:
    """The faults that docs/status.md lists; they are counted."""
    method = call.function.rpartition(".")[2]
    has_out = "out=" in call.expression
    gives_array = (expected["value"][0], got["value"][0]) == ("scalar", "ndarray")
    joins_numbers = method in ("union1d", "setxor1d", "setdiff1d", "intersect1d", "in1d", "isin")
    of_ufunc = method in (
        "at",
        "reduce",
        "accumulate",
        "reduceat",
        "var",
        "std",
        "nanvar",
        "nanstd",
    )
    is_empty = aspects == ["layout"] and any(0 in of[0][0] for of in expected["layout"])
    return (
        (has_out and gives_array)  # NumPy's own scalar, given out=
        or (aspects == ["warnings"] and (of_ufunc or "where=" in call.expression))
        or joins_numbers
        or is_empty
        or (method == "tobytes" and "'O'" in "".join(call.statements))  # addresses
    )


def has_numpy_scalar(call: Call) -> bool:
    return call.function.startswith("ndarray.") and call.expression.partition(".")[0] in {
        statement.partition(" ")[0] for statement in call.statements if statement.endswith("]")
    }


def run_batch(options: argparse.Namespace, progress: Path | None = None) -> Report:
    """Runs the calls first, first + 1, ... in this process."""
    module = __import__(options.module)
    if options.module == "lazynp":
        module._core.set_warning_baseline(True)
    functions = chosen_functions(options.only)
    report = Report()
    for number in range(options.first, options.first + options.calls):
        if progress:
            progress.write_text(str(number))
        call = make_call(functions[number % len(functions)], options.seed * 10_000_019 + number)
        try:
            compare(call, module, report)
        except Exception as error:  # the statements themselves failed in NumPy
            report.tried[f"not a program: {type(error).__name__}: {error}"[:100]] += 1
    return report


def chosen_functions(only: str) -> list[PublicFunction]:
    functions = public_functions()
    if only:
        functions = [f for f in functions if any(f.name == o for o in only.split(","))] or [
            f for f in functions if only in f.name
        ]
    return functions


# ------------------------------------------------------------------ child processes
def run_child(options: argparse.Namespace, first: int, n_calls: int) -> Report:
    """Runs calls in a process of its own, and again behind a call that took it down."""
    report = Report()
    last = first + n_calls
    while first < last:
        with tempfile.TemporaryDirectory() as folder:
            progress, answer = Path(folder) / "at", Path(folder) / "report.json"
            command = [sys.executable, __file__, "--child", folder, "--module", options.module]
            command += ["--seed", str(options.seed), "--only", options.only]
            command += ["--first", str(first), "--calls", str(last - first)]
            try:
                ended = subprocess.run(
                    command, timeout=BATCH_SECONDS, capture_output=True, text=True, check=False
                )
                how = f"exit status {ended.returncode}: {ended.stderr[-800:]}"
            except subprocess.TimeoutExpired:
                how = f"no end within {BATCH_SECONDS} s"
            if answer.exists():
                add(report, Report(**json.loads(answer.read_text())))
                return report
            at = int(progress.read_text() or first) if progress.exists() else first
        functions = chosen_functions(options.only)
        call = make_call(functions[at % len(functions)], options.seed * 10_000_019 + at)
        report.differences.append(
            {"function": call.function, "aspects": "crash", "program": str(call), "shown": how}
        )
        if at > first:
            add(report, run_child(options, first, at - first))
        first = at + 1
    return report


def add(total: Report, part: Report) -> None:
    total.n_calls += part.n_calls
    total.n_meant += part.n_meant
    total.n_known += part.n_known
    total.accepted.update(part.accepted)
    total.tried.update(part.tried)
    total.differences += part.differences


def run(options: argparse.Namespace) -> Report:
    """Runs all calls, some thousand in each child."""
    starts = range(options.first, options.first + options.calls, options.batch)
    total = Report()
    with ThreadPoolExecutor(options.jobs) as pool:
        end = options.first + options.calls
        parts = pool.map(lambda s: run_child(options, s, min(options.batch, end - s)), starts)
        for part in parts:
            add(total, part)
    return total


def print_report(report: Report, options: argparse.Namespace) -> None:
    shown: Counter[str] = Counter()
    for difference in report.differences:
        shown[difference["function"]] += 1
        if shown[difference["function"]] <= options.show:
            print(f"{difference['function']} ({difference['aspects']})")
            print(difference["program"])
            print(f"    {difference['shown']}\n")
    never = sorted(name for name, n in report.tried.items() if not report.accepted[name])
    print(f"functions of which NumPy accepted no call ({len(never)}): {' '.join(never)}")
    print("differences by function:", dict(shown.most_common()))
    n_accepted = sum(report.accepted.values())
    print(
        f"{report.n_calls} calls of {len(report.tried)} functions, {n_accepted} accepted by NumPy, "
        f"{len(report.differences)} differences, {report.n_meant} that are meant, "
        f"{report.n_known} known faults"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first call")
    parser.add_argument("--only", default="", help="names of functions, or a part of a name")
    parser.add_argument("--module", default="lazynp")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--batch", type=int, default=3_000)
    parser.add_argument("--show", type=int, default=3, help="differences shown of each function")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        folder = Path(options.child)
        report = run_batch(options, folder / "at")
        (folder / "report.json").write_text(json.dumps(vars(report)))
        return 0
    report = run(options)
    print_report(report, options)
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main())
