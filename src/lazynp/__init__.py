"""lazynp: NumPy's names on arrays that record what is asked of them and compute it when needed."""

from __future__ import annotations

import importlib
from pkgutil import iter_modules as _iter_modules
from typing import Any

from lazynp import _one_interpreter

# isort: split
import numpy

from lazynp import _core
from lazynp._blas import name_blas as _name_blas
from lazynp._config import config
from lazynp._core import (
    GradientDetached,
    HistoryReleased,
    LazyError,
    LazyScalar,
    NoGradient,
    adopt,
    evaluate,
)
from lazynp._fallback import Fallback, fallbacks
from lazynp._namespace import mirror as _mirror
from lazynp._namespace import submodule_or_numpy as _submodule_or_numpy
from lazynp._own_ops import function as _own_function
from lazynp._runtime import eager, no_eval, set_num_threads, stats

_name_blas()
_mirror(globals(), numpy)

__version__ = numpy.__version__  # programs ask for NumPy's; importlib.metadata has ours
__array_api_version__ = numpy.__array_api_version__
__array_namespace_info__ = numpy.__array_namespace_info__

# Names of ours that live in modules of their own, loaded when first used.
_LOADED_ON_USE = {
    name: module
    for module, names in {
        "lazynp.autodiff": """watch gradients grad value_and_grad elementwise_grad jvp vjp jacobian
            hessian stop_gradient""",
        "lazynp.batching": "vmap",
        "lazynp.custom_gradients": "checkpoint custom_gradient",
        "lazynp._explain": "explain",
        "lazynp._notebook": "load_ipython_extension unload_ipython_extension",
    }.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    if (module := _LOADED_ON_USE.get(name)) is not None:
        value = getattr(importlib.import_module(module), name)
    elif (own := _own_function(name)) is not None:
        value = own
    else:  # not kept: NumPy may warn of the name each time
        return _submodule_or_numpy(__name__, numpy, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    submodules = {module.name for module in _iter_modules(__path__)} & {*numpy.__all__}
    return sorted({*globals(), *_LOADED_ON_USE, *submodules})
