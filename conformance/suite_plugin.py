"""A pytest plugin that writes one JSON line per test, so that a crash costs one test.

Loaded with ``-p suite_plugin`` by suite_driver.py. The file is named by ``SUITE_LOG``; tests that
it already holds are not run again. ``SUITE_TEST_LIMIT`` is a limit per test in seconds of CPU time
(so that a busy machine makes no difference), ``SUITE_MEM_GB`` one on address space,
``SUITE_SAMPLE=1`` thins out tests with many parameter sets.

A test is identified by its key, ``Class::test#3``: the pytest id without the parameter text, plus
the ordinal among that test's parameter sets. The text depends on the repr of the parameters, which
differs between array modules; the ordinal does not.
"""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

Record = dict[str, Any]
MESSAGE = "suite message"  # the property of a report that holds its exception in one line


def sampled(key: str) -> bool:
    """Whether a sample keeps this test: its first 40 parameter sets and every 37th of the rest."""
    ordinal = int(key.rpartition("#")[2])
    return ordinal < 40 or ordinal % 37 == 0


def read_log(path: Path) -> list[Record]:
    """The records of a log; a last line cut short by a crash is left out."""
    records = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            records.append(json.loads(line))
        except ValueError:
            continue
    return records


def pytest_configure(config: pytest.Config) -> None:
    if "SUITE_LOG" not in os.environ or hasattr(config, "workerinput"):
        return
    if gigabytes := float(os.environ.get("SUITE_MEM_GB", "0")):
        n_bytes = int(gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))
    recorder = Recorder(Path(os.environ["SUITE_LOG"]))
    config.pluginmanager.register(recorder, "suite-recorder")


class Recorder:
    """The hooks that need the log."""

    def __init__(self, path: Path) -> None:
        self.done = {r["key"] for r in read_log(path) if "key" in r}
        self.file = path.open("a", buffering=1)
        self.keys: dict[str, str] = {}
        self.outcome: dict[str, tuple[str, str]] = {}
        self.limit_seconds = float(os.environ.get("SUITE_TEST_LIMIT", "0"))

    def write(self, **record: object) -> None:
        self.file.write(json.dumps(record) + "\n")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            lines = [ln[1:] for ln in report.longreprtext.splitlines() if ln.startswith("E ")]
            text = lines[-1] if lines else report.longreprtext[-300:]
            self.write(collect_error=report.nodeid, msg=one_line(text))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed and call.excinfo is not None:
            report.user_properties.append((MESSAGE, one_line(call.excinfo.exconly())))
        return report

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        n_seen: dict[str, int] = {}
        kept: list[pytest.Item] = []
        dropped: list[pytest.Item] = []
        thin_out = os.environ.get("SUITE_SAMPLE") == "1"
        for item in items:
            base = item.nodeid.split("::", 1)[-1].split("[", 1)[0]
            ordinal = n_seen.get(base, 0)
            n_seen[base] = ordinal + 1
            key = self.keys[item.nodeid] = f"{base}#{ordinal}"
            is_left_out = key in self.done or (thin_out and not sampled(key))
            (dropped if is_left_out else kept).append(item)
        items[:] = kept
        config.hook.pytest_deselected(items=dropped)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            self.keys.pop(item.nodeid, None)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.write(collected=len(session.items))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.write(start=self.keys.get(nodeid, nodeid), id=nodeid)
        if self.limit_seconds:
            signal.signal(signal.SIGPROF, self.on_limit)
            signal.setitimer(signal.ITIMER_PROF, self.limit_seconds)

    def on_limit(self, *_: object) -> None:
        raise TimeoutError(f"test exceeded {self.limit_seconds:g} s of CPU time")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        new, message = outcome_of(report)
        old = self.outcome.get(report.nodeid, ("", ""))
        tells = report.when == "call" or new in ("error", "timeout", "skipped", "xfailed")
        if tells and old[0] not in ("failed", "timeout"):
            old = (new, message)
        self.outcome[report.nodeid] = old

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        if self.limit_seconds:
            signal.setitimer(signal.ITIMER_PROF, 0)
        outcome, message = self.outcome.pop(nodeid, ("error", "no report"))
        key = self.keys.get(nodeid, nodeid)
        self.write(key=key, id=nodeid, outcome=outcome, msg=message)


def outcome_of(report: pytest.TestReport) -> tuple[str, str]:
    """The outcome of one phase of a test, and the message of a failure."""
    if hasattr(report, "wasxfail"):
        return ("xfailed" if report.skipped else "xpassed"), ""
    if not report.failed:
        return report.outcome, ""
    message = str(dict(report.user_properties).get(MESSAGE, ""))
    if message.startswith("TimeoutError: test exceeded"):
        return "timeout", message
    return ("failed" if report.when == "call" else "error"), message


def one_line(text: str) -> str:
    return " ".join(text.split())[:300]
