"""Chains of arithmetic that the engine keeps in vector registers: NumPy's bits and warnings."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from comparison import canonical

import lazynp

# Around the blocks of 16, 32, 64 and 128 elements that instruction sets have, and the tile.
SIZES = (1, 15, 16, 17, 63, 64, 65, 128, 129, 1000, 1024, 1025, 4099)
BINARY = (operator.add, operator.sub, operator.mul, operator.truediv)
UNARY = (operator.neg, lambda x: x**2)
Operands = dict[str, Any]
# What a chain takes, and what makes it fall back to loops.
SUITABLE = ("row", "other row", "one element", "no axis", "number")
OTHERS = ("every second", "backwards", "unaligned", "transposed")


def operands(np: Any, n: int, dtype: str) -> Operands:
    """Rows that lie in every way, and numbers."""
    rng = numpy.random.default_rng(n)
    numbers = rng.uniform(0.5, 2, 2 * n).astype(dtype)
    unaligned = numpy.frombuffer(b"\0" + numbers[:n].tobytes(), numpy.uint8)
    whole = np.array(numbers)
    return {
        "row": whole[:n],
        "other row": whole[n:],
        "every second": whole[::2],
        "backwards": whole[n - 1 :: -1] if n else whole,
        "unaligned": np.array(unaligned)[1:].view(dtype),
        "one element": np.array(numbers[:1]),
        "no axis": np.array(numbers[0]),
        "number": 1.25,
        "transposed": np.array(numpy.stack([numbers[:n], numbers[n:]], axis=1)).T[1],
    }


def random_chain(
    rng: numpy.random.Generator, names: tuple[str, ...], length: int
) -> Callable[[Operands], Any]:
    first = names[rng.integers(2)]
    steps = [
        (rng.integers(5), rng.integers(4), rng.integers(2), names[rng.integers(len(names))])
        for _ in range(length)
    ]

    def chain(given: Operands) -> Any:
        value = given[first]
        for kind, op, comes_first, name in steps:
            if kind == 0:
                value = UNARY[op % 2](value)
            elif comes_first:
                value = BINARY[op](given[name], value)
            else:
                value = BINARY[op](value, given[name])
        return value

    return chain


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("n", SIZES)
def test_has_numpys_bits(n: int, dtype: str) -> None:
    rng = numpy.random.default_rng(n)
    ours, theirs = operands(lazynp, n, dtype), operands(numpy, n, dtype)
    for names in (SUITABLE, SUITABLE + OTHERS):
        for length in (2, 3, 5, 31, 32, 33, 70):
            chain = random_chain(rng, names, length)
            with numpy.errstate(all="ignore"), lazynp.errstate(all="ignore"):
                found, expected = numpy.asarray(chain(ours)), chain(theirs)
            assert canonical(found) == canonical(expected), (names, length)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("n", [64, 1024, 5000])
def test_overwrites_its_operands(n: int, dtype: str) -> None:
    """Memory that a chain reads becomes its result's: in place, and as dying temporaries."""

    def program(np: Any) -> list[Any]:
        x = np.array(numpy.linspace(0.5, 2, n, dtype=dtype))
        y = x * 2
        y = (y + x) * y - x / y
        x += (x * 3 - y) * x
        x[1:] = (x[:-1] + 1) * x[1:] - 2
        x[:-1] = -(x[1:] - 1) * x[:-1]
        return [numpy.asarray(x), numpy.asarray(y)]

    assert list(map(canonical, program(lazynp))) == list(map(canonical, program(numpy)))


@pytest.mark.parametrize("position", [0, 70, 3000, 4999])
@pytest.mark.parametrize("in_place", [False, True])
def test_warns_of_the_op_that_overflows(position: int, in_place: bool) -> None:
    def program(np: Any) -> Any:
        x = np.full(5000, 1.5)
        x[position] = 1e300
        if in_place:
            x *= (x + 1.0) * 2.0 - 3.0
            return x
        return ((x + 1.0) * x - 3.0) * 0.5

    def messages(np: Any) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            numpy.asarray(program(np))
        return [str(w.message) for w in caught]

    assert messages(lazynp) == messages(numpy) == ["overflow encountered in multiply"]


def test_warns_at_the_line_that_divides_by_zero() -> None:
    x = lazynp.arange(1000.0)
    y = x * 2 + 1
    y = (y - 1) * 0.5
    z = 1 / y + 3  # this line
    z = z * 2 - 1
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in divide") as caught:
        z.tolist()
    source = Path(__file__).read_text().splitlines()
    assert [source[w.lineno - 1].strip() for w in caught] == ["z = 1 / y + 3  # this line"]


def test_reduces_what_a_chain_gives() -> None:
    def program(np: Any) -> list[Any]:
        x = np.array(numpy.linspace(-1, 1, 3000)).reshape(3, 1000)
        y = (x * 2 + 1) * x - 0.5
        return [
            numpy.asarray(((x - 3) ** 2).sum()),
            numpy.asarray(y.sum(axis=0)),
            numpy.asarray((y - y.max(axis=1, keepdims=True)) * 2 - x),
        ]

    assert list(map(canonical, program(lazynp))) == list(map(canonical, program(numpy)))
