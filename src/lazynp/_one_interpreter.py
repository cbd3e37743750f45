"""Refuses sub-interpreters with words, before NumPy does without, or the core is loaded twice."""

from __future__ import annotations

import importlib
from typing import Any


def _interpreters() -> Any:
    """The module of CPython that knows them; None: there is none."""
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


_known = _interpreters()
if _known is not None and _known.get_current() != _known.get_main():
    raise ImportError(
        "lazynp: sub-interpreters are not supported: one engine serves one interpreter; import "
        "lazynp in the main interpreter"
    )
