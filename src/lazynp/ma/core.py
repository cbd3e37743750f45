"""numpy.ma.core: every name of it, native where there is an op."""

from typing import TYPE_CHECKING

from lazynp import _namespace

if TYPE_CHECKING:
    from numpy.ma.core import *
    from numpy.ma.core import MaskedArrayFutureWarning as MaskedArrayFutureWarning
    from numpy.ma.core import MaskedConstant as MaskedConstant
    from numpy.ma.core import MaskedIterator as MaskedIterator
    from numpy.ma.core import dot as dot
    from numpy.ma.core import get_data as get_data
    from numpy.ma.core import get_fill_value as get_fill_value
    from numpy.ma.core import get_mask as get_mask
    from numpy.ma.core import get_masked_subclass as get_masked_subclass
    from numpy.ma.core import shrink_mask as shrink_mask

_namespace.fill(__name__, "numpy.ma.core")
