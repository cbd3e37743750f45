"""Wrong calls: NumPy's exception class and text, at the call; and nothing ever crashes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import numpy
import pytest

import lazynp

pytestmark = pytest.mark.filterwarnings("ignore")

# Each statement raises in NumPy. `a` (3, 4) float64, `b` (4,) float64, `i` (3, 4) int64, `m` (3, 4)
# bool, `c` (4,) complex128, `u` (4,) uint8, `e` empty, `z` 0-d, `r` read-only.
BAD_CALLS = r"""
a + np.ones(5)
a + np.ones((4, 3))
np.ones((2, 3)) * np.ones((3, 2))
np.add(a, np.ones((2, 4)))
np.add(a)
np.add(a, b, a, a, a)
np.add(a, b, out=np.empty(5))
np.add(a, b, out=np.empty((3, 4), 'i8'))
np.add(a, b, out=(a, a))
np.add(a, b, out='x')
np.add(a, b, dtype='i8')
np.add(a, b, casting='nonsense')
np.add(a, b, order='Q')
np.add(a, b, where=np.ones(3, bool))
np.add(a, b, nonsense=1)
np.add(a, b, out=r)
np.add(a, 'x')
np.exp('x')
np.exp(a, a, a)
np.exp()
np.sqrt(a, dtype='i8')
np.sqrt(a, out=i)
np.sin(None)
np.subtract(m, m)
-m
m - m
np.negative(m)
~a
a & a
a | 1
a ^ b
a << 1
i >> 1.5
np.bitwise_and(a, i)
np.invert(a)
np.left_shift(a, 1)
c < 'x'
a @ np.ones(3)
a @ a
a @ 2
2 @ a
b @ np.ones(5)
np.matmul(a, 3)
np.matmul(np.ones((2, 2, 3)), np.ones((3, 3, 2)))
z @ z
np.dot(a, a)
a.dot(np.ones(7))
u + 300
u + (-1)
np.add(u, 256)
np.array([1, 2], 'i1') * 1000
a += np.ones((2, 3, 4))
b += a
i += 0.5
i /= 2
u += -1
m -= m
i += 1j
a += 1j
b **= 'x'
r += 1
a @= a
a[3]
a[-4]
a[0, 4]
a[0, 0, 0]
a[5:6, 7]
a['x']
a[1.5]
a[a]
a[None, 3]
a[..., ...]
a[[0, 5]]
a[[0, 1], [0, 1, 2]]
a[np.array([True, False])]
a[np.ones((4, 3), bool)]
a[np.array([1.0, 2.0])]
a[[[0, 1], [2]]]
a[object()]
a[{}]
a[0:2:0]
a['f':]
z[0]
e[0]
a[3] = 1
a[0, 9] = 1
a[:, 0] = [1, 2]
a[...] = np.ones((2, 2))
a[0] = np.ones(3)
a[0, 0] = [1, 2]
a[0, 0] = 'x'
a[...] = 'x'
i[0] = 'x'
u[0] = 256
u[0] = -1
i[0, 0] = 1j
a[0, 0] = 1j
a[m] = np.ones(50)
a[[0, 7]] = 1
a[np.ones((2, 2), bool)] = 1
r[0] = 1
r[...] = 1
z[0] = 1
i[0, 0] = 2**70
i[0, 0] = float('inf')
u[:] = [1, 2, 3]
del a[0]
a.reshape(5)
a.reshape(-1, -1)
a.reshape(-1, 5)
a.reshape((2, 7))
a.reshape('x')
a.reshape(2.5)
a.reshape()
a.reshape(3, 4, order='Q')
np.reshape(a, (5, 5))
np.reshape(a, (-2, -2))
a.transpose(0)
a.transpose(0, 0)
a.transpose(0, 1, 2)
a.transpose(0, 5)
np.transpose(a, (1, 1))
a.swapaxes(0, 2)
np.moveaxis(a, 0, 2)
np.swapaxes(a, 3, 0)
np.broadcast_to(a, (3,))
np.broadcast_to(a, (2, 5))
np.broadcast_to(a, (3, -4))
a.squeeze(0)
np.squeeze(a, axis=5)
np.expand_dims(a, 4)
a.diagonal(0, 0, 0)
b.diagonal()
np.diagonal(b)
a.view('i4x')
np.ones((3, 3), 'f4').view('f8')
a.T.view('i4')
a.sum(axis=2)
a.sum(axis=-3)
a.sum(axis=(0, 0))
a.sum(axis='x')
a.sum(axis=1.5)
a.sum(nonsense=1)
a.sum(out=np.empty(7))
a.sum(axis=0, out=np.empty(7))
np.sum(a, axis=(0, 3))
np.sum(a, dtype='nonsense')
a.max(axis=2)
e.max()
e.min()
np.max(e)
np.max(np.ones((0, 3)), axis=0)
e.argmax()
e.argmin()
a.argmax(axis=3)
np.argmax(np.ones((2, 0)), axis=1)
a.mean(axis=4)
a.var(axis=(1, 1))
a.var(ddof='x')
a.cumsum(axis=2)
np.cumsum(a, axis=-3)
a.any(axis=7)
a.all(axis=(0, 9))
a.sort(axis=2)
a.sort(kind='nonsense')
r.sort()
np.sort(a, axis=3)
np.sort(a, axis='x')
np.sort(a, order='f')
np.sort(z)
a.argsort(axis=5)
np.take(a, 12)
np.take(a, [0, 5], axis=0)
np.take(a, 0, axis=2)
np.take(a, [0], mode='nonsense')
np.take(e, [0])
a.take([99])
np.concatenate([])
np.concatenate([a, b])
np.concatenate([a, np.ones((2, 5))])
np.concatenate([a, a], axis=2)
np.concatenate(5)
np.concatenate([z, z])
np.concatenate([a, a], out=np.empty(3))
np.concatenate([a, a], dtype='i8')
np.concatenate([a, a], axis=None, out=np.empty(3))
np.stack([a, b])
np.stack([])
np.stack([a, a], axis=4)
np.vstack([])
np.hstack([])
np.where(a, b)
np.where(m, np.ones(7), a)
np.where()
np.where(m, a, b, b)
np.zeros(-1)
np.zeros((2, -3))
np.zeros('x')
np.zeros(2.5)
np.zeros(2, 'nonsense')
np.zeros((2, 2), order='Q')
np.zeros()
np.zeros((10**10, 10**10))
np.ones(2**62)
np.empty((2**40, 2**40))
np.full((2, 2), [1, 2, 3])
np.full((2,), 'x', 'f8')
np.arange()
np.arange('x')
np.arange(0, 10, 0)
np.arange(0, float('nan'))
np.arange(0, 1e300)
np.arange(1, 2, 3, 4, 5)
np.arange(3, dtype='?', step=1, stop=9)
np.linspace()
np.linspace(0, 1, -1)
np.linspace(0, 1, 2.5)
np.linspace(0, 1, 'x')
np.linspace(0)
np.eye(-2)
np.eye('x')
np.array()
np.array([[1, 2], [3]])
np.array([1, 2], dtype='nonsense')
np.array('x', dtype='f8')
np.array([1, 2, 3], ndmin=100)
np.array(2**70, dtype='i8')
np.array([300], 'u1')
np.array(a, copy='x')
np.asarray(a, dtype='nonsense')
np.asarray([1, [2]])
a.astype('nonsense')
a.astype('i8', casting='safe')
a.astype('f4', casting='no')
a.astype(casting='x')
c.astype('f8', casting='same_kind')
np.astype(a)
bool(a)
if a: pass
bool(e)
a and b
not a
float(a)
int(a)
complex(a)
float(e)
int(b)
hash(a)
len(z)
iter(z)
list(z)
a.item()
a.item(20)
a.item(0, 9)
e.item()
[1, 2][b]
range(b)
a.__index__()
z.__index__()
a.shape = (5, 5)
a.shape = -1, -1
a.dtype = 'nonsense'
a.strides = (1,)
a.T.shape = (12,)
r.shape = 7
a.setflags(nonsense=1)
a.flags.nonsense
a.flat[100]
a.flat[100] = 1
a.flat['x']
a.resize((2, 'x'))
a[1:].resize((2, 2))
a.fill('x')
a.fill([1, 2, 3])
a.fill()
r.fill(1)
a.copy(order='Q')
a.ravel(order='Q')
a.flatten('Q')
a.round('x')
a.clip(np.ones(7), 1)
a.nonsense
a.T = 3
a.ndim = 3
a.size = 3
np.nonsense
np.linalg.nonsense
np.add.nonsense
np.add.reduce(a, axis=3)
np.add.reduce(a, axis=(0, 0))
np.add.reduce(a, nonsense=1)
np.subtract.reduce(a, axis=(0, 1))
np.maximum.reduce(e)
np.add.accumulate(z)
np.add.accumulate(a, axis=2)
np.convolve(b, b, mode=None)
np.correlate(b, b, mode=None)
np.add(b, b, ...)
np.vecdot(b, b, axis=0, axes=[0, 0])
np.add.reduceat(b, [9])
np.add.at(b, [9], 1)
np.add.at(b, [0, 1], [1, 2, 3])
np.add.at(b, 0)
np.exp.reduce(a)
np.exp.outer(a, a)
np.add.outer(a)
np.exp.at(b, [7])
np.maximum(a, 'x')
np.copyto(a, np.ones(7))
np.copyto(i, a)
np.copyto(r, 1)
np.put(a, [99], 1)
np.putmask(r, True, 1)
np.place(a, m, [])
np.fill_diagonal(b, 1)
np.split(a, 5)
np.array_split(a, 0)
np.repeat(a, [1, 2], axis=0)
np.tile(a, -1)
np.pad(a, -1)
np.roll(a, 1, axis=4)
np.einsum('ij,jk', a, a)
np.einsum('zz', a)
np.linalg.inv(a)
np.linalg.solve(np.ones((2, 2)), np.ones((3,)))
np.linalg.inv(np.zeros((2, 2)))
np.linalg.cholesky(-np.eye(3))
np.searchsorted(b, 1, side='nonsense')
np.nonzero()
np.ix_(a)
np.unravel_index(99, (3, 4))
np.ravel_multi_index((5, 5), (3, 4))
np.meshgrid(a, indexing='q')
np.cross(a, b)
np.outer()
np.frombuffer(b'abc', 'f8')
np.from_dlpack(3)
np.fromiter([1, 'x'], 'f8')
np.loadtxt(['1 2', '3'])
np.percentile(a, 200)
np.histogram(a, bins=-1)
np.bincount([-1])
np.diff(a, n=-1)
np.gradient(np.ones(1))
np.interp(1, [1, 2], [1])
np.polyfit([1], [1, 2], 1)
np.random.default_rng('x')
np.random.default_rng(0).choice(0)
np.random.default_rng(0).normal(size=-1)
np.save('/nonexistent/x.npy', a)
np.load('/nonexistent/x.npy')
pickle.loads(b'x')
memoryview(a.T).cast('B')
np.add(a, b, None, out=a)
np.add(a, b, out=(...,))
np.maximum.reduce(np.zeros((0, 0)), axis=1)
np.zeros((10, 0, 0)).max(axis=(0, 2))
np.min(np.zeros((0, 3, 0)), axis=0)
a.sum(axis=True)
a.max(2**70)
np.array(2.5).argsort(1)
np.array(2.5).sort()
a.sum(axis=(False,))
a.mean(axis=False)
a.argmax(axis=False)
np.cumsum(b, axis=False)
np.take(b, [0], False)
np.concatenate([b], axis=False)
np.add.reduce(b, axis=False)
np.zeros((True, 2))
np.full((True, 2), 1)
np.broadcast_to(b, (True, 4))
np.sort(b, kind='stable', stable=True)
np.argsort(b, kind='stable', stable=True)
b.sort(kind='stable', stable=True)
np.eye(3).resize(refcheck='hi')
b.astype('f4', copy=np._CopyMode.NEVER)
operator.concat(b, b)
operator.concat(b, 1)
a.__array_function__(np.reshape, (np.ndarray,), a, (2, 1))
a.__array_function__(np.reshape, (np.ndarray,), (a,), (2, 1))
np.ones((1,) * 64).flat
b[np.ix_(*[np.zeros(8000, int)] * 4)]
memoryview(np.zeros(2, {'names': ['x', 'y'], 'formats': ['i4', 'i4'], 'offsets': [4, 0]}))
""".strip().splitlines()


def names(np: ModuleType) -> dict[str, Any]:
    """The variables of the statements, made by one module."""
    r = np.arange(4.0)
    r.setflags(write=False)
    return {
        "np": np,
        "pickle": __import__("pickle"),
        "r": r,
        "a": np.arange(12.0).reshape(3, 4),
        "b": np.arange(4.0),
        "e": np.zeros(0),
        "i": np.arange(12).reshape(3, 4),
        "m": np.eye(3, 4) > 0,
        "c": np.arange(4) * 1j,
        "u": np.arange(4, dtype="u1"),
        "z": np.array(2.5),
    }


def error_of(np: ModuleType, statement: str) -> tuple[str, str] | None:
    """Class and text; addresses and the module's own name do not count."""
    try:
        exec(statement, names(np))
    except Exception as error:
        text = re.sub(r"0x[0-9a-f]+", "0x", str(error))
        return type(error).__name__, text.replace("lazynp", "numpy")
    return None


def test_there_are_enough_statements() -> None:
    assert len(set(BAD_CALLS)) == len(BAD_CALLS) >= 150


@pytest.mark.parametrize("statement", BAD_CALLS)
def test_error_is_numpys(statement: str) -> None:
    expected = error_of(numpy, statement)
    assert expected is not None, "NumPy does not raise here"
    assert error_of(lazynp, statement) == expected


@pytest.mark.parametrize("statement", BAD_CALLS)
def test_arrays_are_usable_after_an_error(statement: str) -> None:
    """What NumPy leaves behind, lazynp leaves behind."""
    ours, theirs = names(lazynp), names(numpy)
    for space in (ours, theirs):
        with pytest.raises(Exception):  # noqa: B017
            exec(statement, space)
    for name in "abimcuezr":
        expected = theirs[name]
        assert ours[name].shape == expected.shape
        assert ours[name].tolist() == expected.tolist(), name


# ------------------------------------------------------------------ random wrong calls
WRONG = [
    *("None", "'x'", "b'x'", "-1", "0", "5", "2**70", "1.5", "float('nan')", "1j", "[]", "()"),
    *("[[1, 2], [3]]", "object()", "a", "b", "i", "m", "c", "u", "e", "z", "r", "a.T", "e[None]"),
    *("int", "slice(None)", "...", "[0, 99]", "(0, 1, 2)", "np", "np.add", "lambda: 0", "'f8'"),
    *("np.zeros((2, 0))", "np.ones((1, 1, 1))", "[None]", "['a', 1]", "range(3)", "True", "{}"),
]  # fmt: skip


def random_call(random: Random, functions: list[str], methods: list[str]) -> str:
    """A call with arguments that seldom fit."""
    arguments = [random.choice(WRONG) for _ in range(random.randrange(4))]
    for keyword in random.sample(["axis", "out", "dtype", "keepdims", "where", "shape"], 2):
        if random.random() < 0.2:
            arguments.append(f"{keyword}={random.choice(WRONG)}")
    kind = random.random()
    owner = random.choice("abimcuezr")
    if kind < 0.45:
        return f"np.{random.choice(functions)}({', '.join(arguments)})"
    if kind < 0.75:
        return f"{owner}.{random.choice(methods)}({', '.join(arguments)})"
    one, two = random.choice(WRONG), random.choice(WRONG)
    forms = ["{o}[{x}]", "{o}[{x}] = {y}", "{o}[{x}, {y}]", "{o} + {x}", "{x} * {o}", "{o} @ {x}"]
    forms += ["{o} -= {x}", "{o}[{x}] += {y}", "{o} < {x}", "{o} ** {x}", "{o}.shape = {x}"]
    forms += ["{o}.dtype = {x}", "divmod({o}, {x})", "{o}.flat[{x}] = {y}", "{o}.strides = {x}"]
    return random.choice(forms).format(o=owner, x=one, y=two)


# Names that wait, change the process, read files, or take memory or time without bound.
DANGEROUS = re.compile(
    r"^_|test|show|info|help|save|load|file|memmap|printoptions|set|fft|random|kaiser|resize|vander"
    r"|tri|eye|identity|zeros|ones|empty|full|logspace|geomspace|linspace|arange|repeat|tile|pad"
    r"|bincount|histogram|indices|ctypes|data|source|dump|unpack|as_array|diag|core|byteswap|diff"
)


def random_calls(seed: int, count: int) -> list[str]:
    random = Random(seed)
    functions = [  # sorted: NumPy makes the list of a set
        n for n in sorted(numpy.__all__) if callable(getattr(numpy, n)) and not DANGEROUS.search(n)
    ]
    methods = [n for n in dir(numpy.ndarray) if not DANGEROUS.search(n)]
    methods += ["__getitem__", "__setitem__", "__array__", "__add__", "__iadd__", "__matmul__"]
    methods = [n for n in methods if callable(getattr(numpy.ndarray, n))]
    return [random_call(random, functions, methods) for _ in range(count)]


FUZZ = """
import sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, {folder!r})
import lazynp, test_errors
first, count = {first}, {count}
for position, call in enumerate(test_errors.random_calls(first, count)):
    sys.stderr.write(f"{{call}}\\n")
    space = test_errors.names(lazynp)
    with lazynp.errstate(all="ignore"):
        try:
            exec(call, space)
        except Exception:
            pass
    for name in "abimcuezr":
        if name in space:
            repr(space[name])
print("done")
"""


def test_random_wrong_calls_never_crash(full_size: bool) -> None:
    """In a process of its own; the last line of its trace is the call that ended it."""
    count = 20_000 if full_size else 3_000
    for first in range(2):
        code = FUZZ.format(folder=str(Path(__file__).parent), first=first, count=count)
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", code],
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        trace = "\n".join(done.stderr.splitlines()[-25:])
        assert (done.returncode, done.stdout.strip()) == (0, "done"), trace


def test_random_wrong_calls_raise_like_numpy() -> None:
    """The class of the error, or its absence, is NumPy's in all but few of random calls."""
    calls = random_calls(7, 1500)
    different = []
    for call in calls:
        expected, got = error_of(numpy, call), error_of(lazynp, call)
        if (expected and expected[0]) != (got and got[0]):
            different.append((call, expected, got))
    assert len(different) <= len(calls) // 100, "\n".join(map(str, different[:40]))


# ------------------------------------------------------------------ sizes beyond all memory
@pytest.mark.parametrize(
    "expression",
    [
        "np.array(x)",
        "x.copy()",
        "x + x",
        "x > 0",
        "x.astype(float)",
        "np.where(x > 0, 1, 2)",
        "np.concatenate([x, x])",
        "np.zeros((2**30, 2**30))",
        "np.empty(2**62, 'i1')",
    ],
)
def test_absurd_sizes_are_refused_at_the_call(expression: str) -> None:
    texts = []
    for module in (numpy, lazynp):
        x = module.broadcast_to(module.zeros(1, "i1"), 2**60)
        with pytest.raises((MemoryError, ValueError)) as caught:
            eval(expression, {"np": module, "x": x})
        texts.append((type(caught.value).__mro__[-4:], str(caught.value)))
    assert texts[0] == texts[1]


def test_an_error_after_one_of_an_event_is_left_to_numpy() -> None:
    """An exception is not taken for another that is gone and had its address."""
    singular, a = lazynp.zeros((2, 2)), lazynp.zeros(3, "f")
    for _ in range(50):
        with pytest.raises(numpy.linalg.LinAlgError, match="Singular matrix"):
            lazynp.linalg.inv(singular)
        lazynp.copyto(a, 300, casting="no")  # NumPy looks at the number
    assert a.tolist() == [300.0] * 3


@pytest.mark.parametrize("given", [[1.0], 2.0, "text", None, lazynp.ones(2)], ids=repr)
def test_adopt_takes_arrays_of_numpys_alone(given: object) -> None:
    with pytest.raises(TypeError, match=r"lazynp: adopt: needs an array of NumPy's; got "):
        lazynp.adopt(given)
