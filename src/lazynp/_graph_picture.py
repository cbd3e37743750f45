"""Draws a recorded graph as SVG: nodes in layers by depth, few crossings, no library needed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

MAX_NODES = 400
FONT = "font-family='ui-sans-serif,Helvetica,Arial,sans-serif'"
CHARACTER_WIDTH, BOX_HEIGHT = 7.0, 36.0
BEND_WIDTH, GAP, LAYER_HEIGHT, MARGIN = 6.0, 18.0, 76.0, 24.0
N_SWEEPS = 12
COLORS = {
    "data": ("#e8f0fe", "#4a78c2"),
    "watched": ("#fdebd0", "#d08a1d"),
    "computed": ("#e6f4ea", "#4a9a63"),
    "pending": ("#ffffff", "#7a7f87"),
    "constant": ("#f3f3f3", "#b0b0b0"),
}


@dataclass
class Box:
    """A node of the picture; without text it is a bend of a long edge."""

    layer: int
    width: float
    lines: tuple[str, str] = ("", "")
    state: str = ""
    hint: str = ""
    is_root: bool = False
    x: float = 0.0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)

    @property
    def y(self) -> float:
        return MARGIN + self.layer * LAYER_HEIGHT + BOX_HEIGHT / 2


def shape_text(node: dict[str, Any]) -> str:
    """'float64[3, 4]', or the dtype alone for a single number."""
    inside = ", ".join(map(str, node["shape"]))
    return f"{node['dtype']}[{inside}]" if inside else str(node["dtype"])


def constant_text(node: dict[str, Any]) -> str:
    """A Python number as it was written, another constant by its dtype."""
    return str(node["dtype"]) if node["value"] is None else f"{node['value']:g}"


def _first_line(node: dict[str, Any], constants: Iterable[str]) -> str:
    name = node["op"] or {"watched": "watched", "constant": constant_text(node)}.get(
        node["state"], "data"
    )
    return " ".join([str(name), *constants])


def _hint(node: dict[str, Any]) -> str:
    attributes = ", ".join(f"{k}={v}" for k, v in node["attributes"].items() if v is not None)
    return "\n".join(part for part in (node["state"], attributes, node["source"]) if part)


# ------------------------------------------------------------------ layers
def _without_constants(graph: dict[str, Any]) -> tuple[list[int], list[tuple[int, int]]]:
    """Ids and edges that are drawn: numbers stand inside the boxes that use them."""
    nodes = graph["nodes"]
    users = dict.fromkeys(range(len(nodes)), 0)
    for source, _ in graph["edges"]:
        users[source] += 1
    hidden = {n["id"] for n in nodes if n["state"] == "constant" and users[n["id"]]}
    kept = [n["id"] for n in nodes if n["id"] not in hidden]
    return kept, sorted({(a, b) for a, b in graph["edges"] if a not in hidden})


def _layers(kept: Sequence[int], edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Longest distance from the inputs; inputs move down to just above their first user."""
    layer = dict.fromkeys(kept, 0)
    for source, target in sorted(edges, key=lambda edge: edge[1]):
        layer[target] = max(layer[target], layer[source] + 1)
    has_input = {target for _, target in edges}
    users: dict[int, list[int]] = {}
    for source, target in edges:
        users.setdefault(source, []).append(layer[target])
    for i in kept:
        if i not in has_input and i in users:
            layer[i] = min(users[i]) - 1
    return layer


def _make_boxes(graph: dict[str, Any]) -> list[Box]:
    kept, edges = _without_constants(graph)
    layer = _layers(kept, edges)
    constants: dict[int, list[str]] = {}
    for source, target in graph["edges"]:
        if source not in layer:
            constants.setdefault(target, []).append(constant_text(graph["nodes"][source]))
    boxes: list[Box] = []
    place: dict[int, int] = {}
    for i in kept:
        node = graph["nodes"][i]
        lines = (_first_line(node, constants.get(i, ())), shape_text(node))
        width = CHARACTER_WIDTH * max(map(len, lines)) + 16
        place[i] = len(boxes)
        is_root = i in graph["roots"]
        boxes.append(Box(layer[i], width, lines, node["state"], _hint(node), is_root))
    for source, target in edges:
        _connect(boxes, place[source], place[target])
    return boxes


def _connect(boxes: list[Box], source: int, target: int) -> None:
    """An edge, with a bend in every layer that it crosses."""
    previous = source
    for layer in range(boxes[source].layer + 1, boxes[target].layer):
        boxes.append(Box(layer, BEND_WIDTH))
        _link(boxes, previous, len(boxes) - 1)
        previous = len(boxes) - 1
    _link(boxes, previous, target)


def _link(boxes: list[Box], upper: int, lower: int) -> None:
    boxes[upper].below.append(lower)
    boxes[lower].above.append(upper)


# ------------------------------------------------------------------ positions
def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _order(boxes: list[Box]) -> list[list[int]]:
    """Rows of box numbers; sweeps by the mean position of the neighbours (Sugiyama et al. 1981)."""
    rows: list[list[int]] = [[] for _ in range(max(box.layer for box in boxes) + 1)]
    for i, box in enumerate(boxes):
        rows[box.layer].append(i)
    for sweep in range(N_SWEEPS):
        downwards = sweep % 2 == 0
        for row in rows if downwards else reversed(rows):
            rank = {i: k for other in rows for k, i in enumerate(other)}

            def key(i: int, rank: dict[int, int] = rank, downwards: bool = downwards) -> float:
                neighbours = boxes[i].above if downwards else boxes[i].below
                return _mean([rank[n] for n in neighbours]) if neighbours else rank[i]

            row.sort(key=key)
    return rows


def _least_squares(wanted: Sequence[float], distances: Sequence[float]) -> list[float]:
    """Positions near `wanted`, in order and at these distances (pool adjacent violators)."""
    offsets = [0.0]
    for distance in distances:
        offsets.append(offsets[-1] + distance)
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before = blocks.pop()
            total, count = total + before[0], count + before[1]
        blocks.append((total, count))
    means = [total / count for total, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _place(boxes: list[Box], rows: list[list[int]]) -> None:
    """Horizontal positions: each box near its neighbours, none on another."""
    for sweep in range(N_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = []
            for i in row:
                near = boxes[i].above + boxes[i].below
                wanted.append(_mean([boxes[n].x for n in near]) if near else boxes[i].x)
            distances = [
                (boxes[a].width + boxes[b].width) / 2 + GAP for a, b in itertools.pairwise(row)
            ]
            for i, x in zip(row, _least_squares(wanted, distances), strict=True):
                boxes[i].x = x
    left = min(box.x - box.width / 2 for box in boxes)
    for box in boxes:
        box.x += MARGIN - left


# ------------------------------------------------------------------ SVG
def _edge_path(boxes: list[Box], start: int, first: int) -> str:
    """From the lower side of a box through its bends to the upper side of the next box."""
    x, y = boxes[start].x, boxes[start].y + BOX_HEIGHT / 2
    parts = [f"M{x:.1f},{y:.1f}"]
    current = first
    while True:
        box = boxes[current]
        end = box.y if not box.state else box.y - BOX_HEIGHT / 2 - 5
        middle = (y + end) / 2
        parts.append(f"C{x:.1f},{middle:.1f} {box.x:.1f},{middle:.1f} {box.x:.1f},{end:.1f}")
        if box.state:
            return " ".join(parts)
        x, y, current = box.x, end, box.below[0]


def _box_text(box: Box) -> str:
    fill, stroke = COLORS[box.state]
    left, top = box.x - box.width / 2, box.y - BOX_HEIGHT / 2
    thickness = 2.5 if box.is_root else 1.2
    return (
        f"<g><title>{escape(box.hint)}</title>"
        f"<rect x='{left:.1f}' y='{top:.1f}' width='{box.width:.1f}' height='{BOX_HEIGHT:g}' "
        f"rx='6' fill='{fill}' stroke='{stroke}' stroke-width='{thickness}'/>"
        f"<text x='{box.x:.1f}' y='{box.y - 3:.1f}' font-weight='600'>{escape(box.lines[0])}</text>"
        f"<text x='{box.x:.1f}' y='{box.y + 12:.1f}' fill='#5f6368' font-size='10'>"
        f"{escape(box.lines[1])}</text></g>"
    )


def _legend(states: Iterable[str], y: float) -> list[str]:
    parts, x = [], MARGIN
    for state in states:
        fill, stroke = COLORS[state]
        parts.append(
            f"<rect x='{x:.1f}' y='{y - 9:.1f}' width='12' height='12' rx='3' fill='{fill}' "
            f"stroke='{stroke}'/><text x='{x + 18:.1f}' y='{y + 1:.1f}' text-anchor='start' "
            f"fill='#5f6368'>{state}</text>"
        )
        x += 34 + CHARACTER_WIDTH * len(state)
    return parts


def _document(width: float, height: float, parts: Iterable[str]) -> str:
    size = f"width='{math.ceil(width)}' height='{math.ceil(height)}'"
    box = f"viewBox='0 0 {math.ceil(width)} {math.ceil(height)}'"
    marker = (
        "<defs><marker id='arrow' viewBox='0 0 8 8' refX='4' refY='4' markerWidth='7' "
        "markerHeight='7' orient='auto'><path d='M0,0 L8,4 L0,8 z' fill='#9aa0a6'/></marker></defs>"
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' {size} {box} {FONT} font-size='12' "
        f"text-anchor='middle'>{marker}<rect width='100%' height='100%' fill='#ffffff'/>"
        f"{''.join(parts)}</svg>"
    )


def graph_svg(graph: dict[str, Any]) -> str:
    """The picture of what `_core.graph` returns, as SVG text."""
    if not graph["nodes"]:
        return _document(220, 60, ["<text x='110' y='34'>nothing is recorded</text>"])
    if len(graph["nodes"]) > MAX_NODES:
        text = f"{len(graph['nodes'])} nodes: too many to draw (at most {MAX_NODES})"
        return _document(420, 60, [f"<text x='210' y='34'>{text}</text>"])
    boxes = _make_boxes(graph)
    rows = _order(boxes)
    _place(boxes, rows)
    edges = [
        f"<path d='{_edge_path(boxes, i, j)}' fill='none' stroke='#9aa0a6' stroke-width='1.2' "
        "marker-end='url(#arrow)'/>"
        for i, box in enumerate(boxes)
        if box.state
        for j in box.below
    ]
    states = [state for state in COLORS if any(box.state == state for box in boxes)]
    width = max(box.x + box.width / 2 for box in boxes) + MARGIN
    height = MARGIN + len(rows) * LAYER_HEIGHT + 12
    shown = [_box_text(box) for box in boxes if box.state]
    legend_width = MARGIN * 2 + sum(34 + CHARACTER_WIDTH * len(state) for state in states)
    return _document(
        max(width, legend_width), height, [*edges, *shown, *_legend(states, height - 16)]
    )
