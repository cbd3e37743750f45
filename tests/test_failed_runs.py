"""A run that an error ends leaves every array as NumPy does: what is read again is not lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import lazynp

EXPONENTS = numpy.array([[5, 4, -2, -1], [5, 8, 5, -5], [4, -4, 6, 8]], "i4")
BASES = numpy.array([[4, 6, 3, 3], [7, 7, 7, 8], [8, 7, 6, 4]], "i4")

# Programs whose last line refuses a value, after arrays of the same size were made on the way.
PROGRAMS: dict[str, str] = {
    "negated": "x = -np.array(exponents)\nnp.array(bases) ** x",
    "copied in another order": "x = np.array(exponents).copy(order='F')\nnp.array(bases) ** x",
    "sum of new arrays": "x = np.array(exponents) + np.array(exponents)\nnp.array(bases) ** x",
    "chain": "x = np.abs(np.array(exponents)) - 6\nnp.array(bases) ** (x + 1)",
    "dying base": "x = np.array(exponents)\n(np.array(bases) + 1) ** x",
    "in place": "x = np.array(bases) + 0\nx **= np.array(exponents) - 1",
    "assigned": "x = np.array(bases) * 1\nx[1:] = x[1:] ** (np.array(exponents)[1:] * 1)",
    "out": "x = np.array(exponents) * 1\nnp.power(np.array(bases) + 0, x + 1, out=x)",
    "reduced": "x = np.array(exponents) * 1\n(np.array(bases) ** x).sum(axis=0)",
    "large": "x = -np.tile(exponents, (500, 100))\nnp.tile(bases, (500, 100)) ** x",
}


def run(program: str, module: Any) -> tuple[str, Any]:
    """The text of the error, and `x` afterwards."""
    names = {"np": module, "exponents": EXPONENTS, "bases": BASES}
    with pytest.raises(ValueError) as caught:
        exec(program, names)
    return str(caught.value), names["x"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_arrays_are_as_before(name: str) -> None:
    error, expected = run(PROGRAMS[name], numpy)
    our_error, x = run(PROGRAMS[name], lazynp)
    assert our_error == error
    assert numpy.array_equal(numpy.asarray(x), expected)


def test_a_second_attempt_gives_the_same() -> None:
    x = -lazynp.array(EXPONENTS)
    attempt: Callable[[], Any] = lambda: lazynp.array(BASES) ** x  # noqa: E731
    for _ in range(3):
        with pytest.raises(ValueError, match="negative integer powers"):
            attempt()
    assert numpy.array_equal(numpy.asarray(lazynp.array(BASES) ** abs(x)), BASES ** abs(EXPONENTS))
