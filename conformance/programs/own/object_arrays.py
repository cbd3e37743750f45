"""Arrays of Python objects: Fractions, Decimals, lists, callables; frompyfunc, vectorize, sorting."""

import functools
import math
import operator
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

import numpy as np


def gauss_jordan(matrix):
    a = matrix.copy()
    n = len(a)
    for k in range(n):
        pivot = next(i for i in range(k, n) if a[i, k] != 0)
        a[[k, pivot]] = a[[pivot, k]]
        a[k] = a[k] / a[k, k]
        for i in range(n):
            if i != k:
                a[i] = a[i] - a[i, k] * a[k]
    return a


hilbert = np.array([[Fraction(1, i + j + 1) for j in range(4)] for i in range(4)])
print(hilbert.dtype, hilbert.shape)
inverse = gauss_jordan(
    np.hstack([hilbert, np.array([[Fraction(int(i == j)) for j in range(4)] for i in range(4)])])
)[:, 4:]
print(inverse)
print((hilbert @ inverse == np.eye(4)).all(), hilbert.sum(), hilbert.trace(), hilbert.max(axis=1))
print(
    hilbert.astype(float).round(4), np.dot(hilbert[0], inverse[:, 0]), type(hilbert[0, 0]).__name__
)
print(
    np.power(hilbert[0], 2),
    hilbert[0] // Fraction(1, 5),
    np.sort(hilbert[0]),
    hilbert.cumsum(axis=1)[0, -1],
)
prices = np.array([Decimal("1.10"), Decimal("2.25"), Decimal("0.05")], dtype=object)
print(
    prices.sum(), prices * 3, prices.mean(), prices.min(), np.add.accumulate(prices), repr(prices)
)
print(
    [str(p.quantize(Decimal("0.1"))) for p in prices],
    max(prices),
    sorted(prices.tolist()),
    prices > 1,
)

big = np.array([2**70, 3**50, 1], dtype=object)
print(big + 1, big % 1000, big.prod(), np.gcd(big, 6), [int(b).bit_length() for b in big])
factorials = np.cumprod(np.arange(1, 26).astype(object))
print(factorials[-1] == math.factorial(25), factorials[-1], np.cumprod(np.arange(1, 26))[-1])
ragged = np.array([[1, 2], [3], []], dtype=object)
print(ragged, [len(r) for r in ragged], ragged + ragged, ragged * 2, sum(ragged, []))
try:
    np.array([[1, 2], [3]])
except ValueError as error:
    print("ValueError:", error)
empty = np.empty((2, 2), dtype=object)
print(empty, empty == None, empty.fill([0]), empty[0, 0] is empty[1, 1])  # noqa: E711
for index in np.ndindex(2, 2):
    empty[index] = {"at": index}
print(
    empty[1, 0]["at"],
    empty.ravel()[3],
    np.array([None, 1, "x", 2.5]),
    np.array([print, len])[1]([1, 2]),
)

gcd = np.frompyfunc(math.gcd, 2, 1)
table = gcd(*np.ogrid[1:7, 1:7])
print(
    table,
    table.dtype,
    gcd.outer([12, 18], [8, 27]),
    gcd.reduce([24, 36, 60]),
    gcd.accumulate([48, 36, 8]),
)
split = np.frompyfunc(lambda x: divmod(x, 7), 1, 2)
print(split(np.arange(5, 10)), split.nin, split.nout, np.frompyfunc(str.upper, 1, 1)(["a", "b"]))


@np.vectorize
def collatz(n):
    """Steps to one."""
    steps = 0
    while n != 1:
        n = 3 * n + 1 if n % 2 else n // 2
        steps += 1
    return steps


print(collatz(np.arange(1, 20)), collatz(27), collatz.__doc__, collatz.__name__)
clip = np.vectorize(
    lambda x, low=0, high=10: min(max(x, low), high), otypes=[float], excluded=["low"]
)
print(clip([-5, 5, 50]), clip([1, 2, 3], low=2), clip(np.array([[1.5, 99]])).dtype)
distance = np.vectorize(lambda a, b: np.sqrt(((a - b) ** 2).sum()), signature="(n),(n)->()")
print(distance(np.eye(3), [1, 0, 0]), np.vectorize(str, otypes=["U4"])([1, 2.5, None]))
try:
    np.vectorize(float)([])
except ValueError as error:
    print("ValueError:", error)
print(
    np.apply_along_axis(lambda row: row[np.argsort(-row)][:2], 1, np.array([[3, 1, 2], [7, 9, 8]]))
)
print(
    np.apply_along_axis(np.cumsum, 0, np.ones((3, 2))),
    np.apply_over_axes(np.sum, np.ones((2, 3, 4)), [0, 2]),
)
print(
    np.piecewise(np.linspace(-1, 1, 5), [np.linspace(-1, 1, 5) < 0], [lambda x: -x, lambda x: x**2])
)
print(
    np.fromfunction(lambda i, j: i * 10 + j, (2, 3), dtype=int),
    np.fromiter((k * k for k in range(5)), float),
)
print(
    functools.reduce(np.add, [np.arange(3), 10, np.ones(3)]),
    functools.reduce(operator.matmul, [np.eye(2) * k for k in (2, 3)]),
)
print(
    list(accumulate(np.arange(5), np.maximum)),
    list(map(np.sqrt, [4, 9])),
    sum(np.arange(4)),
    max(np.array([2.5, 7])),
)
print(
    list(zip(np.arange(2), "ab", strict=True)),
    [*np.arange(3)],
    dict(enumerate(np.array([0.5, 1.5]))),
    any(np.zeros(2)),
    all([np.True_]),
)
print(
    list(filter(lambda x: x > 1, np.arange(4))),
    sorted(np.array([3, 1, 2]), reverse=True),
    list(reversed(np.arange(3))),
)
people = np.array([("b", 2), ("a", 2), ("c", 1)], dtype=object)
print(
    people[people[:, 1].argsort(kind="stable")],
    sorted(people.tolist(), key=lambda p: (p[1], p[0])),
    np.lexsort((people[:, 0].astype(str), people[:, 1].astype(int))),
)


class Version:
    def __init__(self, text):
        self.parts = tuple(map(int, text.split(".")))

    def __lt__(self, other):
        return self.parts < other.parts

    def __repr__(self):
        return "v" + ".".join(map(str, self.parts))


versions = np.array([Version(v) for v in ("1.10", "1.2", "0.9.1")])
print(
    np.sort(versions),
    min(versions),
    max(versions),
    versions[np.argsort(versions)][-1],
    repr(versions),
)
mixed = np.array([1, "a", None], dtype=object)
try:
    np.sort(mixed)
except TypeError as error:
    print("TypeError:", error)
try:
    np.sqrt(np.array([4, "x"], dtype=object))
except TypeError as error:
    print("TypeError:", error)
print(
    np.array([1, 2.5, 3 + 4j], dtype=object) * 2,
    np.abs(np.array([-1, 3 + 4j], dtype=object)),
    mixed == 1,
    np.equal(mixed, None),
)
print(
    np.where(mixed == None, "none", mixed),
    np.array([[], []], dtype=object).shape,
    np.array(Fraction(1, 3)).item(),
)  # noqa: E711
print(
    np.isin(mixed, [None, 1]),
    np.unique(np.array([3, 1, 3], dtype=object)),
    np.nonzero(mixed),
    mixed.astype(bool),
    mixed.tolist(),
)
