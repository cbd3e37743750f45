"""Every example in the documentation and in the docstrings of the package runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import pydoc
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from own_names import own_names

import lazynp

pytestmark = pytest.mark.filterwarnings("default")
ROOT = Path(__file__).parents[1]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def is_numpys(test: doctest.DocTest) -> bool:
    """Whether NumPy's own documentation stands there: NumPy tests that."""
    try:
        found = pydoc.locate(test.name.replace("lazynp", "numpy", 1))
    except pydoc.ErrorDuringImport:
        return False
    lines = (getattr(found, "__doc__", None) or "").strip().splitlines()
    return bool(lines) and lines[0] in (test.docstring or "")


def run_examples(test: doctest.DocTest) -> None:
    """Fail with the report of every example that printed something else."""
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append)
    assert result.failed == 0, "".join(report)


def modules() -> list[str]:
    """The modules of the package that can be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of numpy.matlib
        found = list(pkgutil.walk_packages(lazynp.__path__, "lazynp."))
    found = [m for m in found if m.name != "lazynp.matlib"]
    return ["lazynp", *(m.name for m in found if not m.name.endswith(("_core", "__main__")))]


@pytest.mark.parametrize("name", modules())
def test_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    own = [test for test in finder.find(module, name, globs={}) if test.name.startswith(name)]
    for test in own:
        if test.examples and not is_numpys(test):
            test.globs = {**vars(module)}
            run_examples(test)


@pytest.mark.parametrize("name", own_names())
def test_own_names_have_a_text_with_an_example(name: str) -> None:
    text = inspect.getdoc(getattr(lazynp, name)) or ""
    assert text.split("\n\n")[0].endswith(".")
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert test.examples
    run_examples(test)
    assert inspect.isclass(getattr(lazynp, name)) or inspect.signature(getattr(lazynp, name))


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_example(path: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout and not done.stderr


def documents() -> list[Path]:
    """The texts with Python examples."""
    texts = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    # The examples of add_an_op.md need the op that it adds: test_add_an_op.py.
    return [p for p in texts if CODE.search(p.read_text()) and p.name != "add_an_op.md"]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_document(path: Path) -> None:
    """All blocks of one text run in one session, in order."""
    blocks = CODE.findall(path.read_text())
    is_session = any(block.lstrip().startswith(">>>") for block in blocks)
    if is_session:
        text = "\n".join(blocks)
        run_examples(doctest.DocTestParser().get_doctest(text, {}, path.name, str(path), 0))
    else:
        for block in blocks:
            exec(compile(block, str(path), "exec"), {"__name__": "example"})
