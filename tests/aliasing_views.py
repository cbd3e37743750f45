"""Statements that make arrays and views of them, and ask what a view is."""

from __future__ import annotations

import numpy
from aliasing_programs import DTYPES, MAX_SIZE, Generator, feature


@feature("create", 2.5)
def create(g: Generator) -> str:
    kind = g.random.random()
    dtype = g.random.choice(DTYPES)
    if kind < 0.7:
        return f"{g.new()} = np.array({g.data()})"
    if kind < 0.8:
        return f"{g.new()} = np.zeros({g.shape()}, {dtype!r})"
    if kind < 0.9:
        return (
            f"{g.new()} = np.arange({g.random.randint(0, 9)}, dtype={g.pick('f8', 'i8', 'f4')!r})"
        )
    return f"{g.new()} = np.array({g.data(dtype=dtype)}, order={g.pick('F', 'K', 'C')!r})"


@feature("view: basic index", 9)
def basic_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0)
    return name and f"{g.new()} = {name}[{g.index_of(g.oracle[name])}]"


@feature("view: transpose", 2.5)
def transpose_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 1)
    if name is None:
        return None
    axes = list(range(g.oracle[name].ndim))
    g.random.shuffle(axes)
    call = g.pick(
        f"{name}.T", f"{name}.transpose({axes})", f"np.transpose({name}, {axes})",
        f"np.swapaxes({name}, 0, -1)", f"np.moveaxis({name}, 0, -1)",
    )  # fmt: skip
    return f"{g.new()} = {call}"


@feature("view: reshape", 3)
def reshape_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 1)
    if name is None:
        return None
    a = g.oracle[name]
    divisors = [d for d in (2, 3, 4, 5, 6) if a.size % d == 0]
    shape = (g.random.choice(divisors), -1) if divisors and g.chance(0.7) else (-1,)
    call = g.pick(f"{name}.reshape({shape})", f"np.reshape({name}, {shape})", f"{name}.ravel()")
    return f"{g.new()} = {call}"


@feature("view: other", 2)
def other_view(g: Generator) -> str | None:
    name = g.array(lambda a: 0 < a.ndim < 4)
    return name and f"{g.new()} = " + g.pick(
        f"{name}.view()", f"{name}.squeeze()", f"np.expand_dims({name}, 0)", f"np.flip({name})",
        f"np.atleast_2d({name})", f"{name}[...]", f"{name}[:, None]", f"np.asarray({name})",
        f"np.flip({name}, 0)", f"np.split({name}, [1])[0]",
    )  # fmt: skip


@feature("view: diagonal", 0.8)
def diagonal_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 1)
    return name and f"{g.new()} = {name}.diagonal({g.random.randint(-1, 1)})"


@feature("view: broadcast_to", 1)
def broadcast_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.size * 3 <= MAX_SIZE and a.ndim < 4)
    return name and f"{g.new()} = np.broadcast_to({name}, {(3, *g.oracle[name].shape)})"


@feature("view: real, imag", 2)
def complex_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.dtype.kind == "c") or (g.array() if g.chance(0.2) else None)
    return name and f"{g.new()} = {name}.{g.pick('real', 'imag')}"


@feature("view: dtype", 1.5)
def dtype_view(g: Generator) -> str | None:
    targets = {
        "<f8": "i8 u8 u1",
        "<i8": "u8 i4 u1",
        "<c16": "f8",
        "|u1": "i1",
        "<f4": "i4",
        "<i4": "u4",
    }
    name = g.array(lambda a: a.dtype.str in targets and bool(numpy.isfinite(a).all()))
    if name is None:
        return None
    return f"{g.new()} = {name}.view({g.pick(*targets[g.oracle[name].dtype.str].split())!r})"


@feature("view: made by NumPy (fallback)", 0.08)
def fallback_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim == 2 and a.shape[0] == a.shape[1] > 0)
    if name is not None and g.chance(0.5):
        return f"{g.new()} = np.einsum('ii->i', {name})"
    name = g.array(lambda a: a.ndim == 1 and a.size >= 3)
    return name and f"{g.new()} = np.lib.stride_tricks.sliding_window_view({name}, 2)"


@feature("write: made by NumPy (fallback)", 0.15)
def fallback_write(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim == 1 and a.size > 2 and a.dtype.kind == "f")
    if name is None:
        return None
    calls = [f"np.random.default_rng(3).shuffle({name})", f"np.nan_to_num({name}, copy=False)"]
    return g.pick(*calls, f"{name}.partition(1)")


@feature("name: another name", 0.5)
def another_name(g: Generator) -> str | None:
    return f"{g.new()} = {g.array()}"


@feature("name: rebind", 1)
def rebind(g: Generator) -> str | None:
    name = g.array()
    if name is None or g.oracle[name].dtype.kind == "b":
        return None
    return f"{name} = {name} {g.pick('+', '*')} {g.number()}"


@feature("release", 3)
def release(g: Generator) -> str | None:
    return f"del {g.array()}" if len(g.names("v")) > 5 else None


@feature("set shape", 0.8)
def set_shape(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0 and a.flags.c_contiguous)
    if name is None:
        return None
    size = g.oracle[name].size
    return f"{name}.shape = " + ("(2, -1)" if size % 2 == 0 and g.chance(0.7) else f"({size},)")


@feature("set dtype", 0.5)
def set_dtype(g: Generator) -> str | None:
    targets = {"<i8": "u8", "<u8": "i8", "<i4": "u4", "|u1": "i1", "<c16": "f8"}
    name = g.array(lambda a: a.dtype.str in targets and a.ndim > 0)
    return name and f"{name}.dtype = {targets[g.oracle[name].dtype.str]!r}"


@feature("resize", 0.6)
def resize(g: Generator) -> str | None:
    if g.has_pinned:
        return None  # memory whose raw address was read stays shared, and is never moved
    # NumPy leaves the new elements of a read-only array as they happen to lie in memory.
    name = g.array(lambda a: a.base is None and a.size > 0 and a.flags.writeable)
    return name and f"{name}.resize({g.pick('(3, 4)', '(7,)', '(2,)')})"


@feature("setflags", 0.3)
def set_flags(g: Generator) -> str | None:
    name = g.array()
    if name is None:
        return None
    # A write to an array whose elements overlap would depend on the order of writing.
    writes = g.pick("False", "True") if g.oracle[name].flags.owndata else "False"
    return f"{name}.setflags(write={writes})"


# ------------------------------------------------------------------ asking what an array is
@feature("ask: base", 1.5)
def ask_base(g: Generator) -> str | None:
    arrays = g.names("v")
    # Other bases are ndarrays that NumPy keeps to itself, or whose view stands for an import.
    owners = [n for n in arrays if g.oracle[n].base is None]
    known_bases = {id(None), *(id(g.oracle[n]) for n in owners)}
    known = [n for n in arrays if id(g.oracle[n].base) in known_bases]
    if not known:
        return None
    view = g.random.choice(known)
    its_base = [n for n in owners if g.oracle[n] is g.oracle[view].base]
    base = g.random.choice(its_base) if its_base and g.chance(0.7) else g.random.choice(arrays)
    questions = f"({view}.base is {base}, {view}.base is None, {view}.flags.owndata)"
    return f"check(at_record({view}, lambda: {questions}))\ncheck({view}.base)"


@feature("ask: flags, strides", 2)
def ask_layout(g: Generator) -> str:
    name = g.array()
    question = g.pick(
        f"layout({name})", f"layout({name}.T)", f"layout({name}.real)", f"layout({name}.imag)",
        f"layout({name}[...])", f"layout({name}.squeeze())", f"({name}.itemsize, {name}.nbytes)",
    )  # fmt: skip
    return f"check(at_record({name}, lambda: {question}))"


@feature("ask: memory order of a result", 1.5)
def ask_result_layout(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 1 and a.dtype.kind != "b")
    if name is None:
        return None
    view = g.view(name)
    other = g.operand(g.value(view).shape, name)
    result = g.pick(
        f"{view} + {other}", f"-{view}", f"{view}.copy('K')", f"np.zeros_like({view})",
        f"{view}.astype('c16')", f"np.where({view} != 0, {view}, {other})", f"{view}.cumsum(0)",
    )  # fmt: skip
    return f"check(layout({result}))"


@feature("ask: shares_memory", 1)
def shares(g: Generator) -> str | None:
    a, b = g.array(lambda a: a.size > 0), g.array(lambda a: a.size > 0)
    return a and f"check({g.pick('np.shares_memory', 'np.may_share_memory')}({a}, {b}))"


@feature("ask: flat", 1.5)
def read_flat(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0)
    if name is None:
        return None
    position = g.random.randrange(g.oracle[name].size)
    return g.pick(
        f"{g.new('s')} = {name}.flat[{position}]", f"{g.new()} = {name}.flat[{position}:]",
        f"check([e for e in {name}.flat])", f"{g.new()} = {name}.flat[[0, {position}, 0]]",
        f"check(({name}.flat.copy(), len({name}.flat), {name}.flat.base is {name}))",
    )  # fmt: skip
