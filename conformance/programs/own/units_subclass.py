"""Classes on top of arrays: a subclass with units, __array_finalize__, containers with protocols."""

import copy
import pickle
from numbers import Number

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Quantity(np.ndarray):
    """An array with a unit, kept through views, slices and arithmetic."""

    def __new__(cls, values, unit=""):
        obj = np.asarray(values, dtype=float).view(cls)
        obj.unit = unit
        return obj

    def __array_finalize__(self, obj):
        self.unit = getattr(obj, "unit", "")

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        units = [getattr(x, "unit", "") for x in inputs]
        plain = [x.view(np.ndarray) if isinstance(x, Quantity) else x for x in inputs]
        if ufunc in (np.add, np.subtract) and len(units) == 2 and units[0] != units[1]:
            raise TypeError(f"cannot {ufunc.__name__} {units[0]!r} and {units[1]!r}")
        if out is not None:
            kwargs["out"] = tuple(x.view(np.ndarray) if isinstance(x, Quantity) else x for x in out)
        result = getattr(ufunc, method)(*plain, **kwargs)
        if ufunc in (np.multiply, np.divide) and len(units) == 2:
            unit = units[0] + ("*" if ufunc is np.multiply else "/") + units[1]
        elif ufunc is np.sqrt:
            unit = f"sqrt({units[0]})"
        else:
            unit = units[0]
        if out is not None:
            return out[0]
        if isinstance(result, np.ndarray):
            result = result.view(Quantity)
            result.unit = unit.strip("*/")
        return result

    def __reduce__(self):
        make, arguments, state = super().__reduce__()
        return make, arguments, (*state, self.unit)

    def __setstate__(self, state):
        self.unit = state[-1]
        super().__setstate__(state[:-1])


class Info(np.ndarray):
    """The subclass of NumPy's guide: prints where its attributes come from."""

    def __new__(cls, shape, info=None):
        obj = super().__new__(cls, shape, dtype=float)
        obj.info = info
        return obj

    def __array_finalize__(self, obj):
        print("  finalize:", type(self).__name__, "from", type(obj).__name__)
        if obj is not None:
            self.info = getattr(obj, "info", None)


class Diagonal(NDArrayOperatorsMixin):
    """N times the identity: dispatches ufuncs and functions."""

    handled = {}

    def __init__(self, n, value):
        self.n, self.value = n, value

    def __repr__(self):
        return f"{type(self).__name__}(n={self.n}, value={self.value})"

    def __array__(self, dtype=None, copy=None):
        return self.value * np.eye(self.n, dtype=dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__":
            return NotImplemented
        scalars = []
        for x in inputs:
            if isinstance(x, Number):
                scalars.append(x)
            elif isinstance(x, type(self)):
                if x.n != self.n:
                    raise TypeError("inconsistent sizes")
                scalars.append(x.value)
            else:
                return NotImplemented
        return type(self)(self.n, ufunc(*scalars, **kwargs))

    def __array_function__(self, func, types, args, kwargs):
        if func not in self.handled:
            return NotImplemented
        return self.handled[func](*args, **kwargs)


def implements(function):
    def register(implementation):
        Diagonal.handled[function] = implementation
        return implementation

    return register


@implements(np.sum)
def diagonal_sum(x, axis=None):
    return x.n * x.value if axis is None else np.full(x.n, x.value)


@implements(np.trace)
def diagonal_trace(x):
    return x.n * x.value


length = Quantity([1.0, 4.0, 9.0], "m")
time = Quantity([2.0, 2.0, 3.0], "s")
speed = length / time
print(repr(speed), speed.unit, (length * time).unit, np.sqrt(length), np.sqrt(length).unit)
print(length[1:].unit, length[::-1].unit, length.reshape(3, 1).unit, length.copy().unit, length[0])
print(
    type(length[0]).__name__, type(length.sum()).__name__, length.mean(), length.max(), length > 2
)
try:
    print(length + time)
except TypeError as error:
    print("TypeError:", error)
length += Quantity([1, 1, 1], "m")
np.multiply(length, 2, out=length)
length[length > 15] = 0
print(
    length, length.unit, isinstance(length, np.ndarray), length.base is None, np.add.reduce(length)
)
print(
    hasattr(np.concatenate([length, length]), "unit"),
    type(np.concatenate([length, length])).__name__,
)
again = pickle.loads(pickle.dumps(speed))
deep = copy.deepcopy(speed)
print(again.unit, deep.unit, type(deep).__name__, np.array_equal(again, deep), speed.tolist())
print(np.asarray(speed), type(np.asanyarray(speed)).__name__, np.array(speed, subok=True).unit)
print(
    type(np.zeros_like(speed)).__name__,
    type(np.stack([speed, speed])).__name__,
    np.dot(speed, speed),
)

print("construct")
info = Info((2, 2), info="made")
info[...] = 1
print("slice")
part = info[1:]
print("view cast")
cast = np.arange(3.0).view(Info)
print("arithmetic")
total = info + 1
print(part.info, cast.info, total.info, type(total).__name__, type(part[0, 0]).__name__)

d = Diagonal(3, 2.0)
print(d + 1, 2 * d, np.sin(d), d == d, -d, abs(d), np.sum(d), np.trace(d))
print(np.asarray(d), np.sum(d, axis=0))
for attempt in (
    lambda: np.mean(d),
    lambda: d + Diagonal(2, 1),
    lambda: np.add.reduce(d),
    lambda: d + [1],
):
    try:
        print(attempt())
    except TypeError as error:
        print(type(error).__name__, str(error)[:70].replace("lazynp", "numpy"))


class Logged(np.ndarray):
    __array_priority__ = 10.0

    def __array_wrap__(self, array, context=None, return_scalar=False):
        print("  wrap", context[0].__name__ if context else None, return_scalar)
        return super().__array_wrap__(array, context, return_scalar)

    def __getitem__(self, key):
        print("  get", key)
        return super().__getitem__(key)


logged = np.arange(4).view(Logged)
print(type(np.ones(4) + logged).__name__, type(logged * 2.5).__name__, np.negative(logged))
print(logged[1], logged[1:3], sum(logged), logged.sum())
