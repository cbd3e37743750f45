"""numpy.fft: every name of it, native where there is an op."""

from typing import TYPE_CHECKING

from lazynp import _namespace

if TYPE_CHECKING:
    # A name that both have stands twice: mypy takes the first definition, pyright the last.
    from lazynp._array_api_keywords import fftfreq as fftfreq
    from lazynp._array_api_keywords import rfftfreq as rfftfreq
    from numpy.fft import *  # type: ignore[no-redef]
    from lazynp._array_api_keywords import fftfreq as fftfreq
    from lazynp._array_api_keywords import rfftfreq as rfftfreq

_namespace.fill(__name__, "numpy.fft")
