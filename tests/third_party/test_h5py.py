"""h5py: data sets written from our arrays and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from swapped import assert_same, library, numpys

h5py = library("h5py")


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "u1", "?", "c16"])
def test_data_sets(tmp_path: Path, dtype: str) -> None:
    def program(np: Any) -> Any:
        values = (np.arange(24.0).reshape(4, 6) * 0.5).astype(dtype)
        with h5py.File(tmp_path / f"{np.__name__}.h5", "w") as file:
            stored = file.create_dataset("values", data=values, chunks=(2, 3), compression="gzip")
            file["column"] = values[:, 1]
            stored[0] = values[3]
            stored[1:3, ::2] = values[:2, ::2]
            stored.attrs["scale"] = np.arange(3.0) * 2
            column, attribute = file["column"][...], stored.attrs["scale"]
            rows = stored[numpys(np.array([0, 2]))]
            chosen = stored[:, numpys(np.arange(6) > 2)]
            out = np.zeros((4, 6), dtype)
            stored.read_direct(numpys(out))
            return np.asarray(stored), column, attribute + 1, rows, chosen, np.array(out)

    assert_same(program)


def test_growing_data_sets(tmp_path: Path) -> None:
    def program(np: Any) -> Any:
        with h5py.File(tmp_path / f"{np.__name__}.h5", "w") as file:
            log = file.create_dataset("log", (0, 3), dtype="f8", maxshape=(None, 3))
            for step in range(3):
                log.resize(step + 1, axis=0)
                log[step] = np.sin(np.arange(3.0) + step)
            total = np.sum(log[...], axis=0)
            return total, np.mean(log), log.shape, str(log.dtype)

    assert_same(program, fallbacks=1)  # np.sum of an array of NumPy's


def test_its_selections_take_numpys_arrays_only(tmp_path: Path) -> None:
    import lazynp as np

    with h5py.File(tmp_path / "values.h5", "w") as file:
        file["values"] = np.arange(6.0)
        with pytest.raises(TypeError, match=r"Cannot convert lazynp\.ndarray"):
            file["values"][np.array([1, 2])]
