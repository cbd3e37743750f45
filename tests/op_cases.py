"""Calls that record every operation of the registry, on small arrays: for tables over all of them.

Elementwise operations, reductions and folds are called by their loops; the others stand here by
name. `test_derivatives.py` and `test_batching_ops.py` count that none is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

import lazynp as np
from lazynp import _core

OPS = {op.name: op for op in _core.ops()}
RNG = numpy.random.default_rng(11)


class Case(NamedTuple):
    """A call that records an operation, and its arguments."""

    call: Callable[..., Any]
    arguments: tuple[numpy.ndarray, ...]


def recorded(name: str, **attributes: Any) -> Callable[..., Any]:
    """A call that records the operation `name` with these attributes."""
    return lambda *inputs: _core.record(name, inputs, attributes or None)


# ------------------------------------------------------------------ by their loops
def sample(op: Any, seed: int, shape: tuple[int, ...] = (2, 3)) -> numpy.ndarray:
    """Points well inside the domain and apart from the integers, where ops bend."""
    lo, hi = op.samples
    points = numpy.random.default_rng(seed).uniform(lo, hi, shape)
    near = numpy.abs(points - numpy.round(points)) < 0.02
    return numpy.where(near, points + 0.03 * (hi - lo) / 4, points)


def of_dtype(op: Any, code: str, seed: int, shape: tuple[int, ...] = (2, 3)) -> numpy.ndarray:
    """Arguments of a loop: floats in the domain, small positive integers, truth."""
    if code in "dD":
        x = sample(op, seed, shape)
        return x if code == "d" else x + 1j * sample(op, seed + 50, shape) * 0.5
    return (numpy.random.default_rng(seed).integers(0, 2 if code == "?" else 5, shape)).astype(code)


def loop_of(op: Any, codes: str = "dl?") -> str | None:
    """The dtypes of the inputs of a loop among `codes`, those that come first preferred."""
    inputs = [loop.split("->")[0] for loop in op.loops]
    usable = [loop for loop in inputs if set(loop) <= set(codes)]
    return min(usable, key=lambda loop: [codes.index(c) for c in reversed(loop)], default=None)


def elementwise_cases(op: Any) -> list[Case]:
    loop = loop_of(op)
    assert loop is not None, op.name
    call = recorded(op.name)
    cases = [Case(call, tuple(of_dtype(op, code, i) for i, code in enumerate(loop)))]
    if op.n_inputs == 2:
        shapes = ((3, 1), (2, 1, 4))
        broadcast = [of_dtype(op, code, i, shapes[i]) for i, code in enumerate(loop)]
        cases.append(Case(call, tuple(broadcast)))
    return cases


def reduction_cases(op: Any) -> list[Case]:
    loop = loop_of(OPS[op.combine])
    assert loop is not None, op.name
    x = of_dtype(op, loop[0], 3, (2, 3, 4))
    attributes: list[dict[str, Any]] = [
        *({"axis": None}, {"axis": (0,)}, {"axis": (1, 2)}, {"axis": (-1,)}),
        {"axis": (0, 1), "keepdims": True},
    ]
    return [Case(recorded(op.name, **given), (x,)) for given in attributes]


def fold_cases(op: Any) -> list[Case]:
    """Of `add.reduce`, `add.accumulate`, `add.reduceat`, ..."""
    combine, kind = op.name.split(".")
    folded = [loop for loop in OPS[combine].loops if len(set(loop) - set("->")) == 1]
    code = next(code for code in "dl?" if f"{code}{code}->{code}" in folded)
    x = of_dtype(OPS[combine], code, 4, (3, 4))
    if kind == "reduceat":
        return [Case(lambda a: _core.record(op.name, (a, STARTS), {"axis": 1}), (x,))]
    if kind == "accumulate":
        return [Case(recorded(op.name, axis=0), (x,)), Case(recorded(op.name, axis=1), (x,))]
    if kind == "at":
        values = of_dtype(OPS[combine], code, 6, (3, 4))
        return [
            Case(lambda a, v: _core.record(op.name, (a, v, STARTS), WITHIN), (x, values)),
            Case(lambda a: _core.record(op.name, (a, a[:1], STARTS[2:]), WITHIN), (x,)),
        ]
    start, mask = of_dtype(OPS[combine], code, 5, ()), numpy.array([True, False, True, True])
    return [
        Case(recorded(op.name, axis=(0,)), (x,)),
        Case(recorded(op.name, axis=None, keepdims=True), (x,)),
        Case(recorded(op.name, axis=(1,)), (x, start)),
        Case(lambda a, s: _core.record(op.name, (a, s, mask), {"axis": (1,)}), (x, start)),
    ]


STARTS = numpy.array([0, 2, 1])
WITHIN = {"axes": (0,), "position": 0}

# ------------------------------------------------------------------ by name
MATRIX, SQUARE, VECTOR = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 3)), RNG.normal(size=5)
STACK, TALL = RNG.normal(size=(2, 3, 3)), RNG.normal(size=(2, 4, 3))
NUMBER, COUNTS = numpy.array(0.7), np.array([3, 1, 0, 1])
COMPLEX_LINES = RNG.normal(size=(2, 4)) + 1j * RNG.normal(size=(2, 4))
MASK = numpy.array([True, False, True])
POSITIONS, ROWS = numpy.array([2, 0, 2, -1]), numpy.array([[0, 2], [1, 1]])
FACTOR = numpy.array([0.5, 0.25])
SAMPLES = numpy.array([-1.0, 0.0, 0.6, 2.0])


def symmetric(a: Any) -> Any:
    return a + a.mT


def of_both(factors: Any) -> Any:
    """One array of eigenvalues and eigenvectors, whatever the signs of the vectors are."""
    return (factors[1] ** 2) @ factors[0][..., None]


def of_svd(factors: Any) -> Any:
    return (factors[0] ** 2 * factors[1][..., None, :]) @ factors[2] ** 2


def raw_qr(a: Any) -> Any:
    return np.linalg.qr(a, "r") ** 2


def called(call: Callable[..., Any], *arguments: numpy.ndarray) -> Case:
    return Case(call, arguments)


def lower_triangle(a: Any) -> Any:
    return np.linalg.cholesky(a @ a.mT + np.eye(3))


# NumPy's functions over these look at values first.
GUFUNCS = numpy.linalg._umath_linalg


def written(a: Any, v: Any) -> Any:
    b = a * 2
    b[1:3] = v
    return b * a


INDEXING: dict[str, list[Case]] = {
    "take": [
        called(lambda a: np.take(a, POSITIONS, axis=1), MATRIX),
        called(lambda a: np.take(a, POSITIONS), MATRIX),
        called(lambda a: np.take(a, POSITIONS + 7, axis=0, mode="wrap"), MATRIX),
        called(lambda a: np.take(a, POSITIONS, axis=-1, mode="clip"), MATRIX),
        called(recorded("take", axis=0), MATRIX, ROWS),
        called(recorded("take", axis=1, mode="wrap"), MATRIX, ROWS + 5),
        called(recorded("take", axis=1, mode="clip"), MATRIX, ROWS + 2),
    ],
    "gather": [
        called(lambda a: a[[0, 2, 0], [1, 1, 3]], MATRIX),
        called(lambda a: a[POSITIONS], MATRIX),
        called(lambda a: a[:, :, POSITIONS[:2]], STACK),
        called(recorded("gather", axes=(1,), position=1), STACK, ROWS),
        called(recorded("gather", axes=(0, 2), position=0), STACK, ROWS[:1] // 2, ROWS),
        called(recorded("gather", axes=(1, 2), position=1), STACK, ROWS, ROWS[::-1].copy()),
    ],
    "scatter_assign": [
        called(recorded("scatter_assign", axes=(0,), position=0), MATRIX, MATRIX[:2] * 3, ROWS[0]),
        called(recorded("scatter_assign", axes=(1,), position=1), STACK, STACK[:, :2], ROWS[1]),
    ],
    "scatter_add": [
        called(recorded("scatter_add", axes=(0,), position=0), MATRIX, MATRIX[:2] * 3, ROWS[1]),
        called(recorded("scatter_add", axes=(1,), position=1), STACK, STACK[:, :2], ROWS[1]),
        called(
            recorded("scatter_add", axes=(0, 1), position=0), MATRIX, MATRIX[:2, :2], ROWS, ROWS
        ),
    ],
    "compress_mask": [called(lambda a: a[MASK], MATRIX), called(lambda a: a[MATRIX > 0], MATRIX)],
    "mask_assign": [
        called(
            lambda a, v: _core.record("mask_assign", (a, MASK, v), {"count": 2}),
            *(MATRIX, MATRIX[:2] * 3),
        )
    ],
    "nonzero": [called(lambda a: _core.record("nonzero", (a,), {"count": 2}), MASK[:, None])],
    "bincount": [called(lambda w: np.bincount(COUNTS, w, 6), MATRIX[0])],
    "searchsorted": [
        called(lambda v: np.searchsorted(SAMPLES, v, side="right"), MATRIX),
        called(lambda a, v: np.searchsorted(a, v), SAMPLES, MATRIX),
    ],
    "interp": [
        called(lambda x, f: np.interp(x, SAMPLES, f), MATRIX, MATRIX[0]),
        called(lambda x: np.interp(x, SAMPLES, SAMPLES**2, left=3.0, right=2.0), MATRIX),
    ],
    "packbits": [called(recorded("packbits", axis=1, bitorder="little"), MATRIX > 0)],
    "unpackbits": [
        called(recorded("unpackbits", axis=0, count=11), numpy.array([[7, 200, 3]], "u1"))
    ],
    "monotonicity": [called(recorded("monotonicity"), SAMPLES)],
    "correlate_ordered": [
        called(recorded("correlate_ordered", mode=mode), VECTOR, VECTOR[:2] + 1)
        for mode in ("valid", "same", "full")
    ],
}
ORDER: dict[str, list[Case]] = {
    name: [
        called(recorded(name, axis=0, **more), MATRIX),
        called(recorded(name, axis=-1, **more), STACK),
        called(recorded(name, axis=None, **more), MATRIX),
    ]
    for name, more in (
        *(("cumsum", {}), ("cumprod", {}), ("argmax", {}), ("argmin", {})),
        *(("sort", {}), ("argsort", {"kind": "stable"})),
    )
} | {
    name: [
        called(lambda a, name=name: _core.record(name, (a, 1), {"axis": 0}), MATRIX),
        called(lambda a, name=name: _core.record(name, (a, 2), {"axis": -1}), STACK),
    ]
    for name in ("partition", "argpartition")
}
ORDER["argmax"].append(called(recorded("argmax", axis=None, keepdims=True), MATRIX))
ORDER["argmin"].append(called(recorded("argmin", axis=1, keepdims=True), MATRIX))

PRODUCTS: dict[str, list[Case]] = {
    "matmul": [
        called(recorded("matmul"), MATRIX, MATRIX.T.copy()),
        called(recorded("matmul"), MATRIX, MATRIX[0]),
        called(recorded("matmul"), SQUARE[0], MATRIX),
        called(recorded("matmul"), VECTOR, VECTOR[::-1].copy()),
        called(recorded("matmul"), RNG.normal(size=(2, 1, 3, 4)), RNG.normal(size=(5, 4, 2))),
        called(recorded("matmul"), VECTOR[:3], STACK),
    ],
    "dot": [
        called(recorded("dot"), MATRIX, MATRIX.T.copy()),
        called(recorded("dot"), VECTOR, VECTOR[::-1].copy()),
        called(recorded("dot"), STACK, SQUARE),
        called(recorded("dot"), SQUARE, STACK),
        called(recorded("dot"), STACK, SQUARE[0]),
    ],
    "vdot": [called(recorded("vdot"), MATRIX, MATRIX * 2 + 1)],
    "vecdot": [
        called(recorded("vecdot"), STACK, SQUARE),
        called(recorded("vecdot"), STACK, NUMBER.reshape(1).repeat(3)),
    ],
    "matvec": [
        called(recorded("matvec"), STACK, SQUARE[0]),
        called(recorded("matvec"), SQUARE, SQUARE),
    ],
    "vecmat": [
        called(recorded("vecmat"), SQUARE[0], STACK),
        called(recorded("vecmat"), SQUARE, SQUARE),
    ],
    "einsum": [
        called(lambda a, b: np.einsum("ij,jk->ik", a, b), SQUARE, MATRIX),
        called(lambda a, b: np.einsum("bij,j->bi", a, b), STACK, SQUARE[0]),
        called(lambda a: np.einsum("ij->j", a), MATRIX),
    ],
    "concatenate": [
        called(lambda a, b: np.concatenate([a, b, a]), MATRIX, MATRIX[:2] + 1),
        called(lambda a, b: np.concatenate([a, b], axis=-1), MATRIX, SQUARE),
        called(lambda a, b: np.concatenate([a, b], axis=None), MATRIX, VECTOR),
    ],
}
TRANSFORMS: dict[str, list[Case]] = {
    "fft": [called(lambda a: np.fft.fft(a, 5).real, MATRIX)],
    "ifft": [called(lambda a: np.fft.ifft(a, axis=0).imag, MATRIX)],
    "rfft_n_even": [called(lambda a: np.fft.rfft(a).real, MATRIX)],
    "rfft_n_odd": [called(lambda a: np.fft.rfft(a, 3).imag, MATRIX)],
    "irfft": [called(lambda a: np.fft.irfft(a + 0j, 5), MATRIX)],
}
LINEAR_ALGEBRA: dict[str, list[Case]] = {
    "det": [called(np.linalg.det, STACK), called(np.linalg.det, SQUARE)],
    "slogdet": [called(lambda a: np.linalg.slogdet(a)[1] * [1.0, 2.0], STACK)],
    "inv": [called(np.linalg.inv, STACK)],
    "solve": [called(np.linalg.solve, STACK, RNG.normal(size=(3, 2)))],
    "solve1": [called(np.linalg.solve, SQUARE, VECTOR[:3])],
    "cholesky_lo": [called(lower_triangle, STACK)],
    "cholesky_up": [called(lambda a: np.linalg.cholesky(a @ a.mT, upper=True), STACK)],
    "eigh_lo": [
        called(lambda a: of_both(np.linalg.eigh(symmetric(a))), STACK),
        called(lambda a: np.linalg.eigh(symmetric(a))[0][1:], SQUARE),
    ],
    "eigh_up": [called(lambda a: of_both(np.linalg.eigh(symmetric(a), "U")), STACK)],
    "eigvalsh_lo": [called(lambda a: np.linalg.eigvalsh(symmetric(a)) ** 2, STACK)],
    "eigvalsh_up": [called(lambda a: np.linalg.eigvalsh(symmetric(a), "U") ** 2, STACK)],
    "svd": [called(np.linalg.svdvals, MATRIX)],
    "svd_s": [
        called(lambda a: of_svd(np.linalg.svd(a, full_matrices=False)), MATRIX),
        called(lambda a: np.linalg.svd(a, full_matrices=False)[0] ** 2, TALL),
    ],
    "svd_f": [called(lambda a: of_svd(np.linalg.svd(a)), STACK)],
    "qr_r_raw": [called(raw_qr, STACK), called(raw_qr, TALL)],
    "qr_orthogonal": [called(lambda a: recorded("qr_orthogonal")(a) ** 2, TALL)],
    "qr_reduced": [called(lambda a: np.linalg.qr(a)[0] ** 2, TALL)],
    "qr_complete": [called(lambda a: np.linalg.qr(a, "complete")[0] ** 2, TALL)],
    "eig": [called(lambda a: abs(GUFUNCS.eig(a)[1]), STACK)],
    "eigvals": [called(lambda a: GUFUNCS.eigvals(a), STACK)],
    "lstsq": [called(lambda a, b: GUFUNCS.lstsq(a, b, 1e-9)[0], MATRIX.T.copy(), MATRIX.T + 1)],
}
CREATION: dict[str, list[Case]] = {
    "arange": [called(lambda: np.arange(4))],
    "linspace": [called(lambda: np.linspace(0, 1, 3))],
    "eye": [called(lambda: np.eye(2))],
    "tri": [called(lambda: np.tri(2))],
    "zeros": [called(lambda: np.zeros(3))],
    "ones": [called(lambda: np.ones((2, 2)))],
    "fftfreq": [called(lambda: np.fft.fftfreq(7, 0.5))],
    "rfftfreq": [called(lambda: np.fft.rfftfreq(7, 0.5))],
}
LAYOUTS: dict[str, list[Case]] = {
    name: [called(lambda a, name=name, given=given: _core.record(name, (a,), given) * 1.0, x)]
    for name, given, x in (
        ("reshape", {"shape": (2, 6)}, MATRIX),
        ("transpose", {}, MATRIX),
        ("broadcast_to", {"shape": (2, 3, 4)}, MATRIX),
        ("expand_dims", {"axis": (0, 2)}, MATRIX),
        ("squeeze", {}, MATRIX[:, None]),
        ("swapaxes", {"axis1": 0, "axis2": 2}, STACK),
        ("matrix_transpose", {}, STACK),
        ("moveaxis", {"source": (0,), "destination": (-1,)}, STACK),
        ("rollaxis", {"axis": 2}, STACK),
        ("ravel", {}, MATRIX),
        ("flip", {"axis": (1,)}, MATRIX),
        ("flipud", {}, MATRIX),
        ("fliplr", {}, MATRIX),
        ("rot90", {"axes": (0, 1)}, MATRIX),
        ("real", {}, MATRIX),
        ("imag", {}, COMPLEX_LINES),
        ("diagonal", {"offset": 1}, MATRIX),
        ("atleast_1d", {}, NUMBER),
        ("atleast_2d", {}, VECTOR),
        ("atleast_3d", {}, MATRIX),
    )
}
LAYOUTS["reshape"].append(called(lambda a: a.T.reshape(2, 6) * VECTOR[0], MATRIX))
LAYOUTS["view"] = [
    called(lambda a: a[1:] * a[:-1], VECTOR),
    called(lambda a: a[::-2] * a[0], VECTOR),
    called(lambda a: a[..., 1:3][1] ** 2, MATRIX),
    called(lambda a: a[:, None] * a, VECTOR),
]
COMPOSITES: dict[str, list[Case]] = {
    "divmod": [called(lambda a, b: np.divmod(a, b)[1], MATRIX, MATRIX[0] * 2.3)],
    "modf": [called(lambda a: np.modf(a)[0], MATRIX)],
    "frexp": [called(lambda a: np.frexp(a)[0], MATRIX)],
    "round": [called(lambda a: np.round(a, 1), MATRIX)],
    "choose": [called(lambda a, b: np.choose(COUNTS % 2, [a, b]), MATRIX, MATRIX[0])],
    "count_nonzero": [called(lambda a: np.count_nonzero(a, axis=0), MATRIX > 0)],
    "mean": [called(lambda a: np.mean(a, axis=0), MATRIX), called(np.mean, MATRIX)],
    "var": [called(lambda a: np.var(a, axis=1, ddof=1), MATRIX)],
    "std": [called(lambda a: np.std(a, axis=0, keepdims=True), MATRIX)],
    "ptp": [called(lambda a: np.ptp(a, axis=0), MATRIX)],
    "nansum": [called(lambda a: np.nansum(a, axis=0), MATRIX)],
    "nanprod": [called(lambda a: np.nanprod(a, axis=1), MATRIX)],
    "diff": [called(lambda a: np.diff(a, n=2), MATRIX)],
    "unique": [called(recorded("unique", length=5), VECTOR)],
    "lexsort": [called(lambda a, b: np.lexsort((a, b)), VECTOR, VECTOR // 1)],
    "take_along_axis": [
        called(lambda a: np.take_along_axis(a, ROWS, axis=1), MATRIX[:2]),
        called(lambda a, i: np.take_along_axis(a, i, axis=1), MATRIX[:2], ROWS),
    ],
    "ravel_multi_index": [called(lambda: np.ravel_multi_index((ROWS, ROWS), (3, 3)))],
    "unravel_index": [called(lambda: np.unravel_index(ROWS, (3, 3))[0])],
    "compress": [called(lambda a: np.compress(MASK, a, axis=0), MATRIX)],
    "copyto": [called(lambda a, b: _core.record("copyto", (a, b, MASK[:, None])), MATRIX, NUMBER)],
    "putmask": [called(lambda a, b: _core.record("putmask", (a, MATRIX > 0, b)), MATRIX, VECTOR)],
    "place": [called(lambda a, b: _core.record("place", (a, MATRIX > 0, b)), MATRIX, VECTOR)],
    "put": [called(lambda a, b: _core.record("put", (a, [1, 7, 1], b)), MATRIX, VECTOR)],
    "correlate": [called(lambda a, b: np.correlate(a, b, "same"), VECTOR, VECTOR[:3])],
    "convolve": [called(lambda a, b: np.convolve(a, b), VECTOR, VECTOR[:3])],
    "stack": [called(lambda a, b: np.stack([a, b], axis=1), MATRIX, MATRIX + 1)],
    "vstack": [called(lambda a, b: np.vstack([a, b]), MATRIX, MATRIX[0])],
    "hstack": [called(lambda a, b: np.hstack([a, b]), VECTOR, VECTOR[:2])],
    "dstack": [called(lambda a, b: np.dstack([a, b]), MATRIX, MATRIX + 1)],
    "column_stack": [called(lambda a, b: np.column_stack([a, b]), VECTOR, VECTOR * 2)],
    "roll": [
        called(lambda a: np.roll(a, 2, axis=1), MATRIX),
        called(lambda a: np.roll(a, 5), MATRIX),
    ],
    "repeat": [called(lambda a: np.repeat(a, 2, axis=1), MATRIX)],
    "full": [called(lambda a: np.full((2, 4), a), MATRIX[0])],
    "tril": [called(lambda a: np.tril(a, 1), STACK)],
    "triu": [called(lambda a: np.triu(a, -1), MATRIX)],
    "inner": [called(np.inner, MATRIX, MATRIX[:2])],
    "outer": [called(np.outer, VECTOR, VECTOR[:2])],
    "trace": [called(lambda a: np.trace(a, 1, 1, 2), STACK)],
}
OTHERS: dict[str, list[Case]] = {
    "astype": [called(lambda a: a.astype("c16").real.astype("f8"), MATRIX)],
    "write": [called(written, VECTOR, VECTOR[:2] * 3)],
    "where": [called(lambda a, b: np.where(MATRIX > 0, a, b), MATRIX, MATRIX[0])],
    "with_pullback": [
        called(lambda a: _core.attach_pullback(a * 2, [], None), MATRIX),
        called(np.custom_gradient(lambda a: (np.sin(a), lambda gy: gy * np.cos(a))), MATRIX),
    ],
    "clip": [called(np.clip, MATRIX, MATRIX[0] - 1, NUMBER)],
}
BY_NAME = (
    INDEXING
    | ORDER
    | PRODUCTS
    | TRANSFORMS
    | LINEAR_ALGEBRA
    | CREATION
    | LAYOUTS
    | COMPOSITES
    | OTHERS
)


def cases_of(op: Any) -> list[Case]:
    """Calls that record `op`; a KeyError names an operation that has none."""
    if op.name in BY_NAME or op.kind not in ("elementwise", "reduction", "structured"):
        return BY_NAME[op.name]
    if op.kind == "elementwise":
        return elementwise_cases(op)
    if op.kind == "reduction":
        return reduction_cases(op)
    return fold_cases(op) if "." in op.name else BY_NAME[op.name]


def names_recorded(y: Any) -> set[str]:
    """The operations behind a value that was not computed."""
    return {node["op"] for node in _core.graph((y,))["nodes"]}
