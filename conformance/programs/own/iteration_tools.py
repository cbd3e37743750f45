"""Walking over arrays: nditer, ndenumerate, ndindex, flat, broadcast, iterators and generators."""

import itertools

import numpy as np

a = np.arange(6).reshape(2, 3)
print(
    [int(x) for x in np.nditer(a)],
    [int(x) for x in np.nditer(a.T)],
    [int(x) for x in np.nditer(a.T, order="C")],
)
print([x.tolist() for x in np.nditer(a, flags=["external_loop"], order="F")])
squares = a.copy()
with np.nditer(squares, op_flags=["readwrite"]) as it:
    for x in it:
        x[...] = x * x
print(squares, squares.dtype)
it = np.nditer(a, flags=["multi_index"])
while not it.finished:
    if it[0] % 2:
        print(it.multi_index, int(it[0]), end="; ")
    is_more = it.iternext()
print(it.finished, it.ndim, it.itersize)
with np.nditer(
    [a, np.array([10, 20, 30]), None], [], [["readonly"], ["readonly"], ["writeonly", "allocate"]]
) as it:
    for x, y, _z in it:
        _z[...] = x + y
    print(it.operands[2], it.nop)
total = np.zeros((2, 1), dtype=int)
with np.nditer(
    [a, total],
    ["reduce_ok", "external_loop"],
    [["readonly"], ["readwrite"]],
    op_axes=[None, [0, -1]],
) as it:
    for x, y in it:
        y[...] += x.sum()
print(total.ravel())
buffered = np.nditer(a, flags=["external_loop", "buffered"], op_dtypes=["float64"], buffersize=4)
print([(chunk.dtype, chunk.tolist()) for chunk in buffered])
try:
    np.nditer(a, op_dtypes=["float64"])
except TypeError as error:
    print("TypeError:", error)
outer, inner = np.nested_iters(a, [[0], [1]])
print([[int(y) for y in inner] for _ in outer])

print(
    [(i, int(x)) for i, x in np.ndenumerate(a) if x > 3],
    list(np.ndindex(2, 2)),
    next(iter(np.ndindex((1, 2)))),
)
_flat = a.flat
print(
    next(_flat),
    _flat.index,
    _flat.coords,
    _flat[2],
    _flat[[0, -1]],
    len(_flat),
    [int(x) for x in _flat],
)
a.flat[::2] = -1
a.flat[1] = 99
print(a, a.flat[a.flatten() > 0], a.flat.base is a, type(a.flat).__name__)
_b = np.broadcast(np.arange(3)[:, None], np.arange(2))
print(_b.shape, _b.nd, _b.size, [tuple(map(int, pair)) for pair in _b], _b.index)
_x, _y = np.broadcast_arrays(np.arange(3), [[1], [2]])
print(_x, _y, _x.strides, np.broadcast_shapes((2, 1), (3,)), np.broadcast_to(7, (2, 2)))
try:
    np.broadcast_to([1, 2], (2, 2))[0, 0] = 5
except ValueError as error:
    print("ValueError:", error)

for row in a:
    row += 1
for i, row in enumerate(a):
    for j, value in enumerate(row):
        if value == 0:
            a[i, j] = i - j
print(a, [row.sum() for row in a], [type(v).__name__ for v in a[0]], [*map(tuple, a)])
first, *rest = np.arange(5)
(p, q), (r, s) = np.arange(4).reshape(2, 2)
print(first, rest, p, q, r, s, *a[0], max(enumerate([0.5, 2.5, 1.0]), key=lambda t: t[1]))
print(
    [[int(u), int(v)] for u, v in zip(a[0], a[1], strict=True)],
    [list(map(int, c)) for c in itertools.combinations(np.arange(4), 3)],
)
print(
    list(itertools.product(np.arange(2), repeat=2)),
    list(itertools.chain.from_iterable(a)),
    [k for k, _ in itertools.groupby(np.array([1, 1, 2, 1]))],
)


def windows(x, size, step=1):
    for start in range(0, len(x) - size + 1, step):
        yield x[start : start + size]


def batches(n, size, rng):
    order = rng.permutation(n)
    for k in range(0, n, size):
        yield np.sort(order[k : k + size])


signal = np.cumsum(np.array([1, -2, 3, -4, 5, -6, 7]))
print(
    [w.tolist() for w in windows(signal, 3, 2)],
    [float(w.mean().round(3)) for w in windows(signal, 4)],
)
print([batch.tolist() for batch in batches(7, 3, np.random.default_rng(0))])
views = list(windows(signal, 2))
views[0][1] = 100
print(
    signal,
    views[1],
    np.shares_memory(views[0], views[1]),
    views[0].base is signal.base or views[0].base is signal,
)


class Grid:
    """A sequence of cells by the old protocol, and a mapping over two axes."""

    def __init__(self, n):
        self.cells = np.zeros((n, n), dtype=np.int8)

    def __len__(self):
        return len(self.cells)

    def __getitem__(self, key):
        return self.cells[key]

    def __setitem__(self, key, value):
        self.cells[key] = value

    def __iter__(self):
        yield from self.cells.ravel()

    def __contains__(self, value):
        return value in self.cells

    def __array__(self, dtype=None, copy=None):
        return np.array(self.cells, dtype=dtype)


grid = Grid(3)
grid[1] = [1, 2, 3]
grid[:, 2] += 4
print(
    len(grid),
    list(map(int, grid)),
    7 in grid,
    9 in grid,
    np.array(grid).sum(),
    np.asarray(grid, dtype=float)[1],
    np.sum(grid, axis=0),
)
i = 0
while i < len(signal) and signal[i] > -50:
    i += 2
print(
    i,
    signal[i] if i < len(signal) else "end",
    sorted(range(7), key=signal.__getitem__),
    sorted(signal, key=abs)[:3],
)
counter = dict.fromkeys(np.array(["a", "b"]).tolist(), 0)
for letter in np.array(list("abba")):
    counter[letter] += 1
print(
    counter,
    list(np.fromiter(counter.values(), dtype=int)),
    np.fromiter(((i, i / 2) for i in range(2)), dtype="i4,f8"),
)
pairs = np.array(list(itertools.permutations(range(3), 2)))
print(
    pairs[np.lexsort(pairs.T)],
    {tuple(map(int, pair)) for pair in np.sort(pairs)},
    [int(x) for x in reversed(signal)][:2],
)
