"""`%load_ext lazynp` in IPython and Jupyter: `import numpy` in cells and own modules is lazynp."""

from __future__ import annotations

import os
from typing import Any

from lazynp._swap_import import Own, install, uninstall

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """From now on; what cells imported before stays what it is."""
    install(Own((os.path.realpath(os.getcwd()),)))


def unload_ipython_extension(shell: Any) -> None:
    """Imports give NumPy again; names that cells bound to lazynp stay bound to it."""
    uninstall()
