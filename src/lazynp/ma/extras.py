"""numpy.ma.extras: every name of it, native where there is an op."""

from typing import TYPE_CHECKING

from lazynp import _namespace

if TYPE_CHECKING:
    from numpy.ma.extras import *
    from numpy.ma.extras import MAxisConcatenator as MAxisConcatenator
    from numpy.ma.extras import mr_class as mr_class

_namespace.fill(__name__, "numpy.ma.extras")
