"""Floating-point warnings and errstate: NumPy's texts, at the line that recorded the operation."""

from __future__ import annotations

import itertools
import subprocess
import sys
import warnings
from typing import Any, ClassVar

import numpy
import pytest
from comparison import outcome, special_values

import lazynp

EVENTS = r"""
np.array([1., 0.]) / 0
np.exp(np.array([1e4]))
np.sqrt(np.array([-1.]))
np.log(np.array([0., -1]))
np.array([1e308, 1e308]).sum()
np.cumsum(np.array([1e308, 1e308]))
np.array([1e30, np.nan]).astype('i4')
np.array([1e300]).astype('f4')
np.mean(np.array([np.inf, -np.inf]))
np.array([[1e308, 1e308]]) @ np.array([1e308, 1e308])
np.array([1]) // 0
np.array([1]) % 0
np.array([1.]) % 0.
np.array([1e308]) ** 2
np.array([0.]) ** -1
np.array([np.nan]) < 1
np.maximum(np.array([np.nan]), 1)
np.abs(np.array([-128], 'i1'))
np.tan(np.array([np.inf]))
np.array([60000], 'e') * 2
np.array([1, 2], 'f4') + 1e150
1e5 - np.array([1, 2], 'e')
np.float64(1e308) * 10
np.min(np.array([np.nan, 1]))
np.hypot(np.array([1e308]), 1e308)
np.array([1j]) / 0
np.expm1(np.array([1e4]))
np.multiply.reduce(np.array([1e200, 1e200]))
np.divide(np.array([1., 2.]), 0, out=np.array([0., 0.]))
np.divide(1., np.array([0., 1.]), out=np.array([0., 0.]), where=np.array([False, True]))
np.log(np.array([0., 1.]), out=np.array([0., 0.]), where=np.array([False, True]))
np.arctanh(np.array([1., .5]), out=np.array([0., 0.]), where=np.array([False, True]))
np.log(np.array([0., 1.]), out=np.array([0., 0.]), where=np.array([True, True]))
np.array([1e-300]) * 1e-300
np.reciprocal(np.array([0.]))
"""
STATES: tuple[dict[str, Any], ...] = (
    {},
    {"all": "raise"},
    {"all": "warn"},
    {"all": "ignore"},
    {"divide": "raise"},
    {"over": "ignore"},
    {"invalid": "raise", "divide": "ignore"},
)


def happenings(np: Any, expression: str, state: dict[str, Any], action: str) -> list[Any]:
    """Warnings, calls of the handler and the exception, in order."""
    seen: list[Any] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)  # type: ignore[arg-type]
        try:
            with np.errstate(**state, call=lambda *event: seen.append(event)):
                numpy.asarray(eval(expression, {"np": np}))
        except (FloatingPointError, RuntimeWarning) as error:
            seen.append((type(error), str(error)))
    seen += [(w.category, str(w.message)) for w in caught]
    return seen


@pytest.mark.parametrize("expression", EVENTS.strip().split("\n"))
def test_events_are_numpys(expression: str) -> None:
    for state in (*STATES, {"all": "call"}):
        for action in ("always", "error", "ignore"):
            expected = happenings(numpy, expression, state, action)
            assert happenings(lazynp, expression, state, action) == expected, (state, action)


def test_the_log_is_written() -> None:
    class Log:
        lines: ClassVar[list[str]] = []

        def write(self, text: str) -> None:
            self.lines.append(text)

    with lazynp.errstate(all="log", call=Log()):
        lazynp.array([1.0]) / 0
    assert Log.lines == ["Warning: divide by zero encountered in divide\n"]


def test_the_state_is_captured(recwarn: pytest.WarningsRecorder) -> None:
    zero = lazynp.array([0.0])
    with lazynp.errstate(all="ignore"):
        pending = 1 / zero
    assert pending[0] == numpy.inf
    assert not recwarn.list


PROGRAM = """
import warnings
import lazynp as np
zero = np.array([0.0, 0.0])

def reciprocal():
    return 1 / zero                     # line 6

results = [reciprocal() for _ in range(3)]
with np.errstate(all="ignore"):
    quiet = np.log(zero)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    silenced = 0 / zero
print("before")
for result in (*results, quiet, silenced):
    print(np.sum(result))
"""


def test_late_warnings_name_the_line_that_recorded_once(tmp_path: Any) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    # NumPy's order of output: a warning on the way must not be lost, and must not come twice.
    run = subprocess.run(
        [sys.executable, "-u", str(program)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["before", "inf", "inf", "inf", "-inf", "nan"]
    assert run.stderr.count("RuntimeWarning") == 1
    assert f"{program}:7: RuntimeWarning: divide by zero encountered in divide" in run.stderr


def test_an_error_filter_raises_at_the_operation() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="divide by zero encountered in divide"):
            lazynp.array([1.0]) / 0


def test_arrays_stay_usable_after_an_error() -> None:
    one, zero = lazynp.array([1.0]), lazynp.array([0.0])
    with lazynp.errstate(all="raise"), pytest.raises(FloatingPointError):
        one / zero
    assert (one + zero).tolist() == [1.0]


@pytest.mark.parametrize("name", ["maximum", "where"])
def test_a_number_that_the_dtype_cannot_hold_warns(name: str) -> None:
    a = lazynp.array([1.0, 2.0], "f4")
    with pytest.warns(RuntimeWarning, match="overflow encountered in cast"):
        result = lazynp.where(a > 1, a, 1e150) if name == "where" else lazynp.maximum(a, 1e150)
        assert result[0] == numpy.inf


UFUNCS = sorted(
    name
    for name in dir(numpy)
    if isinstance(ufunc := getattr(numpy, name), numpy.ufunc)
    and not ufunc.signature
    and ufunc.nin < 3
)


@pytest.mark.parametrize("name", UFUNCS)
def test_events_of_one_element(name: str) -> None:
    """Among many elements one hides what another says."""
    n_inputs = getattr(numpy, name).nin
    for dtype in "efd":
        values = special_values(dtype)
        arrays = [[module.array([x]) for x in values] for module in (numpy, lazynp)]
        for chosen in itertools.product(range(len(values)), repeat=n_inputs):
            expected, got = (
                outcome(
                    lambda m=m, a=a, c=chosen: getattr(m, name)(*(a[i] for i in c)), True
                ).warnings
                for m, a in zip((numpy, lazynp), arrays, strict=True)
            )
            assert got == expected, f"{dtype} {[values[i] for i in chosen]}"


# What compares NaNs raises the processor's flag; NumPy does not warn of it, nor may what follows.
@pytest.mark.parametrize(
    "program",
    [
        "np.unique(np.array([np.inf + 1j, 1j, np.nan]))",
        "np.where(x < 1, 0.0, x) * 2.0",
        "(x > 0) * np.array([1.0, 2.0, 3.0])",
        "np.maximum(x, 1.0) + 1.0",
        "np.sort(x) * 1.0",
        "x.max() * np.array([1.0, 2.0])",
        "np.sign(x) + x",
        "np.correlate(x, np.array([1.0, np.nan]))",
    ],
)
def test_comparisons_of_nan_do_not_warn(program: str) -> None:
    for module in (numpy, lazynp):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            lazynp._core.set_warning_baseline(True)
            names = {"np": module, "x": module.array([1.0, numpy.nan, numpy.inf])}
            numpy.asarray(eval(program, names))
        assert [str(w.message) for w in seen] == []


def test_more_states_than_there_is_room_for() -> None:
    class Log:
        def __init__(self) -> None:
            self.lines: list[str] = []

        def write(self, text: str) -> None:
            self.lines.append(text)

    for _ in range(300):
        log = Log()
        with lazynp.errstate(all="log", call=log):
            lazynp.array([1.0]) / 0
        assert log.lines == ["Warning: divide by zero encountered in divide\n"]
