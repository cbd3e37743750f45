"""Statements that compute new arrays, draw them at random, or copy them."""

from __future__ import annotations

import numpy
from aliasing_programs import MAX_SIZE, Generator, feature, small


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


@feature("value: made by NumPy (fallback)", 0.15)
def made_by_numpy(g: Generator) -> str | None:
    """What NumPy itself made is adopted without a copy."""
    name = g.array(lambda a: a.ndim == 1 and 0 < a.size < 20 and a.dtype.kind == "f")
    return name and f"{g.new()} = " + g.pick(
        f"np.unwrap({name})", f"np.kron({name}, [1, 2])", f"np.trim_zeros({name})",
        f"np.partition({name}, 0)", f"np.convolve({name}, [1, 2])",
    )  # fmt: skip


@feature("value: random draw", 0.5)
def draw(g: Generator) -> str:
    """NumPy's own bit generators, drawn from in program order."""
    new, seed = g.new(), g.random.randrange(9)
    name = g.array(lambda a: a.ndim == 1 and a.size > 0 and a.flags.writeable)
    texts = [
        f"{new} = random.normal(size=5)", f"{new} = random.integers(0, 9, (2, 3))",
        f"{new} = old_random.rand(4)", f"{new} = random.random((3, 2), dtype='f4')",
        f"np.random.seed({seed})\n{new} = np.random.normal(size=3)\n{new} += np.random.rand()",
    ]  # fmt: skip
    if name is not None:
        texts += [f"random.shuffle({name})", f"{new} = random.permutation({name})"]
        texts += [f"{new} = random.choice({name}, 3)", f"old_random.shuffle({name})"]
        if g.oracle[name].dtype == "f8" and g.oracle[name].flags.c_contiguous:
            texts += [f"random.standard_normal(out={name})"]
    return g.random.choice(texts)
