"""Every differentiable operation: backwards, forwards, finite differences, and each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from op_cases import OPS, Case, cases_of, names_recorded, of_dtype, recorded

import lazynp as np

DIFFERENTIABLE = [op for op in OPS.values() if op.differentiable]
CASES = [
    pytest.param(op, case, id=f"{op.name}-{i}")
    for op in DIFFERENTIABLE
    for i, case in enumerate(cases_of(op))
]
COMPLEX_ELEMENTWISE = [
    op
    for op in DIFFERENTIABLE
    if op.kind == "elementwise" and f"{'D' * op.n_inputs}->D" in op.loops and op.name != "astype"
]


def plain(x: Any) -> Any:
    return numpy.asarray(np.stop_gradient(x))


def direction_like(x: numpy.ndarray, seed: int) -> numpy.ndarray:
    rng = numpy.random.default_rng(seed)
    v = rng.normal(size=x.shape)
    return v + 1j * rng.normal(size=x.shape) if numpy.iscomplexobj(x) else v


def numeric_derivative(f: Callable[..., Any], xs: list[Any], vs: list[Any]) -> Any:
    """The derivative of f in the direction vs; central differences, error O(h**4)."""
    step = 1e-4
    slope: Any = 0.0
    for factor, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
        moved = [np.array(x + factor * step * v) for x, v in zip(xs, vs, strict=True)]
        slope = slope + weight * plain(f(*moved))
    return slope / (12 * step)


def inner(a: Any, b: Any) -> float:
    """The real inner product, in which a complex gradient is a gradient."""
    return float(numpy.vdot(numpy.asarray(a), numpy.asarray(b)).real)


def check_derivatives(case: Case, tolerance: float = 1e-6) -> None:
    """Forwards and backwards agree with finite differences in random directions."""
    xs = list(case.arguments)
    is_smooth = [x.dtype.kind in "fc" for x in xs]
    chosen = [x for x, smooth in zip(xs, is_smooth, strict=True) if smooth]

    def f(*smooth: Any) -> Any:
        left = iter(smooth)
        return case.call(
            *[next(left) if s else np.array(x) for x, s in zip(xs, is_smooth, strict=True)]
        )

    vs = [direction_like(x, 20 + i) for i, x in enumerate(chosen)]
    expected = numeric_derivative(f, chosen, vs)
    y, dy = np.jvp(f, [np.array(x) for x in chosen], [np.array(v) for v in vs])
    assert dy.shape == y.shape and dy.dtype == y.dtype
    numpy.testing.assert_allclose(dy, expected, rtol=tolerance, atol=tolerance)
    gy = direction_like(numpy.asarray(y), 40)
    y, pull_back = np.vjp(f, *[np.array(x) for x in chosen])
    gradients = pull_back(np.array(gy))
    assert [g.dtype for g in gradients] == [x.dtype for x in chosen]
    backwards = sum(inner(g, v) for g, v in zip(gradients, vs, strict=True))
    numpy.testing.assert_allclose(inner(gy, dy), backwards, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("op", "case"), CASES)
def test_forwards_backwards_and_differences_agree(op: Any, case: Case) -> None:
    check_derivatives(case)


@pytest.mark.parametrize("op", COMPLEX_ELEMENTWISE, ids=lambda op: op.name)
def test_complex_derivatives(op: Any) -> None:
    zs = tuple(of_dtype(op, "D", i) for i in range(op.n_inputs))
    check_derivatives(Case(recorded(op.name), zs))


def test_no_differentiable_op_is_left_out() -> None:
    covered = {param.values[0].name for param in CASES}
    assert covered == {op.name for op in OPS.values() if op.differentiable}
    assert len(covered) > 160


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_an_op_of_floats_has_a_gradient_or_a_reason(op: Any) -> None:
    gives_floats = not op.loops or any(loop[-1] in "efdFD" for loop in op.loops)
    assert op.differentiable or op.no_gradient or not gives_floats


@pytest.mark.parametrize(("op", "case"), CASES)
def test_the_cases_record_their_op(op: Any, case: Case) -> None:
    arguments = [np.array(x) for x in case.arguments]
    y = case.call(*[np.watch(x) if x.dtype.kind in "fc" else x for x in arguments])
    if op.kind not in ("composite", "view"):
        assert op.name in names_recorded(y)


# Operations whose rules treat complex numbers in their own way, with the same calls as above.
COMPLEX_NAMES = """sum prod mean var nansum cumsum cumprod matmul dot vdot vecdot matvec vecmat
    einsum inner outer trace correlate convolve det inv solve solve1 take gather scatter_add
    scatter_assign concatenate mask_assign diff where write reshape diagonal view add.reduce
    multiply.reduce""".split()


@pytest.mark.parametrize("name", COMPLEX_NAMES)
def test_complex_derivatives_of_others(name: str) -> None:
    for case in cases_of(OPS[name]):
        turned = [x + 0.5j * numpy.flip(x) if x.dtype == "f8" else x for x in case.arguments]
        check_derivatives(Case(case.call, tuple(turned)))
