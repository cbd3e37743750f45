"""The arrays of one random call, as statements that a program could contain.

A scene has one shape and one family of dtypes, so that most of the arguments drawn from it fit each
other; a part of them does not, on purpose.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy

SHAPES = (
    *((), (0,), (1,), (2,), (3,), (5,), (6,), (9,), (17,), (40,)),
    *((1, 1), (2, 2), (3, 3), (3, 4), (4, 3), (1, 4), (3, 1), (0, 3), (3, 0), (5, 2), (8, 8)),
    *((2, 3, 4), (1, 3, 1), (2, 2, 2), (3, 3, 3), (2, 0, 3), (2, 1, 3, 2), (12, 20)),
)
FAMILIES = {
    "float": ("f8", "f8", "f8", "f4", "f2", "f8"),
    "integer": ("i8", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "u8"),
    "complex": ("c16", "c16", "c8"),
    "bool": ("?",),
    "text": ("U3", "S3", "U1"),
    "string": ("T",),
    "date": ("M8[D]", "M8[s]", "m8[h]", "m8[D]"),
    "object": ("O",),
    "foreign": (">f8", ">i4", "g", "G", "i4,f8", "<u2"),
}
WEIGHTS = {
    "float": 40,
    "integer": 28,
    "complex": 9,
    "bool": 8,
    "text": 3,
    "string": 1,
    "date": 3,
    "object": 2,
    "foreign": 3,
}


class Scene:
    """Draws arguments; `statements` make the arrays that they name."""

    def __init__(self, seed: int, family: str | None = None) -> None:
        self.random = Random(seed)
        self.statements: list[str] = []
        self.arrays: list[str] = []
        self.shape: tuple[int, ...] = self.pick(*SHAPES)
        families = list(WEIGHTS)
        drawn = self.random.choices(families, [WEIGHTS[f] for f in families])[0]
        self.family = family or drawn
        self.special = self.chance(0.25)

    # -------------------------------------------------------------- choices
    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    # -------------------------------------------------------------- dtypes and shapes
    def dtype(self, family: str | None = None) -> str:
        if family is None and self.chance(0.15):
            family = self.pick("float", "integer", "complex", "bool")
        return str(self.pick(*FAMILIES[family or self.family]))

    def other_shape(self) -> tuple[int, ...]:
        """One that broadcasts with the scene's, mostly."""
        shape = self.shape
        if self.chance(0.06):
            return tuple(self.pick(*SHAPES))
        if self.chance(0.25):
            shape = tuple(1 if self.chance(0.5) else n for n in shape)
        if self.chance(0.15):
            shape = shape[self.integer(0, len(shape)) :]
        return shape

    # -------------------------------------------------------------- arrays
    def array(
        self, family: str | None = None, shape: tuple[int, ...] | None = None, plain: bool = False
    ) -> str:
        """The name of a new array, in some arrangement in memory or still pending."""
        shape = self.shape if shape is None else shape
        dtype = self.dtype(family)
        name = f"a{len(self.arrays)}"
        kind = "special" if self.special and dtype[0] in "fiuc?" else "values"
        make, arranged = f"{kind}({dtype!r}, {{}}, {self.integer(0, 9)})", ""
        if not plain and self.chance(0.45):
            shape, arranged = self._arranged(shape)
        self.statements.append(f"{name} = {make.format(shape)}{arranged}")
        if not plain and shape and self.chance(0.2) and dtype[0] in "fic":
            self.statements.append(self._pending(name))
        self.arrays.append(name)
        return name

    def _arranged(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
        """Another shape, and the subscript or method after which it has the wanted one."""
        way = self.integer(0, 7)
        if not shape:
            return (3,), self.pick("[1]", "[1:2].reshape(())", "[..., 2]")
        *front, last = shape
        if way == 0:
            return (*front, 2 * last), "[..., ::2]"
        if way == 1:
            return shape, "[..., ::-1]"
        if way == 2:
            return tuple(reversed(shape)), ".T"
        if way == 3:
            return (shape[0] + 2, *shape[1:]), "[1:-1]"
        if way == 4:
            return (*front, last + 1), "[..., 1:]"
        if way == 5:
            return (2, *shape), "[1]"
        if way == 6:
            return shape, ".copy(order='F')"
        return tuple(reversed(shape)), "[::-1].T"

    def _pending(self, name: str) -> str:
        """A statement after which the array is an expression, or was written in part."""
        return str(
            self.pick(
                f"{name} = {name} + {name}",
                f"{name} = -{name}",
                f"{name} = {name} * 1",
                f"{name}[...] = {name} * 2",
                f"{name} += 1",
                f"{name} = np.abs({name})",
            )
        )

    def operand(self, family: str | None = None, shape: tuple[int, ...] | None = None) -> str:
        """An array, the same once more, a scalar, or a nested list."""
        draw = self.random.random()
        if draw < 0.12 and self.arrays:
            return str(self.pick(*self.arrays))
        if draw < 0.26:
            return self.scalar(family)
        shape = self.other_shape() if shape is None else shape
        if draw < 0.34 and len(shape) < 3:
            return self.nested_list(shape)
        if draw < 0.37:
            return f"{self.array(family, shape)}.sum()"
        return self.array(family, shape)

    def scalar(self, family: str | None = None) -> str:
        family = family or self.family
        if family in ("text", "string"):
            return str(self.pick("'a'", "'b c'", "''", "np.str_('xyz')"))
        if family == "date":
            return str(self.pick("np.datetime64('2001-02-03')", "np.timedelta64(3, 'D')", "2"))
        choices = ["0", "1", "2", "-1", "3", "True", "np.int8(3)", "np.int64(2)", "np.uint8(200)"]
        if family != "integer" or self.chance(0.2):
            choices += ["0.5", "-2.5", "np.float32(1.5)", "np.float64(0.1)", "np.inf", "np.nan"]
        if family == "complex" or self.chance(0.03):
            choices += ["1j", "2 - 1j", "np.complex64(1 + 2j)"]
        return str(self.pick(*choices))

    def nested_list(self, shape: tuple[int, ...]) -> str:
        values = numpy.array([self.integer(-3, 6) for _ in range(int(numpy.prod(shape)))])
        factor = 1 if self.family in ("integer", "bool") else 0.5
        return str((values.reshape(shape) * factor).tolist())

    # -------------------------------------------------------------- words about arrays
    def axis(self, n_dimensions: int | None = None) -> str:
        n = len(self.shape) if n_dimensions is None else n_dimensions
        if self.chance(0.05):
            return str(self.pick(n, -n - 1, "'x'", "(0, 0)", "1.5"))
        if self.chance(0.15) or not n:
            return str(self.pick("None", "()", "0", "-1") if n else self.pick("None", "()"))
        if self.chance(0.2):
            chosen = self.random.sample(range(n), self.integer(1, n))
            return str(tuple(axis - n if self.chance(0.3) else axis for axis in chosen))
        return str(self.integer(-n, n - 1))

    def one_axis(self, n_dimensions: int | None = None) -> str:
        n = len(self.shape) if n_dimensions is None else n_dimensions
        return str(self.integer(-n, n - 1)) if n and self.chance(0.95) else str(n)

    def dtype_word(self) -> str:
        word = self.dtype(self.pick("float", "integer", "complex", "bool", self.family))
        if self.chance(0.25):
            return str(self.pick("float", "int", "complex", "bool", "np.float32", "np.int16"))
        return f"np.dtype({word!r})" if self.chance(0.3) and word != "T" else _word(word)

    def mask(self) -> str:
        return self.array("bool", self.other_shape() if self.chance(0.3) else self.shape)

    def indices(self, n: int) -> str:
        """Numbers of elements of an axis of length `n`, as array or list."""
        low, high = (-n, n - 1) if n else (0, 0)
        if self.chance(0.05):
            high += 2
        shape = self.pick((2,), (3,), (), (2, 2), (0,))
        values = [self.integer(low, max(low, high)) for _ in range(int(numpy.prod(shape)))]
        made = numpy.array(values, int).reshape(shape).tolist()
        return (
            f"np.array({made}, {self.pick('int', repr('i4'), repr('i8'))})"
            if (self.chance(0.5))
            else str(made)
        )

    def subscript(self, shape: tuple[int, ...]) -> str:
        parts: list[str] = []
        for n in shape[: self.integer(0, len(shape))]:
            parts.append(self._part(n))
        if self.chance(0.2):
            parts.insert(self.integer(0, len(parts)), self.pick("...", "None", "..."))
        if self.chance(0.12):
            return self.mask()
        if not parts:
            return str(self.pick("...", "()", "None"))
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"

    def _part(self, n: int) -> str:
        way = self.integer(0, 5)
        if way <= 1:
            return str(self.integer(-n, n - 1)) if n else "slice(None)"
        if way <= 4:
            bounds = [self.pick("None", str(self.integer(-n - 1, n + 1))) for _ in "ab"]
            return f"slice({bounds[0]}, {bounds[1]}, {self.pick('None', '1', '2', '-1', '-2')})"
        return self.indices(n)


def _word(dtype: str) -> str:
    return "np.dtypes.StringDType()" if dtype == "T" else repr(dtype)


# ------------------------------------------------------------------ what the statements call
def value_makers(np: Any) -> dict[str, Any]:
    """`values` and `special` for the module `np`: equal arrays for equal arguments."""
    return {
        "values": lambda *how: np.array(_values(*how)),
        "special": lambda *how: np.array(_special(*how)),
    }


def _values(dtype: str, shape: tuple[int, ...], seed: int) -> numpy.ndarray:
    random = numpy.random.RandomState(seed)
    numbers = random.randint(0 if dtype[0] == "u" else -5, 9, shape)
    if dtype[0] in "US":
        return numpy.asarray(numbers).astype(dtype)
    if dtype == "T":
        return numpy.asarray(numbers).astype("U3").astype(numpy.dtypes.StringDType())
    if dtype == "O":
        return (numpy.asarray(numbers) * 0.5).astype(object)
    if dtype[0] in "Mm" or dtype == "?":
        return (numpy.asarray(numbers) > 1 if dtype == "?" else numpy.asarray(numbers)).astype(
            dtype
        )
    if "," in dtype:
        made = numpy.zeros(shape, dtype)
        made["f0"], made["f1"] = numbers, numpy.asarray(numbers) * 0.5
        return made
    numbers = numpy.asarray(numbers)
    if numpy.dtype(dtype).kind in "fc":
        numbers = numbers + random.rand(*shape)
    if numpy.dtype(dtype).kind == "c":
        numbers = numbers + 1j * random.randint(-3, 3, shape)
    return numpy.asarray(numbers).astype(dtype)


def _special(dtype: str, shape: tuple[int, ...], seed: int) -> numpy.ndarray:
    """Values at which implementations differ among ordinary ones."""
    made = _values(dtype, shape, seed)
    kind = numpy.dtype(dtype).kind
    if not made.size or kind == "b":
        return made
    random = numpy.random.RandomState(seed + 100)
    if kind in "iu":
        limits = numpy.iinfo(dtype)
        choices = [limits.min, limits.max, 0, 1]
    else:
        choices = [numpy.inf, -numpy.inf, numpy.nan, -0.0, 0.0, 1e300, 1e-310, 1.0]
    chosen = numpy.array(choices, object)[random.randint(0, len(choices), made.shape)]
    where = random.rand(*made.shape) < 0.4
    with numpy.errstate(all="ignore"):
        chosen = numpy.asarray(chosen, object).astype(made.dtype)
    return numpy.asarray(numpy.where(where, chosen, made).astype(made.dtype))
