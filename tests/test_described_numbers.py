"""Structured arrays, and numbers whose dtype says more than their type: as NumPy keeps them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy
import pytest

import lazynp

WITH_FIELDS = numpy.dtype((numpy.float64, [("low", "u4"), ("high", "u4")]))
WITH_METADATA = numpy.dtype("f8", metadata={"unit": "m"})
MAKES = {
    "array": lambda np, dtype: np.array([1.0, 2.0], dtype=dtype),
    "zeros": lambda np, dtype: np.zeros(2, dtype=dtype),
    "astype": lambda np, dtype: np.arange(3).astype(dtype),
    "view": lambda np, dtype: np.ones(2).view(dtype),
    "copy": lambda np, dtype: np.array([1.0, 2.0], dtype=dtype).copy(),
    "slice": lambda np, dtype: np.zeros(4, dtype=dtype)[1:3],
    "add": lambda np, dtype: np.ones(2, dtype=dtype) + 1,
    "sum": lambda np, dtype: np.ones(2, dtype=dtype).sum(),
    "ufunc's dtype": lambda np, dtype: np.add(np.ones(2), 1, dtype=dtype),
}


@pytest.mark.parametrize("dtype", [WITH_FIELDS, WITH_METADATA], ids=["fields", "metadata"])
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_number_keeps_its_fields_and_metadata(make: Any, dtype: numpy.dtype) -> None:
    theirs, ours = make(numpy, dtype), make(lazynp, dtype)
    assert (ours.dtype, ours.dtype.names) == (theirs.dtype, theirs.dtype.names)
    assert ours.dtype.metadata == theirs.dtype.metadata
    assert ours.tobytes() == theirs.tobytes()


def test_fields_of_a_number_are_written() -> None:
    def written(np: ModuleType) -> Any:
        numbers = np.array([1.0, 2.0], dtype=WITH_FIELDS)
        numbers["high"][0] = 1073741824
        numbers[1] *= 3
        return numbers["low"].tolist(), numbers.tolist(), numbers["high"].base is numbers

    assert written(lazynp) == written(numpy)


FIELDS = {
    "number": lambda people: people["age"],
    "numbers": lambda people: people["scores"],
    "text": lambda people: people["name"],
    "part of a field": lambda people: people["scores"][1:, ::2],
    "transposed field": lambda people: people["scores"].T,
    "field of a part": lambda people: people[1:]["age"],
    "field of a field": lambda people: people["place"]["x"],
    "field of a field of a part": lambda people: people[::2]["place"]["y"],
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_field_has_the_structured_array_as_its_base(field: Any) -> None:
    place = [("x", "f4"), ("y", "f4")]
    for np in (numpy, lazynp):
        people = np.zeros(
            3, [("name", "U4"), ("age", "i4"), ("scores", "f8", (3,)), ("place", place)]
        )
        assert field(people).base is people
