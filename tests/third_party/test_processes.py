"""joblib and multiprocessing: our arrays go to other processes and threads and come back."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from swapped import assert_same, library, same_as_numpy

joblib = library("joblib")
cloudpickle = library("cloudpickle")


def normalized(values: Any) -> Any:
    return (values - values.mean()) / values.std()


def scaled_by(job: tuple[Any, float]) -> Any:
    values, scale = job
    return type(values).__name__, normalized(values) * scale


def jobs(np: Any) -> list[tuple[Any, float]]:
    base = np.sin(np.arange(40.0)).reshape(4, 10)
    return [(base[i], float(i)) for i in range(4)] + [(base[:, ::3].T, 0.5)]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@same_as_numpy()
def test_pickles(np: Any, protocol: int) -> Any:
    values = np.sin(np.arange(40.0)).reshape(4, 10)
    items = [values, values[1:, ::2], values.T, values > 0, values.sum(), np.array(3), values[:0]]
    back = pickle.loads(pickle.dumps(items, protocol))
    back[0][0] = 1
    return back, [item.flags.f_contiguous for item in back[:4]], values, joblib.hash("text")


@same_as_numpy()
def test_pickles_out_of_band(np: Any) -> Any:
    values, buffers = np.arange(40.0) * 2, []
    text = pickle.dumps(values, 5, buffer_callback=buffers.append)
    back = pickle.loads(text, buffers=[bytearray(buffer) for buffer in buffers])
    closure = cloudpickle.loads(cloudpickle.dumps(lambda: values + 1))
    return back, len(buffers), closure()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_processes(method: str) -> None:
    def program(np: Any) -> Any:
        work = jobs(np)
        with multiprocessing.get_context(method).Pool(2) as pool:
            results = pool.map(scaled_by, work)
        return results, np.sum(results[1][1])

    assert_same(program)


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_joblib(backend: str) -> None:
    def program(np: Any) -> Any:
        with joblib.parallel_backend(backend, n_jobs=2):
            results = joblib.Parallel()(joblib.delayed(scaled_by)(job) for job in jobs(np))
        return results, np.stack([row for _, row in results[:4]]).sum(axis=0)

    assert_same(program)


def test_joblib_keeps_results(tmp_path: Path) -> None:
    def program(np: Any) -> Any:
        memory = joblib.Memory(tmp_path / np.__name__, verbose=0)
        keep = memory.cache(normalized)
        values = np.arange(12.0) * 2
        first, second = keep(values), keep(values)
        joblib.dump({"values": values}, tmp_path / f"{np.__name__}.joblib")
        loaded = joblib.load(tmp_path / f"{np.__name__}.joblib")
        same = joblib.hash(values) == joblib.hash(values + 0)
        return first, second, keep.check_call_in_cache(values), loaded, same

    assert_same(program)


@same_as_numpy()
def test_threads(np: Any) -> Any:
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(scaled_by, jobs(np) * 3))
    return results
