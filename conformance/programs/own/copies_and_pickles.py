"""Copies, views and pickles: who sees a write, deepcopy, pickle protocols, classes that keep arrays."""

import copy
import io
import pickle
import weakref
from collections import OrderedDict, deque, namedtuple

import numpy
import numpy as np


class Model:
    registry = []

    def __init__(self, shape, seed=0):
        self.rng = np.random.default_rng(seed)
        self.weights = self.rng.standard_normal(shape)
        self.bias = np.zeros(shape[0], dtype=np.float32)
        self.first = self.weights[0]
        self.history = []
        Model.registry.append(weakref.ref(self))

    def step(self):
        self.weights -= 0.1 * self.weights
        self.bias[0] += 1
        self.history.append(self.bias.sum())
        return self

    def __getstate__(self):
        state = self.__dict__.copy()
        del state["first"]
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.first = self.weights[0]


class Slotted:
    __slots__ = ("data", "name")

    def __init__(self, data, name):
        self.data, self.name = data, name

    def __eq__(self, other):
        return self.name == other.name and np.array_equal(self.data, other.data)


Point = namedtuple("Point", "x y")
a = np.arange(12).reshape(3, 4)
shallow, deep, method = copy.copy(a), copy.deepcopy(a), a.copy()
view, part, flat, transposed, fancy = a.view(), a[1:, ::2], a.ravel(), a.T, a[[0, 1]]
a[1, 2] = -1
for name, x in (
    ("shallow", shallow),
    ("deep", deep),
    ("view", view),
    ("part", part),
    ("flat", flat),
    ("T", transposed),
    ("fancy", fancy),
):
    print(
        f"{name:>8}: sees {bool((x == -1).any())!s:5} shares {np.shares_memory(a, x)!s:5} may {np.may_share_memory(a, x)!s:5} {x.base is a} {x.flags.owndata} {x.strides}"
    )
print(
    [
        np.array(a, copy=False) is a,
        np.asarray(a) is a,
        np.array(a) is a,
        np.asarray(a, dtype=float) is a,
        np.ascontiguousarray(a) is a,
        a.astype(int, copy=False) is a,
        np.atleast_1d(a) is a,
        a.squeeze() is a,
    ]
)
container = {
    "a": a,
    "again": a,
    "list": [a[0], a[:, 1]],
    "tuple": (a.T,),
    "scalar": a[0, 3],
    "point": Point(a.max(), a.min()),
    "queue": deque([a[2]]),
}
clone = copy.deepcopy(container)
print(
    clone["a"] is clone["again"],
    np.shares_memory(clone["a"], clone["list"][0]),
    clone["point"],
    type(clone["scalar"]).__name__,
    clone["queue"],
)
container["a"][0] = 100
print(container["list"][0], clone["list"][0], container["tuple"][0][:, 0])

for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    again = pickle.loads(pickle.dumps(a[::-1, 1:].T, protocol=protocol))
    print(
        protocol,
        again.shape,
        again.flags.c_contiguous,
        again.flags.f_contiguous,
        again.flags.writeable,
        (again == a[::-1, 1:].T).all(),
        end="; ",
    )
print()
things = [
    np.float32(1.5),
    np.int8(-3),
    np.True_,
    np.datetime64("2024-01-01"),
    np.dtype("f4,i8"),
    np.array(5),
    np.zeros((0, 3)),
    np.array(["a", None], dtype=object),
    np.array([(1, 2.5)], dtype="i4,f8"),
    np.float64,
    np.sum,
    np.add,
    np.newaxis,
    slice(1, None),
    np.array([1 + 2j]),
    np.array(["x", "yy"]),
    np.ma.array([1, 2], mask=[0, 1]),
    np.matrix([[1, 2]]),
    np.polynomial.Polynomial([1, 2]),
]
for thing in things:
    again = pickle.loads(pickle.dumps(thing))
    text = (
        repr(again)
        if not callable(again) or isinstance(again, np.polynomial.Polynomial)
        else again.__name__
    )
    print(text, type(again) is type(thing), end="; ")
print()
buffers = []
_payload = pickle.dumps(np.arange(5.0), protocol=5, buffer_callback=buffers.append)
print(
    len(buffers),
    pickle.loads(_payload, buffers=buffers),
    np.array_equal(pickle.loads(pickle.dumps(np.asfortranarray(a))), a),
)

model = Model((2, 3)).step()
twin = copy.deepcopy(model)
saved = pickle.loads(pickle.dumps(model))
model.step()
twin.step()
print(
    np.array_equal(model.weights, twin.weights),
    np.array_equal(saved.weights, model.weights),
    saved.history,
    model.history,
    model.bias.dtype,
)
print(
    model.first is not model.weights[0],
    np.shares_memory(model.first, model.weights),
    np.shares_memory(twin.first, twin.weights),
    (twin.first == twin.weights[0]).all(),
)
print(
    model.rng.random(2),
    twin.rng.random(2),
    saved.rng.random(2),
    all(ref() is not None for ref in Model.registry),
)
slotted = Slotted(np.eye(2), "eye")
print(
    copy.copy(slotted) == slotted,
    copy.copy(slotted).data is slotted.data,
    copy.deepcopy(slotted) == slotted,
    pickle.loads(pickle.dumps(slotted)) == slotted,
)
stream = io.BytesIO()
for item in (a, OrderedDict(k=a[0]), Point(1, a)):
    pickle.dump(item, stream)
stream.seek(0)
loaded = [pickle.load(stream) for _ in range(3)]
print(type(loaded[1]).__name__, loaded[2].y is loaded[0], loaded[1]["k"])

x = np.ones(4)
y = x
x += 1
x = x + 1
print(x, y, x is y)


def change(values, add=None):
    values[0] = 99
    values = values * 2
    if add is not None:
        values += add
    return values


z = np.zeros(3)
print(change(z), z, change(z[1:], add=np.ones(2)), z, change(z.copy()), z)


def remember(value, cache=np.zeros(3)):
    cache[:-1] = cache[1:]
    cache[-1] = value
    return cache


first, second = remember(1), remember(2)
print(first, second is first, remember.__defaults__)
z.flags.writeable = False
try:
    z += 1
except ValueError as error:
    print("ValueError:", error)
frozen = z.view()
try:
    frozen.flags.writeable = True
except ValueError as error:
    print("ValueError:", error)
z.setflags(write=True)
rows = [z] * 2 + [z.copy()]
rows[0][1] = 5
stacked = np.stack(rows)
stacked[0] = 0
print(rows, stacked, z, numpy is np, numpy.ndarray is np.ndarray)
b = np.arange(4)
b.shape = 2, 2
b.resize((3, 2), refcheck=False)
c = np.resize(b, (2, 5))
b.dtype = np.uint32
print(
    b.shape,
    c,
    b[0],
    np.lib.stride_tricks.as_strided(c, (2, 3), c.strides).tolist(),
    sum(map(np.ndarray.sum, [c, c])),
)
window = memoryview(c)
print(
    window.shape,
    window.format,
    window[0, 1],
    window.nbytes,
    bytes(window[:1])[:8],
    c.tobytes("F")[:9],
    c.data.contiguous,
)
