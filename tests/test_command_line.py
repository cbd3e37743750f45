"""`python -m lazynp run`: a program runs as under Python, and only its own imports are swapped."""

from __future__ import annotations

import builtins
import importlib
import inspect
import marshal
import os
import subprocess
import sys
import sysconfig
import types
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import lazynp
from lazynp import _swap_import
from lazynp._swap_import import Own, install, is_own, is_own_file, uninstall

Files = dict[str, str]


class Ended(tuple[str, str, int]):
    """What a process wrote to stdout and stderr, and its exit status."""

    __slots__ = ()
    out = property(lambda self: self[0])
    errors = property(lambda self: self[1])
    status = property(lambda self: self[2])


def python(*arguments: str, cwd: Path, path: Path | None = None) -> Ended:
    """Run Python in a folder; `path`: where it finds a library, too."""
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="")
    if path is not None:
        environment["PYTHONPATH"] = f"{path}{os.pathsep}{environment.get('PYTHONPATH', '')}"
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended((done.stdout, done.stderr, done.returncode))


def both(*arguments: str, cwd: Path) -> list[Ended]:
    """The same by Python and by `python -m lazynp run`, side by side."""
    ways = [arguments, ("-m", "lazynp", "run", *arguments)]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda way: python(*way, cwd=cwd), ways))


def write(folder: Path, files: Files) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


# ------------------------------------------------------------------ in all else as Python
PRINTS_ITSELF = """
import sys
import numpy as np
main = sys.modules["__main__"]
print(sys.argv, sys.path[0], __name__, __package__, vars(main) is globals(), main.__doc__)
print({name: str(globals()[name]) for name in ("__file__", "__cached__") if name in globals()})
print(sorted(name for name in globals() if name.startswith("__")))
print(type(__loader__), __spec__ and __spec__.name)
print(np.arange(3) + 1)
"""
OF_MAIN = """
import atexit, dataclasses, inspect, pickle, threading
import numpy as np

@dataclasses.dataclass
class Point:
    x: float
    y: "np.ndarray"

point = pickle.loads(pickle.dumps(Point(1.0, np.ones(2))))
print(point, type(point) is Point, inspect.getsource(Point))
atexit.register(print, "over")
threading.Thread(target=lambda: print(Point.__module__)).start()
"""
WARNS = """
import warnings
import numpy as np

def ratio(x):
    return x / 0

print(ratio(np.array([1.0, 2.0])))
warnings.warn("by the program")
warnings.warn("old", DeprecationWarning)
"""
FAILS = """
import numpy as np

def inner(x):
    return x + np.ones(3)

def outer():
    try:
        inner(np.ones(2))
    except ValueError as error:
        raise RuntimeError("outer") from error

outer()
"""
ENCODED = b"""#!/usr/bin/env python
# -*- coding: latin-1 -*-
\"\"\"docstring\"\"\"
from __future__ import annotations
import numpy as np
def f(x: no_such_name): return x
print(f(np.arange(2)), "\xe9".encode(), __doc__)
"""
SAME_AS_PYTHON: dict[str, tuple[Files, list[str]]] = {
    "script": ({"folder/main.py": PRINTS_ITSELF}, ["folder/main.py", "a", "--help", "-m", "--"]),
    "module": ({"pkg/__init__.py": "", "pkg/mod.py": PRINTS_ITSELF}, ["-m", "pkg.mod", "-x", "y"]),
    "package": (
        {"pkg/__init__.py": "", "pkg/__main__.py": PRINTS_ITSELF},
        ["-m", "pkg", "--", "y"],
    ),
    "folder": ({"folder/__main__.py": PRINTS_ITSELF}, ["folder", "a"]),
    "text": ({}, ["-c", PRINTS_ITSELF, "-c", "b"]),
    "things of __main__": ({"main.py": OF_MAIN}, ["main.py"]),
    "warnings": ({"main.py": WARNS}, ["main.py"]),
    "exit status": ({"main.py": "import sys, numpy\nsys.exit(3)"}, ["main.py"]),
    "exit text": ({"main.py": "import sys, numpy\nsys.exit('why')"}, ["main.py"]),
    "uncaught error": ({"main.py": FAILS}, ["main.py"]),
    "uncaught error of a module": ({"pkg/__init__.py": FAILS}, ["-m", "pkg"]),
    "uncaught error of a text": ({}, ["-c", FAILS]),
    "interrupt": ({"main.py": "import numpy\nraise KeyboardInterrupt"}, ["main.py"]),
    "own excepthook": (
        {"main.py": "import sys\nsys.excepthook = lambda *x: print(x[1], x[2].tb_lineno)\n1 / 0"},
        ["main.py"],
    ),
    "error while importing": ({"main.py": "import other", "other.py": FAILS}, ["main.py"]),
    "no such module of NumPy": ({"main.py": "import numpy.nothing"}, ["main.py"]),
    "syntax error": ({"main.py": "import numpy\nx = = 1\n"}, ["main.py"]),
    "syntax error in a module": ({"main.py": "import other", "other.py": "x = (\n"}, ["main.py"]),
    "no such file": ({}, ["main.py"]),
    "no such module": ({}, ["-m", "nothing.at_all"]),
    "nothing to start in a folder": ({"folder/x.py": ""}, ["folder"]),
}


@pytest.mark.parametrize("name", SAME_AS_PYTHON)
def test_runs_as_python_does(name: str, tmp_path: Path) -> None:
    files, arguments = SAME_AS_PYTHON[name]
    write(tmp_path, files)
    by_python, by_us = both(*arguments, cwd=tmp_path)
    assert by_us == by_python


def test_encoding_shebang_and_future(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_bytes(ENCODED)
    by_python, by_us = both("main.py", cwd=tmp_path)
    assert by_python.status == 0
    assert by_us == by_python


def test_zip_file_and_link(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as file:
        file.writestr("__main__.py", "import numpy, other\nprint(numpy.__name__, other.name)")
        file.writestr("other.py", "import numpy\nname = numpy.__name__")
    assert python("-m", "lazynp", "run", "app.zip", cwd=tmp_path).out == "lazynp lazynp\n"
    write(tmp_path, {"real/main.py": "import other\nprint(other.name)"})
    write(tmp_path, {"real/other.py": "import numpy\nname = numpy.__name__"})
    (tmp_path / "link.py").symlink_to("real/main.py")
    assert python("-m", "lazynp", "run", "link.py", cwd=tmp_path).out == "lazynp\n"


@pytest.mark.parametrize("arguments", [[], ["-m"], ["--nonsense", "main.py"], ["-c"]])
def test_wrong_options(arguments: list[str], tmp_path: Path) -> None:
    ended = python("-m", "lazynp", "run", *arguments, cwd=tmp_path)
    assert ended.status == 2 and ended.errors.startswith("usage: python -m lazynp")
    assert "Traceback" not in ended.errors


# ------------------------------------------------------------------ whose imports are swapped
IMPORTS = """
import importlib, sys
import numpy, numpy.linalg as la
import numpy.fft
from numpy import random, ones as one
from numpy.linalg import norm
from numpy import *
try:
    import no_such_array_library as np
except ImportError:
    import numpy as np
names = {}
exec("import numpy", names)
def later():
    import numpy.polynomial
    return numpy.polynomial
print(numpy.__name__, la.__name__, numpy.fft.__name__, random.__name__, one.__module__)
print(norm.__module__, arange.__module__, np.__name__, names["numpy"].__name__, later().__name__)
print(importlib.import_module("numpy").__name__, importlib.import_module(".fft", "numpy").__name__)
print(__import__("numpy").__name__, importlib.__import__("numpy").__name__)
print(__import__("numpy.linalg", fromlist=["norm"]).__name__, eval("__import__('numpy')").__name__)
"""
PROGRAM: Files = {
    "app/main.py": IMPORTS
    + """
import own.deep, beside
print(beside.numpy.__name__, own.deep.sibling.np.__name__, own.deep.later().__name__)
""",
    "app/own/__init__.py": "",
    "app/own/deep.py": "from . import sibling\n"
    "def later():\n    from importlib import import_module\n"
    "    return import_module('.late', __package__).n",
    "app/own/sibling.py": "import numpy as np",
    "app/own/late.py": "import numpy as n",
    "app/beside.py": IMPORTS,
}


def test_every_import_of_the_programs_modules_is_swapped(tmp_path: Path) -> None:
    write(tmp_path, PROGRAM)
    (tmp_path / "elsewhere").mkdir()  # the script's folder counts, wherever one works
    for cwd, script in ((tmp_path, "app/main.py"), (tmp_path / "elsewhere", "../app/main.py")):
        by_python, by_us = both(script, cwd=cwd)
        assert by_python.out and by_us == (by_python.out.replace("numpy", "lazynp"), "", 0)


LIBRARIES = """
import sys
import scipy.linalg, library
import numpy as np
print(np.__name__, sys.modules["numpy"].__name__, scipy.linalg.inv.__globals__["np"].__name__)
print(library.np.__name__, library.later().__name__, library.made.__name__)
import numpy.core as core, numpy.version
from numpy._core import multiarray
print(core.__name__, numpy.version.__name__, multiarray.__name__)
"""
LIBRARY = """
import importlib
import numpy as np
def later():
    import numpy
    return importlib.import_module("numpy")
names = {}
exec("import numpy", names)
made = names["numpy"]
"""


def test_libraries_keep_numpy(tmp_path: Path) -> None:
    """Also where they lie below the working directory, as in a virtual environment."""
    packages = tmp_path / "venv" / "lib" / "site-packages"
    write(tmp_path, {"main.py": LIBRARIES, "venv/lib/site-packages/library.py": LIBRARY})
    ended = python("-W", "ignore", "-m", "lazynp", "run", "main.py", cwd=tmp_path, path=packages)
    assert ended.errors == ""
    of_modules, of_library, private = ended.out.splitlines()
    assert of_modules == "lazynp numpy numpy"
    assert of_library == "numpy numpy numpy"
    assert private == "lazynp.core lazynp.version numpy._core.multiarray"


def test_package_of_an_option_m_is_own_wherever_it_is(tmp_path: Path) -> None:
    packages = tmp_path / "site-packages"
    tool = "import numpy\nfrom . import other\nprint(numpy.__name__, other.numpy.__name__)"
    write(packages, {"tool/__main__.py": tool, "tool/other.py": "import numpy"})
    write(packages, {"tool/__init__.py": ""})
    (tmp_path / "work").mkdir()
    ended = python("-m", "lazynp", "run", "-m", "tool", cwd=tmp_path / "work", path=packages)
    assert ended == ("lazynp lazynp\n", "", 0)


def test_bytecode_stays_what_python_makes_of_it(tmp_path: Path) -> None:
    main, module = "import other\nprint(other.np.__name__)", "import numpy as np"
    for folder in ("plain", "swapped"):
        write(tmp_path / folder, {"main.py": main, "other.py": module})
        os.utime(tmp_path / folder / "other.py", (10**9, 10**9))
    swapped, plain = tmp_path / "swapped", tmp_path / "plain"
    assert python("-m", "lazynp", "run", "main.py", cwd=swapped).out == "lazynp\n"
    assert python("main.py", cwd=plain).out == "numpy\n"
    (code,) = (swapped / "__pycache__").glob("other.*.pyc")
    expected = marshal.loads((plain / "__pycache__" / code.name).read_bytes()[16:])
    found = marshal.loads(code.read_bytes()[16:])  # behind what it was made of, and when
    assert found.replace(co_filename=expected.co_filename) == expected
    assert python("main.py", cwd=swapped).out == "numpy\n"
    assert python("-m", "lazynp", "run", "main.py", cwd=plain).out == "lazynp\n"


POOL = """
import multiprocessing, sys
import numpy as np
import work

def here(_):
    return np.__name__

if __name__ == "__main__":
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(method, pool.map(here, [0]), pool.map(work.there, [0]))
"""


def test_children_of_multiprocessing_swap(tmp_path: Path) -> None:
    work = (
        "def there(_):\n    import numpy\n    return (numpy.ones(2) + 1).tolist(), numpy.__name__"
    )
    write(tmp_path, {"main.py": POOL, "work.py": work})
    by_python, by_us = both("main.py", cwd=tmp_path)
    assert by_python.status == 0
    assert by_us == (by_python.out.replace("numpy", "lazynp"), by_python.errors, 0)


# ------------------------------------------------------------------ the swap itself
@pytest.fixture
def restored() -> Iterator[None]:
    yield
    uninstall()


def test_imports_are_put_back(restored: None) -> None:
    ways = builtins.__import__, importlib.__import__, importlib.import_module
    signatures = [str(inspect.signature(way)) for way in ways]
    names = {"__name__": "__main__"}
    install(Own())
    install(Own())
    ours = builtins.__import__, importlib.__import__, importlib.import_module
    assert [str(inspect.signature(way)) for way in ours] == signatures
    exec("import numpy as swapped", names)
    uninstall()
    assert (builtins.__import__, importlib.__import__, importlib.import_module) == ways
    exec("import numpy", names)
    assert (names["swapped"], names["numpy"]) == (lazynp, sys.modules["numpy"])


def test_whoever_wrapped_our_import_goes_on(
    restored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)
    install(Own())
    ours = builtins.__import__
    builtins.__import__ = lambda *args, **keywords: ours(*args, **keywords)
    names = {"__name__": "__main__"}
    exec("import numpy as swapped", names)
    uninstall()
    exec("import numpy", names)
    assert (names["swapped"], names["numpy"]) == (lazynp, sys.modules["numpy"])
    _swap_import._replaced.clear()


def test_block_ends_where_it_began(restored: None) -> None:
    outer, inner = Own(("/outer",)), Own(("/inner",))
    with _swap_import.swapped(outer):
        with _swap_import.swapped(inner):
            assert _swap_import._own == inner
        assert _swap_import._own == outer
    assert _swap_import._own is None


STDLIB = sysconfig.get_path("stdlib")


@pytest.mark.parametrize(
    ("path", "folder", "is_programs"),
    [
        ("/srv/app/main.py", "/srv/app", True),
        ("/srv/app/deep/er/m.py", "/srv", True),
        ("/srv/apple.py", "/srv/app", False),
        ("/srv/venv/lib/python3/site-packages/x.py", "/srv", False),
        ("/usr/lib/python3/dist-packages/x/y.py", "/", False),
        ("/v/lib/python3/site-packages/tool/run.py", "/v/lib/python3/site-packages/tool", True),
        (f"{STDLIB}/json/decoder.py", "/", False),
        (f"{STDLIB}/my_own/m.py", f"{STDLIB}/my_own", True),
    ],
)
def test_files_of_the_program(path: str, folder: str, is_programs: bool) -> None:
    assert is_own_file(path, Own((folder,))) is is_programs


def test_text_without_a_file_belongs_to_who_runs_it() -> None:
    own = Own((str(Path(__file__).parent),))
    frame = sys._getframe()
    assert is_own({}, own, frame)
    assert not is_own({}, own)
    assert not is_own({"__file__": "/library/x.py"}, own, frame)
    assert not is_own(vars(lazynp), Own(("/",)))


def test_import_that_is_no_module() -> None:
    """What some library puts into sys.modules need be no module."""
    name = "lazynp_test_object"
    sys.modules[name] = types.SimpleNamespace(x=1)  # type: ignore[assignment]
    try:
        with _swap_import.swapped(Own()):
            assert importlib.import_module(name).x == 1
    finally:
        del sys.modules[name]
