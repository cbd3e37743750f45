"""numpy.linalg: every name of it, native where there is an op."""

import numpy.linalg

from lazynp._namespace import mirror

mirror(globals(), numpy.linalg)
