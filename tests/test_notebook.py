"""`%load_ext lazynp` in a real IPython shell."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("IPython") is None, reason="IPython is not installed"
)

CELLS = [
    "import numpy as before",
    "%load_ext lazynp",
    "import numpy as np",
    "names = [before.__name__, np.__name__, __import__('numpy').__name__]",
    "import own, scipy.linalg",
    "names += [own.np.__name__, scipy.linalg.inv.__globals__['np'].__name__]",
    "def later():\n    from numpy import linalg\n    return linalg.__name__",
    "names.append(later())",
    "shown = np.arange(3) + 1",
    "shown",
    "%unload_ext lazynp",
    "import numpy",
    "names += [np.__name__, numpy.__name__, later()]",
    "%load_ext lazynp",
    "import numpy as again",
    "names.append(again.__name__)",
]
# The shell prints what cells show; the names go to a file.
SESSION = """
import json, pathlib, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.loads(sys.argv[1]):
    result = shell.run_cell(cell)
    result.raise_error()
pathlib.Path("names.json").write_text(json.dumps(shell.user_ns["names"]))
"""


def test_cells_import_lazynp(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import numpy as np")
    command = [sys.executable, "-c", SESSION, json.dumps(CELLS)]
    environment = dict(os.environ, IPYTHONDIR=str(tmp_path / "profile"))
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "array([1, 2, 3])" in done.stdout
    names = json.loads((tmp_path / "names.json").read_text())
    assert names[:3] == ["numpy", "lazynp", "lazynp"]  # an import of before stays
    assert names[3:6] == ["lazynp", "numpy", "lazynp.linalg"]  # own modules too, no libraries
    assert names[6:9] == ["lazynp", "numpy", "numpy.linalg"]  # unloaded
    assert names[9] == "lazynp"  # loaded again
