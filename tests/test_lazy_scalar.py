"""LazyScalar: what stands for a NumPy scalar before it is computed."""

from __future__ import annotations

import contextlib
import copy
import math
import numbers
import operator
import pickle
import sqlite3
from typing import Any

import numpy
import pytest
from comparison import canonical, outcome

import lazynp
from lazynp import _core

N = 20_000  # enough elements that their sum is not computed at once
VALUES = {
    "f": numpy.linspace(0, 1, N),
    "g": numpy.linspace(0, 1, N, dtype="f4"),
    "i": numpy.arange(N),
    "b": numpy.arange(N) < 3,
    "c": numpy.linspace(0, 1, N) * (1 + 2j),
}


def scalars(np: Any) -> dict[str, Any]:
    return {name: np.array(values) for name, values in VALUES.items()}


def names(np: Any) -> dict[str, Any]:
    arrays = scalars(np)
    return {
        "np": np,
        "numpy": numpy,
        "math": math,
        "operator": operator,
        "copy": copy,
        "f": arrays["f"].sum(),
        "g": arrays["g"].sum(),
        "i": arrays["i"].sum(),
        "b": arrays["b"].any(),
        "c": arrays["c"].sum(),
        "a": arrays["f"][:3],
    }


def test_a_large_reduction_is_not_computed() -> None:
    arrays = scalars(lazynp)
    before = lazynp.stats()["evaluations"]
    total = arrays["f"].sum()
    assert type(total) is _core.LazyScalar
    assert type(total * 2 + 1) is _core.LazyScalar
    assert type(total > 3) is _core.LazyScalar
    assert (total.dtype, total.shape, total.ndim, total.size) == (numpy.float64, (), 0, 1)
    assert isinstance(total, (float, numpy.float64, numbers.Real))
    assert lazynp.stats()["evaluations"] == before


OPERATORS = (
    *("+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", ">", ">="),
    *("&", "|", "^", "<<", ">>", "@"),
)
OTHERS = (
    *("2", "2.5", "True", "1j", "300", "2**70", "None", "'x'", "[1, 2]", "a", "numpy.float32(2)"),
    *("numpy.int8(3)", "f", "i", "b", "numpy.arange(3)", "np.float64(2)", "object"),
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("scalar", "fgibc")
def test_operators(scalar: str) -> None:
    for symbol in OPERATORS:
        for other in OTHERS:
            if other == "2**70" and symbol in ("**", "<<"):
                continue  # Python integers without bound
            if other in ("'x'", "[1, 2]") and symbol == "*" and scalar == "i":
                continue  # repeats the sequence, gigabytes long
            compare(f"{scalar} {symbol} {other}")
            if other == "1j" and symbol in ("==", "!="):
                continue  # Python's complex answers itself when it meets a float: True
            compare(f"{other} {symbol} {scalar}")


USES = """
-{0}
abs({0})
+{0}
~{0}
bool({0})
float({0})
int({0})
complex({0})
operator.index({0})
round({0})
round({0}, 2)
math.floor({0})
math.ceil({0})
math.trunc({0})
math.sqrt({0})
repr({0})
str({0})
f"{{{0}:.3f}}"
f"{{{0}}}"
"%s %r" % ({0}, {0})
hash({0})
divmod({0}, 2)
pow({0}, 2)
{0}.item()
{0}.tolist()
{0}.astype('f4')
{0}.astype('i8')
{0}.astype('U9')
{0}.real
{0}.imag
{0}.T
{0}.conjugate()
{0}.mean()
{0}.reshape(1)
{0}.tobytes()
{0}.nbytes
{0}.itemsize
{0}.strides
{0}.is_integer()
{0}[()]
{0}[...]
{0}[0]
{0}.nonsense
{0} in [1, 2]
max({0}, 1)
sum([{0}, {0}])
sorted([{0}, 1]) if {0} == {0}.real else None
range(10 ** 9)[{0}]
a[{0}]
np.arange({0} - {0} + 3)
np.asarray({0})
numpy.asarray({0})
numpy.add({0}, 1)
np.sin({0})
numpy.sin({0})
numpy.array([{0}, 2])
np.array([{0}, 2])
np.where(a > 0, {0}, 1)
np.isfinite({0})
copy.copy({0}) == {0}
{{{0}: 1}}[{0}]
"""


def compare(source: str) -> None:
    expected, got = (outcome(lambda np=np: eval(source, names(np))) for np in (numpy, lazynp))
    if expected.error:
        assert got.error is not None, source
        assert got.error[0] == expected.error[0], source
    else:
        assert got.value == expected.value, f"{source}: {got} instead of {expected}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("use", USES.strip().split("\n"))
def test_uses(use: str) -> None:
    for scalar in "fgibc":
        compare(use.format(scalar))


def test_in_place_operators_make_new_scalars() -> None:
    total = lazynp.array(VALUES["f"]).sum()
    other = total
    other += 1
    assert float(other) == float(total) + 1


def test_pickles_as_a_numpy_scalar() -> None:
    total = lazynp.array(VALUES["f"]).sum()
    copied = pickle.loads(pickle.dumps(total))
    assert type(copied) is numpy.float64
    assert canonical(copied) == canonical(VALUES["f"].sum())
    assert copy.copy(total) is total
    assert copy.deepcopy(total) is total


def test_is_immutable() -> None:
    total = lazynp.array(VALUES["f"]).sum()
    with pytest.raises(TypeError):
        total[()] = 1
    with pytest.raises(TypeError):
        _core.LazyScalar()


def test_later_writes_do_not_change_it() -> None:
    array = lazynp.array(VALUES["f"])
    total = array.sum()
    array[:] = 0
    assert float(total) == VALUES["f"].sum()


def test_integers_warn_as_numpys_scalars() -> None:
    total = lazynp.array(numpy.full(N, 2**62 // N)).sum()
    with pytest.warns(RuntimeWarning, match="overflow encountered in scalar multiply"):
        total * total


@pytest.mark.parametrize("use", [float, int, lambda s: s.item(), numpy.asarray, round])
def test_plain_data_of_a_watched_value_is_reported(use: Any) -> None:
    x = lazynp.watch(lazynp.array([1.0, 2.0]))
    with pytest.warns(lazynp.GradientDetached):
        use((x * x).sum())


def test_control_flow_and_printing_are_silent() -> None:
    x = lazynp.watch(lazynp.array([1.0, 2.0]))
    total = (x * x).sum()
    assert total > 3
    assert repr(total) == "np.float64(5.0)"
    assert f"{total:.1f}" == "5.0"


def test_the_copy_of_a_watched_scalar_is_a_scalar() -> None:
    """In place on it makes another one, as with NumPy's scalars; an array would change."""
    total = lazynp.watch(lazynp.array([1.0, 2.0])).sum()
    same = other = total.copy()
    other += 1
    assert type(same) is _core.LazyScalar and same > 2.5 and not same > 3.5 and other > 3.5


def stored(value: Any) -> Any:
    """What a database gives back of a value."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("create table results (value)")
        database.execute("insert into results values (?)", (value,))
        return database.execute("select typeof(value), value from results").fetchone()


@pytest.mark.parametrize("name", VALUES)
def test_databases_store_what_they_store_of_numpys(name: str) -> None:
    def store(np: Any) -> Any:
        try:
            return stored(scalars(np)[name].sum())
        except sqlite3.Error as error:
            return type(error), str(error)

    assert store(lazynp) == store(numpy)


@pytest.mark.parametrize(
    "call",
    [
        "np.broadcast_arrays(total, np.arange(3.0))[0]",
        "np.broadcast_arrays(total, total > 0)[1]",
        "np.atleast_1d(total)",
        "np.lib.stride_tricks.as_strided(total, (2,), (0,))",
        "np.expand_dims(total, 0)",
        "np.full_like(total, 3)",
        "np.ones_like(total)",
        "np.isscalar(total)",
    ],
)
def test_functions_that_look_at_layouts_see_its_value(call: str) -> None:
    expected, result = (
        eval(call, {"np": np, "total": np.ones(2 * N).sum()}) for np in (numpy, lazynp)
    )
    assert canonical(result) == canonical(expected)


def test_small_reductions_wait_where_they_are_asked_to() -> None:
    small = lazynp.arange(3.0)
    assert type(small.sum()) is numpy.float64
    with lazynp.config(lazy_scalars=True):
        total = small.sum()
        assert type(total) is _core.LazyScalar
        assert total.__array_namespace__() is lazynp
        assert total == 3.0
    assert type(small.sum()) is numpy.float64
