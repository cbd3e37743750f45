"""Runs one pytest file in a process of its own, so that no test can spoil the rest.

`run_file` starts pytest with the plugin suite_plugin.py, watches its log, kills a process that
stopped making progress, and starts it again behind the test that crashed or hung.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from suite_plugin import Record, read_log

HERE = Path(__file__).resolve().parent
PASSED = ("passed", "xpassed")
UNFINISHED = ("crashed", "timeout")
BAD = ("failed", "error", *UNFINISHED, "notrun")

# key -> (outcome, message, pytest id)
Tests = dict[str, tuple[str, str, str]]


@dataclass(frozen=True)
class Limits:
    """What one test file may use."""

    test_seconds: float = 60
    file_seconds: float = 600
    mem_gb: float = 12
    max_restarts: int = 25


@dataclass
class FileRun:
    """What a test file cost and how its processes ended; `code` and `tail` of a broken run."""

    seconds: float = 0.0
    cpu: float = 0.0
    restarts: int = 0
    expired: bool = False
    stalled: bool = False
    code: int = 0
    tail: str = ""
    collect_errors: list[str] = field(default_factory=list)


def run_file(
    args: list[str], log: Path, *, cwd: Path, env: dict[str, str], limits: Limits
) -> dict[str, Any]:
    """Run ``pytest *args``; return the fields of `FileRun` plus `tests`."""
    log = log.resolve()
    log.write_text("")
    command = [sys.executable, "-m", "pytest", "-p", "suite_plugin", "-q", "--no-header"]
    command += ["--tb=native", "--color=no", "-p", "no:cacheprovider", "-p", "no:randomly", *args]
    environment = process_environment(env, log, limits)
    run, begin = FileRun(), time.monotonic()
    while True:
        code = run_once(command, log, cwd, environment, limits, begin, run)
        records = read_log(log)
        done = {r["key"] for r in records if "key" in r}
        open_tests = [r for r in records if "start" in r and r["start"] not in done]
        if not open_tests or run.expired:
            if code not in (0, 1, 5):
                run.code = code
                run.tail = output_of(log).read_text(errors="replace")[-1500:]
            break
        run.restarts += 1
        append(log, ended_test(open_tests[-1], "timeout" if run.stalled else "crashed", code))
        if run.restarts > limits.max_restarts:
            run.tail = f"gave up after {limits.max_restarts} restarts"
            break
    records = read_log(log)
    run.seconds = round(time.monotonic() - begin, 1)
    run.cpu = round(run.cpu, 1)
    run.collect_errors = [r["msg"] for r in records if "collect_error" in r]
    tests = {r["key"]: (r["outcome"], r["msg"], r["id"]) for r in records if "key" in r}
    return asdict(run) | {"tests": tests}


def run_once(
    command: list[str],
    log: Path,
    cwd: Path,
    env: dict[str, str],
    limits: Limits,
    begin: float,
    run: FileRun,
) -> int:
    """Run pytest until it ends, stalls or the file's time is up; return its exit code."""
    with output_of(log).open("w") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        size, since = -1, time.monotonic()
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                run.cpu += usage.ru_utime + usage.ru_stime
                return process.returncode
            time.sleep(0.1)
            now, new_size = time.monotonic(), log.stat().st_size
            if new_size != size:
                size, since = new_size, now
            run.stalled = now - since > 3 * limits.test_seconds + 60
            run.expired = now - begin > limits.file_seconds
            if run.stalled or run.expired:
                os.killpg(process.pid, signal.SIGKILL)


def process_environment(env: dict[str, str], log: Path, limits: Limits) -> dict[str, str]:
    """The environment of pytest: the caller's, plus what the plugin reads."""
    merged = {**os.environ, **env}
    paths = [str(HERE), merged.get("PYTHONPATH", "")]
    return merged | {
        "SUITE_LOG": str(log),
        "SUITE_TEST_LIMIT": str(limits.test_seconds),
        "SUITE_MEM_GB": str(limits.mem_gb),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }


def output_of(log: Path) -> Path:
    """Where the output of pytest goes."""
    return log.with_name(log.name + ".out")


def ended_test(start: Record, how: str, code: int) -> Record:
    """The record of a test that took its process with it."""
    return {"key": start["start"], "id": start["id"], "outcome": how, "msg": f"exit {code}"}


def append(log: Path, record: Record) -> None:
    with log.open("a") as file:
        file.write(json.dumps(record) + "\n")


def counts(tests: Tests) -> dict[str, int]:
    """How many tests ended in which way."""
    return dict(Counter(outcome for outcome, *_ in tests.values()))


def unfinished(files: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What each test, or file outside its tests, came to that did not end by itself."""
    found = {
        f"{name}.py::{key}": f"{outcome}, {message}"
        for name, entry in files.items()
        for key, (outcome, message, _) in entry["tests"].items()
        if outcome in UNFINISHED
    }
    for name, entry in files.items():
        if entry.get("code") and not entry["expired"]:
            found[f"{name}.py"] = f"exit {entry['code']} outside its tests"
    return found


def failing(files: dict[str, dict[str, Any]]) -> list[str]:
    """The names ``file.py::Class::test[parameters]`` of the tests that did not pass."""
    return sorted(
        f"{name}.py::{test[2].split('::', 1)[-1]}"
        for name, entry in files.items()
        for test in entry["tests"].values()
        if test[0] in BAD
    )
