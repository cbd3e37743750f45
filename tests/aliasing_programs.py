"""Random programs about views, in-place writes and shared memory, written as Python statements.

A program is a list of statements. They use `np` (the module under test), `numpy` (always NumPy: the
foreign side) and the helpers of `fuzz_aliasing.namespace`. The generator looks at the state that
NumPy reached with the statements so far (`oracle`), so most statements make sense; a few do not,
and must raise NumPy's error. The kinds of statements are the functions of aliasing_features.py.

Names: `v1` array under test, `w1` NumPy array that owns or shares memory, `b1` memoryview, `s1`
scalar, `x1` watched value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy

DTYPES = ["f8"] * 8 + ["f4"] * 3 + ["i8"] * 4 + ["?", "c16", "c16", "u1", "i4", "f2"]
FLOATING = ("f8", "f4")
MAX_SIZE = 240
MAX_ARRAYS = 14

Namespace = dict[str, Any]


@dataclass(frozen=True)
class Feature:
    """One kind of statement: its name in the histogram, how often, and who writes its text."""

    name: str
    weight: float
    foreign: bool
    write: Callable[[Generator], str | None]


FEATURES: dict[str, Feature] = {}


def feature(name: str, weight: float, foreign: bool = False) -> Callable[[Any], Any]:
    """Registers a statement writer; `foreign` ones share memory with NumPy."""

    def register(function: Callable[[Generator], str | None]) -> Callable[[Generator], str | None]:
        FEATURES[name] = Feature(name, weight, foreign, function)
        return function

    return register


class Generator:
    """Chooses the next statement from the state of the oracle."""

    def __init__(self, random: Random, oracle: Namespace) -> None:
        self.random = random
        self.oracle = oracle
        self.n_names = 0
        self.has_watched = self.has_pinned = self.has_bits = False
        # Memory that is shared with NumPy is not lazy: most programs have none, or little, of it.
        share = random.choice([0.0, 0.0, 0.0, 0.0, 0.3, 1.0])
        self.features = [f for f in FEATURES.values() if not f.foreign or share]
        self.weights = [f.weight * (share if f.foreign else 1) for f in self.features]

    def step(self) -> tuple[str, str]:
        """The feature and the text of the next statement."""
        arrays = self.names("v")
        if len(arrays) < 2:
            return "create", FEATURES["create"].write(self) or ""
        if len(arrays) > MAX_ARRAYS:
            return "release", f"del {self.random.choice(arrays)}"
        if hazards := self.bits_of_nans():
            return "release", f"del {', '.join(hazards)}"
        while True:
            chosen = self.random.choices(self.features, self.weights)[0]
            # Values on the way from a watched one are lent to NumPy read-only, or their gradients
            # would be wrong; so such programs export nothing new.
            if chosen.name.startswith("export") and self.has_watched:
                continue
            text = chosen.write(self)
            if text is not None:
                self.has_watched |= chosen.name.startswith("watch")
                self.has_bits |= chosen.name == "view: dtype"
                return chosen.name, text

    # -------------------------------------------------------------- what is there
    def names(self, prefix: str) -> list[str]:
        """Live names; a `v` that NumPy made a scalar counts as an `s`."""
        found = [n for n in self.oracle if n[0] in "vswbx" and n[1:].isdigit()]
        kinds = [
            "s" if isinstance(self.oracle[n], numpy.generic) and n[0] == "v" else n[0]
            for n in found
        ]
        return [n for n, kind in zip(found, kinds, strict=True) if kind == prefix]

    def new(self, prefix: str = "v") -> str:
        self.n_names += 1
        return f"{prefix}{self.n_names}"

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def array(self, good: Callable[[numpy.ndarray], bool] = lambda a: True) -> str | None:
        """A name of an array under test with a property."""
        names = [n for n in self.names("v") if good(self.oracle[n])]
        return self.random.choice(names) if names else None

    def value(self, text: str) -> Any:
        """What an expression is on NumPy's side."""
        return eval(text, self.oracle)

    def bits_of_nans(self) -> list[str]:
        """Integers that tell NaNs apart: which of two a sum keeps is the compiler's choice."""
        names = [*self.names("v"), *self.names("w")] if self.has_bits else []
        floats = [a for a in map(self.oracle.__getitem__, names) if a.dtype.kind in "fc"]
        nans = {bits for a in floats for bits in nan_bits(a)}
        return [n for n in names if self.oracle[n].dtype.kind in "iu"] if len(nans) > 1 else []

    def shape(self) -> tuple[int, ...]:
        ndim = self.random.choice([0, 1, 1, 1, 2, 2, 2, 3, 3, 4])
        # lazynp treats small and large writes differently, with the limit at 64 elements.
        sizes = [1, 2, 3, 3, 4, 5, 6] if ndim > 1 else [0, 1, 4, 6, 8, 12, 90]
        if ndim == 2 and self.chance(0.2):
            return (9, 12)
        return tuple(self.random.choice(sizes) for _ in range(ndim))

    # -------------------------------------------------------------- pieces of text
    def data(self, shape: tuple[int, ...] | None = None, dtype: str | None = None) -> str:
        """Fresh NumPy data, a function of the seed written into the text."""
        shape = self.shape() if shape is None else shape
        dtype = self.random.choice(DTYPES) if dtype is None else dtype
        return f"data({self.random.randrange(1000)}, {shape}, {dtype!r})"

    def number(self) -> str:
        return self.pick("2", "3", "0", "1", "-1", "0.5", "-1.5", "True", "numpy.float32(1.5)")

    def slice_of(self, n: int) -> str:
        step = self.random.choice([1, 1, 1, 2, -1, -1, -2, 3])
        low, high = sorted((self.random.randint(0, n), self.random.randint(0, n)))
        if self.chance(0.25):
            return f"::{step}" if step != 1 else ":"
        if step > 0:
            return f"{low}:{max(high, min(low + 1, n))}" + (f":{step}" if step > 1 else "")
        stop = "" if low == 0 else low - 1
        return f"{max(high - 1, low)}:{stop}:{step}"

    def index_of(self, a: numpy.ndarray) -> str:
        """A basic index, as text, whose result is an array."""
        n_leading = self.random.randint(0 if self.chance(0.1) else min(1, a.ndim), a.ndim)
        parts = [self.axis_index(n, a.ndim) for n in a.shape[:n_leading]]
        if self.chance(0.1):
            parts.append("...")
            n_last = self.random.randint(0, a.ndim - n_leading)
            parts += [self.axis_index(n, a.ndim) for n in a.shape[a.ndim - n_last :]]
        if self.chance(0.1) and a.ndim < 5:
            parts.insert(self.random.randint(0, len(parts)), "None")
        if all(part.lstrip("-").isdigit() for part in parts):
            parts.append("...")
        return ", ".join(parts)

    def axis_index(self, n: int, ndim: int) -> str:
        if n > 0 and ndim > 1 and self.chance(0.2):
            return str(self.random.randint(-n, n - 1))
        return self.slice_of(n)

    def view(self, name: str) -> str:
        """An expression that aliases `name`."""
        a = self.oracle[name]
        kinds = ["slice"] * 5 + ["T", "self"]
        if a.ndim > 1:
            kinds += ["transpose", "reshape"]
        kind = self.random.choice(kinds)
        if kind == "slice" and a.ndim:
            return f"{name}[{self.index_of(a)}]"
        if kind == "transpose":
            axes = list(range(a.ndim))
            self.random.shuffle(axes)
            return f"{name}.transpose({', '.join(map(str, axes))})"
        if kind == "reshape" and a.flags.c_contiguous:
            return f"{name}.reshape(-1)"
        return f"{name}.T" if kind == "T" else name

    def operand(self, shape: tuple[int, ...], near: str | None = None) -> str:
        """Something that broadcasts to `shape`: often another view of the same memory."""
        fitting = [n for n in self.names("v") if broadcasts_to(self.oracle[n].shape, shape)]
        for _ in range(4):
            kind = self.random.random()
            if kind < 0.45 and fitting:
                return self.random.choice(fitting)
            if kind < 0.65 and near is not None:
                text = self.view(near)
                if broadcasts_to(self.value(text).shape, shape):
                    return text
                continue
            if kind < 0.75 and self.names("s"):
                return self.random.choice(self.names("s"))
            if kind < 0.8:
                return "np.array(" + self.data(shape) + ")"
            if kind < 0.83:
                return self.data(shape)
            return self.number()
        return self.number()

    def fits(self, expression: str, target: numpy.ndarray) -> bool:
        """Whether writing the value into the dtype is defined: no float beyond an integer."""
        if target.dtype.kind not in "iu":
            return True
        value = numpy.asarray(self.value(expression))
        if value.dtype.kind not in "fc" or not value.size:
            return True
        real = value.real.astype("f8")
        limits = numpy.iinfo(target.dtype)
        largest = min(limits.max, 2**62)
        return bool(
            numpy.isfinite(real).all() and (real >= limits.min).all() and (real <= largest).all()
        )

    def mask(self, a: numpy.ndarray, name: str) -> str:
        bools = [n for n in self.names("v") if same_mask(self.oracle[n], a)]
        if bools and self.chance(0.4):
            return self.random.choice(bools)
        if a.dtype.kind == "c":
            return f"{name}.real > {self.pick('0', '1', '-2')}"
        if a.dtype.kind == "b":
            return self.pick(name, f"~{name}")
        return f"{name} {self.pick('>', '<', '!=', '>=')} {self.pick('0', '1', '-2', '0.5')}"

    def positions(self, n: int, count: int) -> str:
        """Integer indices with duplicates, some negative."""
        return "[" + ", ".join(str(self.random.randint(-n, n - 1)) for _ in range(count)) + "]"


def broadcasts_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    try:
        return numpy.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def same_mask(mask: numpy.ndarray, a: numpy.ndarray) -> bool:
    """Of the shape of `a`, and not on its memory in another order: NumPy would read its writes."""
    if mask.dtype.kind != "b" or mask.shape != a.shape:
        return False
    is_alike = mask.ctypes.data == a.ctypes.data and mask.strides == a.strides
    return is_alike or not numpy.may_share_memory(mask, a)


def nan_bits(a: numpy.ndarray) -> list[bytes]:
    reals = numpy.ravel(a.copy()).view(a.real.dtype)
    return [x.tobytes() for x in reals[numpy.isnan(reals)]]


def small(*shapes: tuple[int, ...]) -> bool:
    try:
        shape = numpy.broadcast_shapes(*shapes)
    except ValueError:
        return True  # an error case
    return int(numpy.prod(shape, dtype=int)) <= MAX_SIZE
