"""Type checkers see NumPy's names as NumPy types them, and ours; wrong programs are rejected."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import io
import json
import os
import re
import runpy
import subprocess
import sys
import typing
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from own_names import own_names

import lazynp
from lazynp import _config, _core, _native

SAMPLES = Path(__file__).parent / "typing_samples"
PACKAGE = Path(lazynp.__file__).parent
IS_INSTALLED = PACKAGE.parent.name == "site-packages"
WRONG = "  # wrong"
CHECKERS = ("mypy", "pyright")

Lines = dict[str, dict[int, str]]  # file -> line -> what is wrong there


def modules() -> Iterator[tuple[str, str]]:
    """Our modules that stand for NumPy's, and those."""
    yield "lazynp", "numpy"
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        ours = ".".join(("lazynp", *(part for part in parts if part != "__init__")))
        of = "numpy" + ours.removeprefix("lazynp")
        is_old = parts[0] in ("core", "matlib")  # NumPy warns of them (tests/test_submodules.py)
        is_private = any(part.startswith("_") for part in ours.split("."))
        if ours != "lazynp" and not is_private and not is_old:
            with contextlib.suppress(ImportError):
                importlib.import_module(of)
                yield ours, of
    yield "lazynp.emath", "numpy.lib.scimath"


def program_of_all_names() -> str:
    """Every public name on a line of its own; NumPy's behind it, where NumPy has it."""
    lines = ["import lazynp", *(f"lazynp.{name}" for name in own_names())]
    for ours, of in modules():
        lines += [f"import {ours}", f"import {of}"]
        module = importlib.import_module(of)
        public = {name for name in dir(importlib.import_module(ours)) if not name.startswith("_")}
        for name in sorted(name for name in public if hasattr(module, name)):
            lines += [f"{ours}.{name}", f"{of}.{name}"]
    return "\n".join(lines) + "\n"


def program_of_keywords() -> str:
    """The keywords of the array API standard that the registry adds to NumPy's functions."""
    calls = [
        f"lazynp.{op.numpy[0]}(3, {parameter.name}={parameter.default!r})"
        for op in _core.ops()
        for parameter in _native.more_keywords(op)
    ]
    return "\n".join(["import lazynp", *calls]) + "\n"


# ------------------------------------------------------------------ the checkers
def run_mypy(folder: Path) -> Lines:
    """What mypy --strict finds in the folder."""
    environment = os.environ | ({} if IS_INSTALLED else {"MYPYPATH": str(PACKAGE.parent)})
    options = ("--strict", "--config-file=", "--no-color-output", "--hide-error-context")
    command = (sys.executable, "-m", "mypy", *options, "--cache-dir=cache", ".")
    output = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert output.returncode in (0, 1), output.stdout + output.stderr
    found: Lines = defaultdict(dict)
    for line in output.stdout.splitlines():
        if match := re.match(r"([^:]+):(\d+): error: (.*)", line):
            found[match[1]][int(match[2])] = match[3]
    return found


def run_pyright(folder: Path) -> Lines:
    """What pyright finds in the folder.

    It is run as basedpyright, whose wheels hold all it needs; the wheel of pyright itself loads its
    program from npm when it first runs. "standard" are pyright's own defaults.
    """
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(PACKAGE.parent)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    tool = (sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable)
    output = subprocess.run(
        (*tool, "--outputjson"), cwd=folder, capture_output=True, text=True, check=False
    )
    assert output.returncode in (0, 1), output.stdout + output.stderr
    found: Lines = defaultdict(dict)
    for row in json.loads(output.stdout)["generalDiagnostics"]:
        found[Path(row["file"]).name][row["range"]["start"]["line"] + 1] = row["message"]
    return found


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all programs that are checked."""
    folder = tmp_path_factory.mktemp("programs")
    for sample in SAMPLES.glob("*.py"):
        (folder / sample.name).write_text(sample.read_text())
    with_numpy = (SAMPLES / "numpy_program.py").read_text().replace("lazynp", "numpy")
    (folder / "with_numpy.py").write_text(with_numpy)
    (folder / "all_names.py").write_text(program_of_all_names())
    (folder / "keywords.py").write_text(program_of_keywords())
    return folder


@pytest.fixture(scope="module", params=CHECKERS)
def found(request: pytest.FixtureRequest, programs: Path) -> Lines:
    """What one checker finds in all programs, in one run."""
    return {"mypy": run_mypy, "pyright": run_pyright}[request.param](programs)


@pytest.mark.parametrize("name", ["numpy_program", "own_names", "with_numpy", "keywords"])
def test_right_programs_are_accepted(found: Lines, name: str) -> None:
    assert not found.get(f"{name}.py")


def test_wrong_lines_are_found_and_no_others(found: Lines) -> None:
    lines = (SAMPLES / "wrong_program.py").read_text().splitlines()
    marked = {number for number, line in enumerate(lines, 1) if line.endswith(WRONG)}
    assert {*found["wrong_program.py"]} == marked


def test_every_name_is_known_that_numpys_types_know(found: Lines, programs: Path) -> None:
    if not IS_INSTALLED:
        pytest.skip("the build writes a part of the types: an installed wheel has them")
    lines = (programs / "all_names.py").read_text().splitlines()
    unknown = {lines[number - 1] for number in found["all_names.py"]}
    assert {"numpy.fft.test", "lazynp.fft.test"} <= unknown  # which NumPy's types leave out
    known_of_numpys = {name for name in lines if name.startswith("numpy.")} - unknown
    missing = {name for name in unknown if name.replace("lazynp", "numpy", 1) in known_of_numpys}
    assert missing <= {"lazynp.matlib"}  # an old name that `import` alone gives
    assert not unknown & {f"lazynp.{name}" for name in own_names()}


def test_stubs_declare_nothing_that_is_not_there() -> None:
    names: list[str] = []
    for path in sorted(PACKAGE.rglob("*.pyi")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        package = "lazynp." + ".".join(part for part in parts if part != "__init__")
        holders: list[object] = [lazynp, lazynp.fft]
        with contextlib.suppress(ModuleNotFoundError):  # _array_api_keywords is for checkers alone
            holders.append(importlib.import_module(package.removesuffix(".")))
        for name in declared_names(ast.parse(path.read_text())):
            names.append(name)
            assert any(hasattr(holder, name) for holder in holders), f"{package} has no {name}"
    assert {"grad", "counters", "LazyScalar", "fftfreq"} <= {*names}


def declared_names(tree: ast.Module) -> Iterator[str]:
    """The public names that a stub says its module has."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, ast.ImportFrom):
            names = [alias.asname for alias in node.names if alias.asname]
            if node.names[0].name == "*" and (node.module or "").startswith("lazynp"):
                names += getattr(importlib.import_module(node.module or ""), "__all__", [])
        elif isinstance(node, ast.AnnAssign):
            names = [ast.unparse(node.target)]
        else:
            names = []
        yield from (name for name in names if name != "__getattr__")


def test_switches_are_declared_once_for_reading_and_once_for_calling() -> None:
    declared = typing.get_type_hints(_config.Config)
    assert declared == typing.get_type_hints(_config.Switches)
    assert {*declared} == {*_config.SWITCHES}


# ------------------------------------------------------------------ at run time
def printed_by(path: Path) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(path), run_name="__main__")
    return printed.getvalue()


def test_the_program_prints_what_it_prints_with_numpy(programs: Path) -> None:
    printed = printed_by(programs / "numpy_program.py")
    assert printed.count("\n") > 8
    assert printed == printed_by(programs / "with_numpy.py")


def test_the_program_of_our_names_runs(programs: Path) -> None:
    assert printed_by(programs / "own_names.py") == ""


def test_annotations_mean_our_arrays() -> None:
    def f(
        x: lazynp.ndarray,
        y: lazynp.ndarray[tuple[int, ...], lazynp.dtype[lazynp.float64]],
        z: lazynp.typing.NDArray[lazynp.int8],
    ) -> None: ...

    hints = typing.get_type_hints(f)
    assert hints["x"] is lazynp.ndarray
    for name, scalar in {"y": numpy.float64, "z": numpy.int8}.items():
        assert typing.get_origin(hints[name]) is lazynp.ndarray
        _, dtype = typing.get_args(hints[name])
        assert typing.get_args(dtype) == (scalar,)


@pytest.mark.parametrize(("ours", "of"), [*modules()])
def test_sub_modules_have_numpys_names_and_are_attributes(ours: str, of: str) -> None:
    module, numpys = importlib.import_module(ours), importlib.import_module(of)
    assert functools.reduce(getattr, ours.split(".")[1:], lazynp) is module
    names = {name for name in dir(numpys) if not name.startswith("_")}
    assert {name for name in names if not hasattr(module, name)} <= {"core", "f2py", "matlib"}
