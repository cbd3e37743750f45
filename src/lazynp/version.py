"""numpy.version: every name of it, native where there is an op."""

from typing import TYPE_CHECKING

from lazynp import _namespace

if TYPE_CHECKING:
    from numpy.version import *

_namespace.fill(__name__, "numpy.version")
