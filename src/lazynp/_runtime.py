"""How the engine runs: eager and no_eval blocks, threads, counters."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from lazynp import _core
from lazynp._config import config
from lazynp._fallback import n_fallbacks

__all__ = ["eager", "no_eval", "set_num_threads", "stats"]


@contextlib.contextmanager
def _switched(switch: Callable[[bool], bool]) -> Iterator[None]:
    before = switch(True)
    try:
        yield
    finally:
        switch(before)


def eager() -> contextlib.AbstractContextManager[None]:
    """A block in which every operation runs at once, for debugging.

    >>> import lazynp
    >>> with lazynp.eager():
    ...     x = lazynp.arange(3) + 1
    """
    return _switched(_core.set_eager)


def no_eval() -> contextlib.AbstractContextManager[None]:
    """A block in which whatever forces a run raises LazyError at its line.

    >>> import lazynp
    >>> with lazynp.no_eval():
    ...     x = lazynp.zeros(3) + 1
    """
    return _switched(_core.set_no_eval)


def set_num_threads(n: int) -> None:
    """Let the engine use `n` threads; 0: one per core. Raises ValueError below 0.

    >>> import lazynp
    >>> lazynp.set_num_threads(2)
    >>> lazynp.config.num_threads
    2
    >>> lazynp.set_num_threads(0)
    """
    config.num_threads = n


def stats() -> dict[str, Any]:
    """Counters since the start: nodes recorded and run, plans, fallbacks, bytes allocated.

    >>> import lazynp
    >>> lazynp.stats()["fallbacks"] >= 0
    True
    """
    return {**_core.stats(), "fallbacks": n_fallbacks()}
