"""`%load_ext lazynp` in IPython and Jupyter: `import numpy` in cells and own modules is lazynp."""

from __future__ import annotations

import os
from typing import Any

from lazynp._swap_import import Own, install, uninstall

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """`import numpy` in cells means lazynp from now on; what was imported before stays what it is.

    IPython calls it for `%load_ext lazynp`. Raises nothing of its own.

    >>> import lazynp
    >>> lazynp.load_ipython_extension(None)
    >>> lazynp.unload_ipython_extension(None)
    """
    install(Own((os.path.realpath(os.getcwd()),)))


def unload_ipython_extension(shell: Any) -> None:
    """Imports give NumPy again; names that cells bound to lazynp stay bound to it.

    IPython calls it for `%unload_ext lazynp`. Raises nothing, also where nothing was loaded.

    >>> import lazynp
    >>> lazynp.unload_ipython_extension(None)
    """
    uninstall()
