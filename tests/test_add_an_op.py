"""docs/add_an_op.md is true: an op is one block, and everything else follows from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "add_an_op.md").read_text()
FAMILY = Path("csrc") / "ops" / "exponential.cpp"
BEFORE = '      OpSpec{\n          .name = "exp",\n'
NEEDED = ("csrc", "src", "gpu", "tests", "CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE")


def code(language: str) -> str:
    """The code blocks of the text in one language."""
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))


def run(*command: str, cwd: Path, path: Path | None = None) -> str:
    """Run a command with `path` before everything that is installed; its output."""
    env = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    done = subprocess.run(
        command, cwd=cwd, env=env, check=False, text=True, stdout=-1, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_the_block_goes_where_the_text_says() -> None:
    assert (ROOT / FAMILY).read_text().count(BEFORE) == 1
    assert '.name = "log1mexp"' in code("cpp")


@pytest.mark.slow
def test_one_block_is_enough(tmp_path: Path) -> None:
    tree, wheels, site = (tmp_path / name for name in ("tree", "wheels", "site"))
    tree.mkdir()
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("*.so", "__pycache__")
            shutil.copytree(source, tree / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, tree / name)
    family = tree / FAMILY
    family.write_text(family.read_text().replace(BEFORE, code("cpp") + "\n" + BEFORE))
    pip = (sys.executable, "-m", "pip")
    run(*pip, "wheel", str(tree), "--no-deps", "--wheel-dir", str(wheels), cwd=tmp_path)
    wheel = next(wheels.glob("*.whl"))
    run(*pip, "install", "--no-deps", "--target", str(site), str(wheel), cwd=tmp_path)

    assert "def log1mexp(x: ArrayLike, /)" in (site / "lazynp" / "_own_ops.pyi").read_text()
    (tmp_path / "examples.txt").write_text(code("python"))
    run(sys.executable, "-m", "doctest", "examples.txt", cwd=tmp_path, path=site)
    gradients = str(tree / "tests" / "test_gradients.py")
    settings = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tree))
    test = (sys.executable, "-m", "pytest", "-q", "-k", "log1mexp", *settings, gradients)
    output = run(*test, cwd=tmp_path, path=site)
    assert re.search(r"[1-9]\d* passed", output), output
