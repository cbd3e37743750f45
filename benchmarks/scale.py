"""Programs of many steps or much memory: time per step, growth of memory, peak.

    python benchmarks/scale.py                       every case at full size, NumPy beside lazynp
    python benchmarks/scale.py --case chain --module lazynp --n 100000

One case prints one JSON object: seconds of the first and of the second half of the steps (equal
halves mean linear time), growth of resident memory in the second half, peak, whether the result is
right.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

SIZES = {
    "chain": 1_000_000,
    "chain_watched": 1_000_000,
    "in_place": 100_000,
    "in_place_watched": 100_000,
    "large": 200,
}
LARGE_BYTES = 50_000_000


def resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def peak_mb() -> float:
    """Of this program alone: ru_maxrss would begin with what its parent held."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024 / 1e6


class Halves:
    """Runs steps in two equal halves and measures both."""

    def __init__(self, n: int, step: Callable[[int], None]) -> None:
        self.seconds, self.resident = [], []
        for part in (range(n // 2), range(n // 2, n)):
            begun = time.perf_counter()
            for i in part:
                step(i)
            self.seconds.append(time.perf_counter() - begun)
            gc.collect()
            self.resident.append(resident_mb())

    def result(self, **more: Any) -> dict[str, Any]:
        growth = self.resident[1] - self.resident[0]
        return {"seconds": self.seconds, "growth_mb": round(growth, 1), **more}


def watched(np: Any, x: Any) -> Any:
    return np.watch(x) if hasattr(np, "watch") else x


def gradient(np: Any, y: Any, x: Any) -> list[float]:
    return np.gradients(y, [x])[0].tolist() if hasattr(np, "gradients") else []


def chain(np: Any, n: int) -> dict[str, Any]:
    """y = y * 0.5 + 1, n operations."""
    y = np.arange(10.0)

    def step(i: int) -> None:
        nonlocal y
        y = y * 0.5
        y = y + 1

    halves = Halves(n // 2, step)
    return halves.result(value_is_right=y.tolist() == [2.0] * 10)


def chain_watched(np: Any, n: int) -> dict[str, Any]:
    """The same from a watched value, of which all n operations are the history."""
    x = watched(np, np.arange(10.0))
    y = x

    def step(i: int) -> None:
        nonlocal y
        y = y * 1.0
        y = y + 1

    halves = Halves(n // 2, step)
    right = gradient(np, y.sum(), x) in ([], [1.0] * 10)
    return halves.result(value_is_right=right and y.tolist()[0] == n // 2)


def in_place(np: Any, n: int) -> dict[str, Any]:
    """x[1:-1] += 1 on 1000 elements, n times."""
    x = np.zeros(1000)

    def step(i: int) -> None:
        x[1:-1] += 1

    halves = Halves(n, step)
    return halves.result(value_is_right=x.tolist() == [0.0] + [float(n)] * 998 + [0.0])


def in_place_watched(np: Any, n: int) -> dict[str, Any]:
    """n in-place steps on a copy of a watched value; the gradient goes back through all of them."""
    w = watched(np, np.ones(10))
    x = w.copy()

    def step(i: int) -> None:
        x[1:-1] += 1

    halves = Halves(n, step)
    right = gradient(np, x.sum(), w) in ([], [1.0] * 10)
    return halves.result(value_is_right=right and x.tolist()[1] == n + 1)


def large(np: Any, n: int) -> dict[str, Any]:
    """n arrays of 50 MB, made, changed and summed one after the other."""
    size = LARGE_BYTES // 8
    totals = []

    def step(i: int) -> None:
        x = np.ones(size) * i
        x += 1
        y = x[::2] * 0.5
        totals.append(float(y.sum()) + float(x[3]))

    halves = Halves(n, step)
    expected = [0.5 * (i + 1) * (size // 2) + i + 1 for i in range(n)]
    return halves.result(value_is_right=totals == expected)


CASES: dict[str, Callable[[Any, int], dict[str, Any]]] = {
    "chain": chain,
    "chain_watched": chain_watched,
    "in_place": in_place,
    "in_place_watched": in_place_watched,
    "large": large,
}


def run_case(case: str, module: str, n: int) -> dict[str, Any]:
    np = importlib.import_module(module)
    result = CASES[case](np, n)
    if hasattr(np, "stats"):
        now = np.stats()
        result |= {"nodes_run": now["nodes_run"], "live_nodes": now["live_nodes"]}
    return {"case": case, "module": module, "n": n, "peak_mb": round(peak_mb(), 1), **result}


def measure(case: str, module: str, n: int) -> dict[str, Any]:
    """One case in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--case", case, "--module", module, "--n", str(n)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"case": case, "module": module, "n": n, "error": done.stderr.strip()[-300:]}
    return dict(json.loads(done.stdout))


def run(scale: float = 1.0) -> dict[str, Any]:
    """Every case on both modules."""
    results: dict[str, Any] = {}
    for case, n in SIZES.items():
        for module in ("numpy", "lazynp"):
            if case.endswith("_watched") and module == "numpy":
                continue
            results[f"{case} {module}"] = result = measure(case, module, max(int(n * scale), 4))
            print(json.dumps(result), flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--module", default="lazynp")
    parser.add_argument("--n", type=int)
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes")
    arguments = parser.parse_args()
    if arguments.case:
        n = arguments.n or SIZES[arguments.case]
        print(json.dumps(run_case(arguments.case, arguments.module, n)))
    else:
        run(arguments.scale)


if __name__ == "__main__":
    main()
