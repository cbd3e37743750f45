"""vmap of every operation, and of its gradients, against a Python loop over the elements."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from batches import SIZE, check, variants
from op_cases import OPS, Case, cases_of

import lazynp as np

# What has no array input depends on no element.
BATCHED = [op for op in OPS.values() if op.n_inputs != 0 and op.name not in ("zeros", "ones")]
CASES = [
    pytest.param(op, case, id=f"{op.name}-{i}")
    for op in BATCHED
    for i, case in enumerate(cases_of(op))
    if case.arguments
]


@pytest.mark.parametrize(("op", "case"), CASES)
def test_every_op_over_a_batch(op: Any, case: Case) -> None:
    batches = [variants(x) for x in case.arguments]
    check(case.call, batches, [0] * len(batches))
    check(case.call, [numpy.moveaxis(x, 0, -1) for x in batches], [-1] * len(batches))
    if len(batches) == 1:
        return
    for chosen in range(len(batches)):
        is_mapped = [i == chosen for i in range(len(batches))]
        args = [b if m else x for b, m, x in zip(batches, is_mapped, case.arguments, strict=True)]
        check(case.call, args, [0 if m else None for m in is_mapped])


DIFFERENTIABLE = [param for param in CASES if param.values[0].differentiable]


@pytest.mark.parametrize(("op", "case"), DIFFERENTIABLE)
def test_every_gradient_inside_and_around_a_batch(op: Any, case: Case) -> None:
    batches = [variants(x) for x in case.arguments]
    smooth = tuple(i for i, x in enumerate(batches) if x.dtype.kind in "fc")

    def weighted(*args: Any) -> Any:
        y = case.call(*args)
        return (y * np.arange(1.0, y.size + 1).reshape(y.shape)).sum()

    def gradient(*args: Any) -> Any:
        return np.grad(weighted, smooth)(*args)

    def around(*args: Any) -> Any:
        return np.grad(lambda *args: np.vmap(weighted)(*args).sum(), smooth)(*args)

    elements = [gradient(*[np.array(x[k]) for x in batches]) for k in range(SIZE)]
    args = [np.array(x) for x in batches]
    inside, outside = np.vmap(gradient)(*args), around(*args) if op.name != "with_pullback" else ()
    for i, parts in enumerate(zip(*elements, strict=True)):
        expected = numpy.stack([numpy.asarray(part) for part in parts])
        for found in (inside, outside):
            if found:
                numpy.testing.assert_allclose(found[i], expected, rtol=1e-7, atol=1e-10)


def test_no_op_is_left_out() -> None:
    covered = {param.values[0].name for param in CASES}
    without = {op.name for op in OPS.values()} - covered
    assert without == {
        *("arange", "linspace", "eye", "tri", "zeros", "ones", "placeholder"),
        *("fftfreq", "rfftfreq"),
        *("ravel_multi_index", "unravel_index"),  # their indices are checked when recorded
    }
