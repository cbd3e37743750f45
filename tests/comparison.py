"""Comparing lazynp with NumPy: values bit by bit, layouts, errors and warnings."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy

SCALAR_CLASS = re.compile(r"'(numpy\.(bool|u?int\d+|float\d+|complex\d+)|lazynp\.LazyScalar)'")
PLAIN = (bool, int, float, complex, str, bytes, type(None))
Canonical = tuple[Any, ...]


def canonical(value: Any) -> Canonical:
    """A value as something that `==` compares bit by bit; NaNs are all alike."""
    if isinstance(value, numpy.generic):
        return canonical_array(numpy.asarray(value))
    if isinstance(value, (*PLAIN, type)):
        return (type(value).__name__, repr(value))
    if isinstance(value, (tuple, list)):
        return (type(value).__name__, *map(canonical, value))
    if isinstance(value, numpy.dtype):
        return ("dtype", value.str)
    return canonical_array(numpy.array(value, order="C"))


def canonical_array(array: numpy.ndarray) -> Canonical:
    array = numpy.array(array, order="C")
    if array.dtype.kind not in "?biufcSU" or array.dtype.char in "gG":  # padding, references
        return (str(array.dtype), array.shape, repr(array.tolist()))
    if array.dtype.kind in "fc":
        parts = array.reshape(-1).view(array.real.dtype)
        parts[numpy.isnan(parts)] = numpy.nan
    return (str(array.dtype), array.shape, array.tobytes())


def layout(array: Any) -> Canonical:
    """Shape, strides where they mean something, dtype and flags."""
    lengths = zip(array.shape, array.strides, strict=True)
    strides = tuple(stride if n > 1 and array.size else 0 for n, stride in lengths)
    flags = array.flags
    bits = (flags.c_contiguous, flags.f_contiguous, flags.writeable, flags.aligned)
    return (array.shape, strides, str(array.dtype), array.size, array.ndim, array.nbytes, *bits)


def described(entry: Canonical) -> str:
    """A canonical value for people: numbers instead of bytes."""
    if len(entry) == 3 and isinstance(entry[2], bytes):
        values = numpy.frombuffer(entry[2], entry[0]).reshape(entry[1])
        return f"{entry[0]} {entry[1]} {values.tolist()}"
    return str(entry)


@dataclass(frozen=True)
class Outcome:
    """What a call did: a value with its layout, or an exception; and the warnings on the way."""

    value: Canonical | None = None
    layout: Canonical | None = None
    error: tuple[str, str] | None = None
    warnings: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        shown = f"{self.error}" if self.error else described(self.value or ())
        return f"{shown[:600]} layout {self.layout} warnings {self.warnings}"


def is_array(value: Any) -> bool:
    return hasattr(value, "strides") and hasattr(value, "flags") and not isinstance(value, PLAIN)


def outcome(call: Callable[[], Any], with_warnings: bool = False) -> Outcome:
    """Runs a call. Its value is read while warnings are still recorded."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always" if with_warnings else "ignore")
        try:
            result = call()
            many = result if isinstance(result, (tuple, list)) else [result]
            layouts = tuple(layout(r) for r in many if is_array(r) and getattr(r, "ndim", 0))
            value = canonical(result)
        except Exception as error:
            text = SCALAR_CLASS.sub("'scalar'", str(error))
            text = text.replace("lazynp.ndarray", "numpy.ndarray")
            return Outcome(error=(type(error).__name__, text), warnings=texts(seen))
        return Outcome(value, layouts, None, texts(seen))


def texts(seen: list[warnings.WarningMessage]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(w.category.__name__, str(w.message)) for w in seen}))


SPECIAL = {
    "b": [False, True, True],
    "i": [0, 1, -1, 2, 3, -7, 100, -128, 127, "min", "max"],
    "u": [0, 1, 2, 3, 7, 100, 255, 128, "max"],
    "f": [
        *(
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            -2.5,
            3.0,
            0.1,
            7.25,
            -0.3,
            100.7,
            float("inf"),
            -float("inf"),
        ),
        *(float("nan"), "tiny", "subnormal", "max", "lowest"),
    ],
}


def special_values(dtype: str | numpy.dtype) -> numpy.ndarray:
    """Values at which implementations differ: extremes, NaN, infinities, -0.0, subnormals."""
    dtype = numpy.dtype(dtype)
    if dtype.kind == "c":
        real = special_values(dtype.char.lower())
        result = numpy.empty(real.size, dtype)
        result.real, result.imag = real, numpy.roll(real, 3)
        return result
    limits: dict[str, Any] = {}
    if dtype.kind in "iu":
        limits = {"min": numpy.iinfo(dtype).min, "max": numpy.iinfo(dtype).max}
    elif dtype.kind == "f":
        info = numpy.finfo(dtype)
        limits = {"tiny": info.tiny, "max": info.max, "lowest": info.min}
        limits["subnormal"] = info.smallest_subnormal
    return numpy.array([limits.get(str(v), v) for v in SPECIAL[dtype.kind]], dtype=dtype)


def tame_values(dtype: str | numpy.dtype, shape: tuple[int, ...], seed: int = 0) -> numpy.ndarray:
    """Small numbers of either sign, not exactly representable where the dtype allows."""
    random = numpy.random.default_rng(seed)
    dtype = numpy.dtype(dtype)
    if dtype.kind == "b":
        return numpy.asarray(random.integers(0, 2, shape).astype(bool))
    if dtype.kind in "iu":
        return numpy.asarray(random.integers(0 if dtype.kind == "u" else -9, 10, shape)).astype(
            dtype
        )
    values = random.normal(size=shape) * 2
    if dtype.kind == "c":
        values = values + 1j * random.normal(size=shape)
    return numpy.asarray(values).astype(dtype)


NATIVE_DTYPES = "?bBhHiIlLefdFD"


ARRANGEMENTS: dict[str, Callable[[Any, numpy.ndarray], Any]] = {
    "dense": lambda np, a: np.array(a),
    "every third": lambda np, a: spaced(np, a),
    "negative stride": lambda np, a: np.array(a[::-1].copy())[::-1],
    "unaligned": lambda np, a: unaligned(np, a),
    "zero stride": lambda np, a: np.broadcast_to(np.array(a[:1]), a.shape),
    "rows": lambda np, a: np.array(two_rows(a)),
    "columns": lambda np, a: np.array(two_rows(a), order="F"),
    "transposed": lambda np, a: np.array(two_rows(a)).T,
    "part of rows": lambda np, a: np.array(two_rows(a))[:, 1:-1],
    "0-d": lambda np, a: np.array(a[2]),
    "empty": lambda np, a: np.array(a[:0]),
    "no columns": lambda np, a: np.array(two_rows(a))[:, :0],
}  # how the elements of a 1-d array lie in memory, made with the module `np`


def two_rows(a: numpy.ndarray) -> numpy.ndarray:
    return numpy.stack([a, a[::-1]])


def spaced(np: Any, a: numpy.ndarray) -> Any:
    base = np.zeros(3 * a.size, a.dtype)
    base[::3] = np.array(a)
    return base[::3]


def unaligned(np: Any, a: numpy.ndarray) -> Any:
    raw = numpy.zeros(a.nbytes + 1, "u1")
    raw[1:] = a.view("u1")
    return np.array(raw)[1:].view(a.dtype)


def both(statements: str, expression: str, modules: tuple[Any, Any]) -> tuple[Outcome, Outcome]:
    """Runs statements with `np` = each module in turn, and says what the expression then is."""
    results = []
    for module in modules:
        names: dict[str, Any] = {"np": module, "numpy": numpy}

        def call(names: dict[str, Any] = names) -> Any:
            exec(statements, names)
            return eval(expression, names)

        results.append(outcome(call))
    return results[0], results[1]
