"""Writes: in-place operators, subscripts, out=, where=, .at, masks, overlaps, donated memory."""

from __future__ import annotations

import itertools

import numpy
import pytest
from comparison import both

import lazynp

MODULES = (numpy, lazynp)
START = """
a = np.arange(24.0).reshape(4, 6) - 10
b = np.arange(6.0) + 0.5
i = np.arange(24).reshape(4, 6) - 8
m = np.arange(24).reshape(4, 6) % 3 == 0
s = np.arange(16.0).reshape(4, 4)
u = np.arange(200, 212, dtype='u1')
c = np.arange(6) * (1 - 1j)
big = np.arange(5000.0)
"""
OPERATORS = ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>=", "@="]


def same(statements: str, *expressions: str) -> None:
    for expression in expressions or ("(a, b, i, m, s, u, c, big)",):
        with numpy.errstate(all="ignore"):
            expected, got = both(START + statements, expression, MODULES)
        assert got == expected, f"{statements}\n{expression}\nNumPy:  {expected}\nlazynp: {got}"


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("target", ["a", "i", "m", "u", "c", "a[1:3]", "i[:, ::-2]", "a.T", "s"])
def test_in_place_operators(operator: str, target: str) -> None:
    for value in (
        "2",
        "1.5",
        "True",
        "1j",
        "b[0]",
        "i[0, :1]",
        "i[:1, :1]",
        "m[0, 0]",
        "b",
        "s",
        "'x'",
    ):
        same(f"{target} {operator} {value}")


@pytest.mark.parametrize(
    "statement",
    [
        "a[1:] = a[:-1]",
        "a[:-1] = a[1:]",
        "a[:, 1:] = a[:, :-1]",
        "a[1:] += a[:-1]",
        "a[:-1] += a[1:]",
        "a[...] = a[::-1]",
        "a[::-1] = a",
        "a += a[::-1, ::-1]",
        "s += s.T",
        "s -= s.T",
        "s[...] = s.T",
        "s *= s[0]",
        "s += s[:, :1]",
        "s += s[::-1].T",
        "s @= s",
        "b[1:-1] += b[:-2] + b[2:]",
        "b[1:-1] = (b[:-2] + b[2:]) / 2",
        "v = a[:, 1:]; a[:, :-1] -= v; v += 1",
        "big[1:] = big[:-1]",
        "big[1:] += big[:-1]",
        "big[2:-2] = big[:-4] + big[4:] - big[1:-3]",
        "big[::2] += big[1::2]",
        "big[:2500] = big[2499::-1]",
        "big.reshape(50, 100)[...] = big.reshape(100, 50).T",
        "np.add(big[:-1], big[1:], out=big[1:])",
        "np.add(big[:-1], big[1:], out=big[:-1])",
        "np.multiply(big, big[::-1], out=big)",
        "np.add(a, a.sum(axis=0), out=a)",
        "np.subtract(s, s.T, out=s.T)",
        "np.cumsum(b, out=b)",
        "np.add.accumulate(a, axis=0, out=a)",
        "np.matmul(s, s, out=s)",
        "np.add.reduce(s, axis=0, out=s[1])",
        "np.exp(b[::-1], out=b)",
        "big[:-1] += big[1:]; big[1:] -= big[:-1]; big *= big[::-1]",
    ],
)
def test_overlap(statement: str) -> None:
    same(statement)


@pytest.mark.parametrize(
    "statement",
    [
        *(
            "a[m] = 5",
            "a[m] = b[0]",
            "a[m] = np.arange(8.0)",
            "a[m] = [1] * 8",
            "a[m] = a[m][::-1]",
        ),
        *("a[m] += 1", "a[m] *= a[m]", "a[m] -= np.arange(8)", "a[~m] = 0", "a[a > 3] = 3"),
        *(
            "a[a > 3] -= 3",
            "a[m] = 'x'",
            "a[m] = np.ones(9)",
            "a[m] = np.ones((2, 4))",
            "i[m] = 2.9",
        ),
        *("a[:, m[0]] = 1", "a[m[:, 0]] = b", "a[m[:, 0]] += b"),
        *("a[m[:, 0], 2] = 7", "a[2][m[2]] = 9", "a.T[m.T] = 4", "a[:, ::2][m[:, ::2]] = 1"),
        *("m[m] = False", "m[m] ^= True", "a[i % 5 == 0] = a[i % 5 == 1][0]", "a[True] = 1"),
        *("a[False] = 1", "a[np.array(True)] = b", "a[m & (a > 0)] *= -1", "a[m], b[0] = 1, 2"),
        *("a[np.isnan(a)] = 0", "big[big > 100] = 100", "big[big % 2 == 0] += 0.5"),
        "big[big > 4000] = big[big < 999]",
    ],
)
def test_masks(statement: str) -> None:
    same(statement)


@pytest.mark.parametrize(
    "statement",
    [
        *("b[[0, 0, 1]] = [1, 2, 3]", "b[[0, 0, 1]] += 1", "b[[-1, 5]] = [1, 2]", "b[[]] = 1"),
        *("a[[0, 2]] = a[[2, 0]]", "a[[0, 1], [2, 3]] = [7, 8]", "a[[0, 0], 1] = [1, 2]"),
        *(
            "a[:, [1, 3]] = 0",
            "a[[1], :3] = 5",
            "a[np.array([[0, 1], [1, 2]])] = 1",
            "a[1, [0, 2]] = b[:2]",
        ),
        *("a[[3, 3]] += 1", "a[[0, 9]] = 1", "b[np.argsort(b)] = b", "b[b.argsort()[::-1]] *= 2"),
        *("a[np.ix_([0, 2], [1, 3])] = -1", "a[..., [0]] = 3", "a[[0], None, [1]] = 2"),
        *("u[[0, 1]] = [255, 0]", "u[[0]] = 256", "i[[0, 1]] = 1.7", "c[[0, 1]] = [1j, 2]"),
        *(
            "np.add.at(b, [0, 0, 1], 1)",
            "np.add.at(a, [0, 0], b)",
            "np.add.at(a, (slice(None), [1, 1]), 2)",
        ),
        *("np.subtract.at(b, [1, 1], [1, 2])", "np.maximum.at(b, [0, 1, 0], [9, 8, 7])"),
        *("np.multiply.at(i, ([0, 0], [1, 1]), 3)", "np.negative.at(b, [0, 0, 1])"),
        *("np.add.at(a[::2], [0, 1, 1], 1)", "np.add.at(u, [0, 0], 200)", "np.add.at(b, b > 2, 1)"),
        *(
            "np.add.at(b, [0, 99], 1)",
            "np.add.at(a.T, [0, 0], 1)",
            "np.logical_or.at(m, [0], True)",
        ),
        *(
            "np.put(a, [0, 0, 3], [1, 2, 3])",
            "np.putmask(a, m, [1, 2, 3])",
            "np.place(a, m, [5, 6])",
        ),
        *("np.copyto(a, 2, where=m)", "np.copyto(i, a, casting='unsafe')", "np.copyto(a.T, 1)"),
        *(
            "a.sort()",
            "a.sort(axis=0)",
            "a[:, 1:4].sort(axis=0)",
            "a[::-1].sort(0)",
            "a.partition(2)",
        ),
        *("np.fill_diagonal(s, 0)", "s.flat[::5] = -1", "a.flat[3] = 1", "a[1].fill(9)"),
        *("np.random.default_rng(1).shuffle(b)", "a[0, 0] = a[1, 1] = 5", "a[0] = a[1] = b"),
        *(
            "a[1][2] = 5",
            "a[1][2:4][0] = 5",
            "a[1:][1:][0] += 1",
            "x = a[1]; x += 1; x = x + 1; x -= 9",
        ),
    ],
)
def test_indexed_writes(statement: str) -> None:
    same(statement)


@pytest.mark.parametrize(
    "out", ["a", "i", "m", "c", "np.ones((2, 4, 6))", "a[:, ::-1]", "a.T", "u"]
)
def test_out_and_where(out: str) -> None:
    for function, where in itertools.product(
        ("add", "multiply", "maximum", "greater"), ("", "m", "m[0]", "False")
    ):
        if where and ((function == "greater") != (out == "m")):
            continue  # where the output is cast, NumPy itself touches masked elements
        keyword = f", where={where}" if where else ""
        same(f"r = np.{function}(a, b, out={out}{keyword})", "(a, i, m, c, u, r)")
    same(f"r = np.add(a, b, {out})", "r")
    same(f"o = {out}\nr = np.add(a, b, out=o)\nsame = r is o", "same")
    same(f"o = {out}\nr = a.sum(axis=0, out=o[0])", "(o, r)")
    same(f"o = {out}\nr = np.where(m, a, 0)\no[...] = r", "o")


def test_where_keeps_old_bytes_of_the_output() -> None:
    same("o = np.full((4, 6), 7.0); np.sqrt(a, out=o, where=a > 0)", "o")
    same("np.divide(a, i, out=a, where=i != 0)")
    same("np.add.reduce(a, axis=0, where=m, out=b)")


@pytest.mark.parametrize("size", [1, 10, 63, 64, 65, 1000, 100_000])
def test_loops_of_writes(size: int) -> None:
    """The same program below and above every limit on size, with and without reads between."""
    for program in (
        "for k in range(20): x[1:-1] = 0.5 * (x[:-2] + x[2:])",
        "for k in range(20): x += k",
        "for k in range(20): y = x * 2; x[::2] -= 1; x += y[::-1]",
        "for k in range(1, min(len(x), 50)): x[k] = x[k - 1] * 0.5 + 1",
        "old = []\nfor k in range(5): old.append(x + 0); x *= 1.5\nx = sum(old)",
        "old = []\nfor k in range(5): old.append(x[:]); x = x * 1.5\nx = sum(old)",
        "v = x[::2]\nfor k in range(5): v += 1; x[k % len(x)] = float(v.sum())",
        "y = x.copy()\nfor k in range(6): x, y = y, x + y\nx -= y",
    ):
        same(f"x = np.arange({size}.0) / 7\n{program}", "x")


def test_an_old_value_survives_the_write_that_takes_its_memory() -> None:
    same("y = big + 1; z = y * 2; y += 5; w = y[::-1]; y[:3] = 0", "(y, z, w)")
    same("y = big + 1; k = y[2:5]; y *= 2; z = y + 0; k += 1; y[0] = k[0]", "(y, z, k)")
    same("y = big + 1; e = numpy.array(y); y += 1; z = y * 1", "(y, e, z)")


def test_donation_happens_in_place_code() -> None:
    """A write to memory that nobody else needs takes the old version's buffer."""
    x = lazynp.arange(100_000.0) + 1
    lazynp.evaluate(x)
    before = lazynp.stats()["donated"]
    for _ in range(10):
        x[1:-1] += 1
        lazynp.evaluate(x)
    assert lazynp.stats()["donated"] >= before + 9
    y = x * 1
    x += 1
    assert numpy.asarray(y)[5] + 1 == numpy.asarray(x)[5]


def test_in_place_on_a_name_keeps_the_object() -> None:
    a = lazynp.arange(5.0)
    b = a
    a += 1
    assert a is b
    c = a[1:]
    c *= 2
    assert b.tolist() == [1, 4, 6, 8, 10]


def test_python_objects_in_lists_and_dicts_alias() -> None:
    same("d = {'w': a}; d['w'] -= 1; d['w'][0] = 3; l = [b]; l[0] += 1")
    same("class P: pass\np = P(); p.x = a[1]; p.x += 5; p.x[0] = 1")
    same("def f(x): x += 1; return x\ny = f(a); y[0] = 2")


SEQUENCES = [
    "[1, 2, 'x']",
    "(7, None, 9)",
    "[1, 2, 300]",
    "[1, 2, [3]]",
    "[1, 2, 10**30]",
    "[1, 2, 3, 'x']",
    "[[1, 2, 3]]",
    "[[1], [2], [3]]",
    "[[5]]",
    "[[]]",
    "[1, 2j, 3]",
    "range(3)",
    "[range(3)]",
    "[np.ones(2), 1, 2]",
    "np.ones((1, 3))",
    "'abc'",
]


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("key", [":", "...", "1", "0:0", "..., 0"])
def test_what_a_failing_assignment_leaves(key: str, sequence: str) -> None:
    for make in ("np.zeros(3, int)", "np.zeros(3)", "np.zeros(3, 'u1')", "np.zeros((2, 3), bool)"):
        statements = f"""
x = {make}
error = None
try:
    x[{key}] = {sequence}
except Exception as caught:
    error = f"{{type(caught).__name__}}: {{caught}}"
"""
        same(statements, "(error, x)")
