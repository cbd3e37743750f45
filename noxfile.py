"""Every job of the project: `nox -l` lists them, `nox -s NAME -- ARGUMENTS` runs one.

The wheel is built once per content of the sources and installed by the sessions that need it. The
CMake folder is kept, so that a build after touching one file compiles that file and links.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "virtualenv"
nox.options.sessions = ["lint", "tests", "demo"]

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".nox-cache"
CMAKE_DIR = CACHE / "cmake"
BUILD_TOOLS = ["cmake>=3.24", "ninja>=1.11"]
LINT_TOOLS = ["ruff==0.17.6", "clang-format==23.1.5", "mypy==2.4.1"]
CPP_SUFFIXES = {".cpp", ".h", ".cu", ".cuh"}
SUPPRESSIONS = ROOT / "tests" / "cpp" / "suppressions"


# ------------------------------------------------------------------ the wheel
def source_files() -> list[Path]:
    """Everything that the content of the wheel depends on."""
    files = [ROOT / "pyproject.toml", ROOT / "CMakeLists.txt"]
    for folder in ("csrc", "gpu", "src"):
        files += [p for p in (ROOT / folder).rglob("*") if p.is_file()]
    return sorted(p for p in files if "__pycache__" not in p.parts and p.suffix != ".so")


@functools.cache
def tree_digest() -> str:
    """A name for the content of the sources, read once per run of nox."""
    digest = hashlib.sha256(sys.version.encode())
    for path in source_files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def find_wheel() -> Path | None:
    """The wheel of the present sources, if it was built."""
    return next((CACHE / "wheels" / tree_digest()).glob("*.whl"), None)


@contextlib.contextmanager
def build_lock() -> Iterator[None]:
    """Lets one process at a time work in the CMake folder."""
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build_requirements() -> list[str]:
    """What pyproject.toml asks for, plus the two tools that its backend adds by itself."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [*settings["build-system"]["requires"], *BUILD_TOOLS]


def build_tool(name: str) -> str:
    """The path of a tool in the environment of the build session."""
    return str(ROOT / ".nox" / "build" / "bin" / name)


@nox.session
def build(session: nox.Session) -> None:
    """Build the wheel of the present sources, unless it exists."""
    with build_lock():
        if find_wheel() and CMAKE_DIR.exists():
            session.log(f"{find_wheel()} is up to date")
            return
        session.install(*build_requirements())
        fresh = Path(session.create_tmp()) / "wheel"
        shutil.rmtree(fresh, ignore_errors=True)
        session.run(
            *("python", "-m", "pip", "wheel", "-v", str(ROOT), "--no-deps", "--no-build-isolation"),
            *("--wheel-dir", str(fresh), f"-Cbuild-dir={CMAKE_DIR}"),
            "-Ccmake.define.LAZYNP_BUILD_TESTS=ON",
        )
        target = CACHE / "wheels" / tree_digest()
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        shutil.move(fresh, target)
        keep_newest(target.parent, 10)


def keep_newest(folder: Path, n_kept: int) -> None:
    """Delete all but the newest entries of the wheel cache."""
    for old in sorted(folder.iterdir(), key=lambda p: p.stat().st_mtime)[:-n_kept]:
        shutil.rmtree(old)


def install_lazynp(session: nox.Session, extra: str, *more: str) -> None:
    """Install the built wheel with an extra, unless this environment holds exactly that."""
    wheel = find_wheel()
    if wheel is None:
        session.error("the sources changed while nox ran; run it again")
    stamp = Path(session.virtualenv.location) / "lazynp-wheel.txt"
    content = "\n".join([str(wheel), extra, *more])
    if stamp.exists():
        if stamp.read_text() == content:
            return
        session.install("--force-reinstall", "--no-deps", str(wheel))
        stamp.unlink()
    session.install(f"{wheel}[{extra}]" if extra else str(wheel), *more)
    stamp.write_text(content)


# ------------------------------------------------------------------ what users run
@nox.session(requires=["build"])
def demo(session: nox.Session) -> None:
    """Train on real digits and run one NumPy program twice: `python -m lazynp demo`."""
    install_lazynp(session, "demo")
    session.run("python", "-m", "lazynp", "demo", *session.posargs)


def run_cpp_tests(session: nox.Session, *filters: str) -> None:
    """Build the C++ tests in the CMake folder of the wheel and run them."""
    with build_lock():
        build_cmake_target(session, CMAKE_DIR, "lazynp_cpp_tests")
    session.run(str(CMAKE_DIR / "lazynp_cpp_tests"), *filters, external=True)


@nox.session(requires=["build"], venv_backend="none")
def cpp_tests(session: nox.Session) -> None:
    """Run the C++ tests of the core in a process without Python."""
    run_cpp_tests(session, *session.posargs)


@nox.session(requires=["build"])
def tests(session: nox.Session) -> None:
    """Run the C++ tests, then pytest against the installed wheel, with the arguments given."""
    run_cpp_tests(session)
    install_lazynp(session, "tests")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(requires=["build"])
def third_party(session: nox.Session) -> None:
    """Run programs that use other libraries over NumPy and over lazynp, and compare."""
    install_lazynp(session, "third-party")
    # PyPI's torch needs 3 GB of CUDA's libraries to load, but for a wheel for CPUs alone, which pip
    # finds where it lies on disk or in an index that the machine knows. Its tests are skipped
    # without it, and say so.
    with_cpu = "torch==2.13.0+cpu"
    session.run("python", "-m", "pip", "install", "--quiet", with_cpu, success_codes=[0, 1])
    arguments = session.posargs or ["tests/third_party"]
    session.run("python", "-m", "pytest", *arguments)


# ------------------------------------------------------------------ static checks
def cpp_files() -> list[str]:
    """All C++ and CUDA files of the project."""
    folders = [ROOT / "csrc", ROOT / "gpu", ROOT / "tests" / "cpp", ROOT / "benchmarks"]
    files = [p for folder in folders for p in folder.rglob("*") if p.suffix in CPP_SUFFIXES]
    return sorted(str(p.relative_to(ROOT)) for p in files)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types; with `-- --fix` repair what can be repaired."""
    session.install(*LINT_TOOLS, "numpy>=2.4", "pytest>=8.3")  # mypy reads their types
    files = cpp_files()
    if "--fix" in session.posargs:
        session.run("ruff", "check", "--fix", "--exit-zero", "--quiet", ".")
        session.run("ruff", "format", ".")
        session.run("clang-format", "-i", *files)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("clang-format", "--dry-run", "-Werror", *files)
    session.run("mypy")
    # Where a stub stands beside a file, mypy reads the stub, and the file when it is named.
    beside_stubs = (stub.with_suffix(".py") for stub in (ROOT / "src").rglob("*.pyi"))
    session.run("mypy", *(str(path) for path in beside_stubs if path.exists()))


@nox.session(requires=["build"])
def tidy(session: nox.Session) -> None:
    """Run clang-tidy over the core (minutes), or over the files given."""
    session.install("clang-tidy==23.1.4")
    files = session.posargs or [f for f in cpp_files() if Path(f).match("csrc/*/*.cpp")]
    tool = str(Path(session.bin) / "clang-tidy")
    options = ("-clang-tidy-binary", tool, "-p", str(CMAKE_DIR), "-quiet")
    session.run("run-clang-tidy.py", *options, *files)


# ------------------------------------------------------------------ sanitizers
def build_cmake_target(session: nox.Session, folder: Path, *targets: str) -> None:
    """Build in a configured CMake folder with the tools of the build session."""
    chosen = [part for target in targets for part in ("--target", target)]
    session.run(build_tool("cmake"), "--build", str(folder), *chosen, external=True)


def runtime_library(name: str) -> str:
    """The path of a library of the compiler."""
    compiler = os.environ.get("CXX", "c++")
    found = subprocess.check_output([compiler, f"-print-file-name=lib{name}.so"], text=True)
    return found.strip()


def sanitizer_environment(sanitizer: str) -> dict[str, str]:
    """Options of one sanitizer: stop with an error, and the suppressions of foreign frames."""
    options = {
        "address": ("ASAN_OPTIONS", "detect_leaks=0:detect_stack_use_after_return=1"),
        "undefined": ("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1"),
        # Children of a fork start a pool of their own, which is what is tested. The limit is one
        # of the sanitizer's own records, which it drops when they grow beyond it.
        "thread": (
            "TSAN_OPTIONS",
            "halt_on_error=1:second_deadlock_stack=1:die_after_fork=0:memory_limit_mb=8192",
        ),
    }
    variable, value = options[sanitizer]
    if sanitizer != "undefined":  # NumPy asks for absurd sizes, too, and says so when it gets none
        value += ":allocator_may_return_null=1"
    if (file := SUPPRESSIONS / f"{sanitizer}.txt").exists():
        value += f":suppressions={file}"
    return {variable: value}


@nox.session(requires=["build"])
@nox.parametrize("sanitizer", [nox.param(s, id=s) for s in ("address", "undefined", "thread")])
def sanitize(session: nox.Session, sanitizer: str) -> None:
    """Run the C++ tests and a Python subset under a sanitizer; arguments go to pytest."""
    install_lazynp(session, "tests")
    folder = CACHE / f"cmake-{sanitizer}"
    session.run(
        *(build_tool("cmake"), "-S", str(ROOT), "-B", str(folder), "-G", "Ninja"),
        *(f"-DCMAKE_MAKE_PROGRAM={build_tool('ninja')}", "-DLAZYNP_BUILD_TESTS=ON"),
        *(f"-DPython_EXECUTABLE={build_tool('python')}", f"-DLAZYNP_SANITIZE={sanitizer}"),
        *(f"-Dpybind11_DIR={pybind11_cmake_dir()}", "-DLAZYNP_VERIFY=ON"),
        external=True,
    )
    build_cmake_target(session, folder)
    env = sanitizer_environment(sanitizer)
    session.run(str(folder / "lazynp_cpp_tests"), env=env, external=True)

    package = folder / "python" / "lazynp"
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(ROOT / "src" / "lazynp", package)
    for library in folder.glob("_core*.so"):
        shutil.copy(library, package)
    env |= {"PYTHONPATH": str(package.parent), "PYTHONMALLOC": "malloc"}
    if sanitizer != "undefined":
        # A plain Python preloads the sanitizer, and the C++ library whose exceptions it intercepts.
        libraries = ({"address": "asan", "thread": "tsan"}[sanitizer], "stdc++")
        env["LD_PRELOAD"] = " ".join(runtime_library(name) for name in libraries)
    if sanitizer == "thread":
        # How OpenBLAS's own threads wait for each other is not seen: it is not instrumented.
        env["OPENBLAS_NUM_THREADS"] = "1"
    # Left out: what counts instructions, bytes or time, reads files of the project, builds, or
    # starts processes that crash on purpose.
    measures = ("instructions", "scale", "costs_less", "interrupts_are_delivered")
    reads_or_builds = """layers docs sabotage explain add_an_op suite_driver typing command_line
        notebook test_programs numpy_suite fuzz_functions""".split()
    left_out = (*measures, *reads_or_builds)
    subset = session.posargs or ["-m", "not slow", "-k", f"not ({' or '.join(left_out)})"]
    # The sanitizer writes to the file descriptor, where pytest would swallow its report.
    options = ("--capture=sys", "-p", "no:faulthandler", "-p", "no:cacheprovider")
    # Floats outside uint32 become what vectorized loops make of them, as does a complex product
    # whose parts overflow, and only release builds have those (docs/status.md, known faults).
    casts = [f"test_dtypes.py::test_casts[{code}]" for code in "fdFD"]
    casts += [f"test_round.py::test_every_dtype_and_arrangement[I-{n}]" for n in (-1, -2)]
    kernels = "test_fast_math.py::test_own_kernels_keep_their_promise"
    products = [f"{kernels}[multiply-{code}]" for code in "FD"]
    vectorized = [f"--deselect=tests/{test}" for test in casts + products]
    session.run("python", "-m", "pytest", *options, *vectorized, *subset, env=env)


def pybind11_cmake_dir() -> str:
    """Where the build session's pybind11 keeps its CMake files."""
    command = [build_tool("python"), "-m", "pybind11", "--cmakedir"]
    return subprocess.check_output(command, text=True).strip()


# ------------------------------------------------------------------ measuring
@nox.session(requires=["build"])
def conformance(session: nox.Session) -> None:
    """Run NumPy's own tests, or what is asked for.

    The default list of files, or with `--files extended` the other: what fails is what
    expected_failures.toml names. With `--share` a table of what is native, with `--suite DIR` the
    Array API tests, with `--programs DIR` the public programs whose checkouts lie in DIR.
    """
    install_lazynp(session, "tests", "ndindex", "pytest-json-report", "pandas")
    if "--share" in session.posargs:
        session.run("python", "conformance/native_share.py", "--min", "85")
        return
    if "--programs" in session.posargs:
        session.run("python", "conformance/programs/run_programs.py", *session.posargs)
        return
    if "--suite" in session.posargs:
        script = "conformance/array_api/run_array_api_tests.py"
        session.run("python", script, "--module", "lazynp", *session.posargs)
        return
    cache = str(CACHE / "numpy_suite")
    # Of the default list; the other has more of what lazynp leaves to NumPy.
    is_extended = "extended" in session.posargs
    rates = ["--min-rate", "97" if is_extended else "99", "--min-function-rate", "97"]
    script = "conformance/numpy_suite/run_numpy_suite.py"
    expected = ["--strict", "--expected", "conformance/numpy_suite/expected_failures.toml"]
    common = ["--module", "lazynp", "--cache", cache, *rates, *expected]
    session.run("python", script, *common, *session.posargs)


@nox.session(requires=["build"])
def bench(session: nox.Session) -> None:
    """Run one benchmark (`-- small_work ARGUMENTS`); without a name all of them."""
    install_lazynp(session, "tests")
    name, *arguments = session.posargs or ["run"]
    session.run("python", f"benchmarks/{name}.py", *arguments)


@nox.session(requires=["build"])
def docs(session: nox.Session) -> None:
    """Run every example in the documentation and the docstrings."""
    install_lazynp(session, "tests")
    session.run("python", "-m", "pytest", "tests/test_docs.py", *session.posargs)


@nox.session(venv_backend="none")
def full(session: nox.Session) -> None:
    """Run everything at full size."""
    for name in ("lint", "tidy", "cpp_tests", "demo", "docs", "sanitize", "conformance", "bench"):
        session.notify(name, posargs=[])
    session.notify("tests", posargs=["--full"])
