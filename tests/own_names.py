"""The public names that lazynp adds to NumPy's."""

from __future__ import annotations

import inspect
from typing import Any

import numpy

import lazynp
from lazynp import _own_ops


def own_names() -> list[str]:
    """All of them, without what the text of the package imports for itself."""
    names = {name for name in dir(lazynp) if not name.startswith("_") and not hasattr(numpy, name)}
    values = {name: getattr(lazynp, name) for name in names}
    imported = {name for name, x in values.items() if inspect.ismodule(x) or x is Any}
    return sorted(names - imported - {"annotations"}) + _own_ops.names()
