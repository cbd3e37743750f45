"""Runs random aliasing programs on NumPy and on lazynp side by side and compares every step.

    python tests/fuzz_aliasing.py --programs 5000 --steps 60 --seed 0

Prints a histogram of the features that ran, the share of array operations that stayed lazy, and
each mismatch as a program cut down to the statements it needs. `--module numpy` compares NumPy
with itself, which shows that the generator is sound. Programs run in child processes, so that a
crash is a finding like any other.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
import aliasing_features  # noqa: F401
from aliasing_namespace import namespace
from aliasing_programs import FEATURES, Generator
from comparison import described

BATCH = 100
REPLAY_SECONDS = 20
BATCH_SECONDS = 600


# ------------------------------------------------------------------ running a program twice
@dataclass
class Mismatch:
    """Where lazynp differed from NumPy."""

    statement: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"at: {self.statement}\n  NumPy:  {self.expected}\n  lazynp: {self.got}"


class Pair:
    """One program state on NumPy and one on the module under test."""

    def __init__(self, module: ModuleType) -> None:
        self.logs: tuple[list[Any], list[Any]] = ([], [])
        self.oracle = namespace(numpy, self.logs[0])
        self.lazy = namespace(module, self.logs[1])
        self.raised = False

    def execute(self, text: str) -> Mismatch | None:
        """Runs a statement on both; a name that is not there skips it (a cut program)."""
        code = compile(text, "<program>", "exec")
        outcomes = []
        for names in (self.oracle, self.lazy):
            outcome = None
            try:
                exec(code, names)
            except NameError:
                if names is self.oracle:
                    return None
                raise
            except Exception as error:
                outcome = (type(error).__name__, str(error))
            outcomes.append(outcome)
        self.raised = outcomes[0] is not None
        if outcomes[0] != outcomes[1]:
            return Mismatch(text, str(outcomes[0]), str(outcomes[1]))
        expected, got = self.logs
        difference = None
        if expected != got:
            first = next(
                (i for i, (e, g) in enumerate(zip(expected, got, strict=False)) if e != g), 0
            )
            difference = Mismatch(text, entry_at(expected, first), entry_at(got, first))
        expected.clear()
        got.clear()
        return difference

    def final_checks(self) -> Iterator[str]:
        """Statements that read everything that is still alive."""
        for name in [n for n in self.oracle if n[1:].isdigit()]:
            if isinstance(self.oracle[name], numpy.ndarray) and name[0] == "v":
                yield f"check(layout({name}))"
            yield f"check({name}.gradient())" if name[0] == "x" else f"check({name})"


def entry_at(log: list[Any], position: int) -> str:
    return described(log[position]) if position < len(log) else "nothing"


def replay(module: ModuleType, statements: list[str]) -> Mismatch | None:
    """Runs a finished program; the first mismatch, if any."""
    pair = Pair(module)
    for text in statements:
        if found := pair.execute(text):
            return found
    for text in pair.final_checks():
        if found := pair.execute(text):
            return found
    return None


def shrink(statements: list[str], fails: Callable[[list[str]], bool]) -> list[str]:
    """The program without every statement that it can fail without."""
    size = max(1, len(statements) // 4)
    while True:
        position = len(statements) - size
        shorter = False
        while position > -size:
            candidate = statements[: max(position, 0)] + statements[position + size :]
            if len(candidate) < len(statements) and fails(candidate):
                statements, shorter = candidate, True
            position -= size
        if size == 1 and not shorter:
            return statements
        size = size if shorter and size == 1 else max(1, size // 2)


def listing(statements: list[str], module: str) -> str:
    """The program as Python that runs by itself."""
    start = [
        "import sys; sys.path.insert(0, 'tests')",
        "import importlib; from aliasing_namespace import namespace",
        f"log = []; globals().update(namespace(importlib.import_module({module!r}), log))",
    ]
    return "\n".join([*start, *statements])


@dataclass
class Failure:
    seed: int
    program: list[str]
    detail: str


@dataclass
class Report:
    """What a number of programs showed."""

    programs: int = 0
    features: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    statistics: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.programs += other.programs
        self.features += other.features
        self.errors += other.errors
        self.statistics += other.statistics
        self.failures += other.failures

    def lazy_share(self) -> float:
        """The share of recorded array operations that did not run when they were recorded."""
        recorded = self.statistics["recorded"]
        return 1 - self.statistics["run_at_record"] / recorded if recorded else 0.0

    def missing_features(self) -> list[str]:
        return [name for name in FEATURES if not self.features[name]]

    def histogram(self) -> str:
        rows = [f"{self.features[n]:8d}  ({self.errors[n]} raised)  {n}" for n in FEATURES]
        return "\n".join(rows)


def run_program(
    module: ModuleType, seed: int, steps: int, report: Report, before: Callable[[str], None]
) -> None:
    """Makes one program while running it; counts its features, keeps its failure."""
    pair = Pair(module)
    generator = Generator(Random(seed), pair.oracle)
    statements: list[str] = []
    found = None
    for _ in range(steps):
        feature, text = generator.step()
        statements.append(text)
        before(text)
        found = pair.execute(text)
        report.features[feature] += 1
        report.errors[feature] += pair.raised
        if found:
            break
    else:
        for text in pair.final_checks():
            before(text)
            if found := pair.execute(text):
                break
    report.programs += 1
    if found:
        small = shrink(statements, lambda s: replay(module, s) is not None)
        report.failures.append(Failure(seed, small, str(replay(module, small) or found)))


def run_programs(
    module: ModuleType,
    first_seed: int,
    programs: int,
    steps: int,
    before: Callable[[str], None] = lambda text: None,
    stop_at: int = 3,
) -> Report:
    """Runs programs in this process."""
    report = Report()
    start = dict(module.stats()) if hasattr(module, "stats") else {}
    with numpy.errstate(all="ignore"):
        for seed in range(first_seed, first_seed + programs):
            before(f"# seed {seed}")
            run_program(module, seed, steps, report, before)
            if len(report.failures) >= stop_at:
                break
    if start:
        now = dict(module.stats())
        names = ("recorded", "run_at_record", "fallbacks", "donated", "evaluations")
        report.statistics.update({n: now.get(n, 0) - start.get(n, 0) for n in names})
    return report


# ------------------------------------------------------------------ child processes
def run_child(arguments: argparse.Namespace) -> None:
    """Runs a batch, telling the parent each statement before it runs and the report at the end."""
    warnings.simplefilter("ignore")
    module = importlib.import_module(arguments.module)
    if arguments.replay:
        program = json.loads(Path(arguments.replay).read_text())
        with numpy.errstate(all="ignore"):
            found = replay(module, program)
        print(found or "no mismatch")
        sys.exit(1 if found else 0)
    with open(arguments.child, "w", buffering=1) as trace:
        report = run_programs(
            module, arguments.seed, arguments.programs, arguments.steps,
            lambda text: print(json.dumps(text), file=trace), arguments.stop_at,
        )  # fmt: skip
    fields = vars(report) | {"failures": [vars(f) for f in report.failures]}
    Path(arguments.child).write_text(json.dumps(fields))
    # A crash while Python ends is looked for by the tests of exit, not here.
    os._exit(0)


def child_command(arguments: argparse.Namespace, *more: str) -> list[str]:
    return [sys.executable, __file__, "--module", arguments.module, *more]


def crash_failure(arguments: argparse.Namespace, trace: str, how: str) -> Failure:
    """Cuts down the program during which a child died, each attempt in a process of its own."""
    lines = [json.loads(line) for line in trace.splitlines() if line.endswith('"')]
    last = max(i for i, line in enumerate(lines) if line.startswith("# seed"))
    seed, program = int(lines[last].split()[-1]), lines[last + 1 :]

    def dies(statements: list[str]) -> bool:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(json.dumps(statements))
            file.flush()
            command = child_command(arguments, "--replay", file.name)
            with contextlib.suppress(subprocess.TimeoutExpired):
                done = subprocess.run(command, capture_output=True, timeout=REPLAY_SECONDS)
                return done.returncode not in (0, 1)
            return True

    if dies(program):
        program = shrink(program, dies)
    else:
        how += " (not when replayed alone)"
    return Failure(seed, program, how)


def run_batch(arguments: argparse.Namespace, first_seed: int, programs: int) -> Report:
    """Runs a batch in a child; a child that dies or hangs is a failure of its last program."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "child"
        more = ["--child", str(path), "--seed", str(first_seed), "--programs", str(programs)]
        more += ["--steps", str(arguments.steps), "--stop-at", str(arguments.stop_at)]
        try:
            done = subprocess.run(
                child_command(arguments, *more),
                capture_output=True,
                text=True,
                timeout=BATCH_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Report(failures=[crash_failure(arguments, path.read_text(), "no end in sight")])
        text = path.read_text() if path.exists() else ""
    if done.returncode == 0:
        fields = json.loads(text)
        for name in ("features", "errors", "statistics"):
            fields[name] = Counter(fields[name])
        return Report(**fields | {"failures": [Failure(**f) for f in fields["failures"]]})
    if not text or done.returncode > 0:
        raise SystemExit(f"the child failed:\n{done.stderr}")
    how = f"the process died with signal {-done.returncode}"
    failure = crash_failure(arguments, text, how)
    return Report(programs=failure.seed - first_seed + 1, failures=[failure])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--programs", type=int, default=500)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--module", default="lazynp")
    parser.add_argument("--stop-at", type=int, default=3, help="failures after which to stop")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--replay", help="run a program from a JSON file")
    arguments = parser.parse_args()
    if arguments.child or arguments.replay:
        run_child(arguments)
        return
    report = Report()
    while report.programs < arguments.programs and len(report.failures) < arguments.stop_at:
        size = min(BATCH, arguments.programs - report.programs)
        report.add(run_batch(arguments, arguments.seed + report.programs, size))
    print(report.histogram())
    for failure in report.failures:
        print(f"\n--- seed {failure.seed}: {failure.detail}")
        print(listing(failure.program, arguments.module))
    print(
        f"\n{report.programs} programs x {arguments.steps} steps, {len(report.failures)} failures, "
        f"{100 * report.lazy_share():.1f} % of {report.statistics['recorded']} operations lazy, "
        f"{report.statistics['donated']} buffers reused by writes"
    )
    if missing := report.missing_features():
        print("never ran:", ", ".join(missing))
    sys.exit(bool(report.failures))


if __name__ == "__main__":
    main()
