"""numpy.testing for our arrays, and the pytest plugin that keeps tests lazy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[Any]:
    """Make the warning filters that pytest sets up for a test the baseline of the lazy engine."""
    result = yield
    return result
