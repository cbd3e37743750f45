"""What would run for an array and what it was recorded from: text, SVG, notebook display."""

from __future__ import annotations

from html import escape
from typing import Any

from lazynp import _core
from lazynp._fallback import fallbacks
from lazynp._graph_picture import graph_svg

__all__ = ["Explanation", "explain"]


class Explanation(str):
    """The text of a plan, with the picture of its graph: shows itself in notebooks."""

    graph: dict[str, Any]

    @property
    def svg(self) -> str:
        """The recorded graph as SVG text, inputs on top."""
        return graph_svg(self.graph)

    def _repr_html_(self) -> str:
        return f"<div>{self.svg}<pre>{escape(self)}</pre></div>"


def explain(*arrays: Any, after: str | None = None) -> Explanation:
    """The plan that evaluating `arrays` would run, as text; nothing runs.

    It lists the groups of fused operations with shapes, dtypes and recording lines, bytes moved,
    floating-point operations, peak memory, and what NumPy had to do at once so far. `after` names a
    pass of the engine (such as "fuse") and shows the graph behind it. The result is a str with an
    attribute `svg`, the picture of the graph. Raises ValueError if no pass has the name `after`.

    >>> import lazynp as np
    >>> plan = np.explain(np.sqrt(np.arange(4.0)) + 1)
    >>> "sqrt" in plan, plan.svg.startswith("<svg")
    (True, True)
    """
    graph = _core.graph(arrays)
    parts = [_core.explain(arrays, after or "").rstrip()]
    if after is None:
        parts += _fallback_lines()
    result = Explanation("\n".join(parts))
    result.graph = graph
    return result


def _fallback_lines() -> list[str]:
    rows = fallbacks()
    if not rows:
        return ["numpy served: nothing"]
    shown = [
        f"  {row.name}: {row.count} x, {bytes_text(row.n_bytes)}, {row.location}" for row in rows
    ]
    return ["numpy served at once:", *shown]


def bytes_text(n_bytes: float) -> str:
    """A number of bytes for people: '1.5 MB'.

    >>> bytes_text(1536)
    '1.5 kB'
    """
    for unit in ("B", "kB", "MB"):
        if n_bytes < 1024:
            return f"{n_bytes:.4g} {unit}"
        n_bytes /= 1024
    return f"{n_bytes:.4g} GB"
