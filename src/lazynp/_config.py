"""The switches of lazynp: one object, set from Python or by LAZYNP_<NAME> in the environment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TypedDict, Unpack, get_args, get_type_hints

from lazynp import _core
from lazynp._fallback import set_policy


class Switch(NamedTuple):
    """One switch: its default and what it does."""

    default: Any
    doc: str


class Switches(TypedDict, total=False):
    """What each switch may be."""

    math: Literal["numpy", "fast"]
    fallback: Literal["allow", "warn", "raise"]
    late_errors: bool
    lazy_scalars: bool
    fuse: bool
    donate: bool
    plan_cache: bool
    tile_bytes: int
    memory_limit_bytes: int
    num_threads: int


SWITCHES: dict[str, Switch] = {
    "math": Switch(
        "numpy", "'numpy' gives NumPy's bits on this machine, 'fast' lazynp's own kernels."
    ),
    "fallback": Switch(
        "allow", "What happens where NumPy has to do the work: nothing, a warning, or LazyError."
    ),
    "late_errors": Switch(
        False, "Errors that depend on values are raised when the value is needed."
    ),
    "lazy_scalars": Switch(
        False,
        "Reductions of few elements wait, too: LazyScalars, which the array API knows as ours.",
    ),
    "fuse": Switch(True, "Neighbouring operations run in one pass over memory."),
    "donate": Switch(True, "A result may take the memory of an operand that dies."),
    "plan_cache": Switch(True, "Plans are kept and used again."),
    "tile_bytes": Switch(8192, "Bytes of one tile of the fused loops."),
    "memory_limit_bytes": Switch(0, "Most bytes that one run may allocate; 0: no limit."),
    "num_threads": Switch(0, "Threads of the engine; 0: one per core."),
}
_CHOICES = get_type_hints(Switches)


def parse(name: str, value: Any) -> Any:
    """`value` as the switch `name` wants it; text is read as the environment gives it."""
    if name not in SWITCHES:
        raise AttributeError(
            f"lazynp: config: unknown switch; got {name!r}; choose one of {', '.join(SWITCHES)}"
        )
    if words := get_args(_CHOICES[name]):
        accepted = value in words
        wanted = " | ".join(map(repr, words))
    elif _CHOICES[name] is bool:
        value = {"0": False, "1": True, "false": False, "true": True}.get(str(value).lower(), value)
        accepted, wanted = isinstance(value, bool), "a boolean"
    else:
        if isinstance(value, str) and value.strip().isdigit():
            value = int(value)
        accepted = type(value) is int and value >= 0
        wanted = "an integer of at least 0"
    if not accepted:
        raise ValueError(f"lazynp: config.{name}: wrong value; got {value!r}; use {wanted}")
    return value


class Config:
    """All switches as attributes; called with keywords, a context manager that restores them.

    >>> import lazynp
    >>> with lazynp.config(fallback="raise"):
    ...     lazynp.config.fallback
    'raise'
    """

    __slots__ = tuple(SWITCHES)

    # For type checkers the same as Switches, which a test compares.
    math: Literal["numpy", "fast"]
    fallback: Literal["allow", "warn", "raise"]
    late_errors: bool
    lazy_scalars: bool
    fuse: bool
    donate: bool
    plan_cache: bool
    tile_bytes: int
    memory_limit_bytes: int
    num_threads: int

    def __init__(self) -> None:
        for name, switch in SWITCHES.items():
            object.__setattr__(self, name, switch.default)
            if (text := os.environ.get(f"LAZYNP_{name.upper()}")) is not None:
                setattr(self, name, text)

    def __setattr__(self, name: str, value: Any) -> None:
        value = parse(name, value)
        if name == "fallback":
            set_policy(value)
        _core.set_option(name, value)
        object.__setattr__(self, name, value)

    @contextlib.contextmanager
    def __call__(self, **switches: Unpack[Switches]) -> Iterator[Config]:
        """Set some switches for a with block."""
        for name, value in switches.items():
            parse(name, value)
        before = {name: getattr(self, name) for name in switches}
        try:
            for name, value in switches.items():
                setattr(self, name, value)
            yield self
        finally:
            for name, value in before.items():
                setattr(self, name, value)

    def __repr__(self) -> str:
        return f"config({', '.join(f'{name}={getattr(self, name)!r}' for name in SWITCHES)})"


config = Config()
