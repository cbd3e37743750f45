"""Random programs on NumPy and lazynp side by side, and proof that the comparison finds faults."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy
import pytest
from aliasing_features import PROMISES
from aliasing_programs import FEATURES
from fuzz_aliasing import Pair, Report, listing, replay, run_programs, shrink

import lazynp

pytestmark = pytest.mark.filterwarnings("ignore")


def message(report: Report) -> str:
    return "\n\n".join(
        f"seed {f.seed}: {f.detail}\n{listing(f.program, 'lazynp')}" for f in report.failures
    )


def test_programs(full_size: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Every read, error, layout and byte agrees; most work stayed lazy; every feature was used."""
    report = run_programs(lazynp, 0, 5000 if full_size else 300, 60)
    assert not report.failures, message(report)
    with capsys.disabled():
        print(
            f"\n{report.histogram()}\n{report.programs} programs, "
            f"{100 * report.lazy_share():.1f} % of {report.statistics['recorded']} operations lazy"
        )
    assert not report.missing_features()
    assert report.lazy_share() >= 0.9
    assert report.statistics["donated"] > 0


def test_programs_with_eager_evaluation() -> None:
    with lazynp.eager():
        report = run_programs(lazynp, 100_000, 40, 60)
    assert not report.failures, message(report)


@pytest.mark.parametrize("switch", ["donate", "fuse", "plan_cache"])
def test_programs_with_a_pass_switched_off(switch: str) -> None:
    with lazynp.config(**{switch: False}):
        report = run_programs(lazynp, 200_000, 40, 60)
    assert not report.failures, message(report)


# ------------------------------------------------------------------ the fuzz itself
def test_the_generator_is_sound() -> None:
    """NumPy agrees with itself, and the programs use every feature."""
    report = run_programs(numpy, 0, 300, 60)
    assert not report.failures
    assert not report.missing_features()


def test_every_promise_has_statements_and_every_statement_a_promise() -> None:
    named = [name for names in PROMISES.values() for name in names]
    assert sorted(named) == sorted(FEATURES)


class WrongModule(ModuleType):
    """NumPy with one name replaced."""

    def __init__(self, **replaced: Any) -> None:
        super().__init__("wrong")
        vars(self).update(replaced)

    def __getattr__(self, name: str) -> Any:
        own = {"evaluate": lambda *arrays: None, "adopt": lambda w: w.copy(), "watch": lambda x: x}
        if name in own:
            return own[name]
        if name in ("eager", "no_eval"):
            return importlib.import_module("contextlib").nullcontext
        return getattr(numpy, name)


def test_a_wrong_value_is_found_and_cut_down() -> None:
    """A module whose transpose copies: the program that shows it needs few statements."""
    wrong = WrongModule(transpose=lambda a, axes=None: numpy.transpose(a, axes).copy())
    program = [
        "v1 = np.array(data(1, (3, 4), 'f8'))",
        "v2 = v1 + 1",
        "v3 = np.transpose(v1)",
        "v2 *= v2",
        "v3 += 1",
        "v4 = v2[::-1]",
    ]
    found = replay(wrong, program)
    assert found is not None
    assert shrink(program, lambda s: replay(wrong, s) is not None) == [
        "v1 = np.array(data(1, (3, 4), 'f8'))",
        "v3 = np.transpose(v1)",
    ]


def test_a_wrong_error_is_found() -> None:
    wrong = WrongModule(array=lambda a, **more: numpy.array(a, **more).astype("f8"))
    pair = Pair(wrong)
    assert pair.execute("v1 = np.array(data(1, (3,), 'i8'))") is None
    found = pair.execute("v1 += 0.5")
    assert found is not None
    assert "UFuncTypeError" in found.expected or "UFuncOutputCastingError" in found.expected
