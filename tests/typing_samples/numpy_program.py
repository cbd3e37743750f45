"""A typed program of NumPy's names alone: checked and run with lazynp and with NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, assert_type

import lazynp as np
import lazynp.linalg as linalg
import lazynp.typing as npt
from lazynp import fft, ma
from lazynp.lib.stride_tricks import sliding_window_view
from lazynp.polynomial import Polynomial
from lazynp.random import Generator, default_rng

Floats = npt.NDArray[np.float64]
Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
ScalarT = TypeVar("ScalarT", bound=np.generic)
NumberT = TypeVar("NumberT", np.float32, np.float64)


@dataclass
class Line:
    """A straight line fitted by least squares."""

    slope: float = 0.0
    offset: float = 0.0
    residuals: Floats = field(default_factory=lambda: np.zeros(0))

    def fit(self, x: Floats, y: Floats) -> Line:
        columns = np.stack([x, np.ones_like(x)], axis=1)
        solution, _, rank, _ = linalg.lstsq(columns, y)
        assert_type(rank, np.int32)
        slope, offset = solution.tolist()
        return Line(slope, offset, y - (slope * x + offset))

    @property
    def spread(self) -> float:
        return float(np.std(self.residuals))


class History(Generic[ScalarT]):
    """Rows of one dtype, kept in the order in which they came."""

    def __init__(self, dtype: type[ScalarT]) -> None:
        self.dtype = dtype
        self.rows: list[npt.NDArray[ScalarT]] = []

    def add(self, row: npt.ArrayLike) -> None:
        self.rows.append(np.asarray(row, dtype=self.dtype))

    def table(self) -> npt.NDArray[ScalarT]:
        return np.concatenate(self.rows)

    def __iter__(self) -> Iterator[npt.NDArray[ScalarT]]:
        return iter(self.rows)


def normalised(x: npt.NDArray[NumberT]) -> npt.NDArray[NumberT]:
    lowest, highest = x.min(), x.max()
    result: npt.NDArray[NumberT] = (x - lowest) / (highest - lowest)
    return result


def applied(f: Callable[[Floats], Floats], parts: Sequence[Floats]) -> list[Floats]:
    return [f(part) for part in parts]


def shape_of(x: np.ndarray[Any, Any]) -> tuple[int, ...]:
    return tuple(x.shape) if isinstance(x, np.ndarray) else ()


def creation() -> str:
    zeros = np.zeros(3)
    assert_type(zeros, np.ndarray[tuple[int], np.dtype[np.float64]])
    counted = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert_type(counted, np.ndarray[tuple[int, int], np.dtype[np.int32]])
    mask = counted > 2
    assert_type(counted.dtype, np.dtype[np.int32])
    assert_type(mask, npt.NDArray[np.bool])
    matrix: Matrix = np.eye(2)
    vector: Vector = np.linspace(0.0, 1.0, 4)
    counted[mask] *= 2
    zeros[1:] += vector[:2]
    return f"{zeros} {counted} {matrix.T @ matrix} {shape_of(vector)} {np.where(mask, 1, 0)}"


def ufuncs() -> str:
    x: Floats = np.array([0.25, 0.5, 1.0])
    total: np.float64 = np.add.reduce(x)
    products = np.multiply.outer(x, x)
    running: Floats = np.maximum.accumulate(x[::-1])
    out = np.empty(3)
    np.exp(x, out=out)
    assert_type(np.sum(x), np.float64)
    assert_type(np.isnan(x), npt.NDArray[Any])
    assert_type(np.float32(1) + np.float32(2), np.float32)
    parts = applied(lambda part: np.sqrt(part), [x, out])
    return f"{total:.6f} {products.trace()} {running} {np.round(out, 3)} {len(parts)} {np.add.nin}"


def algebra() -> str:
    matrix = np.array([[4.0, 1.0], [1.0, 3.0]])
    inverse = linalg.inv(matrix)
    assert_type(np.linalg.norm(matrix), np.floating[Any])
    values, vectors = linalg.eigh(matrix)
    message = ""
    try:
        np.linalg.inv(np.zeros((2, 2)))
    except np.linalg.LinAlgError as error:
        message = str(error)
    rebuilt = vectors @ np.diag(values) @ vectors.T
    return f"{np.allclose(matrix @ inverse, np.eye(2))} {np.round(rebuilt, 9)} {message}"


def transforms() -> str:
    signal = np.cos(2 * np.pi * np.arange(8) / 8)
    spectrum = fft.rfft(signal)
    assert_type(spectrum, npt.NDArray[np.complex128])
    frequencies = np.fft.rfftfreq(8, d=0.5)
    assert_type(frequencies, npt.NDArray[np.floating[Any]])
    strongest = int(np.argmax(np.abs(spectrum)))
    return f"{frequencies[strongest]} {np.round(np.fft.irfft(spectrum), 6) + 0.0}"


def draws(generator: Generator) -> str:
    normal = generator.normal(size=5)
    assert_type(normal, npt.NDArray[np.float64])
    assert_type(generator.random(), float)
    chosen = generator.integers(0, 10, size=3)
    assert_type(chosen, npt.NDArray[np.int64])
    generator.shuffle(normal)
    return f"{normal} {chosen} {generator.permutation(4)}"


def masked() -> str:
    data = ma.masked_invalid(np.array([1.0, np.nan, 3.0]))
    assert isinstance(data, np.ma.MaskedArray)
    return f"{data.mean()} {ma.count(data)} {data.filled(0.0)}"


def others() -> str:
    windows = sliding_window_view(np.arange(5.0), 3)
    roots = Polynomial([6.0, -5.0, 1.0]).roots()
    texts = np.strings.upper(np.array(["a", "b"]))
    history = History(np.float32)
    history.add([1, 2])
    history.add(np.array([3.0]))
    assert_type(history.table(), npt.NDArray[np.float32])
    assert_type(normalised(history.table()), npt.NDArray[np.float32])
    with np.errstate(divide="ignore"):
        infinite = np.array([1.0]) / 0
    kinds: list[npt.DTypeLike] = ["f8", np.int8, float]
    chosen = [np.dtype(kind).name for kind in kinds]
    shown = [windows.sum(axis=1), np.round(roots, 6), texts, history.table(), infinite]
    return f"{shown} {chosen}"


def main() -> None:
    line = Line().fit(np.arange(4.0), np.array([1.0, 3.0, 5.0, 7.5]))
    print(f"{line.slope:.6f} {line.offset:.6f} {line.spread:.6f} {line.residuals.shape}")
    for part in (creation, ufuncs, algebra, transforms, masked, others):
        print(part.__name__, part())
    print(draws(default_rng(7)))


if __name__ == "__main__":
    main()
