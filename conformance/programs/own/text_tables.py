"""Reading and writing tables as text: loadtxt, genfromtxt, savetxt, fromstring, fromregex."""

import io
import os
import tempfile

import numpy as np
from numpy import genfromtxt, loadtxt, savetxt

CSV = """\
# station, day, temperature, rain
A1,2024-01-01, 3.5 ,0.0
B2,2024-01-01,-1.25,12.5

A1,2024-01-02,4.0,N/A
C3,2024-01-02,,3.25
"""

table = genfromtxt(
    io.StringIO(CSV),
    delimiter=",",
    names="station, day, temperature, rain",
    dtype=None,
    encoding="utf-8",
    missing_values={"rain": "N/A"},
    filling_values={"rain": -1.0},
    autostrip=True,
)
print(table.dtype)
print(table)
print(table["temperature"], np.isnan(table["temperature"]).sum(), table["rain"].max())
masked = genfromtxt(
    io.StringIO("1,2,3\n4,,6\n7,8,-"), delimiter=",", missing_values="-", usemask=True
)
print(masked, masked.mask.sum(), masked.mean(axis=0))

numbers = loadtxt(io.StringIO("1 2 3\n4 5 6 % remark\n7 8 9"), comments="%")
print(numbers, numbers.dtype)
x, y = loadtxt(io.StringIO("0;1.5;a\n1;2.5;b"), delimiter=";", usecols=(0, 1), unpack=True)
print(x, y, x.flags.c_contiguous)
print(loadtxt(["10 0x1F", "11 0x2A"], dtype=int, converters={1: lambda s: int(s, 16)}))
print(loadtxt(io.StringIO("1 2\n3 4"), dtype=[("a", "i4"), ("b", "f8")])["b"])
print(loadtxt(io.StringIO("5"), ndmin=2).shape, loadtxt(["1 2", "3 4"], max_rows=1, dtype=np.int8))
for bad, kwargs in [("1 2\n3", {}), ("1 x", {}), ("1,2", {"usecols": 5, "delimiter": ","})]:
    try:
        print(loadtxt(io.StringIO(bad), **kwargs))
    except (ValueError, IndexError) as error:
        print(type(error).__name__, error)

out = io.StringIO()
savetxt(out, numbers, fmt="%8.3f", delimiter="|", header="a b c", footer="end")
print(out.getvalue())
out = io.StringIO()
savetxt(out, np.array([1 + 2j, 3 - 4j]), fmt="%.2e")
savetxt(out, np.arange(6).reshape(2, 3), fmt=["%d", "%x", "%5.1f"], comments="")
savetxt(out, table[["station", "rain"]], fmt="%s %6.2f")
print(out.getvalue())
exact = np.random.default_rng(1).random((4, 3)) / 3
with tempfile.TemporaryDirectory() as _folder:
    _path = os.path.join(_folder, "exact.txt.gz")
    savetxt(_path, exact)
    again = loadtxt(_path)
    print("exact:", (again == exact).all(), sorted(os.listdir(_folder)))
    _log = os.path.join(_folder, "_log.txt")
    with open(_log, "w") as file:
        file.write("".join(f"t={t:03d} level={t * 0.25:.2f};\n" for t in range(5)))
    found = np.fromregex(_log, r"t=(\d+) level=([\d.]+)", [("t", np.int64), ("level", np.float32)])
    print(found.dtype.names, found["level"], found["t"].sum())

print(np.fromstring("1, 2, 3.5", sep=","), np.fromstring("7 8", dtype=np.uint8, sep=" "))
print(np.array([float(word) for word in "1e-3 inf -2".split()]))
matrix = np.matrix("1 2; 3 4")
print(matrix * matrix, matrix.I, np.asmatrix("5, 6"))
parsed = np.array([[int(c) for c in row] for row in "012 345 678".split()])
print(parsed.trace(), np.fliplr(parsed).diagonal())
fixed = "  1  22 333\n 44   5  66\n"
print(
    genfromtxt(io.StringIO(fixed), delimiter=4, dtype=int),
    genfromtxt(["a b", "1 2"], names=True)["b"],
)
np.set_printoptions(precision=3, linewidth=60, threshold=20, edgeitems=2, suppress=True)
print(np.linspace(0, 1e-3, 30))
print(np.arange(100.0).reshape(10, 10) / 7)
np.set_printoptions(formatter={"float_kind": lambda v: f"<{v:.1f}>"}, threshold=1000)
print(exact)
np.set_printoptions(formatter=None, precision=8, suppress=False, linewidth=75, edgeitems=3)
print(exact[0], repr(exact[:1]), np.array_str(exact[0], precision=2), np.array_repr(numbers))
print(np.format_float_positional(np.float32(0.1)), np.format_float_scientific(1234.5, precision=2))
print(
    np.base_repr(255, 16), np.binary_repr(-5, width=8), np.array([1e-20, 1, 1e20]), np.float16(0.1)
)
