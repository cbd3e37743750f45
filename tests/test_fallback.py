"""What is served by NumPy: counted without holding on to anything, and handed back as it is."""

from __future__ import annotations

import inspect
import warnings
import weakref
from typing import Any

import numpy
import pytest

import lazynp as np
from lazynp import _core


@pytest.mark.parametrize(
    "call",
    [
        lambda: np.add.reduceat(np.arange(8, dtype="g"), [0, 4]),
        lambda: np.r_[np.arange(3.0), np.array(["text"])],
        lambda: np.frompyfunc(abs, 1, 1)(np.arange(3)),
        lambda: np.frompyfunc(max, 2, 1).reduce(np.array([1, 2], dtype=object)),
        lambda: np.vectorize(abs)(np.arange(3)),
    ],
)
def test_counting_does_not_grow(call: Any) -> None:
    call()
    n_rows = len(_core.fallback_counts())
    n_calls = sum(row[3] for row in _core.fallback_counts())
    for _ in range(20):
        call()
    assert sum(row[3] for row in _core.fallback_counts()) >= n_calls + 20
    assert len(_core.fallback_counts()) <= n_rows + 1  # another line calls


def test_ufuncs_of_the_program_are_released() -> None:
    class Owner:
        def method(self, x: Any) -> Any:
            return x

    owner = Owner()
    np.frompyfunc(owner.method, 1, 1)(np.arange(3))
    alive = weakref.ref(owner)
    del owner
    assert alive() is None


def test_lists_without_arrays_stay_themselves() -> None:
    items = [1, 2, 3]
    assert np.diff(items, n=0) is items


def test_subclasses_see_our_ndarray_as_numpys() -> None:
    class Table(np.ndarray):
        pass

    table = np.arange(4.0).view(Table)
    plain = table.view(np.ndarray)
    assert type(table) is Table
    assert type(plain) is np.ndarray
    plain[0] = 7
    assert table[0] == 7
    assert type(table.view(np.int64)) is Table
    assert type(table.view(np.float64, np.ndarray)) is np.ndarray


def test_polynomials_made_by_numpy_are_ours() -> None:
    quotient, _ = np.polydiv(np.poly1d([1.0, 2.0]), np.poly1d([1.0]))
    assert isinstance(quotient, np.poly1d)

    class Own(np.poly1d):
        pass

    assert not isinstance(quotient, Own)
    assert isinstance(Own([1.0]), np.poly1d)


def test_seeds_may_be_arrays() -> None:
    seed = np.array([1, 2, 3])
    for generator in (np.random.MT19937, np.random.PCG64, np.random.Philox, np.random.SFC64):
        expected = generator([1, 2, 3]).random_raw(3).tolist()
        assert generator(seed).random_raw(3).tolist() == expected
    assert np.random.SeedSequence(seed).generate_state(1) == np.random.SeedSequence(
        [1, 2, 3]
    ).generate_state(1)


def test_deprecated_names_warn_each_time() -> None:
    for _ in range(2):
        with pytest.warns(DeprecationWarning, match="chararray"):
            np.chararray


@pytest.mark.parametrize("dtype", ["S2", "i4,f4", "O", "M8[s]"])
def test_views_of_what_numpy_holds_refer_to_our_array(dtype: str) -> None:
    a = np.zeros((2, 3), dtype=dtype)
    assert a.base is None
    view = a[...]
    assert view.base is a
    assert view[1].base is a
    assert np.zeros(3, "i4,f4,u4")[["f0", "f2"]].base is not None


def test_override_answers_for_out() -> None:
    class Override:
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            return (ufunc.__name__, kwargs["out"])

    override = Override()
    assert np.add(np.arange(3), 1, out=override) == ("add", (override,))
    assert np.modf(np.arange(3.0), out=(None, override)) == ("modf", (None, override))
    result = np.add(np.arange(3), 1, out=...)
    assert type(result) is np.ndarray
    assert result.tolist() == [1, 2, 3]
    assert type(np.add(np.array(1), 2, out=...)) is np.ndarray


def test_super_of_an_override_takes_our_arrays() -> None:
    class Unwrapping(np.ndarray):
        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            plain = (x.view(np.ndarray) if isinstance(x, Unwrapping) else x for x in inputs)
            result = super().__array_ufunc__(ufunc, method, *plain, **kwargs)
            return result if result is NotImplemented else result.view(Unwrapping)

    x = np.arange(3.0).view(Unwrapping)
    result = np.add(x, np.ones(3)) * 2
    assert type(result) is Unwrapping
    assert result.tolist() == [2.0, 4.0, 6.0]


def test_methods_have_numpys_signatures() -> None:
    for name in ("__array__", "__array_function__", "__array_ufunc__", "sum", "reshape"):
        expected = inspect.signature(getattr(numpy.ndarray, name))
        assert inspect.signature(getattr(np.ndarray, name)) == expected
    for name in ("reduce", "at", "outer", "accumulate", "reduceat"):
        assert str(inspect.signature(getattr(np.ufunc, name))) == str(
            inspect.signature(getattr(numpy.ufunc, name))
        )


VIEWS_THAT_NUMPY_MAKES = {
    "broadcast": lambda module: module.broadcast_arrays([1, 2, 3], [[1], [2]])[1],
    "broadcast number": lambda module: module.broadcast_arrays(3.5, [[1], [2]])[0],
    "transposed": lambda module: module.loadtxt(["1 2", "3 4"], unpack=True),
    "column": lambda module: module.loadtxt(["1 2", "3 4"], unpack=True)[0],
    "field": lambda module: module.array([(1, 2.0), (3, 4.0)], "i8,f8")["f1"],
}


@pytest.mark.parametrize("make", VIEWS_THAT_NUMPY_MAKES.values(), ids=VIEWS_THAT_NUMPY_MAKES)
def test_a_view_that_nobody_else_holds_keeps_its_strides(make: Any) -> None:
    def seen(module: Any) -> list[Any]:
        view = make(module)
        found = [view.shape, view.strides, view.tolist(), (view + 1).tolist()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of writes to broadcast arrays
            view[..., 0] = 9
            view += 1
        return [*found, view.tolist(), view[::-1].strides, view.copy().strides]

    assert seen(np) == seen(numpy)
