"""Dask: chunked arrays made of ours, and operators that leave the work to them."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

dask = library("dask")
da = library("dask.array")
dask.config.set(scheduler="synchronous")


@same_as_numpy(fallbacks=3)
def test_arrays(np: Any) -> Any:
    values = np.sin(np.arange(48.0)).reshape(6, 8)
    chunked = da.from_array(values, chunks=(2, 4))
    mapped = chunked.map_blocks(lambda block: np.asarray(block) * 2 + 1)
    return (
        chunked.compute(),
        mapped.compute(),
        chunked.sum(axis=0).compute(),
        chunked.mean().compute(),
        (chunked @ chunked.T).compute(),
        chunked.map_overlap(lambda block: block, depth=1, boundary="reflect").compute(),
        da.linalg.svd(chunked.rechunk((6, 4)))[1].compute(),
        chunked[np.array([0, 5])].compute(),
        chunked[:, values[0] > 0].compute(),
        da.histogram(chunked, bins=4, range=(-1, 1))[0].compute(),
        da.percentile(chunked.ravel(), np.array([50])).compute(),
    )


@same_as_numpy(fallbacks=1)
def test_operators_defer(np: Any) -> Any:
    values = np.arange(8.0)
    chunked = da.from_array(values, chunks=4)
    results = [
        values + chunked, chunked + values, values * chunked, values - chunked, values > chunked,
        np.add(values, chunked), np.sin(chunked), values.sum() * chunked, values[0] + chunked,
        np.float64(2) ** chunked, np.concatenate([chunked, chunked]), np.sum(chunked),
    ]  # fmt: skip
    return [(type(r).__module__, type(r).__name__, np.asarray(r.compute())) for r in results]


@same_as_numpy()
def test_threads_compute_together(np: Any) -> Any:
    values = np.sin(np.arange(4000.0)).reshape(40, 100)
    chunked = da.from_array(values, chunks=(10, 25))
    blocks = chunked.map_blocks(lambda block: np.cumsum(np.array(block), axis=1))
    return blocks.compute(scheduler="threads", num_workers=3), values.mean()


@same_as_numpy()
def test_delayed_functions(np: Any) -> Any:
    total = dask.delayed(lambda parts: np.stack(parts).sum(axis=0))(
        [dask.delayed(np.multiply)(np.arange(4.0), i) for i in range(3)]
    )
    return total.compute()
