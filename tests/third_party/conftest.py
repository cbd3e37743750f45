"""These tests run where they are asked for, by `nox -s third_party`: others lack the libraries."""

from __future__ import annotations

import pathlib

import pytest


def pytest_ignore_collect(collection_path: pathlib.Path, config: pytest.Config) -> bool | None:
    asked_for = any(pathlib.Path(__file__).parent.name in argument for argument in config.args)
    return None if asked_for else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fork first: JAX starts threads that a child would wait for."""
    items.sort(key=lambda item: item.path.name != "test_processes.py")
