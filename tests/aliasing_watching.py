"""Statements that watch, evaluate and read."""

from __future__ import annotations

import numpy
from aliasing_programs import FEATURES, FLOATING, Generator, feature

WATCHED = ("square", "shifted", "reversed", "changed", "overwritten", "weighted", "reshaped")


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


@feature("watch: memory shared with NumPy", 0.8, foreign=True)
def watch_import(g: Generator) -> str | None:
    if g.names("x"):
        return None
    owner, array = g.new("w"), g.new()
    shape = g.pick("(4,)", "(3, 5)", "(90,)")
    made = f"{owner} = {g.data(eval(shape), g.pick('f8', 'f4'))}\n{array} = imported({owner})"
    return f"{made}\n{g.new('x')} = watched({array}, {g.pick(*WATCHED)!r})\n{owner} += 1"


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
        f"check({name})", f"check({name}.tolist())",
        f"check(numpy.frombuffer({name}.tobytes(), {name}.dtype))",
        f"check(numpy.array({name}))", f"check(layout({name}))", f"check(layout({name}))",
        f"check(np.asarray({name}).shape)", f"check(str({name}))", f"check(repr({name}))",
        f"check(bool(({name} == {name}).all()))",
    )  # fmt: skip


@feature("read: scalar", 1)
def scalar_use(g: Generator) -> str | None:
    if not g.names("s"):
        return None
    name = g.random.choice(g.names("s"))
    return g.pick(f"check({name})", f"check({name} + 1)", f"del {name}", f"check({name}.item())")
