"""Cost of small work: a module against NumPy, both in this process, on arrays of 10 elements.

    python benchmarks/small_work.py lazynp      # the module to measure; default lazynp

One row per case with nanoseconds per operation: cases `record_…` record without evaluating, the
others evaluate too: `run_…` with the module's own evaluate(), `evaluate_…` through numpy.asarray,
which costs about 250 ns of its own for any object that is not NumPy's. A figure is the median over
repetitions of the CPU time of this thread, and the ratio is the median of three interleaved pairs.
The last line is the worst ratio of the evaluated cases. Other processes disturb even CPU time:
measure on a quiet machine.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Case = Callable[[int], object]


def nanoseconds_per_operation(case: Case, n: int = 20_000, n_repetitions: int = 9) -> float:
    times = []
    for _ in range(n_repetitions):
        start = time.thread_time_ns()
        case(n)
        times.append((time.thread_time_ns() - start) / n)
    return sorted(times)[n_repetitions // 2]


def recording_cases(module: Any, a: Any, b: Any, m: Any) -> dict[str, Case]:
    """Loops that need no value."""

    def record_add(n: int) -> None:
        for _ in range(n):
            a + b

    def record_slice(n: int) -> None:
        for _ in range(n):
            a[1:-1]

    def record_exp(n: int) -> None:
        exp = module.exp
        for _ in range(n):
            exp(a)

    def record_sum(n: int) -> None:
        for _ in range(n):
            m.sum(axis=0)

    return {f.__name__: f for f in (record_add, record_slice, record_exp, record_sum)}


EXPRESSIONS = {
    "run_1": "a + b",
    "run_5": "((a + b) * a - b) * 0.5 + a",
    "run_10": "((((a + b) * a - b) * 0.5 + a) * b - a) / b + a * 0.25",
}


def running_cases(module: Any, a: Any, b: Any) -> dict[str, Case]:
    """Expressions whose value is computed and dropped; NumPy has it without being asked."""
    cases: dict[str, Case] = {}
    statement = "evaluate({})" if hasattr(module, "evaluate") else "{}"
    names = {"a": a, "b": b, "evaluate": getattr(module, "evaluate", None)}
    for name, expression in EXPRESSIONS.items():
        source = f"def {name}(n):\n    for _ in range(n):\n        {statement.format(expression)}"
        exec(source, names)
        cases[name] = names[name]
    return cases


def evaluating_cases(module: Any, a: Any, b: Any) -> dict[str, Case]:
    """Loops that need every value, or every value of an array that they write."""

    def evaluate_1(n: int) -> None:
        for _ in range(n):
            np.asarray(a + b)

    def evaluate_5(n: int) -> None:
        for _ in range(n):
            np.asarray(((a + b) * a - b) * 0.5 + a)

    def evaluate_5_float(n: int) -> None:
        for _ in range(n):
            float((((a + b) * a - b) * 0.5 + a).sum())

    def loop_read(n: int) -> None:
        s = 0.0
        for i in range(n):
            s += a[i % 10]

    def loop_write(n: int) -> None:
        x = module.zeros(10)
        for i in range(1, n):
            x[i % 10] = x[i % 10 - 1] * 0.5 + 1
        np.asarray(x)

    def in_place(n: int) -> None:
        x = module.zeros(10)
        for _ in range(n):
            x[1:-1] += a[1:-1]
        np.asarray(x)

    loops = (evaluate_1, evaluate_5, evaluate_5_float, loop_read, loop_write, in_place)
    return {f.__name__: f for f in loops}


def cases(module: Any) -> dict[str, Case]:
    """All cases, on arrays of `module`."""
    a = module.array(np.linspace(1, 2, 10))
    b = module.array(np.linspace(3, 4, 10))
    m = module.array(np.ones((3, 4)))
    recorded = recording_cases(module, a, b, m)
    return recorded | running_cases(module, a, b) | evaluating_cases(module, a, b)


def main() -> int:
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__)
        return int(len(sys.argv) > 2)
    name = sys.argv[1] if len(sys.argv) > 1 else "lazynp"
    measured, numpy_cases = cases(importlib.import_module(name)), cases(np)
    worst_ratio, worst_case = 0.0, ""
    for case, numpy_loop in numpy_cases.items():
        pairs = [
            (nanoseconds_per_operation(measured[case]), nanoseconds_per_operation(numpy_loop))
            for _ in range(3)
        ]
        ours, numpys = sorted(pairs, key=lambda pair: pair[0] / pair[1])[1]
        ratio = ours / numpys
        print(f"{case:16s} {name} {ours:8.0f} ns  numpy {numpys:8.0f} ns  ratio {ratio:5.2f}")
        if not case.startswith("record_"):
            worst_ratio, worst_case = max((worst_ratio, worst_case), (ratio, case))
    print(f"worst ratio {worst_ratio:.2f} ({worst_case})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
