"""numpy.testing for our arrays, and the pytest plugin under which tests stay lazy.

pytest records warnings around every test; an operation that may warn would therefore run when it
is recorded. The plugin declares those filters the normal state of affairs. Warnings that the
filters turn into errors are then raised where a value is needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lazynp import _core
from lazynp._namespace import counterpart
from lazynp._runtime import stats

COUNTERS = ("recorded", "run_at_record", "fallbacks")


def __getattr__(name: str) -> Any:
    """A name of numpy.testing."""
    if name.startswith("pytest") or (name.startswith("__") and name != "__all__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = counterpart(getattr(importlib.import_module("numpy.testing"), name))
    globals()[name] = value
    return value


def counters() -> dict[str, int]:
    """Operations recorded, of these run at once, and calls that NumPy served, since the start."""
    now = stats()
    return {name: int(now.get(name, 0)) for name in COUNTERS}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """End the baseline of a test with the test."""
    try:
        result = yield
    finally:
        _core.set_warning_baseline(False)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Make the filters that pytest put around this test the baseline."""
    _core.set_warning_baseline(True)


@pytest.fixture
def lazynp_counters() -> Callable[[], dict[str, int]]:
    """A function that tells what the test recorded so far: see `counters`."""
    before = counters()
    return lambda: {name: count - before[name] for name, count in counters().items()}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how much of the run was lazy, if any of it used lazynp."""
    now = counters()
    if now["recorded"]:
        share = 100 * (1 - now["run_at_record"] / now["recorded"])
        terminalreporter.write_line(
            f"lazynp: {now['recorded']} operations recorded, {share:.1f} % of them lazy, "
            f"{now['fallbacks']} calls served by NumPy"
        )
