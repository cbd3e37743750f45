"""The benchmarks of a checkout of spcl/npbench, called as their own descriptions say (preset S)."""

from __future__ import annotations

import importlib
import json
import types
from pathlib import Path
from typing import Any

from program_code import program_names

PRESET = "S"
SEED = 42  # of the legacy random numbers, which one benchmark draws without seeding them


def names(folder: Path) -> list[str]:
    """All benchmarks that the checkout describes."""
    return sorted(path.stem for path in (folder / "bench_info").glob("*.json"))


def run(folder: Path, name: str, swapped: bool, main: types.ModuleType) -> None:
    """Make the inputs and call the benchmark; keep its result and its arguments."""
    info = json.loads((folder / "bench_info" / f"{name}.json").read_text())["benchmark"]
    importlib.import_module("lazynp" if swapped else "numpy").random.seed(SEED)
    where = folder / "npbench" / "benchmarks" / info["relative_path"]
    data: dict[str, Any] = dict(info["parameters"][PRESET])
    if init := info.get("init"):
        initialize = program_names(where / f"{info['module_name']}.py", swapped)[init["func_name"]]
        made = initialize(*(data[argument] for argument in init["input_args"]))
        single = len(init["output_args"]) == 1
        data |= zip(init["output_args"], (made,) if single else made, strict=True)
    function = program_names(where / f"{info['module_name']}_numpy.py", swapped)[info["func_name"]]
    main.arguments = [data[argument] for argument in info["input_args"]]
    main.result = function(*main.arguments)
