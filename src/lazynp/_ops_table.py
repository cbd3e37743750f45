"""docs/ops.md: the registry as a table. `python -m lazynp ops > docs/ops.md` writes it anew."""

from __future__ import annotations

from typing import Any

from lazynp import _core

HEADING = """# Operations

What the core computes itself. The table is generated from the registry by
`python -m lazynp ops > docs/ops.md`, and a test compares them; every other name of NumPy is served
by NumPy and counted in `lazynp.fallbacks()`. "gradient": yes, or why not. "ulp": the largest error
of the native kernel in units in the last place; "exact" has NumPy's bits.

"""
COLUMNS = ("op", "what it does", "NumPy names", "kind", "dtypes", "gradient", "ulp", "attributes")


def _dtypes(op: Any) -> str:
    """The input dtypes of the loops as NumPy's type characters, in order."""
    codes = dict.fromkeys(loop.partition("->")[0][:1] for loop in op.loops)
    return "".join(codes) or "every"


def _gradient(op: Any) -> str:
    if op.differentiable or op.no_gradient:
        return "yes" if op.differentiable else str(op.no_gradient)
    outputs = {loop[-1] for loop in op.loops}
    if outputs & set("efdFD"):
        return "missing"
    return "the result is boolean" if outputs == {"?"} else "integers only"


def _attribute(attribute: tuple[str, str, Any]) -> str:
    name, kind, default = attribute
    return f"{name}: {kind} = {default!r}"


def _names(op: Any) -> str:
    special = [f"scipy.special.{name}" for name in op.scipy_special]
    inner = [op.gufunc.removeprefix("numpy.")] if op.gufunc else []
    return ", ".join([*op.numpy, *inner, *special]) or "-"


def _row(op: Any) -> tuple[str, ...]:
    return (
        f"`{op.name}`",
        op.doc,
        _names(op),
        op.kind,
        _dtypes(op),
        _gradient(op),
        f"{op.max_ulp:g}" if op.max_ulp else "exact",
        "; ".join(map(_attribute, op.attributes)) or "-",
    )


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def ops_markdown() -> str:
    """The whole file, operations by name."""
    blocks = (op for op in _core.ops() if "." not in op.name)  # the others are folds of these
    rows = [_row(op) for op in sorted(blocks, key=lambda op: op.name)]
    lines = [_line(COLUMNS), "|" + "---|" * len(COLUMNS), *map(_line, rows)]
    return HEADING + "\n".join(lines) + "\n"
