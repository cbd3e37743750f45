"""One operation is one block: a block that nobody has seen is inserted, and everything follows."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import lazynp

ROOT = pathlib.Path(__file__).parents[1]

BLOCK = """
      OpSpec{
          .name = "log1mexp",
          .doc = "log(1 - exp(-x)) without cancellation, element-wise.",
          .kernel = UNARY_MATH(Floats, log1p(-exp(-x))),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy / apply("expm1", {d.inputs[0]})};
          },
          .samples = {.lo = 0.5, .hi = 4},
          .max_ulp = 4,
          .may_warn = true,
      },
"""

CHECK = """
import numpy, lazynp as np
from lazynp import _core, _ops_table

op = {op.name: op for op in _core.ops()}["log1mexp"]
assert op.expression == "log1p(-exp(-x))" and op.differentiable
assert any("log1mexp" in line for line in _ops_table.ops_markdown().splitlines())
x = numpy.linspace(0.5, 4, 50)
value = np.log1mexp(np.array(x))
numpy.testing.assert_allclose(numpy.asarray(value), numpy.log1p(-numpy.exp(-x)), rtol=1e-14)
assert np.log1mexp(np.array(x, dtype="f4")).dtype == numpy.float32
gradient = np.grad(lambda x: np.log1mexp(x).sum())(np.array(x))
numpy.testing.assert_allclose(numpy.asarray(gradient), 1 / numpy.expm1(x), rtol=1e-12)
print("all follows")
"""


@pytest.mark.slow
def test_an_op_is_one_block(tmp_path: pathlib.Path) -> None:
    """The copy of the project differs in one inserted block; names, table and gradient follow."""
    tree = tmp_path / "tree"
    ignore = shutil.ignore_patterns(".git", "build", ".nox*", "*.so", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, tree, ignore=ignore)
    family = tree / "csrc" / "ops" / "exponential.cpp"
    text = family.read_text()
    assert text.count("return {\n") >= 1
    family.write_text(text.replace("  return {\n", "  return {\n" + BLOCK, 1))
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site)]
    subprocess.run([*pip, str(tree)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    run = [sys.executable, "-c", CHECK]
    done = subprocess.run(
        run, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout.strip() == "all follows", done.stderr


def test_no_other_file_lists_an_op() -> None:
    """Passes, plans, engine and generic Python code name no elementwise op but in prose."""
    names = {op.name for op in lazynp._core.ops() if op.kind == "elementwise"}
    # Words of English or of C++ that are also ops, and the op that moves elements as they are.
    names -= {"add", "equal", "where", "positive", "negative", "sign", "power", "square", "astype"}
    folders = ["csrc/passes", "csrc/engine", "csrc/autodiff"]
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.cpp")):
            code = re.sub(r"//[^\n]*", "", path.read_text())
            found = names & set(re.findall(r'"(\w+)"', code))
            assert not found, f"{path} names {sorted(found)}"
