"""Statements that write arrays in place: operators, subscripts, overlaps, loops."""

from __future__ import annotations

import numpy
from aliasing_programs import Generator, feature


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


@feature("write: put, putmask, place with an array", 2)
def write_by_positions(g: Generator) -> str | None:
    """The stored values may be those of the array itself: NumPy stores them as they were."""
    name = g.array(lambda a: a.size > 1)
    if name is None:
        return None
    a = g.oracle[name]
    mode = g.pick("raise", "wrap", "clip")
    far = a.size if mode == "raise" else 3 * a.size
    places = [g.random.randrange(-far, far) for _ in range(3)]
    return g.pick(
        f"{name}.put({places}, {name}, mode={mode!r})",
        f"np.put({name}, {places}, [1, 0], {mode!r})",
        f"np.putmask({name}, {g.mask(a, name)}, {name}.T)",
        f"np.place({name}, {g.mask(a, name)}, {name}.ravel().copy()[1:])",
        f"{name}.flat[::2] = {name}.flat[1:3]",
        f"{name}.flat = {name}.T.copy()",
    )


@feature("write: partition", 1)
def partition_in_place(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim > 0 and a.size > 0 and a.dtype.kind != "c")
    if name is None:
        return None
    axis = g.random.choice([-1, 0])
    return f"{name}.partition({g.random.randrange(g.oracle[name].shape[axis])}, axis={axis})"


@feature("write: fill_diagonal", 0.7)
def diagonal(g: Generator) -> str | None:
    name = g.array(lambda a: a.ndim == 2 and a.size > 0)
    return name and f"np.fill_diagonal({name}, {g.pick('1', '[1, 0]', '2')}, {g.chance(0.5)})"


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


@feature("write: whole array", 2.5)
def write_whole(g: Generator) -> str | None:
    """The value of one array becomes the whole of another that lies alike."""
    source = g.array(lambda a: a.size > 0)
    if source is None:
        return None
    a = g.oracle[source]
    alike = [n for n in g.names("v") if g.oracle[n].shape == a.shape and n != source]
    alike = [n for n in alike if g.oracle[n].dtype == a.dtype]
    if alike and g.chance(0.5):
        target, made = g.random.choice(alike), ""
    else:
        target = g.new()
        made = f"{target} = np.{g.pick('zeros_like', 'empty_like')}({source})\n"
    write = g.pick(
        f"{target}[...] = {source}", f"np.copyto({target}, {source})",
        f"np.positive({source}, out={target})", f"{target}[()] = {source}",
    )  # fmt: skip
    if a.dtype.kind == "b":
        write = f"{target}[...] = {source}"
    return made + (f"{target}[:] = {source}" if a.ndim and g.chance(0.3) else write)


@feature("write: refused", 0.5)
def write_refused(g: Generator) -> str | None:
    """Refused when recorded: a cast that loses, a wrong shape, a read-only array."""
    name = g.array(lambda a: a.ndim > 0 and a.size > 0 and a.dtype.kind in "iu")
    if name is None:
        return None
    return g.pick(
        f"{name} += 0.5", f"{name}[:1] *= 1.5", f"np.add({name}, 0.5, out={name})",
        f"{name}[...] = np.zeros((7, 11))", f"{name} += np.zeros((7, 11), 'i1')",
        f"np.broadcast_to({name}, (2, *{name}.shape))[...] = 1", f"{name}[{name}.shape[0]] = 1",
    )  # fmt: skip


@feature("write: set real, imag", 1.2)
def set_parts(g: Generator) -> str | None:
    name = g.array(lambda a: a.dtype.kind == "c")
    name = name or (g.array() if g.chance(0.3) else None)
    if name is None:
        return None
    part = g.pick("real", "imag")
    number = g.pick("2", "0", "-1", "True")
    texts = [f"{name}.{part} = {number}", f"{name}.{part} = {name}.real + 1"]
    if g.oracle[name].dtype.kind == "c":
        texts += [f"{name}.{part} += {name}.imag", f"{name}.imag = {name}.real"]
        texts += [f"{name}.{part}[...] = {number}"]
    return g.random.choice(texts)


@feature("write: slice of flat", 0.8)
def write_flat(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 2)
    if name is None:
        return None
    return f"{name}.flat[" + g.pick("1:3] = [1, 0]", "::2] = 1", "[0, -1, 0]] = [1, 2, 3]")
