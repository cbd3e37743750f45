"""The kinds of statements of random aliasing programs: each function writes one as text.

`None` means that the present state has nothing that such a statement could work on.
"""

from __future__ import annotations

import numpy
from aliasing_programs import (
    DTYPES,
    FEATURES,
    FLOATING,
    MAX_SIZE,
    Generator,
    broadcasts_to,
    feature,
    small,
)


# ------------------------------------------------------------------ arrays and their views
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


# ------------------------------------------------------------------ values
@feature("value: binary", 8)
def binary(g: Generator) -> str | None:
    name = g.array()
    other = g.operand(g.oracle[name].shape, name) if g.chance(0.8) else g.array()
    if not small(g.oracle[name].shape, numpy.shape(g.value(other))):
        return None
    operator = g.pick("+", "+", "*", "-", "-", "*", "+", ">", "<=", "==", "/ 4 +", "* 0.5 -")
    text = f"{name} {operator} {other}" if g.chance(0.7) else f"{other} {operator} {name}"
    return f"{g.new()} = {text}"


@feature("value: unary, astype", 4)
def unary(g: Generator) -> str | None:
    name = g.array(lambda a: a.dtype.kind != "b")
    if name is None:
        return None
    a = g.oracle[name]
    target = g.pick("f8", "f4", "c16", "?", "i8")
    if a.dtype.kind == "c":
        target = "c16"
    elif not g.fits(name, numpy.empty(0, target)):
        target = "f8"
    calls = [f"-{name}", f"np.abs({name})", f"{name}.astype({target!r})", f"np.square({name} / 8)"]
    if a.dtype.kind == "f":
        calls += [f"np.sqrt(np.abs({name}))", f"np.exp(np.minimum({name}, 2))", f"np.tanh({name})"]
    return f"{g.new()} = {g.pick(*calls)}"


@feature("value: select, join", 2.5)
def select(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.size <= MAX_SIZE // 2 and a.dtype.kind != "c")
    if name is None:
        return None
    other = g.operand(g.oracle[name].shape, name)
    calls = [
        f"np.where({g.mask(g.oracle[name], name)}, {name}, {other})",
        f"np.concatenate([{name}, {name}[::-1]])",
        f"np.maximum({name}, {other})",
        f"np.stack([{name}, {name}])",
    ]
    return f"{g.new()} = {g.pick(*calls)}"


@feature("value: reduction", 4)
def reduction(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.size > 0 and a.dtype.kind != "c")
    if name is None:
        return None
    axis = g.random.randrange(g.oracle[name].ndim)
    method = g.pick("sum", "max", "min", "mean", "any", "all", "argmax", "cumsum", "sum", "var")
    if g.chance(0.35) and method != "cumsum":
        return f"{g.new('s')} = {name}.{method}()"
    return f"{g.new()} = {name}.{method}(axis={axis})"


@feature("value: scalar read", 1.5)
def scalar_read(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0 and a.ndim > 0)
    if name is None:
        return None
    index = ", ".join(str(g.random.randint(-n, n - 1)) for n in g.oracle[name].shape)
    return f"{g.new('s')} = {name}[{index}]"


@feature("value: sort, take, fancy read", 2)
def gather(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.shape[0] > 0 and a.dtype.kind != "c")
    if name is None:
        return None
    where = g.positions(g.oracle[name].shape[0], 4)
    calls = [f"np.sort({name})", f"{name}[{where}]", f"np.take({name}, {where}, axis=0)"]
    text = g.pick(*calls)
    return f"{g.new()} = {text}" if g.value(text).size <= MAX_SIZE else None


@feature("value: copy, pickle", 2)
def copies(g: Generator) -> str:
    name = g.array()
    return f"{g.new()} = " + g.pick(
        f"{name}.copy()", f"{name}.copy(order='F')", f"np.copy({name})", f"copy.copy({name})",
        f"copy.deepcopy({name})", f"pickle.loads(pickle.dumps({name}))", f"np.array({name})",
        f"+{name}" if g.oracle[name].dtype.kind != "b" else f"~{name}",
    )  # fmt: skip


# ------------------------------------------------------------------ writes
def in_place_operator(g: Generator, a: numpy.ndarray) -> str:
    if a.dtype.kind == "b":
        return g.pick("|=", "&=", "^=", "|=", "+=", "-=")
    if a.dtype.kind in "iu":
        return g.pick("+=", "-=", "*=", "|=", "&=", "+=", "-=")
    return g.pick("+=", "-=", "*=", "+=", "-=", "/=")


def in_place_operand(g: Generator, a: numpy.ndarray, operator: str, name: str) -> str:
    if operator == "/=":
        return "4"
    other = g.operand(a.shape, name)
    if a.dtype.kind in "iu" and numpy.result_type(g.value(other)).kind in "fc" and g.chance(0.8):
        return "2"  # most float operands of integer writes are errors; some are enough
    return other


@feature("write: in-place operator", 8)
def in_place(g: Generator) -> str:
    name = g.array()
    a = g.oracle[name]
    operator = in_place_operator(g, a)
    return f"{name} {operator} {in_place_operand(g, a, operator, name)}"


@feature("write: in-place on a subscript", 6)
def in_place_view(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0)
    if name is None:
        return None
    target = f"{name}[{g.index_of(g.oracle[name])}]"
    a = g.value(target)
    operator = in_place_operator(g, a)
    return f"{target} {operator} {in_place_operand(g, a, operator, name)}"


@feature("write: shifted overlap", 5)
def overlap(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.shape[0] > 2 and a.dtype.kind != "b")
    if name is None:
        return None
    pairs = [
        ("1:", ":-1"),
        (":-1", "1:"),
        (":", "::-1"),
        ("2:", ":-2"),
        ("::-1", ":"),
        ("1:-1", "2:"),
    ]
    to, source = g.random.choice(pairs)
    if (
        g.chance(0.2)
        and g.oracle[name].ndim == 2
        and g.oracle[name].shape[0] == g.oracle[name].shape[1]
    ):
        return f"{name} += {name}.T"
    return f"{name}[{to}] {g.pick('=', '+=', '-=', '=', '+=')} {name}[{source}]"


def differently_spaced(target: numpy.ndarray, value: object) -> bool:
    """Overlapping lines with other strides: NumPy 2.4 reads there what it has just written."""
    if not isinstance(value, numpy.ndarray) or target.ndim != 1 or value.ndim != 1:
        return False
    return target.strides != value.strides and numpy.may_share_memory(target, value)


@feature("write: setitem", 7)
def set_item(g: Generator) -> str | None:
    name = g.array()
    a = g.oracle[name]
    index = g.index_of(a) if a.ndim and g.chance(0.9) else "..."
    target = g.value(f"{name}[{index}]")
    value = g.operand(target.shape, name)
    if not g.fits(value, a) or differently_spaced(target, g.value(value)):
        return None
    return f"{name}[{index}] = {value}"


@feature("write: single element", 2)
def set_element(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0 and a.ndim > 0)
    if name is None:
        return None
    index = ", ".join(str(g.random.randint(-n, n - 1)) for n in g.oracle[name].shape)
    value = g.pick(g.number(), f"{name}[{index}]")
    if not g.fits(value, g.oracle[name]):
        return None
    return f"{name}[{index}] {g.pick('=', '=', '+=', '*=')} {value}"


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
    if g.chance(0.3) and a.dtype.kind not in "b":
        return f"{name}[{where}] += {g.number() if a.dtype.kind in 'fc' else '2'}"
    return f"{name}[{where}] = {value}" if g.fits(value, a) else None


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


@feature("write: sort", 1.2)
def sort_in_place(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.dtype.kind != "c")
    return name and f"{name}.sort(axis={g.random.choice([-1, 0])})"


@feature("write: fill, flat, copyto, put", 3)
def other_writes(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0)
    if name is None:
        return None
    a = g.oracle[name]
    if g.chance(0.15):
        return g.pick(
            f"np.put({name}, [0, -1, 0], [1, 2, 3])",
            f"np.putmask({name}, {g.mask(a, name)}, [1, 2])",
            f"np.place({name}, {g.mask(a, name)}, [3, 4])",
            f"{name}.flat = 3",
        )
    value = g.operand(a.shape, name)
    number = g.pick("2", "0", "1")
    if not g.fits(value, a):
        return None
    return g.pick(
        f"{name}.fill({number})", f"{name}.flat[{g.random.randrange(a.size)}] = {number}",
        f"np.copyto({name}, {value}, casting='unsafe')",
        f"np.copyto({name}, {value}, casting='unsafe', where={g.mask(a, name)})",
    )  # fmt: skip


@feature("write: loop over rows", 1)
def rows(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 1 and a.shape[0] > 0)
    return name and f"for r in {name}: r {in_place_operator(g, g.oracle[name])} 2\ndel r"


@feature("write: loop over elements", 0.8)
def element_loop(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim == 1 and a.size > 1 and a.dtype.kind == "f")
    return name and f"for i in range(1, len({name})): {name}[i] = {name}[i - 1] * 0.5 + 1"


@feature("write: swap rows", 0.8)
def swap_rows(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 1 and a.shape[0] > 1)
    return name and g.pick(
        f"{name}[0], {name}[1] = {name}[1].copy(), {name}[0].copy()",
        f"{name}[[0, 1]] = {name}[[1, 0]]",
        f"{name}[0], {name}[1] = {name}[1], {name}[0]",
    )


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


# ------------------------------------------------------------------ memory shared with NumPy
@feature("export: asarray", 5, foreign=True)
def export(g: Generator) -> str:
    return f"{g.new('w')} = exported({g.array()})"


@feature("export: memoryview", 2, foreign=True)
def export_memoryview(g: Generator) -> str | None:
    name = g.array(lambda a: a.dtype.char in "dflBb?" and a.ndim == 1 and a.size > 0)
    return name and f"{g.new('b')} = memoryview({name})"


@feature("export: dlpack", 1.5, foreign=True)
def export_dlpack(g: Generator) -> str | None:
    name = g.array(lambda a: a.flags.writeable and 0 not in a.strides)
    return name and f"{g.new('w')} = numpy.from_dlpack({name})"


@feature("export: raw address", 0.7, foreign=True)
def export_address(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0)
    g.has_pinned |= name is not None
    return name and f"{g.new('w')} = pinned({name})"


@feature("foreign: write through a memoryview", 3, foreign=True)
def write_memoryview(g: Generator) -> str | None:
    if not g.names("b"):
        return None
    name = g.random.choice(g.names("b"))
    view = g.oracle[name]
    return f"{name}[{g.random.randrange(len(view))}] = {'True' if view.format == '?' else '5'}"


@feature("foreign: write", 9, foreign=True)
def foreign_write(g: Generator) -> str | None:
    if not g.names("w"):
        return None
    name = g.random.choice(g.names("w"))
    if g.oracle[name].dtype.kind == "b":
        return f"{name} ^= True"
    texts = [f"{name}[...] = {name} * 2", f"{name} += 1", f"{name}[::2] = 3"]
    return g.pick(*texts) if g.oracle[name].ndim else f"{name} += 1"


@feature("foreign: mixed operands", 4, foreign=True)
def mixed(g: Generator) -> str | None:
    if not g.names("w"):
        return None
    foreign = g.random.choice(g.names("w"))
    w = g.oracle[foreign]
    name = g.array(lambda a: broadcasts_to(a.shape, w.shape))
    back = g.array(lambda a: broadcasts_to(w.shape, a.shape))
    texts = []
    if name and g.fits(name, w):
        texts += [
            f"{foreign} += {name}",
            f"{foreign}[...] = {name}",
            f"{g.new()} = {foreign} + {name}",
        ]
        texts += [f"numpy.add({foreign}, {name}, out={foreign})"]
    if back and g.fits(foreign, g.oracle[back]):
        texts += [
            f"{back} += {foreign}",
            f"{back}[...] = {foreign}",
            f"{g.new()} = {back} * {foreign}",
        ]
        texts += [f"{g.new()} = numpy.multiply({back}, {back})"]
    return g.pick(*texts) if texts else None


@feature("foreign: read", 3, foreign=True)
def foreign_read(g: Generator) -> str | None:
    names = g.names("w") + g.names("b")
    return f"check({g.random.choice(names)})" if names else None


@feature("foreign: release", 6, foreign=True)
def foreign_release(g: Generator) -> str | None:
    names = g.names("w") + g.names("b")
    return f"del {g.random.choice(names)}" if names else None


@feature("import: asarray", 2.5, foreign=True)
def import_array(g: Generator) -> str:
    owner = g.new("w")
    return f"{owner} = {g.data()}\n{g.new()} = imported({owner})"


@feature("import: frombuffer", 1, foreign=True)
def import_buffer(g: Generator) -> str:
    owner = g.new("b")
    return f"{owner} = memoryview(bytearray(range(12)))\n{g.new()} = np.frombuffer({owner}, 'u1')"


@feature("import: a view of the owner's memory", 1, foreign=True)
def import_view(g: Generator) -> str | None:
    names = [n for n in g.names("w") if g.oracle[n].ndim]
    if not names:
        return None
    name = g.random.choice(names)
    return f"{g.new()} = imported({name}[{g.index_of(g.oracle[name])}])"


@feature("import: adopt", 0.8)
def adopt(g: Generator) -> str:
    return f"{g.new()} = adopt({g.data()})"


# ------------------------------------------------------------------ watching, evaluation, reading
WATCHED = ("square", "shifted", "reversed", "changed", "reshaped")


def is_injective(a: numpy.ndarray) -> bool:
    """Whether every element has memory of its own: watching copies other views."""
    covered = a.itemsize
    for stride, n in sorted((abs(s), n) for n, s in zip(a.shape, a.strides, strict=True) if n > 1):
        if stride < covered:
            return False
        covered += stride * (n - 1)
    return True


@feature("watch", 1.2)
def watch(g: Generator) -> str | None:
    good = g.array(
        lambda a: a.dtype.str[1:] in FLOATING and a.ndim > 0 and a.shape[0] > 2 and is_injective(a)
    )
    if good is None or g.names("x"):  # watching again drops the older history
        return None
    return f"{g.new('x')} = watched({good}, {g.pick(*WATCHED)!r})"


@feature("watch: gradient after writes", 8)
def gradient(g: Generator) -> str | None:
    if not g.names("x"):
        return None
    name = g.random.choice(g.names("x"))
    return f"check({name}.gradient())\ndel {name}"


@feature("evaluate", 1.5)
def evaluate(g: Generator) -> str:
    return f"evaluate({g.array()}, {g.array()})"


@feature("eager", 0.6)
def eager(g: Generator) -> str | None:
    kinds = ["write: in-place operator", "view: basic index", "write: setitem", "value: binary"]
    text = FEATURES[g.pick(*kinds)].write(g)
    return text and f"with eager(): {text}"


@feature("read", 5)
def read(g: Generator) -> str:
    name = g.array()
    return g.pick(
        f"check({name})", f"check({name}.tolist())", f"check({name}.tobytes())",
        f"check(numpy.array({name}))", f"check(layout({name}))", f"check(layout({name}))",
        f"check(np.asarray({name}).shape)", f"check(str({name}))", f"check(repr({name}))",
        f"check(bool(({name} == {name}).all()))",
    )  # fmt: skip


@feature("shares_memory", 1)
def shares(g: Generator) -> str | None:
    a, b = g.array(lambda a: a.size > 0), g.array(lambda a: a.size > 0)
    return a and f"check({g.pick('np.shares_memory', 'np.may_share_memory')}({a}, {b}))"


@feature("read: scalar", 1)
def scalar_use(g: Generator) -> str | None:
    if not g.names("s"):
        return None
    name = g.random.choice(g.names("s"))
    return g.pick(f"check({name})", f"check({name} + 1)", f"del {name}", f"check({name}.item())")
