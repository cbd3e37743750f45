"""Runs every benchmark and appends one JSON line to benchmarks/results/history.jsonl.

    python benchmarks/run.py                # full size, some minutes on a quiet machine
    python benchmarks/run.py --quick --dry-run

A line holds the commit, the CPU, versions, load, and per benchmark the ratios to NumPy with
their spread.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import expressions
import lu
import numpy
import scale
import small_work

HISTORY = Path(__file__).resolve().parent / "results" / "history.jsonl"


def cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(": ")[2] for x in lines if x.startswith("model name")), "unknown")


def commit() -> str:
    """The commit of the sources, marked where files differ from it."""
    folder = Path(__file__).resolve().parent.parent

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short", "HEAD") + ("+changes" if changed else "")


def machine() -> dict[str, Any]:
    return {
        "commit": commit(),
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": metadata.version("scipy"),
    }


def small_work_ratios(module_name: str, n: int) -> dict[str, Any]:
    """Nanoseconds per operation and lazynp's time by NumPy's, per case; below 1 is faster."""
    ours, theirs = small_work.cases(importlib.import_module(module_name)), small_work.cases(numpy)
    rows = {}
    for name in theirs:
        pairs = [
            (
                small_work.nanoseconds_per_operation(ours[name], n),
                small_work.nanoseconds_per_operation(theirs[name], n),
            )
            for _ in range(3)
        ]
        ratios = sorted(a / b for a, b in pairs)
        middle = sorted(pairs, key=lambda p: p[0] / p[1])[1]
        rows[name] = {
            "lazynp_ns": round(middle[0], 1),
            "numpy_ns": round(middle[1], 1),
            "ratio": round(ratios[1], 3),
            "spread": [round(ratios[0], 3), round(ratios[2], 3)],
        }
        print(f"{name:18s} {rows[name]}", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--module", default="lazynp")
    parser.add_argument("--quick", action="store_true", help="small sizes: does everything run?")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    quick, module = arguments.quick, arguments.module
    line: dict[str, Any] = machine() | {"module": module, "quick": quick}
    line["small_work"] = small_work_ratios(module, 500 if quick else 20_000)
    line["programs"] = lu.run(module, 40 if quick else 200, 3 if quick else 11)
    line["expressions"] = {}
    sizes = [1000, 10_000] if quick else [1000, 100_000, 10_000_000]
    for dtype in ("float64", "float32"):
        for size in sizes:
            rows = expressions.run(module, size, dtype, 3 if quick else 7)
            line["expressions"][f"{dtype} {size}"] = rows
    line["scale"] = scale.run(0.002 if quick else 1.0)
    line["load_after"] = round(os.getloadavg()[0], 2)
    if not arguments.dry_run:
        HISTORY.parent.mkdir(exist_ok=True)
        with open(HISTORY, "a") as file:
            file.write(json.dumps(line) + "\n")
        print(f"appended to {HISTORY}")


if __name__ == "__main__":
    sys.exit(main())
