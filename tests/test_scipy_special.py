"""Ufuncs of scipy.special that have an op: recorded, with SciPy's bits."""

from __future__ import annotations

import numpy
import pytest
from comparison import canonical

import lazynp
from lazynp import _core

special = pytest.importorskip("scipy.special", reason="scipy is not installed")

SIZE = 200_000
DTYPES = ("float32", "float64")


def points(dtype: str) -> numpy.ndarray:
    """Every magnitude and every branch of the formulas, NaN and infinity among them."""
    rng = numpy.random.default_rng(5)
    sizes = (0.1, 1.5, 3, 7, 40)
    parts = [rng.uniform(-size, size, SIZE // len(sizes)) for size in sizes]
    with numpy.errstate(over="ignore", under="ignore"):
        parts.append(rng.choice([-1, 1], 20_000) * 10 ** rng.uniform(-330, 309, 20_000))
        whole = numpy.concatenate(parts).astype(dtype)
    edges = numpy.array([0, 1, 6, 8, numpy.finfo(dtype).max, numpy.inf, numpy.nan], dtype)
    edges = numpy.concatenate([numpy.nextafter(edges, edges.dtype.type(0)), edges])
    return numpy.concatenate([whole, edges, -edges])


@pytest.mark.parametrize("name", ["erf", "erfc"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_has_scipys_bits(name: str, dtype: str) -> None:
    x = points(dtype)
    function = getattr(special, name)
    recorded = function(lazynp.array(x))
    assert isinstance(recorded, lazynp.ndarray)
    assert canonical(numpy.asarray(recorded)) == canonical(function(x))


def test_own_loops_take_the_place_of_scipys() -> None:
    """Fails where SciPy or the C library computes otherwise: results stay right, but slower."""
    special.erf(lazynp.ones(2))
    (op,) = (op for op in _core.ops() if op.name == "erf")
    assert op.host_loops == []


def erf_differences(bits: numpy.ndarray) -> int:
    """Of float32 numbers given by their bits: for how many of them SciPy has another result."""
    x = bits.view("f4")
    return int((numpy.asarray(special.erf(lazynp.array(x))) != special.erf(x)).sum())


def test_float32_at_random_bits() -> None:
    """The table of AVX-512 takes all, but where its rounding is in doubt: chunks without NaN."""
    bits = numpy.random.default_rng(9).integers(0, 0x7F800000, 4_000_000, dtype="u4")
    bits |= numpy.random.default_rng(10).integers(0, 2, bits.size, dtype="u4") << 31
    assert erf_differences(bits) == 0


@pytest.mark.slow
def test_float32_at_every_number() -> None:
    for begin in range(0, 0x7F800001, 1 << 23):
        for sign in (0, 1 << 31):
            bits = numpy.arange(begin, min(begin + (1 << 23), 0x7F800001), dtype="u4")
            assert erf_differences(bits | numpy.uint32(sign)) == 0, hex(begin)


@pytest.mark.parametrize("n", [1, 7, 8, 9, 511, 512, 513, 1031])
def test_float32_in_every_length(n: int) -> None:
    x = numpy.random.default_rng(n).normal(0, 2, n).astype("f4")
    for special_value in (0.5, 0, 1e-40, numpy.inf):
        x[n // 2] = special_value
        assert canonical(numpy.asarray(special.erf(lazynp.array(x)))) == canonical(special.erf(x))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", [-3, -1, 2])
def test_has_scipys_bits_in_other_orders(dtype: str, step: int) -> None:
    x = points(dtype)
    recorded = special.erf(lazynp.array(x)[::step])
    assert canonical(numpy.asarray(recorded)) == canonical(special.erf(x[::step]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_is_silent(dtype: str) -> None:
    x = numpy.array([numpy.nan, numpy.inf, 0, numpy.finfo(dtype).max], dtype)
    with numpy.errstate(all="raise"), lazynp.errstate(all="raise"):
        assert canonical(special.erf(lazynp.array(x))) == canonical(special.erf(x))


@pytest.mark.parametrize("dtype", DTYPES)
def test_writes_over_its_operand(dtype: str) -> None:
    x = points(dtype)
    ours, theirs = lazynp.array(x), x.copy()
    special.erf(ours, out=ours)
    special.erf(theirs, out=theirs)
    assert canonical(ours) == canonical(theirs)
