"""The primitives of indexing, ordering and counting: NumPy's bits over many arguments, lazily."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from comparison import NATIVE_DTYPES, canonical, layout, outcome

import lazynp

pytestmark = pytest.mark.filterwarnings("ignore")
Random = numpy.random.Generator
Call = Callable[[types.ModuleType, Random], Any]


def numbers(np: types.ModuleType, random: Random, shape: tuple[int, ...], dtype: str) -> Any:
    """Small numbers with NaN, infinities and zeros of either sign, in some arrangement."""
    a = random.integers(0 if dtype in "?BHIL" else -5, 6, shape).astype(dtype)
    if dtype in "efdFD" and random.random() < 0.5:
        for value in (numpy.nan, numpy.inf, -numpy.inf, -0.0):
            a.flat[random.integers(a.size)] = value
    arrangement = random.integers(3)
    if arrangement == 0:
        return np.array(a)
    if arrangement == 1:
        return np.array(a.T.copy()).T
    return np.array(numpy.repeat(a, 2, axis=-1))[..., ::2]


def pick(random: Random, *choices: Any) -> Any:
    return choices[random.integers(len(choices))]


def dtype(random: Random) -> str:
    return str(pick(random, *NATIVE_DTYPES))


def changed(np: types.ModuleType, random: Random, change: Callable[..., Any], kind: str) -> Any:
    """The array, and a view's base, after `change(array, ...)`."""
    base = numbers(np, random, (3, 4), kind)
    array = pick(random, base, base[1:], base[:, ::2], base.T)
    change(array)
    return base


def copyto(np: types.ModuleType, random: Random) -> Any:
    kind, other = dtype(random), dtype(random)
    casting = pick(random, "same_kind", "unsafe", "safe", "no")
    value = pick(random, 1, 2.5, True, 1j, 300, -1, numpy.float32(2.5), None)
    has_mask = random.random() < 0.5

    def change(a: Any) -> None:
        source = numbers(np, random, a.shape, other) if value is None else value
        where = numbers(np, random, a.shape, "?") if has_mask else True
        np.copyto(a, source, casting=casting, where=where)

    return changed(np, random, change, kind)


def by_mask(name: str) -> Call:
    def call(np: types.ModuleType, random: Random) -> Any:
        kind = dtype(random)
        values = pick(random, 1, [1, 2], 2.5, None)

        def change(a: Any) -> None:
            mask = numbers(np, random, a.shape, pick(random, "?", "d"))
            stored = numbers(np, random, (3,), kind) if values is None else values
            getattr(np, name)(a, mask, stored)

        return changed(np, random, change, kind)

    return call


def put(np: types.ModuleType, random: Random) -> Any:
    mode = pick(random, "raise", "wrap", "clip")
    values = pick(random, 1, [1, 2], 2.5, 300, None)

    def change(a: Any) -> None:
        places = random.integers(-a.size, a.size + (random.random() < 0.1), 5)
        stored = numbers(np, random, (2,), dtype(random)) if values is None else values
        a.put(np.array(places), stored, mode=mode)

    return changed(np, random, change, dtype(random))


def flat(np: types.ModuleType, random: Random) -> Any:
    key = pick(random, slice(1, 3), slice(None, None, 2), 0, -1, slice(4, 1, -1), [0, 1])
    value = pick(random, 1, 2.5, [1, 2], 300, None)

    def change(a: Any) -> None:
        a.flat[key] = numbers(np, random, (2,), dtype(random)) if value is None else value

    base = changed(np, random, change, dtype(random))
    return base, base.flat[key], base.T.flat[key]


def fill_diagonal(np: types.ModuleType, random: Random) -> Any:
    a = numbers(np, random, (4, 3), dtype(random))
    np.fill_diagonal(a, pick(random, 2, [1, 2], 1.5), wrap=bool(random.integers(2)))
    return a


def compress(np: types.ModuleType, random: Random) -> Any:
    a, axis = numbers(np, random, (3, 4), dtype(random)), pick(random, None, 0, 1, -1)
    length = pick(random, 12 if axis is None else a.shape[axis], 2, 13)
    condition = numbers(np, random, (length,), pick(random, "?", "b"))
    return np.compress(condition, a, axis=axis), a.compress(condition, axis)


def choose(np: types.ModuleType, random: Random) -> Any:
    mode = pick(random, "raise", "wrap", "clip")
    n = int(random.integers(1, 5))
    selector = np.array(
        random.integers(-2, n + 2, (3, 4)).clip(*((0, n) if mode == "raise" else ()))
    )
    choices = [pick(random, 2, numbers(np, random, (3, 4), dtype(random))) for _ in range(n)]
    return np.choose(selector, choices, mode=mode)


def partition(np: types.ModuleType, random: Random) -> Any:
    a = numbers(np, random, pick(random, (3, 4), (40,), (5, 60), (60, 3)), dtype(random))
    axis = pick(random, 0, -1)
    n = a.shape[axis]
    kth = pick(random, int(random.integers(-n, n)), list(map(int, random.integers(0, n, 3))), n)
    result = np.partition(a, kth, axis), np.argpartition(a, kth, axis=axis)
    a.partition(kth, axis)
    return *result, a


def search(np: types.ModuleType, random: Random) -> Any:
    a = numbers(np, random, (6,), dtype(random))
    sorter = np.argsort(a) + int(random.random() < 0.1)
    side = pick(random, "left", "right")
    return np.searchsorted(a, numbers(np, random, (2, 3), dtype(random)), side, sorter)


def digitize(np: types.ModuleType, random: Random) -> Any:
    bins = np.sort(numbers(np, random, (5,), pick(random, *"bldfD")))[:: pick(random, 1, -1)]
    return np.digitize(numbers(np, random, (3, 4), dtype(random)), bins, bool(random.integers(2)))


def bincount(np: types.ModuleType, random: Random) -> Any:
    x = np.array(random.integers(-(random.random() < 0.1), 9, pick(random, 0, 9)))
    weights = pick(random, None, numbers(np, random, (9,), dtype(random))[: x.size])
    return np.bincount(x, weights, int(random.integers(12)))


def lexsort(np: types.ModuleType, random: Random) -> Any:
    keys = [numbers(np, random, (3, 4), dtype(random)) for _ in range(random.integers(1, 4))]
    return np.lexsort(keys, axis=pick(random, 0, -1)), np.lexsort(keys[0])


def coordinates(np: types.ModuleType, random: Random) -> Any:
    extents = tuple(map(int, random.integers(1, 6, random.integers(1, 4))))
    order, mode = pick(random, "C", "F"), pick(random, "raise", "wrap", "clip")
    kind = pick(random, *"lihL")
    parts = [
        np.array(random.integers(0, n + (random.random() < 0.1), (2, 3)).astype(kind))
        for n in extents
    ]
    places = np.array(random.integers(0, numpy.prod(extents), (2, 3)).astype(kind))
    unraveled = np.unravel_index(places, extents, order)
    return np.ravel_multi_index(parts, extents, mode, order), unraveled


def unique(np: types.ModuleType, random: Random) -> Any:
    a = numbers(np, random, (4, 5), dtype(random))
    b = numbers(np, random, (6,), a.dtype.char)
    return (
        np.unique(a), np.unique(a, equal_nan=False), np.unique(a, sorted=False),
        np.unique(a, *map(bool, random.integers(2, size=3))), np.union1d(a, b),
        np.intersect1d(a, b), np.setdiff1d(a, b), np.setxor1d(a, b), np.isin(a, b),
    )  # fmt: skip


def interp(np: types.ModuleType, random: Random) -> Any:
    n = int(random.integers(1, 12))
    xp = np.array(pick(random, numpy.sort, numpy.array)(random.normal(size=n)))
    fp = numbers(np, random, (n,), pick(random, *"dflDF"))
    x = np.array(random.normal(size=(3, 5)) * 2)
    if random.random() < 0.3:
        x[0, :2], xp[-1] = [numpy.nan, numpy.inf], numpy.nan
    limits = pick(random, {}, {"left": -5.5, "right": 3}, {"period": 1.5})
    return np.interp(x, xp, fp, **limits)


def correlate(np: types.ModuleType, random: Random) -> Any:
    kinds = pick(random, "dd", "ff", "ee", "ll", "bd", "DD", "FF", "??", "LL", "dD")
    sizes = pick(random, (40, 3), (3, 40), (30, 11), (30, 12), (100, 50), (1, 1), (9, 1))
    a, v = (numbers(np, random, (n,), k) for n, k in zip(sizes, kinds, strict=True))
    if kinds in ("dd", "ff"):
        a = a + np.array(random.normal(size=a.shape)).astype(kinds[0])
    mode = pick(random, "valid", "same", "full")
    return np.correlate(a, v, mode), np.convolve(a, v, mode)


def einsum(np: types.ModuleType, random: Random) -> Any:
    kinds = pick(random, "dd", "ff", "ll", "DD", "??", "ee", "ld", "fd")
    subscripts, shapes = pick(
        random,
        ("ij,jk->ik", ((3, 4), (4, 5))), ("ij,ij->", ((30, 40), (30, 40))),
        ("bij,bjk->kib", ((2, 3, 4), (2, 4, 5))), ("i,j", ((3,), (4,))),
        ("ii,jk->ik", ((4, 4), (3, 5))), ("ij,j", ((9, 50), (50,))), ("i,ij->j", ((1,), (3, 4))),
    )  # fmt: skip
    operands = [numbers(np, random, s, k) for s, k in zip(shapes, kinds, strict=True)]
    return np.einsum(subscripts, *operands)


def repeated(np: types.ModuleType, random: Random) -> Any:
    shape, axis = pick(random, ((3, 4), 1), ((3, 4), -2), ((3, 4), None), ((), 0), ((0, 3), 0))
    x = numbers(np, random, shape, dtype(random)) if shape else np.array(2.5)
    n = x.size if axis is None else shape[axis] if shape else 1
    n += pick(random, 0, 0, 0, 0, 1)
    counts = random.integers(pick(random, 0, 0, 0, -1), 4, n).astype(pick(random, *"lbB?dL"))
    repeats = pick(random, np.array(counts), counts.tolist(), np.array(counts[:1]), 2, -1, True)
    return pick(random, np.repeat, lambda a, *rest: a.repeat(*rest))(x, repeats, axis)


def inserted(np: types.ModuleType, random: Random) -> Any:
    a, axis = numbers(np, random, (3, 4), dtype(random)), pick(random, 0, 1)
    places = np.array([0, 2, 2])
    return (
        np.insert(a, 1, 1, axis=axis), np.insert(a, places, 1, axis=axis), np.diag(a[0], 1),
        np.delete(a, [0, 2], axis=axis), np.delete(a, slice(0, 3, 2), axis=axis), np.diagflat(a),
        np.nan_to_num(a), np.select([a > 1, a > 0], [a, a + a]), np.trim_zeros(a[0]),
    )  # fmt: skip


def histogram(np: types.ModuleType, random: Random) -> Any:
    a, weights = (numbers(np, random, (20,), pick(random, *"dflb")) for _ in range(2))
    x = np.array(random.normal(size=(20, 2)))
    return (
        np.histogram(a, [-3, 0, 2, 7], weights=weights, density=True),
        np.histogram(np.array(random.normal(size=30)), 5, (-2, 3)),
        np.histogramdd(x, (2, 3), [(-3, 4), (-4, 4)]),
    )


def packed_bits(np: types.ModuleType, random: Random) -> Any:
    kind = pick(random, *"??bBlf")
    a = numbers(np, random, pick(random, (17,), (3, 4), (2, 9, 3), (0, 3), ()), kind)
    keywords = {"axis": pick(random, None, 0, -1, 3), "bitorder": pick(random, "big", "little")}
    packed = np.packbits(a, **keywords)
    return packed, np.unpackbits(packed, count=pick(random, None, 3, -2, 40, -99), **keywords)


def truth_as_key(np: types.ModuleType, random: Random) -> Any:
    a = numbers(np, random, pick(random, (), (3,), (2, 3)), dtype(random))
    truth = bool(random.integers(2))
    key = pick(random, truth, np.array(truth), np.bool(truth), np.array([truth])[0], (truth,))
    before = a.copy()
    a[key] = pick(random, 1, before[key], np.ones(5))
    return a, before[key], before[~key if isinstance(key, numpy.bool) else key]


CALLS: dict[str, Call] = {
    "packed bits": packed_bits,
    "truth as key": truth_as_key,
    "einsum": einsum,
    "copyto": copyto,
    "putmask": by_mask("putmask"),
    "place": by_mask("place"),
    "put": put,
    "flat": flat,
    "fill_diagonal": fill_diagonal,
    "compress": compress,
    "choose": choose,
    "partition": partition,
    "searchsorted": search,
    "digitize": digitize,
    "bincount": bincount,
    "lexsort": lexsort,
    "coordinates": coordinates,
    "unique": unique,
    "interp": interp,
    "correlate": correlate,
    "repeat": repeated,
    "insert": inserted,
    "histogram": histogram,
}


@pytest.mark.parametrize("name", CALLS)
def test_same_bits(name: str) -> None:
    for seed in range(60):
        expected = outcome(lambda s=seed: CALLS[name](numpy, numpy.random.default_rng(s)))
        got = outcome(lambda s=seed: CALLS[name](lazynp, numpy.random.default_rng(s)))
        assert got == expected, f"{name}, seed {seed}:\nNumPy:  {expected}\nlazynp: {got}"


# Calls that look at no value of `a`; a matrix of ones, and positions.
LAZY: dict[str, Callable[[Any, Any], Any]] = {
    "broadcast": lambda a, i: lazynp.broadcast(a, a[0]).shape,
    "choose": lambda a, i: lazynp.choose(i, [a[0], a[1], a[2]]),
    "compress": lambda a, i: a.compress(i > 1, axis=1),
    "convolve": lambda a, i: lazynp.convolve(a[0], a[1]),
    "copyto": lambda a, i: lazynp.copyto(a, a + 1, where=a > 0),
    "delete": lambda a, i: lazynp.delete(a, 1, axis=0),
    "diag": lambda a, i: lazynp.diag(a[0]),
    "einsum": lambda a, i: lazynp.einsum("ij,jk->ik", a, a),
    "fill_diagonal": lambda a, i: lazynp.fill_diagonal(a, 2.0),
    "flat": lambda a, i: setattr(a, "flat", 3.0),
    "flat slice": lambda a, i: a.flat[1:3],
    "interp": lambda a, i: lazynp.interp(a, a[0], a[1]),
    "lexsort": lambda a, i: lazynp.lexsort((a, a)),
    "median": lambda a, i: lazynp.partition(a, 1, axis=0),
    "packbits": lambda a, i: lazynp.unpackbits(lazynp.packbits(a > 0, axis=1)),
    "partition": lambda a, i: a.partition(1),
    "place": lambda a, i: lazynp.place(a, a > 0, [1.0, 2.0]),
    "put": lambda a, i: a.put(i, [1.0, 2.0]),
    "putmask": lambda a, i: lazynp.putmask(a, a > 0, [1.0, 2.0]),
    "truth as key": lambda a, i: a[lazynp.bool(True)],
    "repeat": lambda a, i: lazynp.repeat(a, i, axis=1),
    "select": lambda a, i: lazynp.select([a > 0], [a]),
}


@pytest.mark.parametrize("name", LAZY)
def test_the_data_is_not_computed(name: str) -> None:
    a = lazynp.array(numpy.ones((4, 4))) + 1
    before = lazynp.stats()["nodes_run"], lazynp.fallbacks()
    result = LAZY[name](a, lazynp.array([2, 0, 1, 2]))
    n_run = lazynp.stats()["nodes_run"] - before[0]
    assert n_run <= 3, "only positions and conditions are looked at"
    assert lazynp.fallbacks() == before[1]
    assert lazynp.explain(a).count("add") and result is not a


def test_repeating_a_number_of_times_computes_nothing() -> None:
    a = lazynp.array(numpy.ones((4, 4))) + 1
    with lazynp.no_eval():
        assert a.repeat(3, axis=1).shape == (4, 12)
        with pytest.raises(MemoryError, match=r"more than 2\*\*63 elements"):  # NumPy crashes
            a.repeat(2**62)


def test_a_refused_put_leaves_what_numpy_leaves() -> None:
    for module in (numpy, lazynp):
        a = module.zeros(3)
        with pytest.raises(IndexError, match="index 7 is out of bounds for axis 0 with size 3"):
            a.put([0, 7, 1], 5)
        assert a.tolist() == [5, 0, 0]


def test_read_only_arrays_are_refused() -> None:
    calls: list[Callable[[types.ModuleType, Any], Any]] = [
        lambda np, a: a.put(0, 1),
        lambda np, a: a.partition(1),
        lambda np, a: np.copyto(a, 1),
        lambda np, a: np.putmask(a, a > 0, 1),
        lambda np, a: np.place(a, a > 0, 1),
        lambda np, a: a.flat.__setitem__(slice(0, 2), 1),
    ]
    for call in calls:

        def refused(np: types.ModuleType, call: Any = call) -> None:
            a = np.ones(4)
            a.flags.writeable = False
            call(np, a)

        expected = outcome(lambda refused=refused: refused(numpy))
        assert outcome(lambda refused=refused: refused(lazynp)) == expected
        assert expected.error


def test_memory_shared_with_numpy_is_written_at_once() -> None:
    owned = numpy.zeros(6)
    a = lazynp.asarray(owned)
    a.put([0, 1], 2)
    lazynp.copyto(a[2:4], 3)
    lazynp.putmask(a, a == 0, 4)
    a[::-1].partition(0)
    assert canonical(owned) == canonical(numpy.array([4.0, 4, 3, 3, 2, 2])[owned.argsort()[::-1]])
    assert layout(a)[0] == (6,)


def test_gradients_of_what_is_stored() -> None:
    x = lazynp.watch(lazynp.array([1.0, 2.0, 3.0]))
    y = x * 1
    y.put([0, 0], x[1:] * 2)
    lazynp.putmask(y, numpy.array([False, True, False]), x * 10)
    lazynp.place(y, y > 100, [0.0])
    (gradient,) = lazynp.gradients(y.sum(), [x])
    assert gradient.tolist() == [0, 10, 3]
    x = lazynp.watch(lazynp.array([1.0, 5.0, 2.0]))
    (gradient,) = lazynp.gradients(lazynp.partition(x, 1)[1] * 3, [x])
    assert gradient.tolist() == [0, 0, 3]
    at = lazynp.watch(lazynp.array([0.5, 1.25]))
    (by_x, by_y) = lazynp.gradients(lazynp.interp(at, [0, 1, 2], x).sum(), [at, x])
    assert by_x.tolist() == [4, -3] and by_y.tolist() == [0.5, 1.25, 0.25]
    m = lazynp.watch(lazynp.array([[1.0, 2.0], [3.0, 4.0]]))
    (gradient,) = lazynp.gradients(lazynp.einsum("ij,kj->ik", m, m).sum(), [m])
    assert gradient.tolist() == [[8, 12], [8, 12]]
    (gradient,) = lazynp.gradients(lazynp.repeat(m, [2, 3], axis=0).sum(), [m])
    assert gradient.tolist() == [[2, 2], [3, 3]]
    (gradient,) = lazynp.gradients(lazynp.convolve(x, [1.0, 2.0])[1:].sum(), [x])
    assert gradient.tolist() == [2, 3, 3]
