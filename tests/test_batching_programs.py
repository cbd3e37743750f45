"""Random programs of views, writes and operations: vmap against a loop over the elements."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import lazynp as np

N_PROGRAMS = 200
SIZE = 3
Arrays = list[Any]
Step = Callable[[random.Random, Any, Arrays], Any]


def sliced(r: random.Random, a: Any, arrays: Arrays) -> Any:
    return a[r.choice([slice(1, None), slice(None, None, -1), slice(None, None, 2), 0, -1, None])]


def added_in_place(r: random.Random, a: Any, arrays: Arrays) -> None:
    a += 1.5


def turned_in_place(r: random.Random, a: Any, arrays: Arrays) -> None:
    a[...] = a[::-1]


def shifted_in_place(r: random.Random, a: Any, arrays: Arrays) -> None:
    a[1:] = a[:-1] * 0.5


def masked_in_place(r: random.Random, a: Any, arrays: Arrays) -> None:
    a[a > 0.5] = 0.25


def sum_written(r: random.Random, a: Any, arrays: Arrays) -> None:
    a[0] = r.choice(arrays).sum()


def product(r: random.Random, a: Any, arrays: Arrays) -> Any:
    b = r.choice(arrays)
    return a * (b if a.shape[-1:] == b.shape else b.sum())


def total(r: random.Random, a: Any, arrays: Arrays) -> Any:
    return a.sum(axis=r.randrange(a.ndim), keepdims=True)


def running(r: random.Random, a: Any, arrays: Arrays) -> Any:
    return np.cumsum(a, axis=r.randrange(a.ndim))


STEPS: list[Step] = [
    *(sliced, added_in_place, turned_in_place, shifted_in_place, masked_in_place, sum_written),
    *(product, total, running),
    lambda r, a, arrays: a.T,
    lambda r, a, arrays: a.reshape(-1),
    lambda r, a, arrays: np.sin(a),
    lambda r, a, arrays: a[[0, -1, 0]],
    lambda r, a, arrays: a.copy(),
    lambda r, a, arrays: np.diagonal(a) if a.ndim > 1 else a,
    lambda r, a, arrays: np.sort(a, axis=-1) @ a.T,
    lambda r, a, arrays: a[np.argmax(a, axis=0)],
]


def program(seed: int) -> Callable[..., Arrays]:
    """A function of two arrays that does the same for the same shapes."""

    def run(x: Any, y: Any) -> Arrays:
        r = random.Random(seed)
        arrays = [x, y]
        for _ in range(r.randint(5, 25)):
            step, a = r.choice(STEPS), r.choice(arrays)
            result = step(r, a, arrays)
            if result is not None and 0 < result.ndim < 4:
                arrays.append(result)
        return [a * 1.0 for a in arrays]

    return run


def result_of(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (ValueError, IndexError) as error:
        return type(error)


def check_program(seed: int) -> None:
    rng = numpy.random.default_rng(seed)
    args = [rng.normal(size=(SIZE, 3, 4)), rng.normal(size=(SIZE, 4))]
    axes = (seed % 3, seed % 2)
    by_loop = result_of(
        lambda: [program(seed)(*[np.array(a[k]) for a in args]) for k in range(SIZE)]
    )
    moved = [np.array(numpy.moveaxis(a, 0, axis)) for a, axis in zip(args, axes, strict=True)]
    found = result_of(lambda: np.vmap(program(seed), in_axes=axes)(*moved))
    if isinstance(by_loop, type):
        assert found is by_loop
        return
    for i, results in enumerate(zip(*by_loop, strict=True)):
        expected = numpy.stack([numpy.asarray(a) for a in results])
        numpy.testing.assert_allclose(
            numpy.asarray(found[i]), expected, rtol=1e-9, atol=1e-11, err_msg=f"{seed}: array {i}"
        )


@pytest.mark.parametrize("part", range(4))
def test_programs(part: int, full_size: bool) -> None:
    n = N_PROGRAMS * (20 if full_size else 1) // 4
    for seed in range(part * n, (part + 1) * n):
        check_program(seed)
