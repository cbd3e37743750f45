"""Arguments made of nested lists, tuples and dicts: their leaves in order, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Callable[[Iterator[Any]], Any]]:
    """The leaves of `tree`, and a function that builds the same tree from other leaves."""
    if isinstance(tree, dict):
        parts = [flatten(value) for value in tree.values()]
        keys = list(tree)
        return _join(parts), lambda leaves: type(tree)(
            (key, build(leaves)) for key, (_, build) in zip(keys, parts, strict=True)
        )
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        parts = [flatten(value) for value in tree]
        return _join(parts), lambda leaves: type(tree)(*[build(leaves) for _, build in parts])
    if isinstance(tree, (list, tuple)):
        parts = [flatten(value) for value in tree]
        return _join(parts), lambda leaves: type(tree)([build(leaves) for _, build in parts])
    return [tree], next


def _join(parts: list[tuple[list[Any], Any]]) -> list[Any]:
    return [leaf for leaves, _ in parts for leaf in leaves]
