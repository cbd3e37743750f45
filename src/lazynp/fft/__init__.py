"""numpy.fft: every name of it, native where there is an op."""

import numpy.fft

from lazynp._namespace import mirror

mirror(globals(), numpy.fft)
