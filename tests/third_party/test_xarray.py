"""xarray: labelled arrays made of ours, computed with, and taken apart again."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

xarray = library("xarray")


def labelled(np: Any) -> Any:
    values = np.sin(np.arange(24.0)).reshape(4, 6)
    return xarray.DataArray(
        values, dims=("time", "place"), coords={"time": np.arange(4) * 10, "place": np.arange(6)}
    )


@same_as_numpy()
def test_arrays(np: Any) -> Any:
    array = labelled(np)
    return (
        array.sum("time").to_numpy(),
        array.mean().item(),
        (array * 2 + 1).values,
        array.sel(time=20).values,
        array.isel(place=np.array([0, 2])).values,
        array.where(array > 0).values,
        array.interp(time=np.array([5.0, 15.0])).values,
        np.asarray(array) @ np.ones(6),
        array.T.dims,
        repr(array),
    )


@same_as_numpy(fallbacks=2)
def test_ufuncs_and_operators(np: Any) -> Any:
    array = labelled(np)
    weights = np.linspace(0, 1, 6)
    results = [
        np.exp(array),
        np.add(array, weights),
        np.multiply(weights, array),
        array + weights,
        weights * array,
        weights - array,
        array > weights,
        weights.sum() * array,
    ]
    return [(type(r).__name__, r.dims, r.values) for r in results]


@same_as_numpy()
def test_data_sets(np: Any) -> Any:
    data = xarray.Dataset({"a": labelled(np), "b": ("time", np.arange(4.0) ** 2)})
    grouped = data.groupby("time").map(lambda part: part - part.mean())
    joined = xarray.concat([data, data], dim="run")
    return (
        repr(data),
        grouped["a"].values,
        joined["b"].values,
        data.to_dataframe().to_string(),
        data["a"].rolling(place=2).mean().values,
        xarray.apply_ufunc(lambda x: np.sqrt(np.abs(x)), data["a"]).values,
        xarray.dot(data["a"], data["b"]).values,
    )


@same_as_numpy()
def test_what_shares_memory(np: Any) -> Any:
    values = np.zeros((4, 6)) + 1
    array = xarray.DataArray(values, dims=("time", "place"))
    values[0, 0] = 5
    array[1, 1] = 7
    return values, array.values
