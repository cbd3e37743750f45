"""Sorting, searching, set operations, grouping and ranking."""

import numpy
from numpy import argsort, searchsorted, unique

rng = numpy.random.RandomState(12)
values = rng.randint(0, 20, size=15)
print(
    values, numpy.sort(values), argsort(values, kind="stable"), values.argsort(kind="mergesort")[:3]
)
print(
    numpy.sort(values)[::-1][:5],
    (-values).argsort(kind="stable")[:5],
    numpy.partition(values, 4)[4],
    sorted(numpy.argpartition(values, 3)[:3].tolist()),
)
table = rng.permutation(12).reshape(3, 4)
print(
    table,
    numpy.sort(table, axis=0),
    numpy.sort(table, axis=None),
    table.argmax(axis=1),
    table.argmin(),
)
order = table.argsort(axis=1)
print(
    numpy.take_along_axis(table, order, axis=1),
    table[numpy.arange(3), table.argmax(1)],
    numpy.unravel_index(table.argmax(), table.shape),
)
inplace = table.copy()
inplace.sort(axis=1)
inplace.partition(1, axis=0)
print(inplace)
numpy.put_along_axis(inplace, inplace.argmax(axis=0, keepdims=True), -1, axis=0)
print(
    inplace,
    numpy.sort(numpy.array([3 + 1j, 1, 3, numpy.nan])),
    numpy.sort([2.5, numpy.nan, -numpy.inf]),
)

u, index, inverse, counts = unique(
    values, return_index=True, return_inverse=True, return_counts=True
)
print(u, index, inverse, counts, (u[inverse] == values).all(), u[counts.argmax()])
print(
    unique([[1, 0], [1, 0], [2, 3]], axis=0, return_counts=True),
    unique(numpy.array(["b", "a", "b"])),
    unique([numpy.nan, numpy.nan, 1.0]),
)
print(
    unique(table % 3, axis=1),
    numpy.unique_values([3, 1, 3]),
    numpy.unique_counts([1, 1, 2]),
    unique([True, False, True]),
)
a, b = numpy.array([1, 2, 3, 4, 4]), numpy.array([3, 4, 5])
print(
    numpy.intersect1d(a, b),
    numpy.union1d(a, b),
    numpy.setdiff1d(a, b),
    numpy.setxor1d(a, b),
    numpy.isin(a, b),
    numpy.isin(a, [2], invert=True),
)
common, ia, ib = numpy.intersect1d(a, b, return_indices=True)
print(common, ia, ib, set(a) & set(b), numpy.in1d(a, b) if hasattr(numpy, "in1d") else None)

edges = numpy.array([0, 5, 10, 15, 20])
print(
    searchsorted(edges, values),
    searchsorted(edges, values, side="right"),
    numpy.digitize(values, edges),
    searchsorted([1, 2, 3], 2.5),
    edges.searchsorted([[5], [16]]),
)
shuffled = edges[[2, 0, 4, 1, 3]]
print(
    searchsorted(shuffled, [7, 15], sorter=shuffled.argsort()),
    numpy.histogram(values, edges),
    numpy.bincount(values, minlength=20)[:6],
)
print(
    numpy.flatnonzero(values > 10),
    numpy.nonzero(table % 2),
    numpy.argwhere(table > 9),
    numpy.where(values > 15, -1, values),
    numpy.extract(values % 5 == 0, values),
)
print(
    numpy.count_nonzero(table > 5, axis=0),
    numpy.any(table > 10, axis=1),
    numpy.searchsorted(numpy.array(["a", "c"]), "b"),
    (values == 3).argmax(),
)

names = numpy.array(["Smith", "Jones", "Smith", "Brown", "Jones"])
first = numpy.array(["Zoe", "Al", "Bob", "Cy", "Al"])
ages = numpy.array([30, 25, 30, 41, 22])
for i in numpy.lexsort((-ages, first, names)):
    print(f"  {names[i]:<6} {first[i]:<4} {ages[i]}")
for name in unique(names):
    group = ages[names == name]
    print(f"  {name}: {group.size} {group.mean():.2f} {group.min()}-{group.max()}")
keys, starts = unique(numpy.sort(names), return_index=True)
parts = numpy.split(argsort(names, kind="stable"), starts[1:])
print(
    {str(k): p.tolist() for k, p in zip(keys, parts, strict=True)},
    numpy.add.reduceat(ages[argsort(names, kind="stable")], starts),
)


def rank(x, method="average"):
    sorter = argsort(x, kind="mergesort")
    inv = numpy.empty_like(sorter)
    inv[sorter] = numpy.arange(len(x))
    if method == "ordinal":
        return inv + 1
    x = x[sorter]
    new = numpy.r_[True, x[1:] != x[:-1]]
    dense = new.cumsum()[inv]
    count = numpy.r_[numpy.nonzero(new)[0], len(new)]
    return 0.5 * (count[dense] + count[dense - 1] + 1)


print(rank(values), rank(values, "ordinal"))


def merge_sort(x):
    if len(x) < 2:
        return x
    middle = len(x) // 2
    left, right = merge_sort(x[:middle]), merge_sort(x[middle:])
    merged = numpy.empty_like(x)
    i = j = 0
    for k in range(len(x)):
        if j == len(right) or (i < len(left) and left[i] <= right[j]):
            merged[k] = left[i]
            i += 1
        else:
            merged[k] = right[j]
            j += 1
    return merged


def bubble_sort(x):
    x = x.copy()
    for n in range(len(x), 1, -1):
        for i in range(n - 1):
            if x[i] > x[i + 1]:
                x[i], x[i + 1] = x[i + 1], x[i]
    return x


def quick_sort(x):
    if x.size <= 1:
        return x
    pivot = x[x.size // 2]
    return numpy.concatenate([quick_sort(x[x < pivot]), x[x == pivot], quick_sort(x[x > pivot])])


def binary_search(x, wanted):
    low, high = 0, len(x) - 1
    while low <= high:
        middle = (low + high) // 2
        if x[middle] == wanted:
            return middle
        if x[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1


expected = numpy.sort(values)
print(
    [bool((f(values) == expected).all()) for f in (merge_sort, bubble_sort, quick_sort)],
    binary_search(expected, expected[7]),
    binary_search(expected, 99),
)
swapped = numpy.arange(4.0)
swapped[0], swapped[3] = swapped[3], swapped[0]
swapped[[1, 2]] = swapped[[2, 1]]
rows = numpy.arange(6).reshape(3, 2)
rows[0], rows[2] = rows[2], rows[0].copy()
print(
    swapped,
    rows,
    numpy.roll(rows, 1, axis=0),
    numpy.flip(rows),
    numpy.rot90(rows),
    rows[::-1, ::-1].base is rows.base,
)
top = numpy.argsort(values)[-3:][::-1]
quantiles = numpy.quantile(values, [0.1, 0.5, 0.9], method="nearest")
print(
    values[top].tolist(),
    quantiles,
    numpy.percentile(values, 75, method="lower"),
    numpy.median(table, axis=0),
    numpy.ptp(table, axis=1),
    numpy.trim_zeros([0, 0, 1, 2, 0]),
)
