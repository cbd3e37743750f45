"""A part of NumPy's own tests passes, but for the failures that conformance/ lists with reasons.

Run are the files of the runner's SELECTION, of test functions with many parameter sets the first 40
and every 37th; `nox -s conformance` runs all of NumPy's files of the default list, and with
`-- --files extended` those of the other.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONFORMANCE = Path(__file__).resolve().parent.parent / "conformance"
RUNNER = CONFORMANCE / "numpy_suite" / "run_numpy_suite.py"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUNNER), "--module", "lazynp", "--cache", str(folder)]
    command += ["--without-reference", "--strict", "--out", str(folder / "out.json"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_selection_of_numpys_tests(tmp_path: Path) -> None:
    done = run(tmp_path, "--files", "selection", "--sample")
    assert done.returncode == 0, done.stdout + done.stderr
    files = json.loads((tmp_path / "out.json").read_text())["files"]
    assert len(files) == 21
    assert all(entry["score"]["ok"] > 20 for entry in files.values())
    assert sum(entry["score"]["ok"] for entry in files.values()) > 7000


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ("", "unexpected failure: _core/test_records.py::"),
        ("_core/test_records.py::*", "0 failures not among them"),
        ("_core/test_records.py::TestRecord::test_pickle_*", "remove it"),
        ("_core/test_records.py::TestRecord::test_absent", "remove it"),
    ],
)
def test_the_list_is_exact(tmp_path: Path, entries: str, complaint: str) -> None:
    expected = tmp_path / "expected.toml"
    entry = f'[[failure]]\nname = "{entries}"\nreason = "so that it is listed"\n'
    expected.write_text(entry if entries else "")
    done = run(tmp_path, "--files", "_core/test_records", "--expected", str(expected))
    assert complaint in done.stdout
    assert done.returncode == int(complaint != "0 failures not among them")
