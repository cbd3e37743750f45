"""Errors and warnings: what NumPy raises, its words, errstate, filters, callbacks, partial results."""

import contextlib
import warnings

import numpy as np
from numpy.exceptions import AxisError
from numpy.linalg import LinAlgError, norm

a = np.arange(6.0).reshape(2, 3)
FAULTS = {
    "shapes": lambda: a + np.ones(4),
    "matmul": lambda: a @ a,
    "reshape": lambda: a.reshape(4, 2),
    "reshape -1": lambda: a.reshape(-1, -1),
    "axis": lambda: a.sum(axis=2),
    "axis twice": lambda: a.sum(axis=(0, 0)),
    "index": lambda: a[2],
    "index 2": lambda: a[0, -4],
    "too many": lambda: a[0, 0, 0],
    "float index": lambda: a[1.0],
    "text index": lambda: a["x"],
    "mask": lambda: a[np.array([True])],
    "fancy": lambda: a[[0, 5]],
    "concatenate": lambda: np.concatenate([a, a[0]]),
    "concatenate 2": lambda: np.concatenate([a, a[:, :2]]),
    "nothing": lambda: np.concatenate([]),
    "stack": lambda: np.stack([a, a[0]]),
    "ragged": lambda: np.array([[1, 2], [3]]),
    "dtype": lambda: np.zeros(3, dtype="nope"),
    "cast": lambda: np.add(a, 1, out=np.zeros((2, 3), dtype=int)),
    "in place": lambda: np.arange(3).__iadd__(0.5),
    "item": lambda: a.item(),
    "bool": lambda: bool(a),
    "float": lambda: float(a),
    "int": lambda: int(np.array([1, 2])),
    "singular": lambda: np.linalg.inv(np.zeros((2, 2))),
    "square": lambda: np.linalg.det(a),
    "cholesky": lambda: np.linalg.cholesky(-np.eye(2)),
    "empty max": lambda: np.array([]).max(),
    "empty argmin": lambda: np.argmin([]),
    "setting": lambda: a.__setitem__(slice(None), np.ones(5)),
    "broadcast": lambda: np.broadcast_to(a, (3, 3)),
    "resize": lambda: np.arange(4)[:2].resize(9),
    "split": lambda: np.split(np.arange(5), 2),
    "choice": lambda: np.random.default_rng(0).choice(3, 5, replace=False),
    "power": lambda: np.arange(3) ** -1,
    "unsafe": lambda: np.array([1.5]).astype(int, casting="safe"),
    "keyword": lambda: np.sum(a, axes=1),
    "bitwise": lambda: a & 1,
    "order": lambda: np.array(a, order="X"),
    "unravel": lambda: np.unravel_index(9, (2, 2)),
    "len": lambda: len(np.array(5)),
    "iterate": lambda: list(np.array(5)),
    "string": lambda: np.array(["a"]) + 1,
    "interp": lambda: np.interp([1], [1, 2], [1]),
    "linspace": lambda: np.linspace(0, 1, -1),
    "arange": lambda: np.arange(0, 1, 0),
    "repeat": lambda: np.repeat([1, 2], [1, 2, 3]),
}
outcomes = {}
for name, fault in FAULTS.items():
    try:
        outcomes[name] = repr(fault())
    except Exception as error:
        outcomes[name] = f"{type(error).__name__}: {error}"
    print(f"{name:>14} | {outcomes[name]}")
for error_type, parents in ((AxisError, AxisError.__mro__), (LinAlgError, LinAlgError.__mro__)):
    print(error_type.__name__, [c.__name__ for c in parents])
try:
    a.sum(axis=5)
except AxisError as error:
    print(error.axis, error.ndim, isinstance(error, (ValueError, IndexError)))

zeros = np.array([1.0, 0.0, -1.0, np.inf])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    quotient = zeros / np.array([0.0, 0.0, 2.0, np.inf])
    roots = np.sqrt(zeros)
    logs = np.log(zeros)
    powers = np.array([1e200, 2.0]) ** 2
    total = np.nanmean([np.nan, np.nan])
    mean = np.mean([])
    variance = np.var([1.0], ddof=1)
    cast = np.array([np.nan, 1.0]).astype(int)
    integers = np.array([1, 2]) // np.array([0, 1])
    scalar = np.float64(1) / 0
    wrapped = np.int16(30000) + np.int16(30000)
    print(quotient, roots, logs, powers, total, mean, variance, integers, scalar, wrapped)
for message in sorted({f"{w.category.__name__}: {w.message}" for w in caught}):
    print(" ", message)

with np.errstate(divide="raise", invalid="ignore"):
    print(np.sqrt(-zeros), np.geterr()["divide"])
    try:
        zeros / 0
    except FloatingPointError as error:
        print("FloatingPointError:", error)
    try:
        np.log(0.0)
    except FloatingPointError as error:
        print("FloatingPointError:", error)
print(np.geterr())
seen = []
with np.errstate(all="call", call=lambda kind, flag: seen.append((kind, flag))):
    _ = np.ones(2) / 0, np.exp(1000.0), np.sqrt(-1.0)
    seen_inside = list(seen)
print(seen_inside)


class Log:
    def write(self, text):
        seen.append(text.strip())


with np.errstate(over="log", call=Log()):
    _ = np.float32(1e38) * np.float32(1e10)
print(seen[-1])
old = np.seterr(divide="ignore", invalid="print")
print(old["divide"], (np.ones(1) / 0)[0], np.geterr()["invalid"])
np.seterr(**old)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    for attempt in (
        lambda: np.log(np.zeros(2)),
        lambda: np.array([1.0]) / 0,
        lambda: np.float32(3e38) * 10,
    ):
        try:
            print(attempt())
        except RuntimeWarning as error:
            print("RuntimeWarning:", error)
with contextlib.suppress(ZeroDivisionError), np.errstate(divide="ignore"):
    print(np.floor_divide(1, 0), np.divmod(7, 0), 1 / np.float64(0))


@np.errstate(invalid="ignore")
def safe_norm(v):
    return v / norm(v)


print(
    safe_norm(np.zeros(2)),
    safe_norm(np.array([3.0, 4.0])),
    norm(a, axis=1),
    norm(a, "fro"),
    norm(a, np.inf),
)
state = np.arange(3)
try:
    state[:] = [1, 2, "x"]
except ValueError as error:
    print("ValueError:", error, state)
try:
    for k in range(5):
        state[k] = -k
except IndexError as error:
    print("IndexError:", error, state)
try:
    np.testing.assert_allclose([1.0, 2.0], [1.0, 2.1])
except AssertionError as error:
    print("AssertionError:", str(error).strip().splitlines()[0])
