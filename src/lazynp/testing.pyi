# The names of numpy.testing, as NumPy types them, and what a pytest run recorded.
from numpy.testing import *

COUNTERS: tuple[str, ...]

def counters() -> dict[str, int]: ...
