"""Maps that read each other's results some rows off run in bands: nothing between is whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from comparison import canonical, layout

import lazynp
from lazynp import _core


def neighbours(u: Any) -> Any:
    around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
    return around - 4.0 * u[1:-1, 1:-1]


def smooth(x: Any) -> Any:
    return (x[:-2] + 2.0 * x[1:-1] + x[2:]) * 0.25


def diffusion(u: Any) -> Any:
    """Fluxes of a Laplacian that are limited where they run uphill, as in weather models."""
    laplacian = neighbours(u)
    flux_x = laplacian[1:, 1:-1] - laplacian[:-1, 1:-1]
    flux_y = laplacian[1:-1, 1:] - laplacian[1:-1, :-1]
    inner = u[2:-2, 2:-2]
    return inner - 0.1 * (flux_x[1:] - flux_x[:-1] + flux_y[:, 1:] - flux_y[:, :-1])


PROGRAMS: dict[str, tuple[tuple[int, ...], Callable[[Any, Any], Any]]] = {
    "stencil of a stencil": ((700, 600), lambda np, u: neighbours(neighbours(u))),
    "four stencils": ((700, 600), lambda np, u: neighbours(smooth(neighbours(smooth(u))))),
    "two fluxes": ((700, 600), lambda np, u: diffusion(u)),
    "functions between": (
        (700, 600),
        lambda np, u: smooth(np.exp(-neighbours(u) / 8)) + smooth(np.sqrt(u))[1:-1, 1:-1],
    ),
    "one axis": ((400_000,), lambda np, x: smooth(smooth(np.sin(x) * 2) - 1)),
    "one axis, far off": ((400_000,), lambda np, x: (x * x)[5000:] - (x * x)[:-5000]),
    "planes": ((220, 40, 60), lambda np, u: smooth(smooth(u)[:, 1:-1] * u[1:-1, 1:-1])),
    "other types": ((700, 900), lambda np, u: smooth(smooth(u).astype("f4")) > 1),
    "upside down": ((700, 600), lambda np, u: neighbours(neighbours(u)[::-1])),
    "every second row": ((900, 600), lambda np, u: smooth(smooth(u)[::2])),
    "few rows": ((20, 30_000), lambda np, u: smooth(smooth(u))),
    "columns": ((600, 700), lambda np, u: smooth(smooth(u.T) + 1).T),
    "with a sum": ((700, 600), lambda np, u: smooth(smooth(u)).sum(axis=1)),
    "into a region": ((700, 600), lambda np, u: written(np, u)),
}


def written(np: Any, u: Any) -> Any:
    u = u.copy()
    u[2:-2, 2:-2] = neighbours(neighbours(u)) * 0.1
    u[1:-1, 1:-1] += neighbours(u)
    return u


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_has_numpys_bits(name: str, order: str) -> None:
    shape, program = PROGRAMS[name]
    values = numpy.random.default_rng(len(name)).uniform(0.1, 2, shape)
    ours = numpy.asarray(program(lazynp, lazynp.array(values, order=order)))
    theirs = program(numpy, numpy.array(values, order=order))
    assert canonical(ours) == canonical(theirs)
    assert layout(ours) == layout(theirs)


@pytest.mark.parametrize("n_threads", [1, 2, 5])
@pytest.mark.parametrize("seed", range(8))
def test_random_pipelines(seed: int, n_threads: int) -> None:
    def pipeline(np: Any) -> list[Any]:
        rng = numpy.random.default_rng(seed)
        stages = [np.array(rng.uniform(0.5, 2, (1500, 400)))]
        for _ in range(6):
            before = stages[rng.integers(max(len(stages) - 2, 0), len(stages))]
            shift, n_off = rng.integers(0, 3, 2)
            column = int(rng.integers(0, 2))
            n = len(before) - int(shift) - int(n_off)
            width = before.shape[1] - 1
            upper = before[:n, column : column + width]
            lower = before[int(shift) : int(shift) + n, 1 - column : 1 - column + width]
            stages.append((upper * 0.5 + lower) * 0.5 + int(rng.integers(0, 2)))
        kept = stages[-1:] if rng.integers(2) else stages[-2:]
        del stages
        if np is lazynp:
            lazynp.evaluate(*kept)
        return [numpy.asarray(k) for k in kept]

    lazynp.set_num_threads(n_threads)
    try:
        assert list(map(canonical, pipeline(lazynp))) == list(map(canonical, pipeline(numpy)))
    finally:
        lazynp.set_num_threads(0)


@pytest.mark.parametrize("name", ["stencil of a stencil", "two fluxes", "one axis", "planes"])
def test_what_lies_between_takes_no_memory(name: str) -> None:
    shape, program = PROGRAMS[name]
    u = lazynp.array(numpy.random.default_rng(1).uniform(0.1, 2, shape))
    lazynp.evaluate(u)
    result = program(lazynp, u)
    before = _core.stats()["bytes_allocated"]
    lazynp.evaluate(result)
    assert _core.stats()["bytes_allocated"] - before == result.nbytes


def test_what_is_kept_is_there() -> None:
    u = lazynp.array(numpy.random.default_rng(1).uniform(0.1, 2, (700, 600)))
    between = neighbours(u)
    result = neighbours(between)
    lazynp.evaluate(result)
    expected = neighbours(numpy.asarray(u))
    assert canonical(numpy.asarray(between)) == canonical(expected)
    assert canonical(numpy.asarray(result)) == canonical(neighbours(expected))


def test_gradient() -> None:
    values = numpy.random.default_rng(1).uniform(0.1, 2, (700, 600))

    def loss(np: Any, u: Any) -> Any:
        return (neighbours(smooth(np.sin(u))) ** 2).sum()

    gradient = lazynp.grad(lambda u: loss(lazynp, u))(lazynp.array(values))
    for place in ((3, 3), (350, 299), (699, 599)):
        moved = [values.copy(), values.copy()]
        moved[0][place] += 1e-4
        moved[1][place] -= 1e-4
        difference = (loss(numpy, moved[0]) - loss(numpy, moved[1])) / 2e-4
        assert abs(float(gradient[place]) - difference) < 1e-3 * max(1, abs(difference))
