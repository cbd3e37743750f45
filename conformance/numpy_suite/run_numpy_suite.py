#!/usr/bin/env python3
"""Run the installed NumPy's own test files against another module.

    python run_numpy_suite.py --module lazynp --out lazynp.json
    python run_numpy_suite.py --module lazynp --files _core/test_umath -k sin
    python run_numpy_suite.py --diff old.json new.json
    python run_numpy_suite.py --report lazynp.json

Each test file is copied with its NumPy imports pointed at the target module (rewrite_imports.py,
np_swap.py) and run by pytest in a process of its own. The figure reported is the pass rate relative
to NumPy: of the tests that NumPy itself passes in this same runner, and that an empty module does
not pass, the share that the target passes. Those two reference runs are made once per NumPy version
and Python version and kept in --cache. A crash or a hang is named and makes the runner exit with 1,
as a rate below --min-rate or --min-function-rate does. Quote the rate by function: 7 of 3,851
functions hold half of all cases, and read the column "not run" and every BROKE line before quoting.

Needs pytest and hypothesis besides NumPy and the target.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from expected_failures import report_differences  # noqa: E402
from rewrite_imports import rewrite  # noqa: E402
from suite_driver import PASSED, Limits, counts, failing, run_file, unfinished  # noqa: E402
from suite_plugin import sampled  # noqa: E402

Result = dict[str, Any]
NUMPY = Path(numpy.__file__).parent

# What a user of `import numpy as np` sees. Left out: C internals (cpu features, SIMD, refcounts,
# memory policy, hash table, argparse, cython, limited API, extint128, conversion utils, nditer,
# array methods, casting unit tests, custom dtypes, mem_overlap's solver), file formats and IO,
# random streams, masked arrays, matrices, records, f2py, distutils, strings and datetime
# (object-like dtypes that no compute engine will run natively; see --files extended).
DEFAULT = """
 _core: test_numeric test_umath test_umath_complex test_ufunc test_indexing
  test_indexerrors test_multiarray test_shape_base test_einsum
  test_item_selection test_function_base test_nep50_promotions
  test_scalarmath test_scalar_methods test_scalar_ctors test_array_coercion
  test_arrayprint test_scalarprint test_dtype test_numerictypes test_getlimits
  test_finfo test_half test_errstate test_protocols
  test_dlpack test_array_api_info test_overrides test_abc test_api
  test_regression test_deprecations
 lib: test_function_base test_arraysetops test_nanfunctions test_index_tricks
  test_twodim_base test_stride_tricks test_shape_base test_histograms
  test_arraypad test_type_check test_ufunclike test_packbits test_polynomial
  test_regression test_mixins test_utils test_array_utils test_arrayterator
 linalg: test_linalg test_regression test_deprecations
 fft: test_pocketfft test_helper
 polynomial: test_polynomial test_polyutils test_chebyshev test_classes
"""
EXTENDED = """
 _core: test_datetime test_strings test_defchararray test_stringdtype
  test_records test_unicode test_longdouble test_memmap test_nditer
  test_mem_overlap test_casting_unittests test_casting_floatingpoint_errors
  test_print test_scalarinherit test_scalarbuffer test_multithreading
 lib: test_io test_loadtxt test_format test_recfunctions
 polynomial: test_hermite test_hermite_e test_laguerre test_legendre
  test_printing test_symbol
 random: test_generator_mt19937 test_random test_randomstate test_smoke
 ma: test_core test_extras test_old_ma test_subclassing
 matrixlib: test_defmatrix test_interaction test_matrix_linalg
"""
# A part of both, which takes less than a minute with --sample: tests/test_numpy_suite.py.
SELECTION = """
 _core: test_numeric test_ufunc test_indexing test_multiarray test_shape_base
  test_item_selection test_scalarmath test_array_coercion test_datetime test_records
 lib: test_function_base test_arraysetops test_nanfunctions test_index_tricks
  test_stride_tricks test_shape_base
 linalg: test_linalg
 fft: test_pocketfft
 polynomial: test_polynomial
 random: test_generator_mt19937
 ma: test_extras
"""


# ------------------------------------------------------------------ test files
def file_names(listing: str) -> list[str]:
    """The names ``package/test_file`` of a listing that the installed NumPy has."""
    names, package = [], ""
    for word in listing.split():
        if word.endswith(":"):
            package = word[:-1]
        else:
            names.append(f"{package}/{word}")
    return [name for name in names if source_of(name).exists()]


def source_of(name: str) -> Path:
    package, test = name.split("/")
    return NUMPY / package / "tests" / f"{test}.py"


def folder_of(name: str) -> str:
    """Where the copy of a test file lies: a folder called "random" would hide Python's module."""
    return f"tests_of_{name}"


def make_tree(root: Path, files: list[str]) -> None:
    """Write the rewritten test files under `root`."""
    shutil.rmtree(root, ignore_errors=True)
    for name in files:
        source = source_of(name)
        copy = root / f"{folder_of(name)}.py"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(rewrite(source.read_text()))
        data, link = source.parent / "data", copy.parent / "data"
        if data.exists() and not link.exists():
            link.symlink_to(data)
    (root / "pytest.ini").write_text("[pytest]\n")


# ------------------------------------------------------------------ running
def run(module: str, files: list[str], options: argparse.Namespace, work: Path) -> Result:
    """Run `files` against `module`; return the result as a dict for JSON."""
    tree = work / "tests"
    make_tree(tree, files)
    args = ["-p", "np_swap", "-c", "pytest.ini", "--rootdir", "."]
    args += ["--import-mode=importlib", "--continue-on-collection-errors"]
    args += [] if options.slow else ["-m", "not slow"]
    args += ["-k", options.k] if options.k else []
    env = dict(e.split("=", 1) for e in options.env) | {
        "SUITE_MODULE": module,
        "SUITE_SAMPLE": str(int(options.sample)),
        "NUMPY_EXPERIMENTAL_DTYPE_API": "1",
        "NPY_AVAILABLE_MEM": f"{options.mem_gb / 4:g} GB",
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
    }
    limits = Limits(options.test_limit, options.file_limit, options.mem_gb)

    def one(name: str) -> tuple[str, Result]:
        log = work / (name.replace("/", ".") + ".jsonl")
        result = run_file([*args, f"{folder_of(name)}.py"], log, cwd=tree, env=env, limits=limits)
        print(one_file_line(name, result), flush=True)
        return name, result

    with ThreadPoolExecutor(options.jobs) as pool:
        results = dict(pool.map(one, files))
    return {
        "module": module,
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "sample": options.sample,
        "files": results,
    }


def one_file_line(name: str, result: Result) -> str:
    """Progress: what one file cost and how its tests ended."""
    parts = [f"  {name:34} {result['seconds']:6.1f} s (cpu {result['cpu']:.1f})"]
    parts += [str(counts(result["tests"]))]
    parts += [f"restarts {result['restarts']}"] if result["restarts"] else []
    parts += ["TIME LIMIT"] if result["expired"] else []
    parts += [f"at import: {e[-120:]}" for e in result["collect_errors"][:1]]
    if result["tail"] and not result["tests"]:
        parts += [f"BROKE: {result['tail'][-400:]}"]
    return "  ".join(parts)


def reference(module: str, files: list[str], options: argparse.Namespace, work: Path) -> Result:
    """The kept run of `module`, completed for files it does not hold yet."""
    tag = f"{module}-np{numpy.__version__}-py{sys.version_info.minor}"
    path = options.cache / f"{tag}{'-slow' if options.slow else ''}.json"
    kept: Result = json.loads(path.read_text()) if path.exists() else {"files": {}}
    missing = [f for f in files if f not in kept["files"]]
    if missing:
        print(f"reference run of {module}: {len(missing)} files", flush=True)
        plain = argparse.Namespace(**{**vars(options), "env": [], "k": None, "sample": False})
        new = run(module, missing, plain, work / f"reference-{module}")
        new["files"] = {**kept["files"], **new["files"]}
        options.cache.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept := new))
    return kept


# ------------------------------------------------------------------ scoring
def passed(result: Result, name: str) -> set[str]:
    tests = result["files"].get(name, {}).get("tests", {})
    return {key for key, test in tests.items() if test[0] in PASSED}


def counted_keys(
    result: Result, base: Result, floor: Result, name: str, only_ran: bool
) -> set[str]:
    """The tests of a file that say something: NumPy passes them, an empty module does not."""
    keys = passed(base, name) - passed(floor, name)
    if result.get("sample"):
        keys = set(filter(sampled, keys))
    return keys & set(result["files"][name]["tests"]) if only_ran else keys


def report(result: Result, base: Result, floor: Result, only_ran: bool = False) -> None:
    """Print the table per file and the most frequent reasons of failure; fill in the scores.

    Two rates: by test case, and by test function (the mean over functions of the share of their
    parameter sets that pass), in which one function with thousands of parameter sets weighs no more
    than any other.
    """
    total: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    all_shares: list[float] = []
    print(
        f"\n{result['module']} against NumPy {result['numpy']}'s own tests\n"
        f"{'file':31} {'pass':>5} {'fail':>5} {'error':>5} {'skip':>5} {'not run':>7} "
        f"{'counted':>7} {'kept':>6} {'rate':>7} {'by function':>11}"
    )
    for name, entry in sorted(result["files"].items()):
        tests = entry["tests"]
        keys = counted_keys(result, base, floor, name, only_ran)
        kept = keys & passed(result, name)
        row = entry["score"] = score(tests, keys, kept)
        shares = function_shares(keys, kept)
        for key in keys - kept:
            reasons[reason(tests[key][1] if key in tests else "(not collected or not run)")] += 1
        print(table_line(name, row, shares), "  time limit" if entry["expired"] else "")
        total.update(row)
        all_shares += shares
    result["total"] = dict(total)
    result["total"] |= {"functions": len(all_shares), "functions_kept": round(sum(all_shares), 2)}
    print(table_line("total", total, all_shares))
    print("\nmost frequent reasons among counted tests that do not pass:")
    for text, n in reasons.most_common(25):
        print(f"{n:6}  {text}")


def score(tests: dict[str, Any], counted: set[str], kept: set[str]) -> dict[str, int]:
    c = Counter(counts(tests))
    return {
        "ok": c["passed"] + c["xpassed"],
        "fail": c["failed"] + c["timeout"] + c["crashed"],
        "error": c["error"],
        "skip": c["skipped"] + c["xfailed"],
        "notrun": len(counted - set(tests)),
        "counted": len(counted),
        "kept": len(kept),
    }


def function_shares(counted: set[str], kept: set[str]) -> list[float]:
    """For each test function the share of its counted parameter sets that pass."""
    functions: defaultdict[str, list[bool]] = defaultdict(list)
    for key in counted:
        functions[key.split("#")[0]].append(key in kept)
    return [sum(v) / len(v) for v in functions.values()]


def table_line(name: str, row: dict[str, int], shares: list[float]) -> str:
    rate = f"{100 * row['kept'] / row['counted']:6.2f}%" if row["counted"] else "      -"
    mean = f"{100 * sum(shares) / len(shares):10.2f}%" if shares else "          -"
    return (
        f"{name:31} {row['ok']:5} {row['fail']:5} {row['error']:5} {row['skip']:5} "
        f"{row['notrun']:7} {row['counted']:7} {row['kept']:6} {rate} {mean}"
    )


def reason(message: str) -> str:
    """A failure message without the parts that differ from test to test."""
    message = re.sub(r"0x[0-9a-f]+|\d+", "N", message.strip())
    return message[:110] or "(no message)"


def diff(old: Result, new: Result) -> bool:
    """List tests that pass in only one of two results; true if any got worse."""
    n_worse = 0
    for name in sorted(old["files"].keys() & new["files"].keys()):
        a, b = passed(old, name), passed(new, name)
        for sign, keys, side in (("-", a - b, new), ("+", b - a, old)):
            for key in sorted(keys):
                test = side["files"][name]["tests"].get(key, ("notrun", "", ""))
                print(f"{sign} {name}::{key}  {test[0]}: {test[1]}")
        n_worse += len(a - b)
    return n_worse > 0


def counting_all(result: Result) -> tuple[Result, Result]:
    """What stands for the two reference runs where every test counts that was not skipped."""
    ran = {
        name: {
            "tests": {
                key: ("passed", "", "")
                for key, (outcome, *_) in entry["tests"].items()
                if outcome not in ("skipped", "xfailed")
            }
        }
        for name, entry in result["files"].items()
    }
    return {"files": ran}, {"files": {}}


def differs_from_list(
    options: argparse.Namespace, result: Result, base: Result, floor: Result
) -> bool:
    """Compare the counted tests of a run with the expected failures."""
    good, bad = set(), set()
    for name in result["files"]:
        keys = counted_keys(result, base, floor, name, only_ran=True)
        kept = keys & passed(result, name)
        good |= {f"{name}.py::{key}" for key in kept}
        bad |= {f"{name}.py::{key}" for key in keys - kept}
    whole = [f"{name}.py" for name in result["files"] if not (options.k or options.sample)]
    return report_differences(options.expected, bad, good, whole)


# ------------------------------------------------------------------ command line
def parse_arguments() -> argparse.Namespace:
    assert __doc__
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--module", help="module to test, or 'null' for an empty one")
    p.add_argument(
        "--files",
        nargs="+",
        default=["default"],
        help="'default', 'extended', 'selection', or names like _core/test_umath",
    )
    p.add_argument("--env", nargs="*", default=[], metavar="K=V")
    p.add_argument("-k", help="pytest -k expression")
    p.add_argument(
        "--sample",
        action="store_true",
        help="of a test function with many parameter sets run the first 40 and every 37th only",
    )
    p.add_argument(
        "--without-reference",
        action="store_true",
        help="count every test, also what NumPy itself or an empty module might do",
    )
    p.add_argument("--slow", action="store_true", help="also the tests marked slow")
    p.add_argument("--jobs", type=int, default=os.cpu_count())
    p.add_argument("--test-limit", type=float, default=60, help="CPU seconds per test")
    p.add_argument("--file-limit", type=float, default=600, help="seconds per file")
    p.add_argument("--mem-gb", type=float, default=12, help="address space per file")
    p.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "numpy-suite")
    p.add_argument("--out", type=Path, help="write the result here as JSON")
    p.add_argument("--min-rate", type=float, help="exit 1 below this rate by case (percent)")
    p.add_argument(
        "--min-function-rate", type=float, help="exit 1 below this rate by function (percent)"
    )
    p.add_argument("--expected", type=Path, default=HERE / "expected_failures.toml")
    p.add_argument("--strict", action="store_true", help="exit 1 when --expected is not exact")
    p.add_argument("--report", type=Path, help="print the table of a kept result again")
    p.add_argument("--diff", nargs=2, type=Path, metavar=("OLD", "NEW"))
    options = p.parse_args()
    if not (options.module or options.report or options.diff):
        p.error("one of --module, --report and --diff is needed")
    options.cache = options.cache.resolve()
    return options


def chosen_files(options: argparse.Namespace) -> list[str]:
    listings = {"default": DEFAULT, "extended": EXTENDED, "selection": SELECTION}
    files: list[str] = []
    for name in options.files:
        files += file_names(listings[name]) if name in listings else [name.removesuffix(".py")]
    return files


def main() -> int:
    options = parse_arguments()
    if options.diff:
        return int(diff(*(json.loads(f.read_text()) for f in options.diff)))
    work = options.cache / "work" / str(os.getpid())
    if options.report:
        result = json.loads(options.report.read_text())
        files = list(result["files"])
        base = reference("numpy", files, options, work)
        report(result, base, reference("null", files, options, work))
        return 0
    files = chosen_files(options)
    try:
        if not options.without_reference:
            base = reference("numpy", files, options, work)
            floor = reference("null", files, options, work)
        print(f"running {options.module}: {len(files)} files", flush=True)
        result = run(options.module, files, options, work / "run")
        if options.without_reference:
            base, floor = counting_all(result)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report(result, base, floor, only_ran=bool(options.k))
    result["failing"] = failing(result["files"])
    if options.out:
        options.out.write_text(json.dumps(result, indent=0))
    differs = differs_from_list(options, result, base, floor)
    has_crashed = report_crashes(result, base)
    is_low = is_too_low(result["total"], options)
    return int(is_low or has_crashed or (options.strict and differs))


def report_crashes(result: Result, base: Result) -> bool:
    """Name each test and file that did not end by itself, where NumPy's does; true if any."""
    of_numpy = unfinished(base["files"])
    ours = {name: how for name, how in unfinished(result["files"]).items() if name not in of_numpy}
    print(f"\n{len(ours)} crashes and hangs")
    for name, how in sorted(ours.items()):
        print(f"  {name}: {how}")
    return bool(ours)


def is_too_low(total: dict[str, Any], options: argparse.Namespace) -> bool:
    """Whether a rate is below what the command line asks for."""
    by_case: float = 100 * total["kept"] / max(1, total["counted"])
    by_function: float = 100 * total["functions_kept"] / max(1, total["functions"])
    print(f"\nrate by case {by_case:.2f}%, by function {by_function:.2f}%")
    return by_case < (options.min_rate or 0) or by_function < (options.min_function_rate or 0)


if __name__ == "__main__":
    sys.exit(main())
