"""Settings that every test shares: the size of the run and Hypothesis profiles."""

from __future__ import annotations

import pathlib
import tomllib

import hypothesis
import pytest

# Tests that are right and fail: faults of lazynp, each with a reason. A pass is a failure, too.
KNOWN_FAULTS = {
    fault["test"]: (fault["reason"], fault.get("strict", True))
    for fault in tomllib.loads(
        (pathlib.Path(__file__).parent / "known_faults.toml").read_text()
    ).get("fault", [])
}

# Deadlines measure the machine, not the code; a failing example is printed so that it can be rerun.
hypothesis.settings.register_profile("small", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.register_profile("full", deadline=None, print_blob=True, max_examples=2000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run slow tests, with many more examples")


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("full" if config.getoption("--full") else "small")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if (fault := KNOWN_FAULTS.get(item.nodeid.removeprefix("tests/"))) is not None:
            item.add_marker(pytest.mark.xfail(reason=fault[0], strict=fault[1]))
    if config.getoption("--full"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --full"))


@pytest.fixture
def full_size(pytestconfig: pytest.Config) -> bool:
    """Whether the run was asked for at full size."""
    return bool(pytestconfig.getoption("--full"))
