"""NumPy scalars among Python's: types, formats, dict keys, json, rounding, divmod, hashing."""

import json
import math
import operator
import statistics
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field

import numpy as np

x = np.float64(2.0) / 3
n = np.int32(7)
half = np.float16(0.1)
for value in (
    x,
    n,
    half,
    np.bool_(True),
    np.complex64(1 + 2j),
    np.uint8(200),
    np.str_("s"),
    np.bytes_(b"b"),
):
    print(
        f"{type(value).__name__:>10} {value!r:>26} {value!s:>22} {value.dtype!s:>10} {value.nbytes}"
    )
print(
    f"{x:.3f} {x:10.2e} {x:+g} {x!r} {n:05d} {n:x} {half:.4f} {np.float32(0.1)} {np.float32(0.1):.10f} {x:%}"
)
print("%.2f %d %s %r" % (x, n, half, np.int8(3)), "{:>8.3f}|{:<6}|{:^5}".format(x, n, str(n)))
print(
    isinstance(x, float),
    isinstance(n, int),
    isinstance(x, np.floating),
    isinstance(n, np.integer),
    isinstance(n, np.signedinteger),
)
print(
    isinstance(np.True_, bool),
    np.True_ is np.bool_(True),
    isinstance(x, np.generic),
    np.issubdtype(n.dtype, np.integer),
    np.isscalar(x),
)

data = np.array([3.5, -1.25, 8.0, 8.0, 2.5])
total, mean, largest = data.sum(), data.mean(), data.max()
print(
    type(total).__name__,
    type(mean).__name__,
    type(largest).__name__,
    type(data[0]).__name__,
    type(data.argmax()).__name__,
)
print(
    f"{total:.2f} {mean:8.4f} {largest:g} {data.std():.12f} {data.var(ddof=1):.6e} {np.median(data):.1f}"
)
print(
    round(mean, 2),
    round(float(mean), 1),
    round(mean),
    int(mean),
    float(mean),
    math.floor(mean),
    math.ceil(mean),
    math.trunc(mean),
)
print(
    type(round(mean, 2)).__name__,
    type(round(mean)).__name__,
    round(n, -1),
    type(round(n, -1)).__name__,
    abs(data.min()),
    -total,
    +n,
)
print(
    divmod(total, 3),
    divmod(n, 2),
    divmod(-7, n),
    total // 2,
    total % 3,
    n // 2,
    n / 2,
    n**2,
    2**n,
    pow(n, 2),
    pow(int(n), 2, 5),
)
print(
    n + 1,
    type(n + 1).__name__,
    type(n + 1.0).__name__,
    type(n + np.int64(1)).__name__,
    type(np.float32(1) + 1).__name__,
    type(half * 2.5).__name__,
)
print(
    type(3 * n).__name__,
    type(True + n).__name__,
    type(n / n).__name__,
    type(n & 3).__name__,
    n & 3,
    n | 8,
    n ^ 1,
    ~n,
    n << 2,
    n >> 1,
)
print(
    n == 7,
    n == 7.0,
    n in [7],
    n in {7: "seven"},
    hash(n) == hash(7),
    hash(x) == hash(float(x)),
    {7: 1}[n],
    [10, 20, 30][np.int64(1)],
)
print(
    max(data),
    min(data),
    sum(data),
    sorted(data),
    max(3, n),
    min(x, 1),
    sum(data > 2),
    any(data > 7),
    all(data),
    len(data),
)
print(
    [
        type(v).__name__
        for v in (
            max(data),
            sum(data),
            sum(data > 2),
            sorted(data)[0],
            max(3, n),
            max(data.tolist()),
        )
    ]
)

counts = Counter(np.array([1, 2, 2, 3, 3, 3]))
print(
    counts,
    counts[3],
    counts[np.int8(2)],
    counts.most_common(1),
    Counter(np.array(list("banana"))).most_common(2),
)
groups = defaultdict(list)
for key, value in zip(np.array([1, 0, 1, 2]), data, strict=False):
    groups[key].append(value)
print(
    dict(groups), {k: float(np.mean(v)) for k, v in groups.items()}, sorted(groups), groups.keys()
)
print(
    {np.float64(1.0), 1, 1.0, np.int8(1), True},
    set(data.tolist()),
    len(set(data)),
    set(np.array([2, 1, 2])),
)
print(
    json.dumps(
        {
            "mean": float(mean),
            "list": data.tolist(),
            "item": n.item(),
            "float64": x,
            "key": {str(n): [*map(int, [n])]},
        }
    )
)
for bad in (n, data, np.float32(1), np.True_):
    try:
        print(json.dumps(bad))
    except TypeError as error:
        print("TypeError:", error)
print(json.dumps(data, default=lambda o: o.tolist()), np.array(json.loads("[[1, 2], [3, 4.5]]")))


@dataclass
class Sample:
    name: str
    values: np.ndarray = field(default_factory=lambda: np.zeros(2))
    weight: np.float64 = np.float64(1.0)

    @property
    def score(self):
        return self.values.mean() * self.weight


samples = [Sample("a", np.arange(4)), Sample("b"), Sample("c", np.array([9.5]), np.float64(0.5))]
print(
    samples[0],
    asdict(samples[1]),
    sorted(samples, key=lambda s: -s.score)[0].name,
    [s.score for s in samples],
)
best = max(samples, key=operator.attrgetter("score"))
print(
    best,
    statistics.mean(data),
    statistics.pstdev(data.tolist()),
    math.fsum(data),
    math.hypot(*data[:2]),
    math.isclose(x, 2 / 3),
)
print(
    np.int64(5) == 5.0,
    np.float32(0.1) == 0.1,
    np.float32(0.1) == np.float32(0.1),
    np.nan == np.nan,
    np.float64("nan") in [np.nan],
    np.inf > 10**400,
)
print(
    x.is_integer(),
    np.float64(4).is_integer(),
    x.as_integer_ratio(),
    x.hex(),
    n.bit_count(),
    np.float64.fromhex("0x1.8p1"),
    x.conjugate(),
    n.real,
    n.imag,
)
print(
    int(np.float64(1e15)),
    int("12") + np.int8(1),
    float("nan"),
    complex(np.complex64(1j)),
    bool(np.float64(0)),
    str(np.float64(1e22)),
    repr(np.float32(1e-7)),
)
print(
    range(n),
    list(range(np.int64(2), n, np.uint8(2))),
    "ab" * np.int8(2),
    [0] * np.int64(3),
    (1, 2, 3)[: np.int32(2)],
    slice(n),
    bytes(np.uint8(2)),
)
print(
    operator.index(n),
    bin(n),
    hex(np.uint8(255)),
    chr(np.int64(97)),
    np.int64(3).__index__(),
    math.factorial(np.int64(5)),
    math.gcd(np.int64(12), 18),
)
for attempt in (
    lambda: "a" + np.str_("b"),
    lambda: n + "1",
    lambda: [1, 2][np.float64(1)],
    lambda: int(np.nan),
    lambda: len(n),
    lambda: n[0],
    lambda: np.int8(300),
    lambda: np.float64("x"),
):
    try:
        print(repr(attempt()))
    except Exception as error:
        print(type(error).__name__, error)
with np.errstate(over="warn"):
    print(
        np.int8(100) + np.int8(50),
        np.uint8(1) - np.uint8(2),
        np.float32(3e38) * 10,
        np.int64(2**62) * 4,
    )
print(
    np.array(5),
    np.array(5)[()],
    type(np.array(5)[()]).__name__,
    np.array(5) + 1,
    type(np.array(5) + 1).__name__,
    np.array([5])[0],
    np.array([[5]]).item(),
)
print(
    np.finfo(np.float32).eps,
    np.iinfo("int16"),
    np.finfo(float).max,
    np.iinfo(np.uint8).max + 1,
    np.result_type(n, 1.5),
    np.promote_types("i4", "f4"),
)
print(
    np.float64(1) if True else 0,
    bool(np.array([0])),
    not np.array(0),
    np.array([1.5]).astype(int).item(),
    np.shape(3),
    np.ndim([1]),
    np.size([[1, 2]]),
)
match x:
    case float():
        print("matched float")
    case _:
        print("matched nothing")
