"""Sub-modules of NumPy by every way in which programs import them."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from comparison import canonical

PROGRAMS = {
    "matlib": """
import {np}.matlib
import {np}.matlib as matlib
tiled = matlib.repmat({np}.arange(3), 2, 2)
found = [type(tiled) is {np}.ndarray, tiled, matlib.zeros((2, 2)) * 1, {np}.matlib is matlib]
""",
    "version": """
import {np}.version
from {np}.version import version
found = [version, {np}.version.short_version, {np}.__version__]
""",
    "core": """
import {np} as np
import {np}.core.numeric as numeric
from {np}.core import umath
from {np}.core.records import fromarrays
from {np}.core.umath import sqrt
records = fromarrays([np.arange(2), np.ones(2)], names="a,b")
found = [records.b, umath.add(np.ones(2), 1), sqrt is np.sqrt, numeric.asarray([1])]
found += [type(numeric.ones(2)) is np.ndarray, np.core.numeric.ones(2)]
""",
    "core.defchararray": """
from {np}.core.defchararray import upper
found = [upper(["a"]).tolist()]
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_submodule_serves_our_arrays(program: str) -> None:
    def found_with(np: str) -> Any:
        names: dict[str, Any] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy's, of the old names
            exec(PROGRAMS[program].format(np=np), names)
        return [canonical(x) for x in names["found"]]

    assert found_with("lazynp") == found_with("numpy")
