"""Writes the stub of lazynp._own_ops, whose functions are known to the registry alone.

The build runs it as `python write_own_ops_stub.py MODULE PACKAGE STUB`: the compiled module, the
folder of the package's sources, the file to write.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

HEADING = """\
# Operations that NumPy has no name for; written by the build from the registry.
from collections.abc import Callable
from typing import Any

from numpy.typing import ArrayLike

__all__ = {names!r}

def names() -> list[str]: ...
def function(name: str) -> Callable[..., Any] | None: ...
"""


def own_ops(compiled: Path, package: Path) -> ModuleType:
    """lazynp._own_ops of the sources over the module just built, without the rest of lazynp."""
    lazynp = ModuleType("lazynp")
    lazynp.__path__ = [str(package)]
    sys.modules["lazynp"] = lazynp
    spec = importlib.util.spec_from_file_location("lazynp._core", compiled)
    assert spec and spec.loader
    core = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(core)
    sys.modules["lazynp._core"] = core
    return importlib.import_module("lazynp._own_ops")


def parameters_text(function: Callable[..., Any]) -> str:
    """The inputs, arrays or numbers, by position; attributes by keyword."""
    parameters = inspect.signature(function).parameters.values()
    inputs = [f"{p.name}: ArrayLike" for p in parameters if p.kind is p.POSITIONAL_ONLY]
    attributes = [f"{p.name}: Any = ..." for p in parameters if p.kind is p.KEYWORD_ONLY]
    return ", ".join([*inputs, "/", *(["*", *attributes] if attributes else [])])


def main(compiled: str, package: str, stub: str) -> None:
    """Write the stub; like NumPy's ufuncs the functions return Any, an array or a scalar."""
    module = own_ops(Path(compiled), Path(package))
    names = sorted(module.names())
    lines = [f"def {name}({parameters_text(module.function(name))}) -> Any: ..." for name in names]
    Path(stub).write_text(HEADING.format(names=names) + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
