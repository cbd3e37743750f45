"""The kernels of lesser processors, on this one: NumPy and lazynp both told to use no more."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from numpy._core import _multiarray_umath

from lazynp import _core

HERE = Path(__file__).parent
LEVELS = ("x86-64-v2", "x86-64-v3")
KERNELS = (
    "test_ops",
    "test_round",
    "test_register_chains",
    "test_scipy_special",
    "test_fast_math",
    "test_short_rows",
)


def limited_to(level: str) -> dict[str, str]:
    """The environment in which NumPy and lazynp see no more than `level`."""
    kept = {"x86-64-v2": set(), "x86-64-v3": {"X86_V3"}}[level]
    present = _multiarray_umath.__cpu_features__
    others = [f for f in _multiarray_umath.__cpu_dispatch__ if f not in kept and present.get(f)]
    return os.environ | {"LAZYNP_CPU": level, "NPY_DISABLE_CPU_FEATURES": " ".join(others)}


def run_tests(level: str, files: tuple[str, ...]) -> None:
    if _core.cpu_level() < level:
        pytest.skip(f"this processor is no {level}")
    names = [str(HERE / f"{file}.py") for file in files]
    is_installed = any(e.value == "lazynp.testing" for e in entry_points(group="pytest11"))
    plugin = () if is_installed else ("-p", "lazynp.testing")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugin, *names],
        cwd=HERE.parent,
        env=limited_to(level),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, (run.stdout + run.stderr)[-3000:]


@pytest.mark.parametrize("level", LEVELS)
def test_has_its_kernels(level: str) -> None:
    code = "from lazynp import _core; print(_core.cpu_level())"
    run = subprocess.run(
        [sys.executable, "-c", code], env=limited_to(level), capture_output=True, text=True
    )
    assert run.stdout.strip() == min(level, _core.cpu_level())


@pytest.mark.parametrize("level", LEVELS)
def test_kernels(level: str) -> None:
    run_tests(level, KERNELS)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_every_way_to_call_them(level: str) -> None:
    run_tests(level, ("test_ufuncs", "test_folds"))


def test_refuses_other_names() -> None:
    environment = os.environ | {"LAZYNP_CPU": "avx2"}
    run = subprocess.run(
        [sys.executable, "-c", "import lazynp"], env=environment, capture_output=True, text=True
    )
    assert "LAZYNP_CPU is 'avx2'; use x86-64-v2, x86-64-v3 or x86-64-v4" in run.stderr
