#!/usr/bin/env python3
"""Run the Array API test suite against one module, a file at a time.

    python run_array_api_tests.py --suite DIR --module lazynp --spec 2025.12 --out out.json

--suite is a checkout of data-apis/array-api-tests with the specification, data-apis/array-api, in
its folder ``array-api``. Every test file runs in a process of its own, so a crash or a hang costs
one test. Needs pytest, hypothesis and ndindex, and pytest-json-report, which the suite imports.

The failures expected of a module stand in expected_failures.toml, with the standard's words that it
contradicts. These quotes, and those of docs/array_api.md, are looked up in the specification.

The module's dtypes must compare with anything (``dtype == None``), or most of the suite fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "array_api.md"
sys.path.insert(0, str(HERE.parent))
from expected_failures import entries_of, report_differences  # noqa: E402
from suite_driver import BAD, PASSED, Limits, counts, failing, run_file  # noqa: E402

# The longest files are started first, so that the workers finish together.
LONG_FILES = ("operators", "special", "linalg", "manip")


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """As a plugin (-p run_array_api_tests): do not shrink failing examples.

    Shrinking is most of the run time of a module with many failures.
    """
    from hypothesis import Phase, settings

    settings.register_profile(
        "suite",
        settings.get_profile("array-api-tests"),
        database=None,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("suite")


def parse_arguments() -> argparse.Namespace:
    assert __doc__
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--suite", type=Path, required=True, help="checkout of array-api-tests")
    p.add_argument(
        "--module", required=True, help="importable name, or \"exec('import a; xp = a.b')\""
    )
    p.add_argument(
        "--spec", help="2023.12, 2024.12 or 2025.12 (default: the module's __array_api_version__)"
    )
    p.add_argument("--max-examples", type=int, default=20)
    p.add_argument(
        "--expected", type=Path, help="list of failures (default: the module's, or lazynp's)"
    )
    p.add_argument("--strict", action="store_true", help="exit 1 when --expected is not exact")
    p.add_argument("--min-rate", type=float, help="exit 1 below this rate (percent)")
    p.add_argument(
        "--random", action="store_true", help="fresh Hypothesis examples (default: derandomized)"
    )
    p.add_argument("--seed", type=int, help="the Hypothesis examples of this seed")
    p.add_argument(
        "--shrink", action="store_true", help="let Hypothesis look for minimal examples (slow)"
    )
    p.add_argument("--files", nargs="*", default=[], help="e.g. test_linalg")
    p.add_argument("--env", nargs="*", default=[], metavar="K=V")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--test-limit", type=float, default=60, help="CPU seconds per test")
    p.add_argument("--file-limit", type=float, default=600, help="seconds per file")
    p.add_argument("--mem-gb", type=float, default=12, help="address space per file")
    p.add_argument("--out", type=Path, help="write the result here as JSON")
    p.add_argument(
        "--args", nargs=argparse.REMAINDER, default=[], help="further pytest arguments (last)"
    )
    return p.parse_args()


def run_suite(options: argparse.Namespace, suite: Path, work: Path) -> dict[str, Any]:
    """Run the chosen files; return file -> result."""
    files = [f.stem for f in sorted((suite / "array_api_tests").glob("test_*.py"))]
    if options.files:
        files = [f for f in files if f in options.files]
    files.sort(key=lambda name: not any(part in name for part in LONG_FILES))
    args = ["--max-examples", str(options.max_examples), "--disable-deadline", "-W", "ignore"]
    if options.seed is not None:
        args.append(f"--hypothesis-seed={options.seed}")
    elif not options.random:
        args.append("--derandomize")
    args += [] if options.shrink else ["-p", "run_array_api_tests"]
    env = {
        "ARRAY_API_TESTS_MODULE": options.module,
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(work / "hypothesis"),
    }
    env |= dict(e.split("=", 1) for e in options.env)
    if options.spec:
        env["ARRAY_API_TESTS_VERSION"] = options.spec
    limits = Limits(options.test_limit, options.file_limit, options.mem_gb)

    def one(name: str) -> tuple[str, dict[str, Any]]:
        pytest_args = [*args, f"array_api_tests/{name}.py", *options.args]
        result = run_file(pytest_args, work / f"{name}.jsonl", cwd=suite, env=env, limits=limits)
        notes = f"{result['collect_errors'][:1] or ''} {result['tail'][-300:]}"
        print(f"  {name:42} {result['seconds']:6.1f} s  {counts(result['tests'])}  {notes}")
        sys.stdout.flush()
        return name, result

    with ThreadPoolExecutor(options.jobs) as pool:
        return dict(pool.map(one, files))


def expected_of(module: str) -> Path:
    """The list of failures of a module; that of lazynp for all that have none."""
    own = HERE / f"expected_failures_of_{module.rpartition('.')[2]}.toml"
    return own if own.exists() else HERE / "expected_failures.toml"


def report_wrong_quotes(path: Path, suite: Path) -> bool:
    """Print the quotes that the specification does not have; true when there are any."""
    stubs = sorted((suite / "array-api" / "src" / "array_api_stubs").rglob("*.py"))
    texts = [" ".join(stub.read_text().split()) for stub in stubs]
    quotes = {quote for entry in entries_of(path) for quote in entry.get("standard", [])}
    quotes |= {line[2:] for line in PAGE.read_text().splitlines() if line.startswith("> ")}
    wrong = [quote for quote in quotes if not any(quote in text for text in texts)]
    for quote in wrong:
        print(f"  not in the specification: {quote}")
    return bool(wrong)


def main() -> int:
    options = parse_arguments()
    suite = options.suite.resolve()
    if not (suite / "array-api" / "spec").is_dir():
        sys.exit(f"the specification (data-apis/array-api) is missing in {suite}/array-api")
    begin, work = time.monotonic(), Path(tempfile.mkdtemp(prefix="array-api-"))
    try:
        results = run_suite(options, suite, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    outcome = {
        f"{name}.py::{key}": t[0] for name, r in results.items() for key, t in r["tests"].items()
    }
    total = Counter(outcome.values())
    n_ran = sum(n for kind, n in total.items() if kind != "skipped")
    n_good = sum(total[kind] for kind in PASSED)
    rate = 100 * n_good / max(1, n_ran)
    seconds = round(time.monotonic() - begin, 1)
    cpu = round(sum(r["cpu"] for r in results.values()), 1)
    print(
        f"{options.module} spec {options.spec or 'default'}: {dict(total)}; "
        f"{n_good}/{n_ran} = {rate:.1f}% of the tests run; {seconds:.0f} s, cpu {cpu:.0f} s"
    )
    if options.out:
        summary = {"module": options.module, "spec": options.spec, "total": total}
        summary |= {"failing": failing(results), "cpu": cpu, "seconds": seconds, "files": results}
        options.out.write_text(json.dumps(summary, indent=0))
    failed = [name for name, kind in outcome.items() if kind in BAD]
    passed = [name for name, kind in outcome.items() if kind in PASSED]
    expected = options.expected or expected_of(options.module)
    differs = report_differences(expected, failed, passed)
    differs |= report_wrong_quotes(expected, suite)
    too_low = options.min_rate is not None and rate < options.min_rate
    return int(too_low or (options.strict and differs))


if __name__ == "__main__":
    sys.exit(main())
