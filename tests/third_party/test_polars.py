"""polars: frames and series from our arrays and back."""

from __future__ import annotations

from typing import Any

import pytest
from swapped import library, numpys, same_as_numpy

polars = library("polars")


@same_as_numpy()
def test_series(np: Any) -> Any:
    values = np.sin(np.arange(12.0))
    series = polars.Series("values", numpys(values))
    whole = polars.Series("whole", numpys(np.arange(12) * 2))
    return (
        str(series.dtype),
        str(whole.dtype),
        series.to_list(),
        series.to_numpy() * 2,
        np.asarray(series) + values,
        np.array(whole).sum(),
        polars.Series(numpys(values > 0)).to_list(),
        str(polars.Series(numpys(values.astype(np.float32))).dtype),
        str(polars.Series(numpys(values.reshape(3, 4))).dtype),
    )


@same_as_numpy()
def test_frames(np: Any) -> Any:
    values = np.cos(np.arange(12.0))
    frame = polars.DataFrame({"a": numpys(values), "b": numpys(np.arange(12) % 3)})
    table = polars.DataFrame(numpys(values.reshape(4, 3)), schema=["x", "y", "z"])
    grouped = frame.group_by("b", maintain_order=True).agg(polars.col("a").sum())
    return (
        str(frame),
        frame.to_numpy().sum(axis=0),
        np.asarray(table) @ np.ones(3),
        grouped["a"].to_numpy() + 1,
        str(frame.with_columns(c=numpys(np.arange(12) * 0.5))),
        str(frame.filter(numpys(values > 0))),
        str(polars.from_numpy(numpys(np.outer(np.arange(3), np.arange(2))))),
    )


@same_as_numpy(fallbacks=1)
def test_ufuncs_on_series(np: Any) -> Any:
    values = np.arange(1.0, 7.0)
    series = polars.Series("s", numpys(values))
    results = [
        np.sqrt(series),
        np.add(series, values),
        series + numpys(values),
        series * np.float64(2),
    ]
    return [(type(r).__name__, r.to_list()) for r in results]


def test_its_code_takes_numpys_arrays_only() -> None:
    import lazynp as np

    with pytest.raises(TypeError, match="unsupported type 'ndarray'"):
        polars.Series(np.arange(3.0) * 2)
