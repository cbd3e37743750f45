"""Tells the C type which function of ours answers for a NumPy function (__array_function__)."""

from __future__ import annotations

import numpy

from lazynp import _core, _namespace

_Dispatched = type(numpy.sum)


def register_all() -> None:
    """Register every NumPy function for which a counterpart was made; later ones on demand."""
    for of, ours in list(_namespace._made.items()):
        if isinstance(of, _Dispatched) and ours is not of:
            _core.register_function(of, ours)
