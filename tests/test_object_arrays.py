"""Arrays of objects hold our arrays themselves."""

from __future__ import annotations

import pickle
from types import ModuleType
from typing import Any

import numpy
import pytest

import lazynp


def stored(np: ModuleType, x: Any) -> list[Any]:
    """Arrays of objects with `x` as their first element, stored in several ways."""
    by_element, by_slice = np.empty(2, object), np.empty(2, object)
    by_element[0] = x
    by_slice[:] = [x, None]
    ragged = np.array([x, None], dtype=object)
    put = np.empty(2, object)
    np.put(put, [0], np.array([x, None], dtype=object)[:1])
    return [by_element, by_slice, ragged, put, by_element.copy(), np.concatenate([ragged, ragged])]


@pytest.mark.parametrize("np", [numpy, lazynp])
@pytest.mark.parametrize("dtype", ["d", "M8[s]", "i4,f4"])
def test_the_array_itself_comes_out(np: ModuleType, dtype: str) -> None:
    x = np.zeros(3, dtype)
    for array in stored(np, x):
        assert array[0] is x
        assert array.tolist()[0] is x
        assert next(iter(array)) is x


def test_what_is_computed_of_them_is_numpys() -> None:
    def results(np: ModuleType) -> list[str]:
        a = np.empty(2, object)
        a[0], a[1] = np.arange(3.0), np.arange(2.0)
        computed = [a + 1, a * a, a[:1].sum(), np.concatenate(a), np.hstack(a), pickle.dumps(a)]
        computed[-1] = pickle.loads(computed[-1])
        return [repr(x) for x in [a, *computed, np.vectorize(len)(a)]]

    assert results(lazynp) == results(numpy)


def test_a_write_to_the_array_is_seen() -> None:
    x, a = lazynp.zeros(3), lazynp.empty(1, object)
    a[0] = x
    x += 2
    a[0][1] = 7
    assert x.tolist() == a[0].tolist() == [2, 7, 2]


def test_elements_that_count_their_questions_are_asked_once() -> None:
    class ChangesItsMind:
        def __init__(self) -> None:
            self.n_asked = 0

        def __bool__(self) -> bool:
            self.n_asked += 1
            return self.n_asked > 1

    for np in (numpy, lazynp):
        for nonzero in (np.nonzero, lambda x: x.nonzero()):
            element = ChangesItsMind()
            with pytest.raises(RuntimeError, match="changed during function execution"):
                nonzero(np.array([True, element]))
            assert element.n_asked == 2
