"""pandas: frames and series from our arrays and back, and both in one expression."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from swapped import library, numpys, same_as_numpy

pandas = library("pandas")


def columns(np: Any) -> tuple[Any, Any]:
    """Measurements, and the group to which each belongs."""
    values = np.sin(np.arange(24.0)) * 3
    return values, (np.arange(24) * 7) % 4


def text(frame: Any) -> tuple[str, str]:
    """What is printed of a frame or series, and how its memory reads."""
    return type(frame).__name__, frame.to_string()


@same_as_numpy(fallbacks=1)
def test_series(np: Any) -> Any:
    values, _ = columns(np)
    series = pandas.Series(values, name="measured")
    back = np.asarray(series)
    return (
        text(series),
        text(series.describe()),
        text(series.rolling(3).mean()),
        back * 2,
        series.to_numpy() + values,
        series.values.mean(),
        text(series[series > 1]),
        text(series.quantile(np.array([0.1, 0.5]))),
    )


@same_as_numpy()
def test_frames(np: Any) -> Any:
    values, groups = columns(np)
    frame = pandas.DataFrame({"value": values, "group": groups, "double": values * 2})
    tens = numpys(np.arange(6) * 10)
    table = pandas.DataFrame(values.reshape(6, 4), columns=list("abcd"), index=tens)
    return (
        text(frame.head()),
        frame.dtypes.astype(str).tolist(),
        text(table.T),
        text(table.loc[numpys(np.array([0, 20]))]),
        text(table.iloc[np.array([True, False] * 3)]),
        table.to_numpy() @ np.ones(4),
        np.array(table).sum(axis=0),
        text(table.corr()),
        text(frame.sort_values("value").tail(3)),
    )


@same_as_numpy()
def test_groups(np: Any) -> Any:
    values, groups = columns(np)
    frame = pandas.DataFrame({"value": values, "group": groups})
    grouped = frame.groupby("group")["value"]
    return (
        text(grouped.mean()),
        text(grouped.agg(["min", "max", "std"])),
        text(frame.groupby(groups).sum()),
        text(pandas.Series(values).groupby(groups % 2).apply(lambda s: np.ptp(s.to_numpy()))),
        text(grouped.transform(lambda s: s - np.mean(s.to_numpy()))),
        {int(key): np.asarray(part).sum() for key, part in grouped},
        text(frame.pivot_table(index="group", values="value", aggfunc=lambda v: np.median(v))),
    )


@same_as_numpy(fallbacks=4)
def test_ufuncs_on_series(np: Any) -> Any:
    values, groups = columns(np)
    series = pandas.Series(values, index=numpys(groups))
    return (
        text(np.sin(series)),
        text(np.add(series, values)),
        text(np.add(values, series)),
        text(np.maximum(series, 0)),
        text(np.sqrt(np.abs(series))),
        np.add.reduce(series),
        np.sum(series),
        np.mean(series),
        np.where(series > 0, series, values),
        np.concatenate([series, values]),
    )


@pytest.mark.parametrize("kind", ["Series", "DataFrame", "Index"])
@same_as_numpy()
def test_operators_defer(np: Any, kind: str) -> Any:
    values, _ = columns(np)
    values = values[:4]
    other = {
        "Series": lambda: pandas.Series([1.0, 2, 3, 4]),
        "DataFrame": lambda: pandas.DataFrame({"a": [1.0, 2], "b": [3.0, 4], "c": 5, "d": 6}),
        "Index": lambda: pandas.Index([1.0, 2, 3, 4]),
    }[kind]()
    results = [
        values + other, other + values, values - other, other * values, values / other,
        values > other, other <= values, values == other, values**2 * other,
        np.float64(2) * other, values[0] * other, values.sum() - other,
    ]  # fmt: skip
    return [(type(r).__name__, r if isinstance(r, np.ndarray) else repr(r)) for r in results]


@same_as_numpy()
def test_in_place(np: Any) -> Any:
    values, _ = columns(np)
    series = pandas.Series(np.ones(24))
    series += values
    values += pandas.Series(np.ones(24))
    series[:3] = values[:3]
    series.iloc[np.array([5, 6])] = np.array([7.0, 8.0])
    series[values > 3] = 0
    return text(series), type(values).__name__, np.asarray(values)


@same_as_numpy(fallbacks=1)
def test_what_shares_memory(np: Any) -> Any:
    values, _ = columns(np)
    copied = pandas.Series(values)
    shared = pandas.Series(values, copy=False)
    values[0] = 99
    view = shared.to_numpy()
    return copied[0], shared[0], view.flags.writeable, np.asarray(view)[0]


@same_as_numpy()
def test_categories_dates_and_bins(np: Any) -> Any:
    values, groups = columns(np)
    days = pandas.date_range("2020-01-01", periods=24)
    series = pandas.Series(values, index=days)
    return (
        pandas.cut(numpys(values), 3, labels=False) + np.zeros(24),
        pandas.cut(numpys(values), numpys(np.linspace(-3, 3, 4))).codes + 0,
        pandas.qcut(values, 4, labels=False),
        text(series.resample("W").sum()),
        pandas.factorize(groups)[0] * 2,
        np.asarray(pandas.Categorical(groups)) + 1,
        text(pandas.get_dummies(pandas.Series(groups))),
        pandas.unique(groups),
        pandas.isna(np.where(values > 2, np.nan, values)),
        pandas.to_numeric(values)[:2],
    )


@same_as_numpy()
def test_joins(np: Any) -> Any:
    values, groups = columns(np)
    left = pandas.DataFrame({"key": groups, "left": values})
    right = pandas.DataFrame({"key": np.arange(4), "right": np.arange(4) ** 2.0})
    joined = left.merge(right, on="key")
    stacked = pandas.concat([left, right])
    return text(joined), text(stacked), (joined["left"] * joined["right"]).to_numpy().sum()


@same_as_numpy()
def test_apply(np: Any) -> Any:
    values, _ = columns(np)
    table = pandas.DataFrame(values.reshape(6, 4))
    return (
        text(table.apply(np.sum)),
        text(table.apply(lambda row: np.asarray(row) / np.sum(row.to_numpy()), axis=1)),
        text(table.apply(np.abs).apply(np.sqrt)),
        text(table.map(lambda x: np.round(x, 1))),
        text(table[0].map(np.abs)),
    )


def test_series_and_arrays_are_told_apart() -> None:
    import lazynp as np

    values, _ = columns(np)
    assert isinstance(np.add(values, pandas.Series(values)), pandas.Series)
    assert isinstance(np.asarray(pandas.Series(values)), np.ndarray)
    assert numpy.shares_memory(values, pandas.Series(values, copy=False).to_numpy())


def test_its_index_takes_numpys_arrays_only() -> None:
    import lazynp as np

    series = pandas.Series(np.arange(3.0), index=np.arange(3) * 10)
    with pytest.raises(TypeError, match=r"expected numpy\.ndarray, got lazynp\.ndarray"):
        series.loc[10]
