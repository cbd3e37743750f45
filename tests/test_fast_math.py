"""config(math="fast"): lazynp's own kernels against NumPy's, within what each block promises."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
from comparison import canonical, special_values

import lazynp
from lazynp import _core

OPS = [op for op in _core.ops() if op.kind == "elementwise" and op.numpy]
FLOATS = "efdFD"
pytestmark = pytest.mark.filterwarnings("ignore")


def ufunc_of(op: Any) -> Any:
    found: Any = numpy
    for part in op.numpy[0].split("."):
        found = getattr(found, part, None)
    return found


def inside(op: Any, dtype: str, seed: int) -> numpy.ndarray:
    """Points of the block's domain, and a tenth of its width to either side of it."""
    lo, hi = op.samples
    random = numpy.random.default_rng(seed)
    margin = 0.1 * (hi - lo)
    points = random.uniform(lo - margin, hi + margin, 2000)
    if dtype in "FD":
        points = points + 1j * random.uniform(-2, 2, 2000)
    return points.astype(dtype)


def parts(x: numpy.ndarray) -> numpy.ndarray:
    return x.reshape(-1).view(x.real.dtype) if x.dtype.kind == "c" else x.reshape(-1)


def error_in_ulps(found: numpy.ndarray, exact: numpy.ndarray) -> Any:
    """Of the exact value's neighbours; infinite where only one of them is finite.

    Of complex numbers in units of the larger part.
    """
    rounded = exact.astype(found.dtype)
    size = numpy.abs(rounded.real)
    if found.dtype.kind == "c":
        size = numpy.repeat(numpy.fmax(size, numpy.abs(rounded.imag)), 2)
    unit = numpy.spacing(numpy.where(numpy.isfinite(size), size, 1))
    a, b, nearest = parts(found), parts(exact), parts(rounded)
    same = (a == nearest) | (numpy.isnan(a) & numpy.isnan(nearest))
    distance = numpy.abs(a - b) / unit
    return numpy.where(same, 0, numpy.where(numpy.isfinite(distance), distance, numpy.inf))


def evaluated_fast(op: Any, arguments: list[numpy.ndarray]) -> numpy.ndarray:
    with lazynp.config(math="fast"):
        lazy = _core.record(op.name, [lazynp.array(a) for a in arguments])
        return numpy.asarray(lazynp.evaluate(lazy))


TABLE = [
    (op, dtype)
    for op in OPS
    for dtype in FLOATS
    if isinstance(ufunc_of(op), numpy.ufunc) and f"{dtype * op.n_inputs}->" in "".join(op.loops)
]


@pytest.mark.parametrize(("op", "dtype"), TABLE, ids=[f"{op.name}-{t}" for op, t in TABLE])
def test_own_kernels_keep_their_promise(op: Any, dtype: str) -> None:
    columns = [inside(op, dtype, seed) for seed in range(op.n_inputs)]
    crossed = list(itertools.product(special_values(dtype), repeat=op.n_inputs))
    for arguments in (columns, [numpy.array(c, dtype) for c in zip(*crossed, strict=True)]):
        found = evaluated_fast(op, arguments)
        with numpy.errstate(all="ignore"):
            expected = ufunc_of(op)(*arguments)
            assert found.dtype == expected.dtype
            if not op.max_ulp or expected.dtype.kind not in "fc":
                assert canonical(found) == canonical(expected)
                continue
            exact = ufunc_of(op)(*(a.astype("G" if dtype in "FD" else "g") for a in arguments))
            # NumPy's own formulas lose more at times: logaddexp near zero, complex numbers.
            errors = numpy.fmin(error_in_ulps(found, exact), error_in_ulps(found, expected))
        worst = int(numpy.argmax(errors)) // (2 if expected.dtype.kind == "c" else 1)
        assert errors.max() <= op.max_ulp, (
            f"{[a[worst] for a in arguments]}: {found[worst]} instead of {exact[worst]}, "
            f"{errors.max():.3g} ulp, promised {op.max_ulp}"
        )


@pytest.mark.skipif(_core.cpu_level() == "x86-64-v2", reason="both call the C library")
def test_own_kernels_are_others_than_numpys() -> None:
    exp = next(op for op in OPS if op.name == "exp")
    x = numpy.linspace(-2, 2, 100_000)
    assert (evaluated_fast(exp, [x]) != numpy.exp(x)).any()
