"""Includes and imports point downwards only, and Python appears in csrc/python alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What each C++ layer may include: whole layers, or single headers where the seam is narrow.
UP_TO_ENGINE = {"base", "graph", "ops", "autodiff", "passes", "engine", "cpu"}
CPP_LAYERS: dict[str, set[str]] = {
    "base": {"base"},
    "graph": {"base", "graph"},
    "ops": {"base", "graph", "ops"},
    "autodiff": {"base", "graph", "ops", "autodiff"},
    "passes": {"base", "graph", "ops", "passes"},
    "engine": UP_TO_ENGINE,
    "cpu": {"base", "graph", "cpu", "ops/kernel.h", "ops/op_spec.h", "ops/attributes.h"},
    "files": UP_TO_ENGINE | {"files"},
    "capi": UP_TO_ENGINE | {"files", "capi"},
    "python": UP_TO_ENGINE | {"files", "python"},
    "gpu": {"graph", "base", "ops", "gpu", "engine/device.h"},
}
CPP_SUFFIXES = {".cpp", ".h", ".cu", ".cuh"}
PYTHON_HEADER = re.compile(
    r"^(Python\.h|frameobject\.h|internal/|structmember\.h|pybind11/|numpy/|cpython/)"
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)

# The Python modules on the way down; the others (linalg, nn, …) are users of these.
PYTHON_LAYERS = ["_core", "_fallback", "_array _dispatch", "_namespace", "__init__"]
HEIGHT = {name: height for height, names in enumerate(PYTHON_LAYERS) for name in names.split()}


def cpp_violations(root: Path) -> Iterator[str]:
    """One line for every include of csrc and gpu that the layers do not allow."""
    for folder in ("csrc", "gpu"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in CPP_SUFFIXES:
                continue
            name = path.relative_to(root)
            layer = name.parts[1] if folder == "csrc" else "gpu"
            for included in INCLUDE.findall(path.read_text()):
                if is_kernel_of_a_block(layer, path, included):
                    continue
                if problem := include_problem(layer, included):
                    yield f"{name} includes {included}: {problem}"


def is_kernel_of_a_block(layer: str, path: Path, included: str) -> bool:
    """Whether a family file of ops names the kernels that its blocks point to."""
    return layer == "ops" and path.suffix == ".cpp" and included.startswith("csrc/cpu/")


def include_problem(layer: str, included: str) -> str | None:
    """What is wrong with including `included` in a file of `layer`, if anything."""
    if PYTHON_HEADER.match(included):
        return None if layer == "python" else "only csrc/python may see Python"
    if layer not in CPP_LAYERS:
        return f"'{layer}' is not a layer of tests/test_layers.py"
    if included.startswith("csrc/"):
        target = included.removeprefix("csrc/")
    elif included.startswith("gpu/"):
        target = included
    elif included.startswith("."):
        return "includes are written from the root of the repository"
    else:
        return None
    allowed = CPP_LAYERS[layer]
    if target in allowed or target.split("/")[0] in allowed:
        return None
    return f"{layer} may use only {', '.join(sorted(allowed))}"


def python_violations(package: Path) -> Iterator[str]:
    """One line for every import among the layered modules that does not point downwards."""
    for path in sorted(package.glob("*.py")):
        if path.stem not in HEIGHT:
            continue
        for name in imported_modules(path.read_text(), package.name):
            if name in HEIGHT and name != path.stem and HEIGHT[name] >= HEIGHT[path.stem]:
                yield f"{path.name} imports {name}, which is not below it"


def imported_modules(source: str, package: str) -> Iterator[str]:
    """The modules of the package that a module at its top level imports at run time."""
    for node in run_time_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            if module == package:
                names = [f"{package}.{alias.name}" for alias in node.names]
            else:
                names = [module]
        else:
            continue
        for name in names:
            head, _, rest = name.partition(".")
            if head == package:
                yield rest.split(".")[0] if rest else "__init__"


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from run_time_nodes(child)


def test_cpp_layers() -> None:
    assert not list(cpp_violations(ROOT))
    assert any((ROOT / "csrc").rglob("*.h"))


def test_python_layers() -> None:
    assert not list(python_violations(ROOT / "src" / "lazynp"))
    assert (ROOT / "src" / "lazynp" / "__init__.py").exists()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("csrc/base/a.h", '#include "csrc/graph/node.h"'),
        ("csrc/graph/a.h", '#include "csrc/ops/op_spec.h"'),
        ("csrc/passes/a.cpp", '  #  include "csrc/autodiff/gradient.h"'),
        ("csrc/ops/a.cpp", '#include "csrc/engine/plan.h"'),
        ("csrc/ops/a.h", '#include "csrc/cpu/sort.h"'),
        ("csrc/cpu/a.cpp", '#include "csrc/ops/registry.h"'),
        ("csrc/engine/a.cpp", '#include "gpu/cuda_device.h"'),
        ("csrc/engine/a.cpp", '#include "csrc/python/array.h"'),
        ("csrc/capi/a.cpp", "#include <Python.h>"),
        ("csrc/ops/a.cpp", "#include <numpy/arrayobject.h>"),
        ("csrc/cpu/a.cpp", '#include "../ops/registry.h"'),
        ("csrc/new_layer/a.cpp", '#include "csrc/base/dtype.h"'),
        ("gpu/a.cu", '#include "csrc/engine/plan.h"'),
    ],
)
def test_a_wrong_include_is_found(tmp_path: Path, path: str, text: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(f"// made up\n{text}\n")
    assert len(list(cpp_violations(tmp_path))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("csrc/engine/a.cpp", '#include "csrc/cpu/sort.h"'),
        ("csrc/ops/sorting.cpp", '#include "csrc/cpu/sort.h"'),
        ("csrc/cpu/a.cpp", '#include "csrc/ops/kernel.h"'),
        ("csrc/python/a.cpp", "#include <Python.h>"),
        ("gpu/a.cpp", '#include "csrc/engine/device.h"'),
        ("csrc/base/a.h", "#include <vector>"),
    ],
)
def test_a_right_include_passes(tmp_path: Path, path: str, text: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(f"// made up\n{text}\n")
    assert not list(cpp_violations(tmp_path))


@pytest.mark.parametrize(
    ("module", "text", "n_violations"),
    [
        ("_array", "from lazynp import _dispatch", 1),
        ("_array", "from ._dispatch import table", 1),
        ("_array", "from . import _namespace", 1),
        ("_fallback", "import lazynp._array", 1),
        ("_namespace", "def f() -> None:\n    import lazynp", 1),
        ("_fallback", "from lazynp._dispatch import table", 1),
        ("_dispatch", "from lazynp._fallback import call\nfrom . import _core", 0),
        ("_array", "if TYPE_CHECKING:\n    from lazynp import _dispatch", 0),
        ("__init__", "from lazynp._dispatch import table", 0),
    ],
)
def test_python_imports_are_judged(
    tmp_path: Path, module: str, text: str, n_violations: int
) -> None:
    package = tmp_path / "lazynp"
    package.mkdir()
    (package / f"{module}.py").write_text(text + "\n")
    assert len(list(python_violations(package))) == n_violations
