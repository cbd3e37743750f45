"""Programs of many small steps against NumPy: factorizations by slices, and loops over elements.

    python benchmarks/lu.py [--size 200] [--module lazynp]

The same text runs on both modules, interleaved; the result is compared bit by bit. For lazynp the
number of plans that had to be made in a second run is shown: one plan per pattern makes it 0.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy


def lu(np: Any, a: Any) -> Any:
    """LU without pivoting, in place on a copy."""
    a = a.copy()
    n = a.shape[0]
    for k in range(n - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= a[k + 1 :, k, None] * a[k, k + 1 :]
    return a


def cholesky(np: Any, a: Any) -> Any:
    """Cholesky by columns."""
    a = a.copy()
    for k in range(a.shape[0]):
        a[k, k] = np.sqrt(a[k, k])
        a[k + 1 :, k] /= a[k, k]
        for j in range(k + 1, min(k + 4, a.shape[0])):
            a[j:, j] -= a[j:, k] * a[j, k]
    return a


def sum_of_elements(np: Any, a: Any) -> Any:
    row = a[0].copy()
    total = 0.0
    for i in range(len(row)):
        total += row[i]
    return np.array(total)


def recurrence(np: Any, a: Any) -> Any:
    x = a[0].copy()
    for i in range(1, len(x)):
        x[i] = x[i - 1] * 0.5 + 1
    return x


def jacobi(np: Any, a: Any) -> Any:
    """Twenty in-place sweeps over two grids."""
    a, b = a.copy(), a.copy()
    for _ in range(20):
        b[1:-1, 1:-1] = 0.2 * (
            a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1]
        )
        a[1:-1, 1:-1] = 0.2 * (
            b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1]
        )
    return a


def game_of_life(np: Any, a: Any) -> Any:
    z = (a > a.mean()).astype("int64")
    for _ in range(10):
        n = (
            *(z[:-2, :-2], z[:-2, 1:-1], z[:-2, 2:], z[1:-1, :-2]),
            *(z[1:-1, 2:], z[2:, :-2], z[2:, 1:-1], z[2:, 2:]),
        )
        count = sum(n[1:], n[0])
        birth = (count == 3) & (z[1:-1, 1:-1] == 0)
        survive = ((count == 2) | (count == 3)) & (z[1:-1, 1:-1] == 1)
        z[...] = 0
        z[1:-1, 1:-1][birth | survive] = 1
    return z


PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "LU by slices": lu,
    "Cholesky by columns": cholesky,
    "s += a[i]": sum_of_elements,
    "a[i] = a[i-1]*0.5+1": recurrence,
    "Jacobi sweeps": jacobi,
    "game of life": game_of_life,
}


def matrix(size: int) -> numpy.ndarray:
    random = numpy.random.default_rng(2)
    a = random.uniform(0, 1, (size, size))
    return a @ a.T + size * numpy.eye(size)


def ratio_of(name: str, module: Any, size: int, repeats: int) -> dict[str, Any]:
    program = PROGRAMS[name]
    theirs = matrix(size)
    ours = module.evaluate(module.array(theirs))

    def run_lazy() -> Any:
        return module.evaluate(program(module, ours))

    expected, got = program(numpy, theirs), run_lazy()
    equal = numpy.asarray(expected).tobytes() == numpy.asarray(got).tobytes()
    plans = module.stats()["plan_misses"]
    run_lazy()
    plans = module.stats()["plan_misses"] - plans
    pairs = []
    for _ in range(repeats):
        times = []
        for call in (lambda: program(numpy, theirs), run_lazy):
            begun = time.perf_counter()
            call()
            times.append(time.perf_counter() - begun)
        pairs.append(times)
    ratios = sorted(a / b for a, b in pairs)
    return {
        "program": name,
        "bit_equal": equal,
        "numpy_ms": round(1e3 * statistics.median(a for a, _ in pairs), 4),
        "lazynp_ms": round(1e3 * statistics.median(b for _, b in pairs), 4),
        "ratio": round(statistics.median(ratios), 3),
        "spread": [round(ratios[len(ratios) // 4], 3), round(ratios[-1 - len(ratios) // 4], 3)],
        "plans_made_in_second_run": plans,
    }


def run(module_name: str = "lazynp", size: int = 200, repeats: int = 11) -> dict[str, Any]:
    module = importlib.import_module(module_name)
    rows = {}
    for name in PROGRAMS:
        rows[name] = row = ratio_of(name, module, size, repeats)
        print(
            f"{name:22s} NumPy {row['numpy_ms']:9.3f} ms  lazynp {row['lazynp_ms']:9.3f} ms  ratio "
            f"{row['ratio']:5.2f} ({row['spread'][0]:.2f}-{row['spread'][1]:.2f})  "
            f"{'bit-equal' if row['bit_equal'] else 'DIFFERENT'}  "
            f"{row['plans_made_in_second_run']} plans made anew",
            flush=True,
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--module", default="lazynp")
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=11)
    arguments = parser.parse_args()
    run(arguments.module, arguments.size, arguments.repeats)


if __name__ == "__main__":
    main()
