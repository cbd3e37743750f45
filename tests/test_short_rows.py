"""Groups whose innermost axis is short: tiles hold many rows, gathered where they lie apart."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy
import pytest
from comparison import canonical, layout

import lazynp

Operands = dict[str, Any]
# Rows of 1 to 130 elements, more of them than fit a tile; the third axis joins the second or not.
SHAPES = ((3000, 3), (40, 29), (37, 33), (9, 130), (700, 4, 3), (5, 50, 31), (2, 3, 4, 5, 6, 7))


def operands(np: Any, shape: tuple[int, ...], dtype: str) -> Operands:
    """Arrays of one shape, or broadcast to it, that lie in every way."""
    rng = numpy.random.default_rng(len(shape))

    def array(*shape: int) -> Any:
        return np.array(rng.uniform(0.5, 2, shape).astype(dtype))

    inside = tuple(slice(1, -1) for _ in shape)
    packed = numpy.zeros((*shape, numpy.dtype(dtype).itemsize + 1), "u1")
    numbers = rng.uniform(0.5, 2, shape).astype(dtype)
    packed[..., 1:] = numbers[..., numpy.newaxis].view("u1")
    unaligned = np.array(packed)[..., 1:].view(dtype)[..., 0]
    return {
        "dense": array(*shape),
        "inner": array(*(n + 2 for n in shape))[inside],
        "every second": array(*shape[:-1], 2 * shape[-1])[..., ::2],
        "backwards": array(*shape)[::-1, ..., ::-1],
        "in columns": array(*shape[::-1]).transpose(),
        "one row": array(*shape[1:]),
        "one column": array(*shape[:-1], 1),
        "first axis": array(shape[0], *(1 for _ in shape[1:])),
        "number": 1.25,
        "unaligned": unaligned,
    }


EXPRESSIONS: dict[str, Callable[[Any, Operands], Any]] = {
    "chain": lambda np, o: (
        (o["inner"] + o["one row"] - o["one column"]) * o["dense"] / o["first axis"] * 0.25
    ),
    "functions": lambda np, o: np.exp(o["inner"] - 2) * np.sqrt(o["in columns"]) + o["one row"],
    "strides": lambda np, o: (o["every second"] * o["backwards"] + o["unaligned"]) * o["number"],
    "choice": lambda np, o: np.where(o["inner"] > o["one column"], o["inner"], -o["one row"]),
    "integers": lambda np, o: (o["inner"] * 4).astype("i8") // 3 + o["dense"].astype("i2"),
    "alone": lambda np, o: o["inner"] + o["one row"],
}


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_has_numpys_bits(name: str, shape: tuple[int, ...], dtype: str) -> None:
    ours = numpy.asarray(EXPRESSIONS[name](lazynp, operands(lazynp, shape, dtype)))
    theirs = EXPRESSIONS[name](numpy, operands(numpy, shape, dtype))
    assert canonical(ours) == canonical(theirs)
    assert layout(ours) == layout(theirs)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_writes_into_regions(shape: tuple[int, ...], dtype: str) -> None:
    """Results that lie apart, and that overwrite what the group reads."""

    def program(np: Any) -> list[Any]:
        o = operands(np, shape, dtype)
        whole = np.array(numpy.ones(tuple(n + 2 for n in shape), dtype))
        inside = tuple(slice(1, -1) for _ in shape)
        whole[inside] = (o["inner"] * o["one row"] + 1) * o["one column"] - o["dense"]
        np.multiply(o["inner"] + 1, o["one row"] - 3, out=o["backwards"])
        o["dense"][...] = (o["dense"] + o["one column"]) * o["dense"] / o["one row"]
        o["in columns"] += (o["in columns"] - 1) * o["dense"]
        o["inner"][1:] = (o["inner"][:-1] + 2) * o["one row"] - 1
        names = ("dense", "inner", "in columns", "backwards")
        return [numpy.asarray(a) for a in (whole, *(o[n] for n in names))]

    for ours, theirs in zip(program(lazynp), program(numpy), strict=True):
        assert canonical(ours) == canonical(theirs)


@pytest.mark.parametrize("shape", SHAPES)
def test_several_results(shape: tuple[int, ...]) -> None:
    """Values that are kept on the way are stored, and read again from the tile."""

    def program(np: Any) -> list[Any]:
        o = operands(np, shape, "f8")
        first = o["inner"] * o["one row"]
        second = (first + o["one column"]) * first
        third = (second - first) / o["dense"]
        if np is lazynp:
            lazynp.evaluate(third, second, first)
        return [numpy.asarray(a) for a in (first, second, third)]

    assert list(map(canonical, program(lazynp))) == list(map(canonical, program(numpy)))


def test_warns_of_the_op_that_divides_by_zero() -> None:
    def messages(np: Any) -> list[str]:
        o = operands(np, (3000, 3), "f8")
        divisor = np.array(numpy.ones((3000, 3)))
        divisor[2999, 1] = 0
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            numpy.asarray(((o["inner"] + o["one row"]) / divisor - 1) * o["dense"])
        return [str(w.message) for w in seen]

    assert messages(lazynp) == messages(numpy) == ["divide by zero encountered in divide"]


def test_costs_less_than_calls_for_every_row() -> None:
    """As NumPy makes them."""

    def seconds(np: Any) -> float:
        o = operands(np, (4000, 3), "f8")
        best = 1e9
        for _ in range(30):
            begun = perf_counter()
            value = EXPRESSIONS["chain"](np, o)
            if np is lazynp:
                lazynp.evaluate(value)
            best = min(best, perf_counter() - begun)
        return best

    assert seconds(lazynp) < seconds(numpy)
