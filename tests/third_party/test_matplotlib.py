"""matplotlib: pictures of our arrays have the pixels of NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
from swapped import library, same_as_numpy

matplotlib = library("matplotlib")
matplotlib.use("Agg")
pyplot = library("matplotlib.pyplot")


def grid(np: Any) -> tuple[Any, Any, Any]:
    x, y = np.meshgrid(np.linspace(-2, 2, 24), np.linspace(-1, 1, 16))
    return x, y, np.exp(-(x**2) - 2 * y**2) * np.sin(3 * x)


def line(np: Any) -> tuple[Any, Any]:
    x = np.linspace(0, 6, 50)
    return x, np.sin(x) / (1 + x)


def bars(np: Any, axes: Any) -> None:
    heights, edges = np.histogram(grid(np)[2], bins=8)
    axes.bar(edges[:-1], heights, width=np.diff(edges), color=np.linspace(0, 1, 32).reshape(8, 4))


def marked(np: Any, axes: Any) -> None:
    x, y = line(np)
    axes.plot(x, y, "o-", markevery=5)
    axes.axhline(y.mean())
    axes.axvspan(x[3], x[9], alpha=0.3)
    axes.annotate("top", (x[y.argmax()], y.max()))
    axes.set_xlim(x.min(), x.max())
    axes.set_xticks(x[::10], labels=[f"{place:.1f}" for place in x[::10]])


def in_three_dimensions(np: Any, axes: Any) -> None:
    figure = axes.figure
    axes.remove()
    figure.add_subplot(projection="3d").plot_surface(*grid(np))


PICTURES: dict[str, Callable[[Any, Any], Any]] = {
    "plot": lambda np, axes: axes.plot(*line(np)),
    "many lines": lambda np, axes: axes.plot(grid(np)[2].T),
    "scatter": lambda np, axes: axes.scatter(*line(np), c=line(np)[1], s=line(np)[0] * 9),
    "imshow": lambda np, axes: axes.imshow(grid(np)[2], cmap="viridis"),
    "colours": lambda np, axes: axes.imshow(np.abs(np.dstack(grid(np))) / 2),
    "pcolormesh": lambda np, axes: axes.pcolormesh(*grid(np)),
    "contour": lambda np, axes: axes.contour(*grid(np), levels=np.linspace(-0.5, 0.5, 5)),
    "contourf": lambda np, axes: axes.contourf(*grid(np)),
    "hist": lambda np, axes: axes.hist(line(np)[1], bins=np.linspace(-0.2, 0.5, 9)),
    "hist2d": lambda np, axes: axes.hist2d(*line(np), bins=8),
    "bar": bars,
    "fill_between": lambda np, axes: axes.fill_between(*line(np), where=line(np)[1] > 0),
    "errorbar": lambda np, axes: axes.errorbar(*line(np), yerr=np.abs(line(np)[1]) / 4),
    "quiver": lambda np, axes: axes.quiver(*(part[::4, ::4] for part in (*grid(np), grid(np)[0]))),
    "streamplot": lambda np, axes: axes.streamplot(*grid(np), grid(np)[0]),
    "boxplot": lambda np, axes: axes.boxplot(grid(np)[2][:, :3]),
    "violinplot": lambda np, axes: axes.violinplot(grid(np)[2][:, :3]),
    "step": lambda np, axes: axes.step(*line(np)),
    "stem": lambda np, axes: axes.stem(*line(np)),
    "pie": lambda np, axes: axes.pie(np.arange(1, 5) * 1.0),
    "loglog": lambda np, axes: axes.loglog(line(np)[0] + 1, np.exp(line(np)[0])),
    "tricontour": lambda np, axes: axes.tricontour(*(part.ravel() for part in grid(np))),
    "marked": marked,
    "surface": in_three_dimensions,
}


def pixels(draw: Callable[[Any, Any], Any], np: Any) -> numpy.ndarray:
    """What a picture looks like."""
    figure, axes = pyplot.subplots(figsize=(3, 2), dpi=60)
    try:
        draw(np, axes)
        figure.canvas.draw()
        return numpy.array(figure.canvas.buffer_rgba())
    finally:
        pyplot.close(figure)


@pytest.mark.parametrize("name", PICTURES)
@same_as_numpy()
def test_pictures(np: Any, name: str) -> Any:
    return pixels(PICTURES[name], np)


@same_as_numpy(fallbacks=2)
def test_what_the_calls_return(np: Any) -> Any:
    figure, axes = pyplot.subplots()
    counts, edges, _ = axes.hist(line(np)[1], bins=5)
    (drawn,) = axes.plot(*line(np))
    results = (counts / counts.sum(), np.diff(edges), drawn.get_ydata() * 2, axes.get_xlim())
    colours = matplotlib.colormaps["viridis"](line(np)[1])
    normed = matplotlib.colors.Normalize()(line(np)[1])
    pyplot.close(figure)
    return *results, colours[:, :3].mean(axis=1), np.asarray(normed)


@same_as_numpy()
def test_a_line_follows_new_data(np: Any) -> Any:
    x, y = line(np)

    def moved(np: Any, axes: Any) -> None:
        (drawn,) = axes.plot(x, y)
        y[:] = y[::-1] * 2  # written after it was handed over
        drawn.set_ydata(y)
        axes.relim()
        axes.autoscale_view()

    return pixels(moved, np), y
