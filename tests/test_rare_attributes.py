"""Attributes, limits and protocols that few programs use: as NumPy has them."""

from __future__ import annotations

import copy
import gc
import hashlib
import inspect
import pickle
import weakref
from types import ModuleType
from typing import Any

import numpy
import pytest

import lazynp

BOTH = pytest.mark.parametrize("np", [numpy, lazynp])
READ_ONLY = "T mT base data flags ndim size itemsize nbytes ctypes device".split()


def error_of(statement: Any) -> tuple[str, str]:
    with pytest.raises(Exception) as caught:
        statement()
    return type(caught.value).__name__, str(caught.value)


@pytest.mark.parametrize("name", READ_ONLY)
def test_read_only_attributes_refuse_in_numpys_words(name: str) -> None:
    ours, theirs = lazynp.zeros(3), numpy.zeros(3)
    assert error_of(lambda: setattr(ours, name, 1)) == error_of(lambda: setattr(theirs, name, 1))
    assert error_of(lambda: delattr(ours, name)) == error_of(lambda: delattr(theirs, name))


def test_choose_takes_as_many_arrays_and_axes_as_numpy() -> None:
    def errors(np: ModuleType) -> list[Any]:
        a, deep = np.ones((1,) * 32, dtype=int), np.ones((1,) * 60, dtype=int)
        many = [0, a, *[2] * 62]
        statements = (
            lambda: a.choose(many),
            lambda: np.choose(a, many),
            lambda: deep.choose([1, 2]),
        )
        return [a.choose(many[:-1]).tolist(), *map(error_of, statements)]

    assert errors(lazynp) == errors(numpy)


@BOTH
def test_strides_may_reach_all_memory_of_the_base(np: ModuleType) -> None:
    x = np.arange(10)
    part = np.ndarray([4], dtype=int, buffer=x, offset=4 * x.itemsize)
    with pytest.warns(DeprecationWarning, match="strides"):
        part.strides = -x.itemsize
    assert part.tolist() == [4, 3, 2, 1]
    with (
        pytest.warns(DeprecationWarning, match="strides"),
        pytest.raises(ValueError, match="not compatible"),
    ):
        part.strides = -2 * x.itemsize


@BOTH
@pytest.mark.parametrize("dtype", ["d", "i4,i4", "M8[s]", "U3"])
def test_a_ctypes_pointer_keeps_the_array_alive(np: ModuleType, dtype: str) -> None:
    import ctypes

    x = np.zeros(3, dtype)
    alive = weakref.ref(x)
    pointer = x.ctypes.data_as(ctypes.c_void_p)
    del x
    gc.collect()
    assert alive() is not None
    del pointer
    gc.collect()
    assert alive() is None


def test_a_buffer_asked_for_without_shape_has_no_axes() -> None:
    x = numpy.arange(6).reshape(2, 3)
    assert hashlib.sha256(lazynp.array(x)).digest() == hashlib.sha256(x).digest()


def test_signatures_and_docs_are_numpys() -> None:
    for name in ("broadcast", "nditer", "sum", "empty_like"):
        ours, theirs = getattr(lazynp, name), getattr(numpy, name)
        assert list(inspect.signature(ours).parameters) == list(
            inspect.signature(theirs).parameters
        )
    assert lazynp.empty_like.__wrapped__ is numpy.empty_like.__wrapped__
    for name in ("identity", "nargs", "ntypes", "signature", "types", "resolve_dtypes"):
        assert getattr(lazynp.ufunc, name).__doc__ == getattr(numpy.ufunc, name).__doc__
    assert lazynp.flatiter.index.__doc__ == numpy.flatiter.index.__doc__
    f, g = lazynp.add.resolve_dtypes, numpy.add.resolve_dtypes
    dtypes = (numpy.dtype("f4"), numpy.dtype("f8"), None)
    assert f(dtypes) == g(dtypes)


@BOTH
def test_a_subclass_calls_the_finalizer_of_its_base(np: ModuleType) -> None:
    class Named(np.ndarray):  # type: ignore[name-defined, misc]
        def __array_finalize__(self, given: Any) -> None:
            super().__array_finalize__(given)
            self.name = "named"

    assert np.zeros(3).view(Named).name == "named"
    assert np.ndarray.__array_finalize__(np.zeros(2), None) is None


@BOTH
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_out_by_position_is_deprecated_where_numpy_says_so(np: ModuleType, name: str) -> None:
    a, out = np.arange(3.0), np.empty(3)
    with pytest.warns(DeprecationWarning, match="positional"):
        made = getattr(np, name)(a, a[::-1], out)
    assert made is out
    assert np.add(a, a, out) is out  # without a warning, which would be an error


@BOTH
def test_broadcast_refers_to_the_arrays(np: ModuleType) -> None:
    arrays = [np.zeros((3, 1)), np.arange(4)]
    for made in (np.broadcast(*arrays), np.broadcast(np.broadcast(*arrays))):
        assert [i.base is x for i, x in zip(made.iters, arrays, strict=True)] == [True, True]
        assert [int(x) for _, x in made][:5] == [0, 1, 2, 3, 0]
        made.reset()
        assert made.index == 0
    with pytest.raises(ValueError, match="keyword"):
        np.broadcast(1, x=1)


@BOTH
def test_generators_pickle_with_their_state(np: ModuleType) -> None:
    generator, state = np.random.default_rng(3), np.random.RandomState(3)
    generator.random(), state.standard_normal(1)
    for again in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        made = again(generator)
        assert type(made) is type(generator)
        assert made.bit_generator.state == generator.bit_generator.state
        made = again(state)
        assert type(made) is type(state)
        assert made.standard_normal() == again(state).standard_normal()
    construct, arguments, _ = state.__reduce__()
    assert [type(x).__name__ for x in arguments] == ["MT19937"]
    assert type(construct("MT19937")) is type(state)


def test_numpys_generators_are_instances_of_ours() -> None:
    assert isinstance(numpy.random.default_rng(), lazynp.random.Generator)
    assert isinstance(numpy.random.RandomState(), lazynp.random.RandomState)
    assert not isinstance(numpy.random.RandomState(), lazynp.random.Generator)
