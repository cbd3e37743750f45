"""The driver of the conformance suites survives a test that kills its process, and names it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

CONFORMANCE = Path(__file__).resolve().parent.parent / "conformance"


@pytest.fixture
def suite_driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(CONFORMANCE))
    import suite_driver

    yield suite_driver
    for name in ("suite_driver", "suite_plugin"):
        sys.modules.pop(name, None)


def run(suite_driver: ModuleType, folder: Path, source: str) -> dict[str, dict[str, object]]:
    (folder / "test_file.py").write_text(source)
    log = folder / "log.jsonl"
    entry = suite_driver.run_file(
        ["test_file.py"], log, cwd=folder, env={}, limits=suite_driver.Limits(test_seconds=1)
    )
    return {"test_file": entry}


def test_a_crash_costs_one_test_and_is_named(suite_driver: ModuleType, tmp_path: Path) -> None:
    source = """
        import os
        def test_before(): pass
        def test_crash(): os.abort()
        def test_endless():
            while True: pass
        def test_after(): pass
    """
    files = run(suite_driver, tmp_path, "\n".join(s[8:] for s in source.splitlines()))
    assert suite_driver.counts(files["test_file"]["tests"]) == {
        "passed": 2,
        "crashed": 1,
        "timeout": 1,
    }
    assert suite_driver.unfinished(files) == {
        "test_file.py::test_crash#0": "crashed, exit -6",
        "test_file.py::test_endless#0": "timeout, TimeoutError: test exceeded 1 s of CPU time",
    }


def test_a_crash_at_exit_is_named(suite_driver: ModuleType, tmp_path: Path) -> None:
    source = "import atexit, os\ndef test_last(): atexit.register(os.abort)\n"
    files = run(suite_driver, tmp_path, source)
    assert suite_driver.unfinished(files) == {"test_file.py": "exit -6 outside its tests"}
