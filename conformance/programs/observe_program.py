"""Runs one program and writes down what it did; run_programs.py starts it in a process of its own.

What the program prints and warns of goes to stdout and stderr as it is.
"""

from __future__ import annotations

import importlib
import pickle
import sys
import types
from pathlib import Path
from typing import Any

from describe_results import Description, describe_names, neutral


def observe(adapter: str, folder: Path, name: str, swapped: bool) -> dict[str, Any]:
    """Exception, results and, of a swapped program, the counters of lazynp."""
    sys.argv = [name]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    error = None
    try:
        importlib.import_module(adapter).run(folder, name, swapped, main)
    except (Exception, SystemExit) as exception:
        error = f"{type(exception).__name__}: {neutral(str(exception))}"
    if not swapped:
        return {"error": error, "results": describe_names(vars(main))}
    return {"error": error, **observe_lazynp(main)}


def observe_lazynp(main: types.ModuleType) -> dict[str, Any]:
    """Results and what it took to get them; describing records nothing, but runs pending work."""
    import lazynp

    served = [tuple(row) for row in lazynp.fallbacks()]
    n_recorded = lazynp.stats()["recorded"]
    results: Description = describe_names(vars(main))
    n_bytes = lazynp.stats()["bytes_read"]
    return {"results": results, "recorded": n_recorded, "bytes": n_bytes, "fallbacks": served}


if __name__ == "__main__":
    chosen_adapter, chosen_folder, chosen_name, module, out = sys.argv[1:]
    seen = observe(chosen_adapter, Path(chosen_folder), chosen_name, module == "lazynp")
    sys.stdout.flush()
    Path(out).write_bytes(pickle.dumps(seen))
