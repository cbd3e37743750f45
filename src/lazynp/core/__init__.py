"""numpy.core: old names, of which NumPy warns when they are used; what they mean is ours."""

import functools
import sys
import types
import warnings
from typing import Any

from lazynp import _namespace, _numpy_text
from lazynp._namespace import counterpart

_MODULES = """arrayprint defchararray einsumfunc fromnumeric function_base getlimits multiarray
    numeric numerictypes overrides records shape_base umath""".split()


def _old_name(of: types.ModuleType, name: str) -> Any:
    """What the name means; NumPy's warning names the line that uses it."""
    if name.startswith("__"):
        raise AttributeError(f"module {of.__name__!r} has no attribute {name!r}")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = of.__getattr__(name)
    for warning in seen:
        warnings.warn(str(warning.message), warning.category, stacklevel=2)
    is_module = isinstance(found, types.ModuleType)
    return _numpy_text.Over(found, counterpart) if is_module else counterpart(found)


_namespace.fill(__name__, "numpy.core")
for _name in _MODULES:
    _full_name = f"{__name__}.{_name}"
    _module = sys.modules[_full_name] = types.ModuleType(_full_name)
    _namespace.fill(_full_name, f"numpy.core.{_name}")
    _of = sys.modules[f"numpy.core.{_name}"]
    setattr(_module, "__getattr__", functools.partial(_old_name, _of))  # noqa: B010
__getattr__ = functools.partial(_old_name, sys.modules["numpy.core"])
