"""What the doctor sees of a program: why runs were forced, what NumPy did, where; and `info`."""

from __future__ import annotations

import io
import json
import pickle
import pprint
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

import lazynp as np
from lazynp import _core
from lazynp._doctor import Observer
from lazynp._doctor_report import REASONS
from lazynp._swap_import import Own
from lazynp._type_checks import type_checks_in

OWN = Own((str(Path(__file__).parent),))


@pytest.fixture
def observer() -> Iterator[Observer]:
    seen = Observer(OWN)
    _core.set_observer(seen)
    yield seen
    _core.set_observer(None)


@pytest.fixture
def x() -> Any:
    return np.evaluate(np.array(numpy.linspace(1, 2, 20_000)))


def shared(n: int = 20_000) -> Any:
    return np.asarray(numpy.ones(n))


def late(x: Any) -> Any:
    with np.errstate(divide="raise"):
        return x / 2


def at_once(x: Any) -> Any:
    with np.eager():
        return x + 1


def long_chain(x: Any) -> Any:
    x = x[:100]
    for _ in range(600):
        x = x + 1
    return x


# Why -> what forces a run for that reason and no other.
FORCED: dict[str, list[Callable[[Any], Any]]] = {
    "text": [lambda x: str(x + 1), lambda x: f"{x.sum():.3f}", lambda x: repr(x.mean())],
    "number": [
        lambda x: float(x.sum()),
        lambda x: (x + 1).sum().item(),
        lambda x: int(np.evaluate(x).sum()),
        lambda x: [0, 1][(x * 0).sum(dtype=int)],
        lambda x: complex(x.sum()),
        lambda x: round(x.sum(), 2),
    ],
    "bool": [lambda x: bool(x.sum()), lambda x: (x > 0).all() and 1],
    "scalar": [lambda x: (x[:10] + 1).sum(), lambda x: (x[:10] * 2)[3]],
    "data": [lambda x: (x + 1).tolist(), lambda x: (x + 1).tobytes()],
    "array": [
        lambda x: numpy.asarray(x + 1),
        lambda x: memoryview(x + 1),
        lambda x: numpy.from_dlpack(x + 1),
        lambda x: numpy.array(x + 1),
    ],
    "pickle": [lambda x: pickle.dumps(x + 1), lambda x: pickle.dumps(x.sum())],
    "index": [lambda x: x[(x * 2).astype(int)]],
    "mask": [lambda x: x[x > 1.5], lambda x: np.nonzero(x > 1.5)],
    "shape": [lambda x: np.unique(x), lambda x: np.bincount(x.astype(int))],
    "error": [
        lambda x: np.linalg.inv(np.reshape(x[:4] ** 2, (2, 2))),
        lambda x: np.linalg.eigh(np.reshape(x[:4], (2, 2))),
    ],
    "floating": [late],
    "shared": [
        lambda x: shared() + 1,
        lambda x: x + numpy.ones(20_000),
        lambda x: shared().__setitem__(slice(9_999), (x + 1)[:9_999]),
        lambda x: shared().__iadd__(x),
    ],
    "eager": [at_once],
    "depth": [long_chain],
    "evaluate": [lambda x: np.evaluate(x + 1), lambda x: np.evaluate(x + 1, x + 2)],
    "numpy": [lambda x: np.savetxt(io.StringIO(), x[:10] + 1)],
}


@pytest.mark.parametrize(
    ("why", "force"), [(why, force) for why, ways in FORCED.items() for force in ways]
)
def test_reasons_and_places(
    why: str, force: Callable[[Any], Any], x: Any, observer: Observer
) -> None:
    force(x)
    assert {reason for reason, _, _ in observer.runs} == {why}
    first = force.__code__.co_firstlineno
    last = max(line for _, _, line in force.__code__.co_lines() if line)
    for (_, _, place), tally in observer.runs.items():
        assert place.file == __file__ and first <= place.line <= last
        assert tally.count >= 1 and tally.amount >= 1 and tally.seconds > 0


def test_every_reason_is_explained() -> None:
    sources = Path(__file__).parents[1] / "csrc" / "python"
    given = {
        reason
        for path in sources.glob("*.cpp")
        for reason in re.findall(r'because\("(\w+)"', path.read_text())
    }
    assert given | set(FORCED) <= set(REASONS)
    assert given <= set(FORCED)
    for reason in REASONS.values():
        assert reason.what and reason.remedy


def test_recording_forces_nothing(x: Any, observer: Observer) -> None:
    y = np.exp(x).reshape(100, 200).sum(axis=0) * 2
    y[1:] += 1
    assert not observer.runs and not observer.calls
    _core.set_observer(None)
    assert y.shape == (200,)


def test_nobody_looks_any_more(x: Any, observer: Observer) -> None:
    _core.set_observer(None)
    float((x + 1).sum())
    np.sort(np.array(["b", "a"]))
    assert not observer.runs and not observer.calls and not observer.scalars


def test_calls_of_numpy_are_the_fallbacks(observer: Observer) -> None:
    before = {row[:3]: row[3:] for row in _core.fallback_counts()}
    words = np.array(["b", "a", "c"])
    for _ in range(3):
        np.sort(words)
    counted = {}
    for function, file, line, n_calls, n_bytes in _core.fallback_counts():
        n_calls_before, n_bytes_before = before.get((function, file, line), (0, 0))
        if n_calls > n_calls_before:
            counted[file, line] = n_calls - n_calls_before, n_bytes - n_bytes_before
    seen = {
        (place.file, place.line): (tally.count, tally.amount)
        for (_, place), tally in observer.calls.items()
    }
    assert seen == counted and (3, 3 * words.nbytes) in seen.values()


def test_lazy_scalars_are_counted(x: Any, observer: Observer) -> None:
    total = x.sum()
    assert type(total) is np.LazyScalar
    assert [place.line for place in observer.scalars] == [sys._getframe().f_lineno - 2]


def test_refusal_of_json_is_seen(observer: Observer, x: Any) -> None:
    assert isinstance(x.sum(), float) and json.dumps(float(x.sum()))
    for value in (x.sum(dtype=int), x.any()):  # NumPy's own are refused, too
        with pytest.raises(TypeError, match="not JSON serializable"):
            json.dumps(value)
    assert not observer.refused_by_json
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"total": x.sum()})
    assert [place.line for place in observer.refused_by_json] == [sys._getframe().f_lineno - 1]


def test_library_is_named_with_the_line_that_called_it(observer: Observer, x: Any) -> None:
    pprint.pformat(x + 1)
    ((why, _, place),) = observer.runs
    assert (why, place.file, place.line) == ("text", __file__, sys._getframe().f_lineno - 2)
    assert place.through.rpartition(":")[0] == pprint.__file__


def test_failed_run_leaves_the_observer_in_order(x: Any, observer: Observer) -> None:
    with pytest.raises(np.linalg.LinAlgError):
        np.linalg.inv(np.zeros((2, 2)))
    observer.runs.clear()
    str(x + 1)
    assert [why for why, _, _ in observer.runs] == ["text"]


# ------------------------------------------------------------------ reading for type checks
def test_type_checks_are_found(tmp_path: Path) -> None:
    lines = [
        "import json, numpy as np",
        "type(x) is float",  # 2
        "isinstance(x, float)",
        "x is np.True_",  # 4
        "x == np.True_",
        "json.dumps(x)",  # 6
        "type('A', (), {})",
    ]
    (tmp_path / "program.py").write_text("\n".join(lines))
    assert [line for line, _ in type_checks_in(str(tmp_path / "program.py"))] == [2, 4, 6]


# ------------------------------------------------------------------ the command line
PROGRAM = """
import json, os, sys
import numpy as np

x = np.arange(20_000.0)
for step in range(3):
    if (x + step).sum() < 0:
        break
names = np.array(["b", "a"], dtype=object)
print(sorted(names)[0], names[::-1].tolist(), type(x.sum()) is float)
shared = np.frombuffer(bytes(80_000))
y = shared * 2
if os.fork() == 0:
    sys.exit()
os.wait()
raise SystemExit(int(sys.argv[1]))
"""


def doctor(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lazynp", "doctor", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_report(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    done = doctor("--json", "facts.json", "program.py", "5", cwd=tmp_path)
    assert done.returncode == 5
    assert done.stdout == "a ['a', 'b'] False\n"
    assert done.stderr.count("lazynp doctor: program.py took") == 1  # the child is silent
    facts = json.loads((tmp_path / "facts.json").read_text())
    lines = PROGRAM.splitlines()
    forced = {row["why"]: row for row in facts["forced"]}
    assert forced["bool"]["count"] == 3 and forced["bool"]["file"] == "program.py"
    assert lines[forced["bool"]["line"] - 1].strip() == forced["bool"]["source"]
    assert [row["line"] for row in facts["shared"]] == [lines.index("y = shared * 2") + 1]
    assert {row["line"] for row in facts["numpy"]} == {10}
    assert facts["calls_of_numpy"] == sum(row["count"] for row in facts["numpy"]) > 0
    assert {row["line"] for row in facts["lazy_scalars"]} == {7, 10}
    assert [row["line"] for row in facts["type_checks"]] == [10]
    assert 0 < facts["lazy_share"] < facts["native_share"] < 1
    assert 8 * 20_000 <= facts["peak_bytes"] < 10**8
    seconds = [row["seconds"] for row in facts["forced"]]
    assert seconds == sorted(seconds, reverse=True)
    assert facts["remedies"]["forced"]["shared"] in " ".join(done.stderr.split())
    for row in facts["forced"][:3] + facts["shared"] + facts["numpy"]:
        assert f"program.py:{row['line']}  {row['source']}" in done.stderr


def test_report_follows_the_traceback(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import numpy as np\nprint(np.ones(2) + 1)\n1 / 0\n")
    done = doctor("--json", "-", "program.py", cwd=tmp_path)
    assert done.returncode == 1
    traceback, _, report = done.stderr.partition("ZeroDivisionError")
    assert traceback.count("File ") == 1 and "print(np.ones(2) + 1)" in report
    printed, _, facts = done.stdout.partition("\n")
    assert printed == "[2. 2.]" and json.loads(facts)["runs"] == 1


def test_program_without_arrays(tmp_path: Path) -> None:
    assert "used no array" in doctor("-c", "print(1)", cwd=tmp_path).stderr


def test_info() -> None:
    command = [sys.executable, "-m", "lazynp", "info"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    facts = json.loads(subprocess.check_output([*command, "--json"], text=True))
    assert facts["versions"]["numpy"] == numpy.__version__
    assert facts["engine"]["pending_operations"] == np.stats()["pending_limit_depth"]
    assert facts["settings"]["math"] == "numpy" and facts["machine"]["gpu"] is None
    library = facts["blas"]["library"]
    assert library == (_core.blas_path() or "none: products use Eigen") and library in text
    for section in facts:
        assert section in text.splitlines()
