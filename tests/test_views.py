"""Views: layout, flags, base and aliasing of every way to look at an array's memory differently."""

from __future__ import annotations

import itertools

import numpy
import pytest
from comparison import both, outcome

import lazynp

MAKE = {
    "3-d": "a = np.arange(60.0).reshape(3, 4, 5)",
    "Fortran": "a = np.array(numpy.arange(60.0).reshape(3, 4, 5), order='F')",
    "2-d int": "a = np.arange(24).reshape(4, 6)",
    "1-d complex": "a = np.arange(12) * (1 + 2j)",
    "slice": "a = np.arange(200.0).reshape(10, 20)[1:9:2, ::-3]",
    "transposed": "a = np.arange(24.0).reshape(4, 6).T",
    "0-d": "a = np.array(3.5)",
    "empty": "a = np.zeros((3, 0, 2))",
    "ones": "a = np.zeros((1, 3, 1))",
    "broadcast": "a = np.broadcast_to(np.arange(3.0), (4, 3))",
    "read-only": "a = np.arange(6.0); a.setflags(write=False)",
}
VIEWS = [
    *("a[...]", "a[()]", "a[None]", "a[..., None]", "a[:]", "a[::-1]", "a[1:]", "a[:0]", "a[-2:]"),
    *("a[1:100]", "a[5:2]", "a[::2]", "a[..., ::-1]", "a[:, 1]", "a[1, ...]", "a[:, None, 1:]"),
    *("a[0]", "a[-1]", "a[1, 2]", "a[1, 2, 3]", "a[..., 0]", "a[::3, ::-2]", "a[:, :, None, 2]"),
    *("a.T", "a.mT", "a.real", "a.imag", "a.view()", "a.squeeze()", "a.ravel()", "a.reshape(-1)"),
    *("a.reshape(a.shape)", "a.reshape(2, -1)", "a.reshape(-1, 2)", "a.reshape(a.size, order='F')"),
    *("a.ravel('F')", "a.ravel('K')", "a.ravel('A')", "a.flatten()", "a.transpose()"),
    *("a.transpose(1, 0)", "a.transpose(2, 0, 1)", "a.swapaxes(0, -1)", "a.diagonal()"),
    *("a.diagonal(1)", "a.diagonal(-1, 1, 0)", "np.moveaxis(a, 0, -1)", "np.rollaxis(a, 1)"),
    *("np.expand_dims(a, 1)", "np.broadcast_to(a, (2, *a.shape))", "np.flip(a)", "np.fliplr(a)"),
    *("np.rot90(a)", "np.atleast_1d(a)", "np.atleast_3d(a)", "np.split(a, [1])[1]", "np.ravel(a)"),
    *("a.view('i8')", "a.view('u1')", "a.view('f4')", "a.view('c16')", "np.asarray(a)", "a.copy()"),
    *("np.squeeze(a, 0)", "np.swapaxes(a, 0, 1)", "np.diag(a)", "np.matrix_transpose(a)"),
    *("np.array(a, copy=False)", "np.array(a, copy=None)", "a.astype(a.dtype, copy=False)"),
    *("np.broadcast_arrays(a, a)[0]", "np.asfortranarray(a)", "np.ascontiguousarray(a)"),
    *("np.require(a, requirements='C')", "np.reshape(a, (-1,), copy=False)"),
    *("a[a.shape[0] - 1:0:-1]", "a.flat[1:4]", "a.T.T", "a[..., None].squeeze(-1)"),
]
FACTS = [
    *("v", "v.shape", "v.ndim", "v.size", "v.itemsize", "v.nbytes", "v.dtype", "len(v)"),
    *("v.flags.c_contiguous", "v.flags.f_contiguous", "v.flags.contiguous", "v.flags.forc"),
    *("v.flags.writeable", "v.flags.aligned", "v.flags.fnc", "v.flags.behaved", "v.flags.num"),
    *("v.base is None", "np.shares_memory(v, a)", "np.may_share_memory(a, v)", "str(v)", "repr(v)"),
    *("v.flags.owndata", "v is a", "[s for s, n in zip(v.strides, v.shape) if n > 1 and v.size]"),
    *("str(v.flags)", "v.flags['WRITEABLE']"),
]
MODULES = (numpy, lazynp)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("make", MAKE)
def test_facts_about_a_view(make: str, view: str) -> None:
    for fact in FACTS:
        expected, got = both(f"{MAKE[make]}\nv = {view}", fact, MODULES)
        assert got == expected, f"{fact}: NumPy {expected}, lazynp {got}"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("make", MAKE)
def test_writes_pass_between_view_and_base(make: str, view: str) -> None:
    """In both directions, before and after the view was read, and through a view of the view."""
    start = f"{MAKE[make]}\nv = {view}\n"
    programs = {
        "base to view": "a[...] = 7",
        "view to base": "v[...] = 7",
        "both": "a += 1\nv[...] = v * 2\na *= 3",
        "after a read": "before = (str(v), str(a))\na += 1\nv += 1",
        "through another": "w = v[::-1]\nw += 1\na -= 0.5 if a.dtype.kind == 'f' else 1",
        "old value kept": "old = v + 0\na += 1\nold2 = old * 1",
        "transposed": "w = v.T\nw[...] = 2\na[..., :1] = 5",
    }
    for what, program in programs.items():
        for result in ("a", "v", "(a.tolist(), v.tolist())"):
            expected, got = both(start + program, result, MODULES)
            assert got == expected, f"{what}, {result}: NumPy {expected}, lazynp {got}"


@pytest.mark.parametrize(
    "statements",
    [
        "a.shape = (4, 15)",
        "a.shape = 60",
        "a.shape = (-1, 6)",
        "v = a[1:]\na.shape = 60\nv += 1",
        "v = a.view()\nv.shape = (60,)\nv[::2] = 0",
        "a.dtype = 'i8'",
        "v = a.view()\nv.dtype = 'u1'\nv[:8] = 1",
        "v = a[:, :, 1:3]\nv.dtype = 'c16'",
        "a.setflags(write=False)\nv = a[1:]",
        "v = a[1:]\na.setflags(write=False)\nv[...] = 1",
        "v = a[1:]\nv.setflags(write=False)\na[...] = 2",
        "a.flags.writeable = False",
        "a.resize((5, 5))",
        "a.resize(100)",
        "a.resize((2, 2), refcheck=False)",
        "a = a.reshape(-1)\na.sort()",
        "a.T[...] = 3",
        "a.real = 4",
        "a = a.astype('u1')\na.real = -1",
        "a = a.astype('i2')\na.real = [[[2**40 + 3]]]",
        "a.flat = [1, 2, 3]",
        "a.flat[10:20] = 0",
        "a.flat[[1, 1, 2]] = [5, 6, 7]",
        "a.fill(2)",
        "a.put([0, 1, -1], [9, 8, 7])",
        "a.itemsize",
        "a.byteswap(inplace=True)\na.byteswap(inplace=True)",
        "np.transpose(a)[0] = 1",
        "np.ravel(a)[:3] = 1",
        "a.reshape(-1)[5] = 1",
        "a.diagonal().copy()[0] = 1",
        "a = np.lib.stride_tricks.as_strided(a, (3, 3), (8, 16)); a[0] = 7",
        "x, y, z = a\nx += y\nz[:] = x",
        "for row in a: row *= 2",
        "for i, row in enumerate(a): row[i] = -1",
        "rows = list(a)\nrows[1][...] = 0",
        "a[0], a[1] = a[1], a[0]",
        "b = a\nb += 1",
        "b = a[:]\nb[:] = b[::-1]",
        "np.swapaxes(a, 0, 2)[...] = np.swapaxes(a, 0, 2) + 1",
        "a.T.T.T[1] = 0",
        "v = a\nfor _ in range(40): v = v[::-1]\nv[0] = 5",
        "c = a * 1j\nc.real[...] = 3\nc.imag += a\na = c",
        "d = np.einsum('iij->ij', a[:, :3])\nd[...] = 0",
        "w = np.lib.stride_tricks.sliding_window_view(a.reshape(-1), 3)\na[0] = 9\na = w",
        "b = a.T; del a; a = b.T",
    ],
)
def test_changes_to_an_array(statements: str) -> None:
    expected, got = both(f"{MAKE['3-d']}\n{statements}", "a", MODULES)
    assert got == expected, f"NumPy {expected}, lazynp {got}"


@pytest.mark.parametrize(
    "result",
    [
        *("v + 1", "v * w", "v.cumsum(0)", "v.cumsum(3)", "np.add.accumulate(v, 1)"),
        *("np.concatenate([v, v])", "np.stack([v, v])", "v.copy('K')", "np.take(v, [0, 1], 0)"),
        *("np.matmul(v, w)", "v[[0, 1]]", "v[v > 3]", "v[:, [1, 0]]", "np.array(v)", "np.sort(v)"),
        *("numpy.zeros((3, 3, 4, 4)) + v", "np.where(v > 2, v, w)", "v.astype('i4')"),
    ],
)
@pytest.mark.parametrize("axes", [(3, 0, 2, 1), (0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_memory_order_where_an_axis_has_no_stride(result: str, axes: tuple[int, ...]) -> None:
    start = f"""
v = np.broadcast_to(np.arange(48.0).reshape(4, 4, 3), (3, 4, 4, 3)).transpose({axes})
w = np.ones(v.shape[:-2] + v.shape[:-3:-1], order='F')
w = w if w.shape == v.shape else w.swapaxes(-1, -2)
"""
    expected, got = both(start, result, MODULES)
    assert got == expected, f"NumPy {expected}, lazynp {got}"


@pytest.mark.parametrize("axes", list(itertools.permutations(range(4))))
@pytest.mark.parametrize("shape", [(2, 4, 1), (2, 4, 3)])
def test_sums_where_an_axis_has_no_stride(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    """The order of additions, which shows in the last bit."""
    start = f"""
a = (numpy.arange({numpy.prod(shape)}) * 0.1).astype("f4").reshape({shape})
v = np.broadcast_to(np.array(a), (3, *{shape})).transpose({axes})
"""
    for result in (
        "v.sum()",
        "v.sum(0)",
        "v.sum((1, 3))",
        "v.mean(2)",
        "(v * v).sum()",
        "v.max(1)",
    ):
        expected, got = both(start, result, MODULES)
        assert got == expected, f"{result}: NumPy {expected}, lazynp {got}"


def test_base_is_the_array_itself() -> None:
    a = lazynp.arange(12.0)
    assert a.base is None
    assert a[1:].base is a
    assert a[1:][::2].base is a
    assert a.reshape(3, 4).T.base is a
    assert (a + 1).base is None


def test_views_record_nothing_that_runs() -> None:
    a = lazynp.arange(12.0) + 1
    before = lazynp.stats()["evaluations"]
    view = a.reshape(3, 4).T[1:, ::-1]
    for row in view:
        row * 2
    assert (view.shape, view.strides, view.flags.c_contiguous) == ((3, 3), (8, -32), False)
    assert lazynp.stats()["evaluations"] == before


def test_a_view_of_many_dimensions() -> None:
    def call(np):  # type: ignore[no-untyped-def]
        a = np.arange(2.0**12).reshape((2,) * 12)
        view = a.transpose(*range(11, -1, -1))[::-1, 0, :, None, ..., 1]
        view += 1
        return (a.sum(), view.strides, view)

    assert outcome(lambda: call(lazynp)) == outcome(lambda: call(numpy))


@pytest.mark.parametrize(("given", "wanted"), [((3, 1), (3, 1)), ((1, 3), (2, 1, 3)), ((1,), (1,))])
def test_axes_of_length_one_are_broadcast_without_a_step(
    given: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    expected = numpy.broadcast_to(numpy.zeros(given), wanted)
    assert lazynp.broadcast_to(lazynp.zeros(given), wanted).strides == expected.strides


@pytest.mark.parametrize("use", ["flat[2]", "flat[1:3]", "flat[[0, 1]]", "flat.__setitem__(3, 7)"])
def test_a_subscript_starts_the_flat_iterator_again(use: str) -> None:
    for np in (numpy, lazynp):
        flat = np.arange(6).reshape(2, 3).flat
        assert [next(flat), next(flat), flat.index] == [0, 1, 2]
        eval(use)
        assert flat.index == 0
        assert next(flat) == 0
