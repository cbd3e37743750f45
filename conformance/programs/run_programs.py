#!/usr/bin/env python3
"""Run whole NumPy programs with NumPy and with lazynp in its place: everything seen must be equal.

    python run_programs.py                        # the programs in own/
    python run_programs.py own/heat.py FILE.py    # these
    python run_programs.py --programs DIR         # checkouts of public programs in DIR
    python run_programs.py --programs DIR --only npbench/jacobi_2d numpy-100

Compared are the printed text, warnings, exceptions and every public module-level result: arrays
by dtype, shape, strides, flags and bytes. Prints a table of the programs with the native share: of
calls, operations recorded natively over these and the calls served by NumPy; of bytes, what the
native operations that were run read over that and the arrays handed to NumPy. Reading an element
or taking a view is no operation. Exits with 1 on any difference that is not meant, as
expected_differences.toml says, and where one that is meant did not show.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from compare_programs import MAX_LISTED, Comparison, Program, compare

OWN = Path(__file__).resolve().parent / "own"
EXPECTED = Path(__file__).resolve().parent / "expected_differences.toml"
CHECKOUTS = {  # folder of a checkout -> the adapter that knows its programs
    "npbench": "npbench",
    "pyhpc-benchmarks": "pyhpc_benchmarks",
    "numpy-100": "numpy_100",
    "picoGPT": "picogpt",
}


def programs_in(adapter: str, folder: Path) -> list[Program]:
    """Every program that an adapter finds in a folder."""
    return [
        Program(adapter, folder, name) for name in importlib.import_module(adapter).names(folder)
    ]


def own_programs(files: Iterable[str] = ()) -> list[Program]:
    """The programs that come with this runner, or the given files."""
    if not files:
        return programs_in("own_programs", OWN)
    return [Program("own_programs", Path(file).parent, Path(file).stem) for file in files]


def public_programs(checkouts: Path) -> list[Program]:
    """The programs of all checkouts; ends the run where one is missing."""
    missing = [name for name in CHECKOUTS if not (checkouts / name).is_dir()]
    if missing:
        sys.exit(f"no checkout of {', '.join(missing)} in {checkouts}")
    found = {name: programs_in(adapter, checkouts / name) for name, adapter in CHECKOUTS.items()}
    if empty := [name for name, programs in found.items() if not programs]:
        sys.exit(f"no program found in the checkout of {', '.join(empty)}")
    return [program for programs in found.values() for program in programs]


def label(program: Program) -> str:
    return program.name if program.folder == OWN else f"{program.folder.name}/{program.name}"


def is_chosen(program: Program, chosen: list[str]) -> bool:
    return not chosen or any(label(program) == c or program.folder.name == c for c in chosen)


def expected_differences() -> dict[str, list[str]]:
    """What is meant to differ, by program; raises ValueError for an entry without a reason."""
    entries = tomllib.loads(EXPECTED.read_text())["program"]
    if wrong := [entry for entry in entries if not entry.get("reason")]:
        raise ValueError(f"{EXPECTED}: an entry needs a reason; got {wrong}")
    return {entry["name"]: entry["differences"] for entry in entries}


# ------------------------------------------------------------------ tables
def percent(part: int, rest: int) -> str:
    return f"{100 * part / (part + rest):.2f}" if part + rest else "-"


def program_row(name: str, same: str, of: Iterable[Comparison]) -> str:
    of = list(of)
    n_operations, n_served = sum(c.n_operations for c in of), sum(c.n_calls_served for c in of)
    calls = percent(n_operations, n_served)
    n_bytes = percent(sum(c.n_bytes for c in of), sum(c.n_bytes_served for c in of))
    return f"| {name} | {same} | {n_operations:,} | {n_served:,} | {calls} | {n_bytes} |"


def verdict(c: Comparison, expected: dict[str, list[str]]) -> str:
    """How a program did, in a word or two."""
    if c.differences != expected.get(label(c.program), []):
        return "DIFFERENT"
    if c.differences:
        return "as meant"
    return f"same, {c.error.partition(':')[0]}" if c.error else "same"


def program_table(comparisons: list[Comparison], verdicts: list[str]) -> str:
    """One row per program, and one for all of them."""
    rows = [
        "| program | result | operations | calls by NumPy | native calls, % | native bytes, % |"
    ]
    rows.append("|---|---|---:|---:|---:|---:|")
    for c, result in zip(comparisons, verdicts, strict=True):
        rows.append(program_row(label(c.program), result, [c]))
    total = f"{sum(v.startswith('same') for v in verdicts)} of {len(comparisons)} the same"
    rows.append(program_row("all", total, comparisons))
    return "\n".join(rows)


def fallback_table(comparisons: list[Comparison]) -> str:
    """What NumPy served: most called first."""
    served: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for c in comparisons:
        for name, n_calls, n_bytes, _ in c.fallbacks:
            served[name].append((n_calls, n_bytes, label(c.program)))
    rows = ["| served by NumPy | calls | bytes | programs |", "|---|---:|---:|---|"]
    for name, uses in sorted(served.items(), key=lambda item: -sum(u[0] for u in item[1])):
        users = ", ".join(sorted({program for _, _, program in uses}))
        rows.append(
            f"| {name} | {sum(u[0] for u in uses):,} | {sum(u[1] for u in uses):,} | {users} |"
        )
    return "\n".join(rows)


# ------------------------------------------------------------------ the command
def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="programs (default: those in own/)")
    parser.add_argument("--programs", type=Path, metavar="DIR", help="checkouts of public programs")
    parser.add_argument("--only", nargs="+", default=[], help="programs or checkouts by name")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables here, too")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one run")
    return parser.parse_args(arguments)


def report(comparison: Comparison, result: str) -> None:
    """Say how a program did while the others are still to be run."""
    shown = comparison.differences[:MAX_LISTED] if result == "DIFFERENT" else []
    if len(shown) < len(comparison.differences) and shown:
        shown.append(f"... {len(comparison.differences)} in all")
    for line in [f"{label(comparison.program)}: {result}", *(f"    {line}" for line in shown)]:
        print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Compare all chosen programs; the exit status."""
    options = parse(arguments)
    programs = (
        public_programs(options.programs) if options.programs else own_programs(options.files)
    )
    programs = [program for program in programs if is_chosen(program, options.only)]
    if not programs:
        sys.exit("no program was chosen")
    expected = expected_differences()
    comparisons, verdicts = [], []
    for program in programs:
        comparisons.append(compare(program, options.timeout))
        verdicts.append(verdict(comparisons[-1], expected))
        report(comparisons[-1], verdicts[-1])
    tables = f"{program_table(comparisons, verdicts)}\n\n{fallback_table(comparisons)}\n"
    print(tables, end="")
    if options.markdown:
        options.markdown.write_text(tables)
    return int("DIFFERENT" in verdicts)


if __name__ == "__main__":
    sys.exit(main())
