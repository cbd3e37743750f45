"""Names an OpenBLAS for matrix products where NumPy's own is not in the process."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from lazynp import _core


def name_blas() -> None:
    """Let products use scipy-openblas64 unless the OpenBLAS of NumPy is loaded; else Eigen's."""
    if _core.blas_path() or importlib.util.find_spec("scipy_openblas64") is None:
        return
    import scipy_openblas64

    name = scipy_openblas64.get_library(fullname=True)
    _core.set_blas_path(str(Path(scipy_openblas64.get_lib_dir()) / name))
