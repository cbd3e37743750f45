"""What the doctor says of a program that it watched: facts for programs, the same as text."""

from __future__ import annotations

import itertools
import linecache
import os
import sys
import textwrap
from typing import Any, NamedTuple

from lazynp._doctor import Examination, Observer, Place, Tally
from lazynp._explain import bytes_text
from lazynp._swap_import import LIBRARIES, is_own
from lazynp._type_checks import type_checks_in

Facts = dict[str, Any]
Row = dict[str, Any]
FEWEST_ROWS, ROWS_SHOWN, WIDTH = 3, 15, 100


class Reason(NamedTuple):
    """Why values were computed: what the program did, and what can be done about it."""

    what: str
    remedy: str


_NEEDED = "the value is needed here: compute it less often, or several at once by lazynp.evaluate"
REASONS = {
    "text": Reason("print, str, format", "print less often; everything pending runs for the text"),
    "number": Reason("float, int, item, index", _NEEDED),
    "bool": Reason("if, while, and, or", "test less often (every tenth step), or use np.where"),
    "scalar": Reason(
        "a number read from few elements",
        "read many at once (a slice, tolist()) instead of one by one in a loop",
    ),
    "data": Reason("tolist, tobytes, tofile", _NEEDED),
    "array": Reason(
        "memory given to a library",
        "hand arrays over once, when they are complete, not in every step",
    ),
    "pickle": Reason("pickle, save, send", "pickle results, not what they are computed from"),
    "index": Reason(
        "indices looked at for their bounds",
        "compute indices before the loop; the data that they index stays lazy",
    ),
    "mask": Reason(
        "the True of a mask counted",
        "use np.where, or a[mask] = number, which need no count",
    ),
    "shape": Reason(
        "a shape or a check that depends on values",
        "call functions such as unique, repeat and partition once, outside of loops",
    ),
    "numpy": Reason(
        "operands of a call that NumPy served",
        "keep such calls out of loops; what NumPy did instead of lazynp is listed below",
    ),
    "error": Reason(
        "an error may depend on the values",
        "set lazynp.config.late_errors = True where no except clause waits for the error",
    ),
    "floating": Reason(
        "floating-point events are raised, called or recorded",
        "narrow np.errstate(...='raise') and warnings.catch_warnings(record=True)",
    ),
    "shared": Reason(
        "memory shared with NumPy",
        "np.array copies it, np.adopt takes it over without a copy: both are lazy afterwards",
    ),
    "eager": Reason("lazynp.eager()", "leave the block out once the program is debugged"),
    "depth": Reason("a chain of many operations", "nothing to do: the bound keeps graphs short"),
    "memory": Reason(
        "much memory waits for pending operations", "nothing to do: the bound keeps memory small"
    ),
    "evaluate": Reason("lazynp.evaluate", "nothing to do: the program asks for it"),
    "": Reason("NumPy or Python needed the memory", _NEEDED),
}
_CALLS_REMEDY = (
    "NumPy works at once where lazynp has no operation (dtypes such as object, text and dates, "
    "rare functions, functions that call the program's): keep such calls out of loops"
)
_CHECKS_REMEDY = (
    "a reduction over many elements gives a LazyScalar: use isinstance, ==, float(x) or x.item() "
    "where the exact type counts; json needs float(x)"
)


# ------------------------------------------------------------------ facts
def facts_of(examination: Examination) -> Facts:
    """Everything that was seen; lists begin with what took longest."""
    observer, stats = examination.observer, examination.stats()
    forced = [
        _row(place, tally, "operations", why=why, what=REASONS[why].what, operation=op)
        for (why, op, place), tally in observer.runs.items()
    ]
    calls = [
        _row(place, tally, "bytes", name=name) for (name, place), tally in observer.calls.items()
    ]
    return {
        "program": examination.program.target,
        "seconds": examination.seconds(),
        **_totals(observer, stats),
        "forced": _by_cost([row for row in forced if row["why"] != "shared"]),
        "shared": _by_cost([row for row in forced if row["why"] == "shared"]),
        "numpy": _by_cost(calls),
        "lazy_scalars": _counted(observer.scalars),
        "refused_by_json": _counted(observer.refused_by_json),
        "type_checks": _type_checks(examination) if observer.scalars else [],
        "remedies": {
            "numpy": _CALLS_REMEDY,
            "type_checks": _CHECKS_REMEDY,
            "forced": {row["why"]: REASONS[row["why"]].remedy for row in forced},
        },
    }


def _totals(observer: Observer, stats: dict[str, Any]) -> Facts:
    recorded, at_once = stats["recorded"], stats["run_at_record"]
    n_calls = sum(tally.count for tally in observer.calls.values())
    n_all = max(recorded + n_calls, 1)
    return {
        "operations": recorded,
        "calls_of_numpy": n_calls,
        "native_share": recorded / n_all,
        "lazy_share": (recorded - at_once) / n_all,
        "runs": sum(tally.count for tally in observer.runs.values()),
        "seconds_in_runs": sum(tally.seconds for tally in observer.runs.values()),
        "seconds_in_numpy": sum(tally.seconds for tally in observer.calls.values()),
        "largest_run": observer.largest_run,
        "peak_pending_bytes": observer.peak_pending_bytes,
        "peak_bytes": stats["pool_peak_bytes"],
    }


def _at(place: Place) -> Row:
    return {
        "file": _shown_path(place.file),
        "line": place.line,
        "source": linecache.getline(place.file, place.line).strip(),
        "through": place.through,
    }


def _counted(seen: dict[Place, Tally]) -> list[Row]:
    return [{**_at(place), "count": tally.count} for place, tally in seen.items()]


def _row(place: Place, tally: Tally, amount: str, **more: Any) -> Row:
    counted = {"count": tally.count, amount: tally.amount, "seconds": tally.seconds}
    return {**more, **_at(place), **counted}


def _by_cost(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-row["seconds"], row["file"], row["line"]))


def _shown_path(path: str) -> str:
    """Relative to the working directory where it lies below."""
    below = os.path.relpath(path) if os.path.isabs(path) else path
    return path if below.startswith(os.pardir) else below


def _type_checks(examination: Examination) -> list[Row]:
    """Lines of the program that may tell a LazyScalar from NumPy's scalar: read, not observed."""
    own = examination.observer.own
    paths = {
        str(getattr(module, "__file__", None) or "")
        for name, module in list(sys.modules.items())
        if not name.startswith("lazynp") and is_own(vars(module), own)
    }
    return [
        {"what": what, **_at(Place(path, line))}
        for path in sorted(paths)
        for line, what in type_checks_in(path)
    ]


# ------------------------------------------------------------------ text
def text_of(facts: Facts) -> str:
    """The report for people."""
    if not facts["operations"] and not facts["calls_of_numpy"]:
        return f"\nlazynp doctor: {facts['program']} used no array of lazynp's"
    lines = _summary(facts)
    lines += _section("What forced runs, by seconds", facts["forced"], _forced_line)
    lines += _remedies(facts["forced"])
    title = "Where memory shared with NumPy made work run at once"
    lines += _section(title, facts["shared"], _forced_line)
    lines += _remedies(facts["shared"])
    lines += _section("What NumPy did at once", facts["numpy"], _call_line)
    lines += [_wrapped(_CALLS_REMEDY)] if facts["numpy"] else []
    lines += _known_differences(facts)
    return "\n".join(lines)


def _summary(facts: Facts) -> list[str]:
    return [
        "",
        f"lazynp doctor: {facts['program']} took {facts['seconds']:.2f} s",
        f"  {facts['seconds_in_runs']:.2f} s in {facts['runs']:,} runs of the engine, "
        f"{facts['seconds_in_numpy']:.2f} s in {facts['calls_of_numpy']:,} calls of NumPy",
        f"  {facts['operations']:,} operations recorded; of all calls "
        f"{100 * facts['native_share']:.1f} % were native, {100 * facts['lazy_share']:.1f} % lazy",
        f"  largest run: {facts['largest_run']:,} operations; arrays took up to "
        f"{bytes_text(facts['peak_bytes'])}, up to {bytes_text(facts['peak_pending_bytes'])} of it "
        "for pending operations",
    ]


def _section(title: str, rows: list[Row], line_of: Any) -> list[str]:
    if not rows:
        return []
    lines = ["", title]
    n_shown = _n_that_count(rows)
    for row in rows[:n_shown]:
        lines.append(f"  {_milliseconds(row['seconds'])} {row['count']:9,} x  {line_of(row)}")
        lines.append(f"{'':10}{row['file']}:{row['line']}  {row['source']}"[:WIDTH])
        if row["through"]:
            lines.append(f"{'':10}through {_without_folder(row['through'])}")
    if more := rows[n_shown:]:
        seconds = sum(row["seconds"] for row in more)
        lines.append(f"  {_milliseconds(seconds)} in {len(more)} more places (--json has them)")
    return lines


def _n_that_count(rows: list[Row]) -> int:
    """How many of the rows, sorted by cost, take 99 % of the time; a few at least, not too many."""
    enough = 0.99 * sum(row["seconds"] for row in rows)
    sums = itertools.accumulate(row["seconds"] for row in rows)
    n_needed = next((n for n, seconds in enumerate(sums, 1) if seconds >= enough), len(rows))
    return min(max(n_needed, FEWEST_ROWS), ROWS_SHOWN)


def _without_folder(path: str) -> str:
    """A file of a library from its package on."""
    for folder in LIBRARIES:
        path = path.rpartition(f"{os.sep}{folder}{os.sep}")[2]
    return path


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:9,.1f} ms"


def _forced_line(row: Row) -> str:
    op = f" ({row['operation']})" if row["operation"] else ""
    per_run = row["operations"] / row["count"]
    return f"{row['what']}{op}, {per_run:.3g} operations each"


def _call_line(row: Row) -> str:
    return f"{row['name']}, {bytes_text(row['bytes'])}"


def _remedies(rows: list[Row]) -> list[str]:
    reasons = dict.fromkeys(row["why"] for row in rows[: _n_that_count(rows)])
    return [_wrapped(f"{REASONS[why].what}: {REASONS[why].remedy}") for why in reasons]


def _wrapped(remedy: str) -> str:
    return textwrap.fill(f"  -> {remedy}", WIDTH, subsequent_indent="     ")


def _known_differences(facts: Facts) -> list[str]:
    made, checks = facts["lazy_scalars"], facts["type_checks"]
    if not made:
        return []
    n_made = sum(row["count"] for row in made)
    lines = ["", f"Known differences: {n_made:,} LazyScalars stood for NumPy's scalars, made at"]
    lines += [
        f"  {row['file']}:{row['line']}  {row['source']}"[:WIDTH] for row in made[:ROWS_SHOWN]
    ]
    if refused := facts["refused_by_json"]:
        lines.append("  json refused one, which it would not do with NumPy's float64")
        lines += [f"    {row['file']}:{row['line']}  {row['source']}"[:WIDTH] for row in refused]
    if checks:
        lines.append("  lines that may notice (found by reading the program, not observed)")
        lines += [
            f"    {row['file']}:{row['line']}  {row['what']}: {row['source']}"[:WIDTH]
            for row in checks[:ROWS_SHOWN]
        ]
        lines.append(_wrapped(_CHECKS_REMEDY))
    return lines
