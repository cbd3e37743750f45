"""numpy.lib.stride_tricks: every name of it, native where there is an op."""

from typing import TYPE_CHECKING

from lazynp import _namespace

if TYPE_CHECKING:
    from numpy.lib.stride_tricks import *

_namespace.fill(__name__, "numpy.lib.stride_tricks")
