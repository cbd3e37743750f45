"""numpy.core: old names, of which NumPy warns when they are used; what they mean is ours."""

import sys
import types

from lazynp import _namespace

_MODULES = """arrayprint defchararray einsumfunc fromnumeric function_base getlimits multiarray
    numeric numerictypes overrides records shape_base umath""".split()

_namespace.fill(__name__, "numpy.core")
for _name in _MODULES:
    _full_name = f"{__name__}.{_name}"
    sys.modules[_full_name] = globals()[_name] = types.ModuleType(_full_name)
    _namespace.fill(_full_name, f"numpy.core.{_name}")
