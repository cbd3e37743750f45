"""tqdm and rich: progress over our arrays, and our arrays printed."""

from __future__ import annotations

import io
from typing import Any

from swapped import library, same_as_numpy

tqdm = library("tqdm")
rich = library("rich")
console = library("rich.console")
pretty = library("rich.pretty")


@same_as_numpy()
def test_progress(np: Any) -> Any:
    shown = io.StringIO()
    rows = [row.sum() for row in tqdm.tqdm(np.arange(12.0).reshape(4, 3) * 2, file=shown)]
    return rows, "4/4" in shown.getvalue()


@same_as_numpy()
def test_printing(np: Any) -> Any:
    values = np.arange(6.0).reshape(2, 3) * 2
    out = console.Console(file=io.StringIO(), width=60)
    out.print(values)
    out.print({"values": values, "total": values.sum()})
    return out.file.getvalue(), pretty.pretty_repr([values])
