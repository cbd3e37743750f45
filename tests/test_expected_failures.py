"""The lists of expected failures in conformance/ are well formed, and a comparison can fail."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

CONFORMANCE = Path(__file__).resolve().parent.parent / "conformance"
LISTS = sorted(CONFORMANCE.rglob("expected_failures*.toml"))


@pytest.fixture(scope="module")
def expected_failures() -> ModuleType:
    path = CONFORMANCE / "expected_failures.py"
    spec = importlib.util.spec_from_file_location("expected_failures", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", LISTS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_entry_has_a_name_and_a_reason(expected_failures: ModuleType, path: Path) -> None:
    for name, reason in expected_failures.read_expected(path).items():
        assert ".py::" in name
        assert len(reason.split()) > 2


def test_an_entry_may_have_several_names(expected_failures: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "expected_failures.toml"
    path.write_text('[[failure]]\nname = ["a.py::b", "a.py::c"]\nreason = "so it is"\n')
    assert expected_failures.read_expected(path) == {"a.py::b": "so it is", "a.py::c": "so it is"}
    path.write_text('[[failure]]\nname = []\nreason = "so it is"\n')
    with pytest.raises(ValueError, match="a name and a reason"):
        expected_failures.read_expected(path)


def test_an_entry_without_a_reason_is_refused(
    expected_failures: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "expected_failures.toml"
    path.write_text('[[failure]]\nname = "a.py::test_b"\n')
    with pytest.raises(ValueError, match="a name and a reason"):
        expected_failures.read_expected(path)


def test_comparing_finds_new_failures_and_stale_entries(expected_failures: ModuleType) -> None:
    entries = ["a.py::test_b", "a.py::test_c#1", "a.py::test_d*", "a.py::test_not_run"]
    failed = ["a.py::test_b#0", "a.py::test_b#7", "a.py::test_c#0"]
    passed = ["a.py::test_b#1", "a.py::test_c#1", "a.py::test_dd#0"]
    unexpected, stale = expected_failures.compare(entries, failed, passed)
    assert unexpected == ["a.py::test_c#0"]
    assert stale == ["a.py::test_c#1", "a.py::test_d*"]
    _, stale = expected_failures.compare(entries, failed, passed, ["a.py"])
    assert stale == ["a.py::test_c#1", "a.py::test_d*", "a.py::test_not_run"]


def test_an_entry_that_is_not_strict_may_pass(
    expected_failures: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "expected_failures.toml"
    entry = '[[failure]]\nname = "a.py::test_b"\nreason = "it depends on the examples"\n'
    for strictness, differs in (("", True), ("strict = false\n", False)):
        path.write_text(entry + strictness)
        assert expected_failures.report_differences(path, [], ["a.py::test_b#0"]) is differs
        assert ("passes now" in capsys.readouterr().out) is differs
