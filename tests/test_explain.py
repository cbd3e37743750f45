"""explain, its pictures, the command line's tables and import swap."""

from __future__ import annotations

import itertools
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy
import pytest

import lazynp as np
from lazynp import _core
from lazynp._explain import bytes_text
from lazynp._graph_picture import _least_squares, _make_boxes, _order, _place, graph_svg
from lazynp._swap_import import load_program

ROOT = Path(__file__).parents[1]
SVG = "{http://www.w3.org/2000/svg}"


def small_network() -> tuple[Any, Any]:
    X, W, b = np.ones((5, 3)), np.ones((3, 2)), np.zeros(2)
    np.evaluate(X, W, b)
    np.watch(W)
    h = np.maximum(X @ W + b, 0)
    return (h * h).sum(), W


def test_explain_runs_nothing_and_names_what_would_run() -> None:
    y, _ = small_network()
    before = np.stats()["nodes_run"]
    with np.no_eval():
        plan = np.explain(y)
    assert np.stats()["nodes_run"] == before
    assert isinstance(plan, str)
    for word in ("matmul", "maximum", "sum", "float64", "operations", "peak", "test_explain.py"):
        assert word in plan, plan


def test_explain_after_a_pass() -> None:
    y, _ = small_network()
    assert "maximum" in np.explain(y, after="fuse")
    with pytest.raises(ValueError, match="no_such_pass"):
        np.explain(y, after="no_such_pass")


def test_a_masked_write_is_part_of_its_group() -> None:
    x = np.array(numpy.linspace(-1, 1, 5000).reshape(50, 100))
    y = x * 2
    y[y > 1] = 0
    y[np.abs(x) < 0.1] = -5
    assert "7 nodes, 1 groups" in np.explain(y + 1)


def test_explain_of_a_computed_value() -> None:
    x = np.ones(3) + 1
    np.evaluate(x)
    assert "= add(" not in np.explain(x)


def test_explain_lists_what_numpy_served() -> None:
    numpy.asarray(np.unique(np.ones(2), sorted=False))
    plan = np.explain(np.ones(3) + 1)
    assert "unique_hash" in plan and "test_explain.py" in plan


def test_graph_names_nodes_edges_and_roots() -> None:
    y, W = small_network()
    graph = _core.graph((y,))
    ops = [node["op"] for node in graph["nodes"]]
    assert {"matmul", "add", "maximum", "multiply", "sum"} <= set(ops)
    assert [node["state"] for node in graph["nodes"]].count("watched") == 1
    assert graph["nodes"][graph["roots"][0]]["op"] == "sum"
    assert all(a < b for a, b in graph["edges"])
    assert any("test_explain.py" in node["source"] for node in graph["nodes"])
    assert W.shape == (3, 2)


def test_picture_is_well_formed_and_names_the_ops() -> None:
    y, W = small_network()
    plan = np.explain(y, *np.gradients(y, [W]))
    root = ElementTree.fromstring(plan.svg)
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert "matmul" in texts and "float64[5, 2]" in texts
    assert "maximum 0" in texts  # numbers stand in the box that uses them
    assert "<svg" in plan._repr_html_() and "<pre>" in plan._repr_html_()


def test_boxes_of_a_picture_do_not_overlap() -> None:
    y, W = small_network()
    boxes = _make_boxes(_core.graph((y, *np.gradients(y, [W]))))
    _place(boxes, _order(boxes))
    by_layer: dict[int, list[Any]] = {}
    for box in boxes:
        by_layer.setdefault(box.layer, []).append(box)
        assert all(boxes[i].layer == box.layer + 1 for i in box.below)
    for row in by_layer.values():
        row.sort(key=lambda box: box.x)
        for a, b in itertools.pairwise(row):
            assert a.x + a.width / 2 < b.x - b.width / 2


def test_pictures_of_nothing_and_of_too_much() -> None:
    node = {"id": 0, "op": None, "state": "data", "dtype": "float64", "shape": ()}
    node |= {"source": "", "attributes": {}, "value": None}
    assert "nothing" in graph_svg({"nodes": [], "edges": [], "roots": []})
    many = {"nodes": [node] * 1000, "edges": [], "roots": []}
    assert "too many" in graph_svg(many)


def test_least_squares_keeps_distances() -> None:
    assert _least_squares([0, 0, 0], [1, 1]) == pytest.approx([-1, 0, 1])
    assert _least_squares([0, 10], [1]) == pytest.approx([0, 10])


def test_bytes_text() -> None:
    assert [bytes_text(n) for n in (10, 2048, 3 << 20, 5 << 30)] == ["10 B", "2 kB", "3 MB", "5 GB"]


# ------------------------------------------------------------------ the command line
def test_import_swap(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import numpy\nimport numpy as np\nimport numpy.linalg\nfrom numpy import ones\n"
        "import math\nkinds = [type(numpy.ones(1)), type(np.ones(1)), type(ones(1))]\n"
        "norm = float(numpy.linalg.norm(ones(4)))\n"
    )
    names = load_program(program, is_swapped=True)
    assert names["kinds"] == [np.ndarray] * 3
    assert names["norm"] == 2.0
    assert load_program(program, is_swapped=False)["kinds"] == [numpy.ndarray] * 3


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lazynp", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def test_command_line_help_info_run(tmp_path: Path) -> None:
    assert "demo" in run("--help").stdout
    assert "--quick" in run("demo", "--help").stdout
    info = run("info")
    assert info.returncode == 0 and numpy.__version__ in info.stdout, info.stderr
    program = tmp_path / "program.py"
    program.write_text(
        "import numpy as np, sys\nprint(np.__name__, np.arange(3).sum(), sys.argv[1])\n"
    )
    done = run("run", str(program), "word")
    assert done.stdout == "lazynp 3 word\n", done.stderr


def test_demo_names_the_missing_package(tmp_path: Path) -> None:
    (tmp_path / "sklearn.py").write_text("raise ImportError('not here')\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from lazynp.__main__ import main; "
        "sys.exit(main(['demo']))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install lazynp[demo]" in done.stderr and "scikit-learn" in done.stderr


def test_quick_demo_without_numpys_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    monkeypatch.setenv("LAZYNP_FALLBACK", "raise")
    done = run("demo", "--quick", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "operations run so far: 0" in done.stdout
    assert "outputs bit-equal: yes" in done.stdout
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"graph.svg", "graph_with_gradients.svg", "training.png"}
    accuracy = done.stdout.partition("test accuracy ")[2].split("%")[0]
    assert float(accuracy) >= 95


def test_ops_table_is_current() -> None:
    from lazynp._ops_table import ops_markdown

    assert (ROOT / "docs" / "ops.md").read_text() == ops_markdown(), (
        "write it anew: python -m lazynp ops > docs/ops.md"
    )
