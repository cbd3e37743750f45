"""Tables of records: structured dtypes, recarrays, joins, grouping and sorting by fields."""

import numpy as np
import numpy.lib.recfunctions as rfn
from numpy.lib.recfunctions import append_fields, drop_fields, join_by

person = np.dtype([("name", "U10"), ("age", np.int32), ("weight", "f4"), ("scores", "f8", 3)])
people = np.array(
    [
        ("Ada", 36, 55.5, (9.5, 8.0, 7.25)),
        ("Alan", 41, 70.25, (8.0, 9.0, 9.5)),
        ("Grace", 85, 60.0, (7.0, 7.5, 8.0)),
        ("Kurt", 36, 52.75, (6.0, 9.9, 5.5)),
    ],
    dtype=person,
)
print(people.dtype, people.itemsize, np.dtype("i1,f8", align=True))
print(people)
print(
    people["age"].mean(),
    people["scores"].mean(axis=0),
    people[1]["name"],
    people[["name", "age"]][2],
)
print(people[people["weight"] > 54]["name"], people["age"].strides, people.dtype.names)
people["age"][0] += 1
people[3] = ("Emmy", 53, 61.0, 10)
people[people["age"] > 50]["weight"] = 0
people["weight"][people["age"] > 50] *= 2
print(people["weight"], people[-1], people[-1].item())
record = people[0]
record["age"] = 37
print(
    people["age"],
    type(record).__name__,
    record.dtype.names,
    len(record),
    record[1],
    list(record)[:2],
)
by_age = np.sort(people, order=["age", "name"])
print(
    by_age["name"],
    np.argsort(people, order="weight"),
    sorted(people.tolist(), key=lambda r: -r[2])[0][0],
)
print(
    max(people, key=lambda r: r["scores"].max())["name"],
    [p["name"] for p in people if p["age"] < 50],
)

table = people.view(np.recarray)
print(
    type(table).__name__,
    table.name,
    table.age.sum(),
    table[0].name,
    type(table[0]).__name__,
    table.scores.shape,
)
table.age = table.age - 1
rec = np.rec.array([(1, 2.5, "x"), (2, 3.5, "yy")], names="id,value,tag")
print(rec, rec.id, rec[rec.value > 3].tag, rec.dtype)
made = np.rec.fromarrays([np.arange(3), np.linspace(0, 1, 3)], names=["k", "v"])
print(made, made.k * made.v, np.rec.fromrecords([(1, "a")], formats="i4,U1").f0)
try:
    print(table.height)
except AttributeError as error:
    print("AttributeError:", error)

more = append_fields(made, "w", [5, 6, 7], usemask=False)
print(more, more.dtype.names, drop_fields(more, "v").dtype)
left = np.array([(1, 10.0), (2, 20.0), (4, 40.0)], dtype=[("key", int), ("a", float)])
right = np.array([(1, b"p"), (4, b"q"), (5, b"r")], dtype=[("key", int), ("b", "S1")])
print(join_by("key", left, right, usemask=False))
print(join_by("key", left, right, jointype="outer"))
print(
    rfn.structured_to_unstructured(left),
    rfn.merge_arrays((left, np.arange(3)), flatten=True, usemask=False),
)
print(
    rfn.unstructured_to_structured(np.eye(2), names=["x", "y"]),
    rfn.rename_fields(left, {"a": "z"}).dtype,
)
print(
    rfn.stack_arrays((left, left[:1]), usemask=False),
    rfn.get_names(person),
    rfn.repack_fields(people[["age"]]).dtype,
)

trades = np.array(
    [("X", 100, 2.5), ("Y", 50, 10.0), ("X", 25, 3.0), ("Z", 10, 1.0), ("Y", 5, 11.0)],
    dtype=[("symbol", "U2"), ("quantity", "i8"), ("price", "f8")],
)
symbols, group = np.unique(trades["symbol"], return_inverse=True)
value = np.bincount(group, weights=trades["quantity"] * trades["price"])
for symbol, total, n in zip(symbols, value, np.bincount(group)):
    print(f"{symbol:>3} {total:10.2f} {n}")
order = np.lexsort((trades["price"], trades["symbol"]))
print(trades[order], trades[order]["price"].cumsum())
unique = np.unique(trades[["symbol"]])
print(
    unique,
    trades == trades[0],
    (trades[:2] == trades[:2]).all(),
    trades.tobytes() == trades.copy().tobytes(),
)
nested = np.zeros(2, dtype=[("point", [("x", "f4"), ("y", "f4")]), ("label", "S3")])
nested["point"]["x"] = [1, 2]
nested["label"] = "abcdef"
print(
    nested, nested["point"]["x"].base is nested, nested.dtype["point"]["y"], nested[0]["point"]["x"]
)
points = np.array([(1.0, 2.0), (3.0, 4.0)], dtype=[("x", float), ("y", float)])
plain = points.view(float).reshape(-1, 2)
plain[:, 1] *= -1
print(points, np.hypot(points["x"], points["y"]), plain.sum(axis=0))
offsets = np.dtype(
    {"names": ["lo", "hi"], "formats": ["u1", "u1"], "offsets": [0, 1], "itemsize": 4}
)
print(np.array([0x0201, 0x0403], "<u4").view(offsets)["hi"], offsets)
try:
    people["height"]
except ValueError as error:
    print(type(error).__name__, error)
try:
    np.array([(1, 2, 3)], dtype=left.dtype)
except ValueError as error:
    print(type(error).__name__, error)
_union = np.array([1.0], dtype=np.dtype((np.float64, [("low", "u4"), ("high", "u4")])))
print(_union.dtype, _union["high"])
