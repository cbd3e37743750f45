"""Arrays made of lists, numbers and subscripts: ours, as np.array(x) is, with NumPy's bits."""

from __future__ import annotations

import types
from typing import Any

import numpy
import pytest
from comparison import outcome

import lazynp
from lazynp import _fallback

pytestmark = pytest.mark.filterwarnings("ignore")

# Of lists and numbers alone, of which NumPy makes an array first.
OF_LISTS = """
np.argmax([[1, 3, 2]], axis=1)
np.argpartition([3, 1, 2], 1)
np.argsort([2, 1])
np.bincount([1, 2])
np.broadcast_to([1, 2], (3, 2))
np.diagonal([[1, 2], [3, 4]])
np.diff([1, 4, 2])
np.bincount((0, 1), [0.5, 2], minlength=3)
np.concatenate([[1], [2.5]])
np.concatenate([[1], ['b']])
np.concatenate([1, 2])
np.concatenate([[1], [[2]]])
np.choose([0, 1], [[1, 2], [3, 4]])
np.clip([1, 5], 2, 3.5)
np.compress([1, 0], [[1, 2], [3, 4]], axis=0)
np.cumprod([1.5, 2])
np.cumsum([True, True])
np.cumsum(5)
np.cumsum([])
np.ediff1d([1, 4, 2])
np.histogram2d([1, 2, 3], [4, 5, 6], bins=2)
np.identity(3)
np.percentile([1, 2, 5], [10, 90])
np.percentile(3, 4)
np.repeat([1, -1], 3)
np.repeat(5, [3])
np.repeat('ab', 2)
np.reshape([1, 2, 3, 4], (2, -1))
np.round([2.567, 3], 1)
np.round(2.567, 1)
np.round(2)
np.searchsorted([1, 2, 3], [2, 0])
np.searchsorted([1, 2, 3], 2)
np.sort([numpy.nan, 1])
np.sort(['b', 'a'])
np.sort([[1], [2, 3]])
np.unique([1, 2, 1], return_counts=True)
np.where([1, 0], 2, 3.5)
np.where([True, False], [1, 2], 3)
np.lexsort(([1, 2], [2, 1]))
np.ravel_multi_index(([1], [1]), (2, 2))
np.quantile([1, 2, 5], [0.1, 0.6], method='midpoint')
np.quantile([1, 2, 5], 0.4, method='hazen')
np.swapaxes([[1, 2]], 0, 1)
np.take([1, 2], [5])
np.take((1, 2, 3), [[0, 1]])
np.var([[1, 2], [3, 5]], axis=0)
""".strip().splitlines()

# Folds of lists, those of arrays among them.
FOLDS = """
np.add.accumulate([1, 2])
np.add.reduce(['a'])
np.add.reduce([[1, 2], [3, 4]], axis=1)
np.add.reduceat([1, 2, 3], [0, 2])
np.any([x > 1, x < 0], axis=0)
np.logical_and.reduce((x,))
np.max([[1, 2]], axis=2)
np.max([x[:2], x])
np.maximum.reduce([])
np.min([x, x + 1], axis=0)
np.min([3, None])
np.ptp([[1, 5]], axis=1)
np.sum([1, 2.5], dtype=int)
np.sum([x, 2 * x])
np.sum([x, x], axis=0, out=np.zeros(3))
""".strip().splitlines()

SUBSCRIPTS = """
len(np.r_)
np.c_[[1, 2], [3, 4]]
np.c_[x, x]
np.mgrid[-1:1:3j, 0:2]
np.mgrid[0:3, 0:2]
np.mgrid[0:3:0]
np.mgrid['a']
np.mgrid[1]
np.ogrid[0:1:complex(3)]
np.ogrid[0:3, 0:2]
np.r_['0,2', x, x]
np.r_['1,2,0', x]
np.r_['a', 1]
np.r_['c', x]
np.r_[()]
np.r_[0:1:5j, 3.0]
np.r_[0:5]
np.r_[True, x > 1]
np.r_[np.ones(20_000).sum()]
np.r_[x, np.ones((2, 2))]
np.r_[x, numpy.float32(2)]
np.r_[x.astype('f'), 1.5]
np.r_[x.astype('i1'), 300]
""".strip().splitlines()

DTYPE_CLASSES = """
np.add(x, 1, dtype=numpy.dtypes.Float32DType)
np.add(x, 1, dtype=numpy.dtypes.StrDType)
np.add.reduce(x, dtype=numpy.dtypes.Float32DType)
np.percentile(x, [5, 50])
np.subtract(x, 1, out=np.zeros(3), where=x > 1, casting='unsafe', dtype=type(x.dtype))
np.subtract(x, 1, signature=(None, None, type(x.dtype)))
x.astype(numpy.dtypes.Int8DType)
""".strip().splitlines()


EXPRESSIONS = [*OF_LISTS, *FOLDS, *SUBSCRIPTS, *DTYPE_CLASSES]


def value_of(np: types.ModuleType, expression: str) -> Any:
    return eval(expression, {"np": np, "numpy": numpy, "x": np.array([0.5, 1.0, 2.0])})


@pytest.mark.parametrize("expression", ["np.diff([1, 2], n=0)", "np.diff([], n=0)"])
def test_what_numpy_hands_back(expression: str) -> None:
    assert type(value_of(lazynp, expression)) is type(value_of(numpy, expression)) is list


def is_refused(expression: str) -> bool:
    """Whether NumPy raises."""
    return outcome(lambda: value_of(numpy, expression)).error is not None


def kinds(value: Any) -> list[str]:
    """What is new: an array or not; parts of a tuple one by one."""
    if isinstance(value, tuple):
        return [kind for part in value for kind in kinds(part)]
    is_array = type(value) in (numpy.ndarray, lazynp.ndarray)
    return ["array" if is_array else type(value).__name__]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_bits_and_ours(expression: str) -> None:
    expected = outcome(lambda: value_of(numpy, expression))
    got = outcome(lambda: value_of(lazynp, expression))
    assert got == expected
    if expected.error:
        return
    value = value_of(lazynp, expression)
    if type(value) is not lazynp.LazyScalar:
        assert kinds(value) == kinds(value_of(numpy, expression))
    parts = value if isinstance(value, tuple) else (value,)
    assert not any(type(part) is numpy.ndarray for part in parts)


# Text, a matrix, and a dtype that depends on the value of a number.
SERVED_BY_NUMPY = ("'ab'", "['c'", "['b'", "StrDType", "'i1'), 300")


@pytest.mark.parametrize("expression", [e for e in EXPRESSIONS if not is_refused(e)])
def test_numbers_are_not_left_to_numpy(expression: str) -> None:
    before = _fallback.n_fallbacks()
    value_of(lazynp, expression)
    is_served = _fallback.n_fallbacks() > before
    assert is_served == any(part in expression for part in SERVED_BY_NUMPY)


def test_dimensions_are_added_to_a_pending_array() -> None:
    x = lazynp.ones(3) * 2
    with lazynp.no_eval():
        view, copy = lazynp.array(x, copy=None, ndmin=2), lazynp.array(x, dtype="f", ndmin=3)
    x[0] = 5
    assert view.tolist() == [[5, 2, 2]]
    assert copy.tolist() == [[[2, 2, 2]]]
    assert numpy.array_equal(numpy.array(numpy.ones(3), ndmin=3).shape, copy.shape)


def test_subscripts_record() -> None:
    x = lazynp.ones(3) * 2
    with lazynp.no_eval():
        joined, columns = lazynp.r_[0, x], lazynp.c_[x, x]
    assert joined.tolist() == [0, 2, 2, 2]
    assert columns.tolist() == [[2, 2]] * 3


def test_a_matrix_by_names_where_the_subscript_stands() -> None:
    results = []
    for np in (numpy, lazynp):
        A = np.ones((2, 2))
        assert A.shape == (2, 2)
        results.append(numpy.asarray(np.r_["A A; A A"]))
    assert numpy.array_equal(*results)
