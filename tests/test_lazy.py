"""Laziness: nothing runs before a value is needed, then only what it needs, once; bounds."""

from __future__ import annotations

import gc
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import lazynp as np


class Ran:
    """What the engine did since this object was made."""

    def __init__(self) -> None:
        self.before = np.stats()

    def __getattr__(self, name: str) -> int:
        return int(np.stats()[name]) - int(self.before[name])


@pytest.fixture
def x() -> Any:
    return np.array(numpy.linspace(-1, 1, 20_000))


# ------------------------------------------------------------------ recording runs nothing
RECORDED: dict[str, Callable[[Any], Any]] = {
    "arithmetic": lambda x: (x * 2 + x - 1) / 3,
    "comparison": lambda x: (x > 0) & (x < 0.5),
    "functions": lambda x: np.exp(-(x**2)) * np.sin(x),
    "reductions": lambda x: (x.sum(), x.reshape(100, 200).mean(axis=0), x.max(), x.var(axis=0)),
    "views": lambda x: x.reshape(100, 200).T[1:, ::-1][None],
    "in-place": lambda x: in_place(x * 1),
    "masks": lambda x: masked(x * 1),
    "where": lambda x: np.where(x > 0, x, -x),
    "concatenate": lambda x: np.concatenate([x, x * 2]),
    "take": lambda x: (x * 2)[[0, 5, 7]],
    "take by a range": lambda x: (x * 2)[range(3)],
    "cumsum": lambda x: np.cumsum(x * x),
    "sort": lambda x: np.sort(x[::-1]),
    "matmul": lambda x: x.reshape(100, 200) @ x.reshape(200, 100),
    "creation": lambda x: (np.zeros(5), np.arange(10), np.linspace(0, 1, 5), np.ones((2, 3))),
    "casts": lambda x: x.astype("f4").astype("c16"),
    "iteration over rows": lambda x: sum(row * 2 for row in x.reshape(10, 2000)),
    "metadata": lambda x: (
        (x * 2).shape,
        (x * 2).dtype,
        len(x * 2),
        (x * 2).strides,
        (x * 2).nbytes,
    ),
    "out=": lambda x: np.add(x, 1, out=np.empty_like(x)),
    "mask read without its length": lambda x: x[x > 0],
    "copies": lambda x: (x.copy(), np.array(x), x[::2].copy(order="F")),
}


def in_place(y: Any) -> Any:
    y += 1
    y[1:] *= y[:-1]
    y[::2] = 0
    np.multiply(y, y, out=y)
    return y


def masked(y: Any) -> Any:
    y[y > 0] = 1
    y[y < 0] += 2
    return y


@pytest.mark.parametrize("name", RECORDED)
def test_recording_runs_nothing(name: str, x: Any) -> None:
    ran = Ran()
    with np.no_eval():
        result = RECORDED[name](x)
    assert (ran.evaluations, ran.nodes_run, ran.fallbacks) == (0, 0, 0)
    del result


NEEDED: dict[str, Callable[[Any], Any]] = {
    "repr": repr,
    "str": str,
    "float": lambda y: float(y[0] + y[1]),
    "bool": lambda y: bool(y.any()),
    "int": lambda y: int(y.sum()),
    "tolist": lambda y: y.tolist(),
    "asarray": numpy.asarray,
    "tobytes": lambda y: y.tobytes(),
    "item": lambda y: y.item(3),
    "memoryview": memoryview,
    "pickle": lambda y: __import__("pickle").dumps(y),
    "dlpack": numpy.from_dlpack,
    "format": lambda y: f"{y.max():.3f}",
    "evaluate": np.evaluate,
    "if": lambda y: 1 if y[0] > y[1] else 2,
    "mask length": lambda y: len(y[y > 0]),
    "nonzero": lambda y: y.nonzero()[0].shape,
    "index": lambda y: range(int((y > 0).sum())),
    "in": lambda y: 0.25 in y,
    "==": lambda y: bool((y == y).all()),
    "float64": lambda y: numpy.float64(y[3]),
    "save": lambda y: np.save(__import__("io").BytesIO(), y),
    "__array_interface__": lambda y: y.__array_interface__,
}


@pytest.mark.parametrize("name", NEEDED)
def test_a_needed_value_is_computed(name: str, x: Any) -> None:
    y = x * 2 + 1
    ran = Ran()
    NEEDED[name](y)
    assert ran.evaluations >= 1


@pytest.mark.parametrize("name", [n for n in NEEDED if n != "evaluate"])
def test_no_eval_raises_at_the_line_and_leaves_the_array_usable(name: str, x: Any) -> None:
    y = x * 2 + 1
    with np.no_eval(), pytest.raises(np.LazyError, match="no_eval"):
        NEEDED[name](y)
    assert numpy.array_equal(numpy.asarray(y), numpy.asarray(x) * 2 + 1)


def test_no_eval_forbids_a_single_small_operation() -> None:
    y = np.evaluate(np.ones(10)) * 2
    with np.no_eval():
        for needed in (repr, numpy.asarray, np.evaluate, lambda y: float(y[0])):
            with pytest.raises(np.LazyError, match="no_eval"):
                needed(y)
    assert numpy.array_equal(numpy.asarray(y), numpy.ones(10) * 2)


# ------------------------------------------------------------------ what runs
def test_each_node_runs_once(x: Any) -> None:
    shared = np.exp(x)
    a, b = shared + 1, shared * 2
    ran = Ran()
    np.evaluate(a, b)
    assert ran.evaluations == 1
    n_first = ran.nodes_run
    numpy.asarray(a), numpy.asarray(b), a.tolist(), repr(b)
    assert ran.nodes_run == n_first
    numpy.asarray(shared + a)
    assert ran.nodes_run <= n_first + 2


def test_a_value_read_twice_runs_once(x: Any) -> None:
    y = x * 3
    first = numpy.asarray(y).copy()
    ran = Ran()
    assert numpy.array_equal(numpy.asarray(y), first)
    assert ran.evaluations == 0


def test_bytes_read_are_those_of_the_operands_of_what_ran(x: Any) -> None:
    x = np.evaluate(np.ones((10, 20)))

    def read_by(make: Any) -> int:
        before = np.stats()["bytes_read"]
        np.evaluate(make())
        return int(np.stats()["bytes_read"] - before)

    assert read_by(lambda: x + 1) == x.nbytes  # alone
    assert read_by(lambda: (x + x[0]) * 2) == 2 * x.nbytes + x[0].nbytes  # fused
    assert read_by(lambda: np.sort(x[::2])) == x.nbytes // 2

    def written() -> Any:
        x[2, :5] = x[3, 5:10]
        return x

    assert read_by(written) == 5 * x.itemsize


def test_only_the_needed_part_runs(x: Any) -> None:
    needed, unneeded = x + 1, np.sqrt(x - 5)  # the second would warn
    ran = Ran()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numpy.asarray(needed)
    assert ran.nodes_run == 1
    del unneeded


def test_dead_work_never_runs(x: Any) -> None:
    gc.collect()
    live = np.stats()["live_nodes"]
    ran = Ran()
    for _ in range(1000):
        np.exp(x) + 1
    assert ran.nodes_run == 0
    assert np.stats()["live_nodes"] <= live + 10


def test_an_overwritten_value_is_not_computed(x: Any) -> None:
    y = np.exp(x)
    y[...] = 5
    ran = Ran()
    assert y[0] == 5
    assert ran.nodes_run <= 3


def test_evaluate_returns_its_arguments(x: Any) -> None:
    a, b = x + 1, x + 2
    assert np.evaluate(a) is a
    result = np.evaluate(a, b)
    assert result[0] is a
    assert result[1] is b
    ran = Ran()
    numpy.asarray(b)
    assert ran.evaluations == 0


def test_eager_runs_every_operation(x: Any) -> None:
    with np.eager():
        ran = Ran()
        y = x + 1
        assert ran.evaluations == 1
        y *= 2
        assert ran.evaluations >= 2
    ran = Ran()
    y + 1
    assert ran.evaluations == 0


def test_the_plan_cache_serves_loops_over_slices(x: Any) -> None:
    grid = x.reshape(100, 200) + 1
    np.evaluate(grid)
    for i in range(2):
        numpy.asarray(grid[i + 1 :, i] * 2 + grid[i, i])
    ran = Ran()
    for i in range(2, 80):
        numpy.asarray(grid[i + 1 :, i] * 2 + grid[i, i])
    assert ran.plan_misses == 0
    assert ran.plan_hits >= 78


def test_different_constants_share_a_plan(x: Any) -> None:
    numpy.asarray(x * 2.0 + 1.0)
    ran = Ran()
    for k in range(3, 9):
        assert numpy.asarray(x * k + 0.5)[0] == k * -1 + 0.5
    assert ran.plan_misses <= 1


# ------------------------------------------------------------------ warnings and errors
def here() -> int:
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno


def test_a_late_warning_names_the_recording_line(x: Any) -> None:
    y = np.log(x - 5)
    line = here() - 1
    with pytest.warns(RuntimeWarning, match="invalid value encountered in log") as seen:
        y += 1
        numpy.asarray(y)
    assert [(w.filename, w.lineno) for w in seen] == [(__file__, line)]


def test_the_warning_comes_once(x: Any) -> None:
    y = 1 / (x - x)
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide"):
        numpy.asarray(y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numpy.asarray(y)
        numpy.asarray(y + 1)


def test_errstate_is_captured_when_recorded(x: Any) -> None:
    with np.errstate(all="ignore"):
        silent = np.sqrt(x - 5)
    numpy.asarray(silent)
    loud = np.sqrt(x - 5)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="sqrt"):
        numpy.asarray(loud)


def test_errstate_raise_runs_at_once(x: Any) -> None:
    with np.errstate(invalid="raise"):
        with pytest.raises(FloatingPointError, match="invalid value encountered in sqrt"):
            np.sqrt(x - 5)
        y = x + 1
    assert numpy.asarray(y)[0] == 0


def test_errstate_call(x: Any) -> None:
    seen: list[Any] = []
    with np.errstate(divide="call", call=lambda kind, flags: seen.append((kind, flags))):
        np.divide(1, x - x)
    assert [kind for kind, _ in seen] == ["divide by zero"]


def test_a_recording_catch_warnings_sees_the_warning_inside(x: Any) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        np.log(x - 5)
    assert [w.category for w in seen] == [RuntimeWarning]


def test_an_error_filter_raises_at_the_call(x: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="invalid value encountered in log"):
            np.log(x - 5)


def test_fancy_indices_are_checked_at_the_call(x: Any) -> None:
    y = np.exp(x)
    ran = Ran()
    with pytest.raises(IndexError, match="index 20000 is out of bounds for axis 0 with size 20000"):
        y[[0, 20_000]]
    assert ran.nodes_run == 0


def test_arrays_are_usable_after_a_failed_run(x: Any) -> None:
    with np.config(memory_limit_bytes=1000):
        y = np.exp(x) * 2
        with pytest.raises(MemoryError):
            numpy.asarray(y)
    assert numpy.array_equal(numpy.asarray(y), numpy.exp(numpy.asarray(x)) * 2)


# ------------------------------------------------------------------ bounds
def test_a_long_chain_is_run_in_parts(x: Any) -> None:
    y = x[:10] * 1
    ran = Ran()
    for _ in range(5000):
        y = y + 1
    assert ran.evaluations >= 5
    assert np.stats()["live_nodes"] < 5000
    assert numpy.asarray(y)[0] == 4999


def test_memory_that_pending_work_keeps_is_bounded() -> None:
    kept = []
    for k in range(40):  # 640 MB, none of which the program itself can reach any more
        big = np.evaluate(np.full(2_000_000, float(k)))
        kept.append(big + 1)
        assert np.stats()["pending_bytes"] <= (256 << 20) + 32_000_000
    del big
    assert all(float(y[0]) == k + 1 for k, y in enumerate(kept))
    del kept
    assert np.stats()["pending_bytes"] == 0


def test_pending_values_cost_no_memory() -> None:
    big = np.evaluate(np.ones(2_000_000))
    with np.no_eval():
        kept = [big * k for k in range(40)]  # 640 MB when computed, as with NumPy
    assert np.stats()["pending_bytes"] == 0
    assert all(float(y[0]) == k for k, y in enumerate(kept))


def test_a_deep_graph_dies_without_recursion(x: Any) -> None:
    with np.no_eval():
        y = x[:3]
        for _ in range(400):
            y = y + 1
    del y
    gc.collect()


# ------------------------------------------------------------------ memory shared with NumPy
def test_reads_of_imported_memory_run_when_recorded() -> None:
    owner = numpy.ones(1000)
    x = np.asarray(owner)
    y = x * 2
    owner[...] = 7
    assert numpy.asarray(y)[0] == 2
    assert numpy.asarray(x)[0] == 7


def test_an_exported_array_is_lazy_again_when_the_export_dies(x: Any) -> None:
    y = x + 0
    exported = numpy.asarray(y)
    ran = Ran()
    z = y * 2
    assert ran.evaluations == 1
    exported[0] = 50
    assert (float(z[0]), float(y[0])) == (-2, 50)
    del exported
    ran = Ran()
    z = y * 3
    assert ran.evaluations == 0
    assert float(z[0]) == 150


def test_a_copy_of_an_ndarray_stays_lazy() -> None:
    source = numpy.ones(1000)
    ran = Ran()
    x = np.array(source)
    y = x * 2
    source[...] = 9
    assert ran.evaluations == 0
    assert float(y[0]) == 2


@pytest.mark.parametrize("shape", [(), (3,), (1000,), (40, 50)])
def test_adopt_clears_the_flag_at_any_size_and_layout(shape: tuple[int, ...]) -> None:
    for source in (numpy.ones(shape), numpy.ones((2, *shape))[:1], numpy.ones(shape).T):
        x = np.adopt(source)
        assert not source.flags.writeable
        assert x.flags.writeable


def test_adopt_is_lazy_and_takes_the_memory() -> None:
    source = numpy.arange(1000.0)
    address = source.ctypes.data
    x = np.adopt(source)
    assert not source.flags.writeable
    ran = Ran()
    y = x + 1
    assert ran.evaluations == 0
    assert float(y[5]) == 6
    assert numpy.asarray(x).ctypes.data == address


def test_small_foreign_operands_stay_lazy_and_are_copied(x: Any) -> None:
    weights = numpy.ones(20_000 // 100)
    ran = Ran()
    y = x.reshape(100, 200) + weights
    weights[...] = 100
    assert ran.evaluations == 0
    assert numpy.asarray(y)[0, 0] == 0


# ------------------------------------------------------------------ watching
def test_detaching_warns_and_names_the_line() -> None:
    w = np.watch(np.array([1.0, 2.0]))
    y = (w * w).sum()
    with pytest.warns(np.GradientDetached) as seen:
        float(y)
        line = here() - 1
    assert [(s.filename, s.lineno) for s in seen] == [(__file__, line)]
    assert np.gradients(y, [w])[0].tolist() == [2, 4]


def test_bool_of_a_watched_value_is_silent() -> None:
    w = np.watch(np.array([1.0, 2.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (w * w).sum() > 3


def test_detaching_inside_grad_is_an_error() -> None:
    with pytest.raises(np.GradientDetached):
        np.grad(lambda x: float(x.sum()) * x.sum())(np.array([1.0, 2.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f = np.grad(lambda x: float(x.sum()) * x.sum(), allow_detach=True)
        result = f(np.array([1.0, 2.0]))
    assert result.tolist() == [3, 3]


def test_gradients_refer_to_the_value_that_was_watched() -> None:
    x = np.array([1.0, 2.0, 3.0])
    np.watch(x)
    y = x * x
    x *= 100
    x[0] = -1
    assert np.gradients(y, [x])[0].tolist() == [2, 4, 6]


def test_unwatched_values_have_no_history() -> None:
    x = np.array([1.0, 2.0])
    y = x * x
    with pytest.raises(np.HistoryReleased):
        np.gradients(y, [x])
    numpy.asarray(y)
    with pytest.raises(np.HistoryReleased):
        np.gradients(y, [x])


def test_history_is_forgotten_when_nothing_is_watched(x: Any) -> None:
    gc.collect()
    live = np.stats()["live_nodes"]
    y = x
    for _ in range(300):
        y = y * 1.0001
        np.evaluate(y)
    assert np.stats()["live_nodes"] <= live + 20


def test_scalars_of_watched_values_stay_in_the_graph() -> None:
    w = np.watch(np.array([1.0, 2.0, 3.0]))
    assert isinstance(w[1] * 1, np.LazyScalar)
    total = sum(w[i] * (i + 1) for i in range(3))
    assert np.gradients(total, [w])[0].tolist() == [1, 2, 3]


def test_no_eval_forbids_the_shortest_runs() -> None:
    """One operation over few elements, which runs without a plan."""
    a = np.evaluate(np.array([1.0, 2.0]))
    with np.no_eval():
        b = a + 1
        with pytest.raises(np.LazyError, match="no_eval"):
            print(b)
    assert b.tolist() == (numpy.array([1.0, 2.0]) + 1).tolist()
