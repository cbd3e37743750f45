# What type checkers know of lazynp: NumPy's names as NumPy types them, and lazynp's own.
#
# To a checker an array of lazynp is a numpy.ndarray, so that NumPy's signatures hold for our
# functions and our arrays fit wherever NumPy's do. At run time it is a class of its own.
#
# Where both have a name, it stands twice: mypy takes the first definition, pyright the last.
from lazynp import fft as fft
from lazynp import testing as testing
from lazynp._array_api_keywords import argsort as argsort
from lazynp._array_api_keywords import sort as sort
from numpy import *  # type: ignore[assignment, no-redef]
from lazynp import fft as fft
from lazynp import testing as testing
from lazynp._array_api_keywords import argsort as argsort
from lazynp._array_api_keywords import sort as sort
from numpy import __array_api_version__ as __array_api_version__
from numpy import __array_namespace_info__ as __array_namespace_info__
from numpy import __version__ as __version__

from lazynp._config import config as config
from lazynp._core import *
from lazynp._explain import explain as explain
from lazynp._fallback import Fallback as Fallback
from lazynp._fallback import fallbacks as fallbacks
from lazynp._notebook import *
from lazynp._own_ops import *
from lazynp._runtime import *
from lazynp.autodiff import *
from lazynp.batching import *
from lazynp.custom_gradients import *
