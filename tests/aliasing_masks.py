"""Statements that write where a mask, an index array, `out=` or `where=` says."""

from __future__ import annotations

import numpy
from aliasing_programs import Generator, feature
from aliasing_writes import in_place_operator


@feature("mask: scalar", 2.5)
def mask_scalar(g: Generator) -> str:
    name = g.array()
    mask = g.mask(g.oracle[name], name)
    return f"{name}[{mask}] = {g.pick('7', '0', '-1', 'True')}"


@feature("mask: array", 2)
def mask_array(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0)
    if name is None:
        return None
    a = g.oracle[name]
    mask = g.mask(a, name)
    count = int(numpy.count_nonzero(g.value(mask)))
    count += g.chance(0.05)  # a wrong count is NumPy's error
    # A value that overlaps the target is copied first: NumPy itself reads what it has just written.
    value = g.pick(
        f"np.array({g.data((count,), a.dtype.str)})", f"{name}[{mask}] * 2",
        f"{name}[{mask}][::-1]", f"{name}.ravel()[:{count}].copy()",
    )  # fmt: skip
    return f"{name}[{mask}] = {value}" if g.fits(value, a) else None


@feature("mask: in-place operator", 2.5)
def mask_in_place(g: Generator) -> str:
    name = g.array()
    a = g.oracle[name]
    operator = in_place_operator(g, a)
    other = "4" if operator == "/=" else g.number()
    return f"{name}[{g.mask(a, name)}] {operator} {other}"


@feature("mask: read, then in-place", 1.2)
def mask_read_in_place(g: Generator) -> str | None:
    """The same mask for a read and for a write, and the elements read before still there after."""
    name = g.array(lambda a: a.dtype.kind in "fc")
    if name is None:
        return None
    mask, part = g.new(), g.new()
    made = f"{mask} = {g.mask(g.oracle[name], name)}\n{part} = {name}[{mask}]\n"
    return made + g.pick(
        f"{name}[{mask}] *= {part}", f"{name}[{mask}] += 1", f"{name}[{mask}] -= {name}[{mask}]",
        f"{name}[{mask}] = {part}[::-1]",
    )  # fmt: skip


@feature("mask: read", 1.5)
def mask_read(g: Generator) -> str:
    name = g.array()
    return f"{g.new()} = {name}[{g.mask(g.oracle[name], name)}]"


@feature("fancy: assign with duplicates", 2.5)
def fancy_assign(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.shape[0] > 0)
    if name is None:
        return None
    a = g.oracle[name]
    count = g.random.randint(1, 6)
    where = g.positions(a.shape[0], count)
    if g.chance(0.04):
        where = f"[0, {a.shape[0] + 1}]"
    value = g.pick(
        g.number(), f"np.array({g.data((count, *a.shape[1:]), a.dtype.str)})", f"{name}[0]"
    )
    return f"{name}[{where}] = {value}" if g.fits(value, a) else None


@feature("fancy: in-place with duplicates", 1.5)
def fancy_in_place(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.shape[0] > 0 and a.dtype.kind != "b")
    if name is None:
        return None
    a = g.oracle[name]
    where = g.positions(a.shape[0], 4)
    number = g.number() if a.dtype.kind in "fc" else "2"
    index = g.pick(where, f"np.array({where})", f"numpy.array({where})")
    if a.ndim > 1 and a.shape[1] > 0:
        index = g.pick(index, f"{where}, {g.positions(a.shape[1], 4)}", f"{where}, ::-1")
    return f"{name}[{index}] {g.pick('+=', '*=', '-=', '=')} {number}"


@feature("out= returns its argument", 1.2)
def out_is_returned(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.dtype.kind in "fi")
    if name is None:
        return None
    target = g.pick(name, f"{name}[1:]", f"{name}[::-1]", f"{name}.T")
    # Not negative: NumPy 2.4.6 gives wrong numbers for strided integers in place.
    call = g.pick(
        f"np.add(o, {g.operand(g.value(target).shape, name)}, out=o)", "np.sign(o, out=(o,))",
        "np.cumsum(o, axis=0, out=o)", "np.clip(o, -1, 1, o)", "np.multiply(o, o, o)",
        "np.take(o, [0] * o.shape[0], axis=0, out=o, mode='clip')", "o.cumsum(0, out=o)",
        "np.maximum.accumulate(o, out=o)", "o.clip(-1, 2, out=o)", "np.abs(o, out=o)",
    )  # fmt: skip
    return f"o = {target}\ncheck(attempt(lambda: {call} is o))\ndel o"


@feature("out=", 4)
def out(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0)
    if name is None:
        return None
    target = g.view(name)
    a = g.value(target)
    left, right = g.operand(a.shape, name), g.operand(a.shape, name)
    ufunc = g.pick("add", "multiply", "subtract", "maximum")
    if g.chance(0.12) and a.ndim:
        return f"np.cumsum({target}, axis=0, out={target})"
    if g.chance(0.08) and a.ndim > 1 and a.size:
        return f"{name}.sum(axis=0, out={name}[0])"
    bind = f"{g.new()} = " if g.chance(0.3) and target == name else ""
    return f"{bind}np.{ufunc}({left}, {right}, out={target})"


@feature("where=", 2)
def where_keyword(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0)
    if name is None:
        return None
    a = g.oracle[name]
    ufunc = g.pick("add", "multiply", "maximum")
    left, right = g.operand(a.shape, name), g.number()
    if numpy.result_type(g.value(left), g.value(right)) != a.dtype:
        return None  # where the output is cast, NumPy itself touches masked elements
    return f"np.{ufunc}({left}, {right}, out={name}, where={g.mask(a, name)})"


@feature("ufunc.at", 2.5)
def ufunc_at(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.shape[0] > 0 and a.dtype.kind != "b")
    if name is None:
        return None
    a = g.oracle[name]
    count = g.random.randint(1, 7)
    value = g.pick("2", "1.5", f"np.array({g.data((count, *a.shape[1:]), a.dtype.str)})")
    ufunc = g.pick("add", "add", "subtract", "maximum", "multiply")
    return f"np.{ufunc}.at({name}, {g.positions(a.shape[0], count)}, {value})"
