"""Instructions per operation of small work, counted by callgrind: a guard that no load disturbs.

The bounds are in benchmarks/instructions.toml; `python tests/test_instructions.py` prints what was
measured.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
BOUNDS: dict[str, int] = tomllib.loads((BENCHMARKS / "instructions.toml").read_text())
TOLERANCE = 1.1
STEPS = 3000

pytestmark = [
    pytest.mark.skipif(
        shutil.which("callgrind_control") is None, reason="valgrind is not installed"
    ),
]

# Counts only while a case runs: instrumentation is switched on and off from inside.
PROGRAM = """
import os, subprocess, sys
sys.path.insert(0, {benchmarks!r})
import lazynp, small_work

def control(*what):
    subprocess.run(["callgrind_control", *what, str(os.getpid())], check=True, stdout=-3)

def counted(name, case):
    case(100)
    control("--zero")
    control("--instr=on")
    case({steps})
    control("--instr=off")
    control("--dump=" + name)

counted("nothing", lambda n: None)
for name, case in small_work.cases(lazynp).items():
    counted(name, case)
"""


@functools.cache
def instructions_per_operation() -> dict[str, float]:
    """Of every case, less what switching on and off takes."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", sys.executable, "-c"]
        command.append(PROGRAM.format(benchmarks=str(BENCHMARKS), steps=STEPS))
        environment = os.environ | {"LAZYNP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0, done.stderr[-2000:]
        totals: dict[str, int] = {}
        for path in Path(folder).glob("callgrind.out.*"):
            text = path.read_text()
            name = re.search(r"^desc: Trigger: dump (\w+)", text, re.MULTILINE)
            total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
            if name and total:
                totals[name[1]] = int(total[1])
    nothing = totals.pop("nothing")
    return {name: (total - nothing) / STEPS for name, total in totals.items()}


@pytest.mark.parametrize("case", BOUNDS)
def test_instructions_per_operation(case: str) -> None:
    measured = instructions_per_operation()[case]
    assert measured <= BOUNDS[case] * TOLERANCE, f"{case}: {measured:.0f} instructions"


if __name__ == "__main__":
    for name, count in instructions_per_operation().items():
        print(f"{name} = {count:.0f}", flush=True)
