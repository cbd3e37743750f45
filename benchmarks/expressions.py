"""Whole expressions against NumPy: bit equality and speed, both in this process, runs interleaved.

    python benchmarks/expressions.py                # 10^7 float64 elements
    python benchmarks/expressions.py --size 100000 --dtype float32 --repeats 9

Inputs exist before the clock starts; recording, planning, evaluating and allocating the result are
inside. The ratio is the median over pairs of runs of NumPy's time by lazynp's: above 1 is faster.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from scipy.special import erf as scipy_erf


def arithmetic(np: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    return (a * b + c - d) * 0.5


def black_scholes(np: Any, stock: Any, strike: Any, years: Any, erf: Any = scipy_erf) -> Any:
    """Price of a European call; rate 5 %, volatility 20 %."""
    spread = 0.2 * np.sqrt(years)
    d1 = (np.log(stock / strike) + years * (0.05 + 0.2 * 0.2 / 2)) / spread
    d2 = d1 - spread
    below1 = 0.5 * (erf(d1 * (1 / 2**0.5)) + 1.0)
    below2 = 0.5 * (erf(d2 * (1 / 2**0.5)) + 1.0)
    return stock * below1 - strike * np.exp(years * -0.05) * below2


def squared_distance(np: Any, a: Any, b: Any) -> Any:
    return ((a - b) ** 2).sum()


def softmax(np: Any, x: Any) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def stencil(np: Any, u: Any) -> Any:
    around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
    return (around - 4.0 * u[1:-1, 1:-1]) * 0.25


def horner(np: Any, x: Any) -> Any:
    """A polynomial of degree 15, 30 operations."""
    y = x * 0.0625 + 0.125
    for k in range(14):
        y = y * x + 1.0 / (k + 2)
    return y


def trigonometric(np: Any, a: Any, b: Any) -> Any:
    return np.sin(a) * np.cos(b) + np.exp(-(a**2))


def normalise_rows(np: Any, x: Any) -> Any:
    return (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)


def normalise_columns(np: Any, x: Any) -> Any:
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


@dataclass(frozen=True)
class Expression:
    function: Callable[..., Any]
    n_inputs: int
    rows: int = 0  # 0: one dimension; else rows of this length; -1: square
    positive: bool = False
    uses_erf: bool = False  # an argument of the function


EXPRESSIONS = {
    "(a*b+c-d)*0.5": Expression(arithmetic, 4),
    "Black-Scholes": Expression(black_scholes, 3, positive=True, uses_erf=True),
    "sum((a-b)**2)": Expression(squared_distance, 2),
    "softmax of rows": Expression(softmax, 1, rows=1000),
    "5-point stencil": Expression(stencil, 1, rows=-1),
    "Horner, 30 operations": Expression(horner, 1),
    "sin(a)cos(b)+exp(-a**2)": Expression(trigonometric, 2),
    "normalise rows": Expression(normalise_rows, 1, rows=1000),
    "normalise columns": Expression(normalise_columns, 1, rows=1000),
}


def inputs(expression: Expression, size: int, dtype: str) -> list[numpy.ndarray]:
    random = numpy.random.default_rng(1)
    length = min({-1: int(size**0.5)}.get(expression.rows, expression.rows), size)
    shape = (size // length, length) if length else (size,)
    lowest = 0.1 if expression.positive else -2.0
    return [random.uniform(lowest, 2, shape).astype(dtype) for _ in range(expression.n_inputs)]


def timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    result = call()
    seconds = time.perf_counter() - begun
    del result  # freeing is part of the next run's allocation, for both
    return seconds


def ratio_of(name: str, module: Any, size: int, dtype: str, repeats: int) -> dict[str, Any]:
    """One row: bit equality, median seconds of both, median and quartiles of their ratio."""
    expression = EXPRESSIONS[name]
    theirs = inputs(expression, size, dtype)
    ours = [module.array(a) for a in theirs]
    module.evaluate(*ours)

    def run_numpy() -> Any:
        return expression.function(numpy, *theirs)

    def run_lazy() -> Any:
        return module.evaluate(expression.function(module, *ours))

    equal = numpy.asarray(run_numpy()).tobytes() == numpy.asarray(run_lazy()).tobytes()
    small = max(1, int(2_000_000 / size))  # several calls per run where one is too short to time

    def many(call: Callable[[], Any]) -> float:
        return min(timed(call) for _ in range(min(small, 20)))

    pairs = []
    for k in range(repeats):
        first = many(run_numpy if k % 2 else run_lazy)
        second = many(run_lazy if k % 2 else run_numpy)
        pairs.append((first, second) if k % 2 else (second, first))
    ratios = sorted(a / b for a, b in pairs)
    return {
        "expression": name,
        "bit_equal": equal,
        "numpy_ms": round(1e3 * statistics.median(a for a, _ in pairs), 4),
        "lazynp_ms": round(1e3 * statistics.median(b for _, b in pairs), 4),
        "ratio": round(statistics.median(ratios), 3),
        "spread": [round(ratios[len(ratios) // 4], 3), round(ratios[-1 - len(ratios) // 4], 3)],
    }


def run(
    module_name: str = "lazynp", size: int = 10_000_000, dtype: str = "float64", repeats: int = 7
) -> dict[str, Any]:
    module = importlib.import_module(module_name)
    rows = {}
    for name in EXPRESSIONS:
        rows[name] = row = ratio_of(name, module, size, dtype, repeats)
        print(
            f"{name:26s} NumPy {row['numpy_ms']:10.3f} ms  lazynp {row['lazynp_ms']:10.3f} ms  "
            f"ratio {row['ratio']:6.2f} ({row['spread'][0]:.2f}-{row['spread'][1]:.2f})  "
            f"{'bit-equal' if row['bit_equal'] else 'DIFFERENT'}",
            flush=True,
        )
    mean = statistics.geometric_mean(row["ratio"] for row in rows.values())
    print(f"{size} {dtype} elements: geometric mean {mean:.2f}")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--module", default="lazynp")
    parser.add_argument("--size", type=int, default=10_000_000)
    parser.add_argument("--dtype", default="float64")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print the rows as JSON too")
    arguments = parser.parse_args()
    rows = run(arguments.module, arguments.size, arguments.dtype, arguments.repeats)
    if arguments.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
