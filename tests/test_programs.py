"""Whole programs with NumPy swapped for lazynp: everything that can be seen is equal.

The programs and the comparison are in conformance/programs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

CONFORMANCE = Path(__file__).resolve().parent.parent / "conformance" / "programs"
sys.path.insert(0, str(CONFORMANCE))
import run_programs  # noqa: E402
from compare_programs import Program, compare  # noqa: E402

TIMEOUT_SECONDS = 120.0
PROGRAMS = run_programs.own_programs()


@pytest.mark.parametrize("program", [pytest.param(p, id=p.name) for p in PROGRAMS])
def test_same_with_numpy_swapped(program: Program) -> None:
    comparison = compare(program, TIMEOUT_SECONDS)
    assert not comparison.differences
    assert comparison.error is None
    assert comparison.n_operations > 0


# What differs when a program finds out which of the two it runs on.
TELLTALES = {
    "text": "print('lazynp' in np.__name__)",
    "warning": "import warnings; warnings.warn(np.__name__)",
    "exception": "raise ValueError(len(np.__name__))",
    "dtype": "x = np.ones(3, dtype='d' if np.__name__ == 'numpy' else 'f')",
    "NaN's payload": "x = np.array([0x7FF8 << 48 | len(np.__name__)], 'u8').view('d')",
    "negative zero": "x = np.zeros(2) * (-1 if np.__name__ == 'numpy' else 1)",
    "order": "x = np.ones((2, 3), order='C' if np.__name__ == 'numpy' else 'F')",
    "writeable": "x = np.ones(3); x.flags.writeable = np.__name__ == 'numpy'",
    "scalar": "x = np.float64(1) if np.__name__ == 'numpy' else 1.0",
    "memory": "x = np.ones(3); y = x[1:]; y = y if np.__name__ == 'numpy' else y.copy()",
    "inside": "class A: pass\na = A(); a.rows = [{'k': np.float32(len(np.__name__))}]",
    "identity": "x = [1.5]; y = [x, x if np.__name__ == 'numpy' else [1.5]]",
    "random state": "r = np.random.default_rng(len(np.__name__))",
    "end": "import os; np.__name__ == 'numpy' or os._exit(3)",
}


@pytest.mark.parametrize("program", TELLTALES)
def test_a_difference_is_seen(tmp_path: Path, program: str) -> None:
    (tmp_path / "telltale.py").write_text(f"import numpy as np\n{TELLTALES[program]}\n")
    (found,) = run_programs.programs_in("own_programs", tmp_path)
    assert compare(found, TIMEOUT_SECONDS).differences


def test_no_difference_is_seen_where_there_is_none(tmp_path: Path) -> None:
    text = """
import warnings
import numpy as np
x = np.arange(6.0).reshape(2, 3)
y, scalar, large = x.T[1:], x.sum(), np.ones(20_000).sum()
x[0, 0] = -np.inf
print(np.log(x))
kept = {"rows": [y, scalar], "same": x, "generator": np.random.default_rng(3)}
np.vectorize(abs)(x)
raise TypeError("as meant")
"""
    (tmp_path / "plain.py").write_text(text)
    (found,) = run_programs.programs_in("own_programs", tmp_path)
    comparison = compare(found, TIMEOUT_SECONDS)
    assert not comparison.differences
    assert comparison.n_operations >= 4
    assert comparison.n_bytes >= 20_000 * 8
    assert comparison.n_calls_served == 1
    assert comparison.n_bytes_served == 6 * 8


def test_a_meant_difference_has_to_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "unneeded.py"
    monkeypatch.setattr(run_programs, "EXPECTED", tmp_path / "expected.toml")
    text = f"only with numpy: {program}:2: RuntimeWarning: divide by zero encountered in divide"
    entry = {"name": f"{tmp_path.name}/unneeded", "differences": [text], "reason": "as meant"}
    lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
    (tmp_path / "expected.toml").write_text("\n".join(["[[program]]", *lines]))
    for divisor, status, result in ((0, 0, "as meant"), (1, 1, "DIFFERENT")):
        program.write_text(f"import numpy as np\nnp.ones(3) / {divisor}\n")
        assert run_programs.main([str(program)]) == status
        assert f"| {result} |" in capsys.readouterr().out


def test_a_missing_checkout_is_named(tmp_path: Path) -> None:
    (tmp_path / "npbench").mkdir()
    with pytest.raises(SystemExit, match="no checkout of pyhpc-benchmarks, numpy-100, picoGPT"):
        run_programs.main(["--programs", str(tmp_path)])
