"""zarr: chunked arrays written from ours and read back."""

from __future__ import annotations

from typing import Any

from swapped import library, same_as_numpy

zarr = library("zarr")


@same_as_numpy(fallbacks=12)
def test_arrays(np: Any) -> Any:
    values = np.sin(np.arange(48.0)).reshape(6, 8)
    stored = zarr.array(values, chunks=(2, 3))
    group = zarr.create_group({})
    inside = group.create_array("inside", data=values * 2, chunks=(3, 4))
    filled = zarr.zeros((6, 8), chunks=(4, 4), dtype="f4")
    filled[:] = values
    filled[1] = values[0] * 10
    filled[::2, 3] = np.arange(3.0)
    return (
        stored[:],
        stored[1:3, 2] + 1,
        np.asarray(inside) - values,
        filled[...],
        stored.oindex[np.array([0, 2])],
        stored.get_mask_selection(values > 0),
        stored.info_complete().__class__.__name__,
        str(filled.dtype),
    )


@same_as_numpy()
def test_what_is_written_after_the_call(np: Any) -> Any:
    values = np.zeros((4, 4)) + 1
    stored = zarr.array(values, chunks=(2, 2))
    values[0] = 9
    read = stored[:]
    read[1] = 5
    return stored[:], read, values
