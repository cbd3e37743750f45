"""Statements about memory that NumPy sees, too: exports, imports, mixed operands."""

from __future__ import annotations

from aliasing_programs import Generator, broadcasts_to, feature


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


@feature("export: __array_interface__", 0.7, foreign=True)
def export_address(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0)
    g.has_pinned |= name is not None
    return name and f"{g.new('w')} = pinned({name})"


@feature("export: ctypes.data", 0.7, foreign=True)
def export_pointer(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0 and a.flags.c_contiguous and a.flags.writeable)
    g.has_pinned |= name is not None
    return name and f"{g.new('w')} = pointed({name})"


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


def foreign_pair(g: Generator, ours_fits: bool) -> tuple[str, str] | None:
    """An `ndarray` and an array under test, one of which broadcasts to the other."""
    if not g.names("w"):
        return None
    foreign = g.random.choice(g.names("w"))
    w = g.oracle[foreign]
    if ours_fits:
        name = g.array(lambda a: broadcasts_to(a.shape, w.shape))
        return (foreign, name) if name and g.fits(name, w) else None
    name = g.array(lambda a: broadcasts_to(w.shape, a.shape))
    return (foreign, name) if name and g.fits(foreign, g.oracle[name]) else None


@feature("foreign: ndarray += array", 2, foreign=True)
def foreign_in_place(g: Generator) -> str | None:
    pair = foreign_pair(g, ours_fits=True)
    if pair is None:
        return None
    foreign, name = pair
    return g.pick(
        f"{foreign} += {name}", f"{foreign}[...] = {name}", f"numpy.copyto({foreign}, {name})"
    )


@feature("foreign: numpy.add(out=ndarray)", 1.5, foreign=True)
def foreign_out(g: Generator) -> str | None:
    pair = foreign_pair(g, ours_fits=True)
    if pair is None:
        return None
    foreign, name = pair
    function = f"{g.pick('numpy', 'np')}.{g.pick('add', 'multiply', 'maximum')}"
    call = f"{function}({foreign}, {name}, out={foreign})"
    return f"check({call} is {foreign})" if g.chance(0.5) else call


@feature("foreign: array += ndarray", 2, foreign=True)
def foreign_operand(g: Generator) -> str | None:
    pair = foreign_pair(g, ours_fits=False)
    if pair is None:
        return None
    foreign, name = pair
    return g.pick(f"{name} += {foreign}", f"{name}[...] = {foreign}", f"{name} *= {foreign}")


@feature("foreign: array and ndarray", 2, foreign=True)
def mixed(g: Generator) -> str | None:
    pair = foreign_pair(g, ours_fits=g.chance(0.5))
    if pair is None:
        return None
    foreign, name = pair
    text = g.pick(
        f"{foreign} + {name}", f"{name} * {foreign}", f"numpy.multiply({name}, {foreign})",
        f"np.maximum({foreign}, {name})", f"np.where({foreign} != 0, {foreign}, {name})",
    )  # fmt: skip
    # A small ndarray is copied when this is recorded: what its owner does next is not seen.
    after = f"\n{foreign} += {foreign}" if g.chance(0.5) else ""
    return f"{g.new()} = {text}{after}"


@feature("foreign: a large ndarray, then changed", 0.4, foreign=True)
def large_operand(g: Generator) -> str | None:
    """Above 64 KB the operation runs when it is recorded."""
    name = g.array(lambda a: a.ndim == 1 and a.size == 1) or "np.array([2])"
    large, result = g.new("w"), g.new()
    ours = g.pick(name, "np.zeros(9000)", "np.array(data(3, (9000,), 'f4'))")
    text = g.pick(f"{ours} + {large}", f"{large} * {ours}", f"np.maximum({large}, {ours})")
    made = f"{large} = {g.data((9000,), 'f8')}\n"
    if g.chance(0.3):
        made += f"{result} = np.zeros(9000)\n{result} += {large}\n"
    else:
        made += f"{result} = {text}\n"
    return f"{made}{large} *= 2\n{large}[::7] = 5\n{result} = {result}[::900]\ndel {large}"


@feature("foreign: shares_memory with an ndarray", 1.5, foreign=True)
def shares_with_ndarray(g: Generator) -> str | None:
    pair = [n for n in g.names("w") if g.oracle[n].size], g.array(lambda a: a.size > 0)
    if not pair[0] or not pair[1]:
        return None
    both = [g.random.choice(pair[0]), pair[1]]
    g.random.shuffle(both)
    return (
        f"check({g.pick('np', 'numpy')}.{g.pick('shares', 'may_share')}_memory({', '.join(both)}))"
    )


@feature("foreign: write through an address", 0.6, foreign=True)
def clear_by_address(g: Generator) -> str | None:
    name = g.array(lambda a: a.size > 0 and a.flags.c_contiguous and a.flags.writeable)
    g.has_pinned |= name is not None
    return name and f"check(interface_of({name}))\ncleared_by_address({name})"


@feature("foreign: objects that compute with arrays themselves", 0.6)
def foreign_objects(g: Generator) -> str:
    name, thing = g.array(), g.pick("refuser", "superior")
    expression = g.pick(
        f"{name} + {thing}", f"{name} * {thing}", f"{name} == {thing}", f"{thing} + {name}",
        f"{name} @ {thing}", f"{name} < {thing}", f"{name} - {thing}", f"np.add({name}, refuser)",
        f"{thing} == {name}", f"np.add(refuser, {name}, out={name})", f"{name}.__add__({thing})",
    )  # fmt: skip
    if g.chance(0.2):
        return f"o = {name}\no += refuser\ndel o"
    return f"check(attempt(lambda: {expression}))"


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


@feature("import: overlapping views of one owner", 1, foreign=True)
def import_overlapping(g: Generator) -> str | None:
    """Two storages on the same memory: a write compares their addresses."""
    names = [n for n in g.names("w") if g.oracle[n].ndim and g.oracle[n].shape[0] > 2]
    if not names:
        return None
    name, first, second = g.random.choice(names), g.new(), g.new()
    to, source = g.random.choice([("1:", ":-1"), (":-1", "1:"), ("1:-1", "2:"), ("2:", ":-2")])
    made = f"{first}, {second} = imported({name}[{to}]), imported({name}[{source}])\n"
    operator = "|=" if g.oracle[name].dtype.kind == "b" else g.pick("+=", "-=")
    return made + g.pick(
        f"{first}[...] = {second}", f"{first} {operator} {second}", f"{first}[:] = {second}",
        f"np.logical_or({second}, {second}, out={first}, casting='unsafe')",
    )  # fmt: skip


@feature("import: read-only", 0.8, foreign=True)
def import_read_only(g: Generator) -> str:
    """A read-only view proves nothing: the base may still be written."""
    owner, view = g.new("w"), g.new("w")
    made = f"{owner} = {g.data()}\n{view} = {owner}.view()\n{view}.flags.writeable = False\n"
    return f"{made}{g.new()} = imported({view})"


@feature("array() copies, then the owner writes", 1)
def copied(g: Generator) -> str:
    make = g.pick("np.array({})", "np.array({}, copy=True)", "np.asarray({}).copy()", "np.copy({})")
    text = f"o = {g.data()}\n{g.new()} = {make.format('o')}\no[...] = 1"
    return f"{text}\ndel o"


@feature("import: adopt", 0.8)
def adopt(g: Generator) -> str:
    text = f"o = {g.data()}\n{g.new()} = adopt(o)\ncheck(o.flags.writeable)"
    return f"{text}\ncheck(attempt(lambda: o.fill(0)))\ndel o"
