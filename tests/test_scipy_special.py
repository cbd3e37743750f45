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
