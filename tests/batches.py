"""What the tests of vmap share: batches of variants, and a Python loop over the elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import lazynp as np

SIZE = 3


def variants(x: numpy.ndarray) -> numpy.ndarray:
    """A batch of arrays with the elements of `x`, so that all stay inside the domain."""
    return numpy.stack([x, numpy.roll(x, 1), numpy.flip(x)])


def by_loop(f: Callable[..., Any], args: list[Any], axes: list[int | None]) -> numpy.ndarray:
    """f of every element, stacked."""
    results = []
    for k in range(SIZE):
        pairs = zip(args, axes, strict=True)
        element = [np.array(a if axis is None else numpy.take(a, k, axis)) for a, axis in pairs]
        results.append(numpy.asarray(f(*element)))
    return numpy.stack(results)


def check(f: Callable[..., Any], args: list[Any], axes: list[int | None]) -> None:
    """vmap gives what the loop gives, and asks for no value on the way."""
    expected = by_loop(f, args, axes)
    found = np.vmap(f, in_axes=axes)(*[np.array(a) for a in args])
    assert found.shape == expected.shape and found.dtype == expected.dtype
    numpy.testing.assert_allclose(numpy.asarray(found), expected, rtol=1e-9, atol=1e-11)
