"""numpy.polynomial: every name of it, native where there is an op."""

from typing import TYPE_CHECKING

from lazynp import _namespace

if TYPE_CHECKING:
    from numpy.polynomial import *
    from numpy.polynomial import test as test

_namespace.fill(__name__, "numpy.polynomial")
