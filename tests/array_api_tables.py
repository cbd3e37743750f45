"""The array API standard in tables: dtypes that functions take, dtypes of their results, values."""

from __future__ import annotations

from math import inf, nan, pi
from typing import Any

import numpy

# The standard's dtypes by short names: kind and bytes, as NumPy writes them.
SHORT_NAMES = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f4 f8 c8 c16".split()
BOOL, INDEX = "b1", "i8"

# What two dtypes are promoted to; a row is the first, a column the second; "--": not specified.
PROMOTIONS = """
     b1  i1  i2  i4  i8  u1  u2  u4  u8  f4  f8  c8  c16
b1   b1  --  --  --  --  --  --  --  --  --  --  --  --
i1   --  i1  i2  i4  i8  i2  i4  i8  --  --  --  --  --
i2   --  i2  i2  i4  i8  i2  i4  i8  --  --  --  --  --
i4   --  i4  i4  i4  i8  i4  i4  i8  --  --  --  --  --
i8   --  i8  i8  i8  i8  i8  i8  i8  --  --  --  --  --
u1   --  i2  i2  i4  i8  u1  u2  u4  u8  --  --  --  --
u2   --  i4  i4  i4  i8  u2  u2  u4  u8  --  --  --  --
u4   --  i8  i8  i8  i8  u4  u4  u4  u8  --  --  --  --
u8   --  --  --  --  --  u8  u8  u8  u8  --  --  --  --
f4   --  --  --  --  --  --  --  --  --  f4  f8  c8  c16
f8   --  --  --  --  --  --  --  --  --  f8  f8  c16 c16
c8   --  --  --  --  --  --  --  --  --  c8  c16 c8  c16
c16  --  --  --  --  --  --  --  --  --  c16 c16 c16 c16
"""

# How the dtype of a result follows from that of the argument x.
SAME = {name: name for name in SHORT_NAMES}
ALWAYS_BOOL = dict.fromkeys(SHORT_NAMES, BOOL)
ALWAYS_INDEX = dict.fromkeys(SHORT_NAMES, INDEX)
REAL_PART = SAME | {"c8": "f4", "c16": "f8"}
COMPLEX = SAME | {"f4": "c8", "f8": "c16"}
TOTAL = SAME | dict.fromkeys(("i1", "i2", "i4"), "i8") | dict.fromkeys(("u1", "u2", "u4"), "u8")

# Kinds of dtypes that functions of one array take, and the dtype of the result.
UNARY: dict[str, tuple[str, dict[str, str]]] = {
    "acos acosh asin asinh atan atanh cos cosh exp expm1 log log10 log1p log2 reciprocal sin sinh "
    "sqrt tan tanh": ("fc", SAME),
    "negative positive round sign square": ("iufc", SAME),
    "ceil floor trunc": ("iuf", SAME),
    "abs": ("iufc", REAL_PART),
    "conj": ("fc", SAME),
    "imag real": ("c", REAL_PART),
    "bitwise_invert": ("biu", SAME),
    "logical_not": ("b", SAME),
    "isfinite isinf isnan": ("iufc", ALWAYS_BOOL),
    "signbit": ("f", ALWAYS_BOOL),
}

# Kinds of dtypes that functions of two arrays take; whether the result has the promoted dtype or
# is bool.
BINARY: dict[str, tuple[str, bool]] = {
    "add multiply subtract": ("iufc", True),
    "divide": ("fc", True),
    "pow": ("iufc", True),
    "floor_divide maximum minimum remainder": ("iuf", True),
    "atan2 copysign hypot logaddexp nextafter": ("f", True),
    "bitwise_and bitwise_or bitwise_xor": ("biu", True),
    "bitwise_left_shift bitwise_right_shift": ("iu", True),
    "logical_and logical_or logical_xor": ("b", True),
    "equal not_equal": ("biufc", False),
    "greater greater_equal less less_equal": ("iuf", False),
}

# Calls of a matrix x and a vector v of one dtype, the kinds of it, and the dtype of the result.
OTHERS: dict[str, tuple[str, dict[str, str]]] = {
    "sum(x) prod(x) cumulative_sum(v) cumulative_prod(v) linalg.trace(x)": ("iufc", TOTAL),
    "sum(x,axis=0) prod(x,axis=1,keepdims=True)": ("iufc", TOTAL),
    "mean(x)": ("fc", SAME),
    "std(x) var(x)": ("f", SAME),
    "max(x) min(x) sort(x) clip(x,v[0],v[0])": ("iuf", SAME),
    "argmax(x) argmin(x) argsort(x) searchsorted(v,v)": ("iuf", ALWAYS_INDEX),
    "count_nonzero(x) nonzero(x)[0] unique_counts(x)[1] unique_inverse(x)[1] unique_all(x)[1]": (
        "biufc",
        ALWAYS_INDEX,
    ),
    "all(x) any(x) isin(x,v)": ("biufc", ALWAYS_BOOL),
    "unique_values(x) flip(x) roll(x,1) tile(x,(2,)) repeat(x,2) tril(x) triu(x) concat([x,x]) "
    "stack([x,x]) expand_dims(x,0) permute_dims(x,(1,0)) reshape(x,(-1,)) broadcast_to(v,(2,3)) "
    "where(x==x,x,x) take(v,asarray([0,1])) zeros_like(x) ones_like(x) full_like(x,1) "
    "empty_like(x) asarray(x) matrix_transpose(x) linalg.diagonal(x)": ("biufc", SAME),
    "diff(v) matmul(x,x) tensordot(x,x) vecdot(v,v) linalg.outer(v,v) linalg.cross(v,v)": (
        "iufc",
        SAME,
    ),
    "linalg.cholesky(x) linalg.inv(x) linalg.det(x) linalg.solve(x,x) linalg.pinv(x) "
    "linalg.qr(x)[0] linalg.svd(x)[0] linalg.eigh(x)[1] linalg.matrix_power(x,2) "
    "linalg.slogdet(x)[0]": ("fc", SAME),
    "linalg.svdvals(x) linalg.svd(x)[1] linalg.eigvalsh(x) linalg.matrix_norm(x) "
    "linalg.vector_norm(v) linalg.slogdet(x)[1]": ("fc", REAL_PART),
    "linalg.eig(x+0j)[0] linalg.eig(x+0j)[1] linalg.eigvals(x+0j)": ("fc", COMPLEX),
    "linalg.matrix_rank(x)": ("fc", ALWAYS_INDEX),
    "fft.fft(v) fft.ifft(v) fft.fftn(x) fft.ifftn(x)": ("fc", COMPLEX),
    "fft.rfft(v) fft.ihfft(v) fft.rfftn(x)": ("f", COMPLEX),
    "fft.irfft(v) fft.hfft(v) fft.irfftn(x)": ("c", REAL_PART),
    "fft.fftshift(x) fft.ifftshift(x)": ("fc", SAME),
}

# Special cases: what a function gives for one argument or for two.
Arguments = tuple[Any, ...]
REAL_CASES: dict[str, list[tuple[Arguments, float]]] = {
    "add": [((inf, -inf), nan), ((-0.0, -0.0), -0.0), ((-0.0, 0.0), 0.0), ((inf, 1.0), inf)],
    "multiply": [((inf, 0.0), nan), ((-0.0, 2.0), -0.0), ((-inf, -inf), inf)],
    "divide": [((0.0, 0.0), nan), ((1.0, -0.0), -inf), ((-1.0, inf), -0.0), ((inf, inf), nan)],
    "remainder": [((inf, 2.0), nan), ((1.0, 0.0), nan), ((-0.0, 2.0), 0.0), ((3.0, -inf), -inf)],
    "pow": [((nan, 0.0), 1.0), ((-0.0, -3.0), -inf), ((-1.0, inf), 1.0), ((0.5, -inf), inf)],
    "atan2": [((0.0, -0.0), pi), ((-0.0, -0.0), -pi), ((inf, -inf), 3 * pi / 4), ((1.0, inf), 0.0)],
    "hypot": [((inf, nan), inf), ((nan, 1.0), nan), ((-0.0, -0.0), 0.0)],
    "copysign": [((nan, 1.0), nan), ((3.0, -0.0), -3.0), ((-0.0, inf), 0.0)],
    "logaddexp": [((nan, 1.0), nan), ((inf, 1.0), inf)],
    "maximum": [((nan, 1.0), nan), ((inf, 1.0), inf)],
    "minimum": [((1.0, nan), nan), ((inf, 1.0), 1.0)],
    "nextafter": [((nan, 1.0), nan), ((2.0, 2.0), 2.0), ((-0.0, 0.0), 0.0)],
    "sign": [((-0.0,), 0.0), ((nan,), nan), ((-inf,), -1.0)],
    "sqrt": [((-1.0,), nan), ((-0.0,), -0.0), ((inf,), inf)],
    "exp": [((-inf,), 0.0), ((-0.0,), 1.0), ((nan,), nan)],
    "expm1": [((-inf,), -1.0), ((-0.0,), -0.0), ((inf,), inf)],
    "log": [((0.0,), -inf), ((-1.0,), nan), ((1.0,), 0.0)],
    "log1p": [((-1.0,), -inf), ((-0.0,), -0.0), ((-2.0,), nan)],
    "tanh": [((inf,), 1.0), ((-0.0,), -0.0), ((nan,), nan)],
    "acosh": [((1.0,), 0.0), ((0.5,), nan)],
    "atanh": [((1.0,), inf), ((-1.0,), -inf), ((-0.0,), -0.0), ((2.0,), nan)],
    "asinh": [((-0.0,), -0.0), ((-inf,), -inf)],
    "round": [((-0.5,), -0.0), ((2.5,), 2.0), ((-inf,), -inf)],
    "ceil": [((-0.5,), -0.0), ((inf,), inf)],
    "trunc": [((-0.5,), -0.0), ((nan,), nan)],
    "floor": [((-0.0,), -0.0), ((-0.5,), -1.0)],
    "signbit": [((-0.0,), 1.0), ((0.0,), 0.0), ((-inf,), 1.0)],
    "abs": [((-0.0,), 0.0), ((-inf,), inf)],
}

# Special cases in which NumPy gives something else.
FLOOR_DIVIDE_CASES: list[tuple[Arguments, float]] = [
    ((inf, 2.0), inf),
    ((inf, -2.0), -inf),
    ((-inf, 2.0), -inf),
    ((-inf, -2.0), inf),
    ((1.0, -inf), -0.0),
    ((-1.0, inf), -0.0),
]
# The same in both.
SHARED_FLOOR_DIVIDE_CASES: list[tuple[Arguments, float]] = [
    ((inf, -inf), nan),
    ((0.0, -0.0), nan),
    ((nan, inf), nan),
    ((0.0, inf), 0.0),
    ((-0.0, inf), -0.0),
    ((0.0, -2.0), -0.0),
    ((1.0, 0.0), inf),
    ((-1.0, 0.0), -inf),
    ((inf, 0.0), inf),
    ((1.0, inf), 0.0),
    ((-1.0, -inf), 0.0),
    ((7.0, -2.0), -4.0),
]
EXPM1_CASES: list[tuple[complex, complex]] = [
    (complex(-0.0, 0.0), complex(0, 0)),
    (complex(-0.0, -0.0), complex(0, -0.0)),
    (complex(inf, 0.0), complex(inf, 0)),
    (complex(inf, -0.0), complex(inf, -0.0)),
    (complex(inf, inf), complex(inf, nan)),
    (complex(inf, nan), complex(inf, nan)),
    (complex(-inf, inf), complex(-1, 0)),
    (complex(-inf, nan), complex(-1, 0)),
    (complex(nan, 0.0), complex(nan, 0)),
    (complex(nan, -0.0), complex(nan, -0.0)),
]
SHARED_EXPM1_CASES: list[tuple[complex, complex]] = [
    (complex(0.0, 0.0), complex(0, 0)),
    (complex(1.0, inf), complex(nan, nan)),
    (complex(1.0, nan), complex(nan, nan)),
    (complex(-inf, 1.0), complex(-1, 0)),
    (complex(-inf, -1.0), complex(-1, -0.0)),
    (complex(inf, 1.0), complex(inf, inf)),
    (complex(inf, 2.0), complex(-inf, inf)),
    (complex(nan, 1.0), complex(nan, nan)),
    (complex(nan, nan), complex(nan, nan)),
]
TANH_CASES: list[tuple[complex, complex]] = [
    (complex(inf, 2.0), complex(1, 0)),
    (complex(inf, -2.0), complex(1, -0.0)),
    (complex(-inf, 2.0), complex(-1, 0)),
]
SHARED_TANH_CASES: list[tuple[complex, complex]] = [
    (complex(0.0, 0.0), complex(0, 0)),
    (complex(inf, 1.0), complex(1, 0)),
    (complex(1.0, inf), complex(nan, nan)),
    (complex(0.0, inf), complex(0, nan)),
    (complex(0.0, nan), complex(0, nan)),
    (complex(nan, 0.0), complex(nan, 0)),
    (complex(nan, 1.0), complex(nan, nan)),
]


def promotions() -> dict[tuple[str, str], str]:
    """(first, second) -> result, by short names, of the pairs for which the standard has one."""
    heading, *rows = PROMOTIONS.strip().splitlines()
    return {
        (first, second): result
        for first, *results in map(str.split, rows)
        for second, result in zip(heading.split(), results, strict=True)
        if result != "--"
    }


def of_kinds(kinds: str) -> list[str]:
    return [name for name in SHORT_NAMES if name[0] in kinds]


def by_name(table: dict[str, Any]) -> dict[str, Any]:
    """A table with one name, or call, in each row."""
    return {name: entry for names, entry in table.items() for name in names.split()}


def limits_of(dtype: numpy.dtype) -> list[Any]:
    """The values of a dtype at which functions are special."""
    if dtype.kind == "b":
        return [False, True]
    if dtype.kind in "iu":
        limits = numpy.iinfo(dtype)
        values = (limits.min, limits.min + 1, -1, 0, 1, 2, limits.max - 1, limits.max)
        return [v for v in values if v >= limits.min]
    limits = numpy.finfo(dtype)
    ends = (limits.max, limits.smallest_normal, limits.smallest_subnormal, limits.eps, 1.0, 2.5)
    real = [float(sign * v) for v in (*ends, 0.0, inf) for sign in (1, -1)] + [nan]
    if dtype.kind == "f":
        return real
    few = [0.0, -0.0, 1.0, -2.5, inf, -inf, nan]
    return [complex(a, b) for a in few for b in few]
