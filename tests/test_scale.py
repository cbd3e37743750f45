"""Long chains, many writes and many large arrays: linear time, bounded memory, no deep recursion.

Each case of benchmarks/scale.py runs in a process of its own, here at reduced size.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "scale.py"
GROWTH_LIMIT_MB = 50
PEAK_LIMIT_MB = 300


def measure(case: str, module: str, n: int) -> dict[str, Any]:
    command = [sys.executable, str(SCRIPT), "--case", case, "--module", module, "--n", str(n)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{case} with n = {n}:\n{done.stderr}"
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("case", ["chain", "chain_watched", "in_place", "in_place_watched"])
def test_memory_stays_flat(case: str, full_size: bool) -> None:
    """The second half of the steps takes no more memory than the first; watched ones, per step."""
    n = {"chain": 1_000_000, "in_place": 100_000}[case.removesuffix("_watched")]
    result = measure(case, "lazynp", n if full_size else n // 10)
    assert result["value_is_right"]
    if not case.endswith("watched"):
        assert result["growth_mb"] <= GROWTH_LIMIT_MB


def test_a_loop_over_large_arrays_frees_them(full_size: bool) -> None:
    n = 200 if full_size else 40
    ours, theirs = measure("large", "lazynp", n), measure("large", "numpy", n)
    assert ours["value_is_right"]
    assert ours["peak_mb"] <= theirs["peak_mb"] + PEAK_LIMIT_MB


def test_cost_per_step_does_not_grow() -> None:
    """Counted in nodes, not in time: each step records and runs a fixed number of nodes."""
    short, long = measure("chain", "lazynp", 20_000), measure("chain", "lazynp", 80_000)
    assert long["nodes_run"] <= 4.1 * short["nodes_run"]
    assert long["live_nodes"] <= short["live_nodes"] + 1000
