"""Prints docs/array_api.md: `python -m lazynp.array_api > docs/array_api.md`."""

from __future__ import annotations

from lazynp.array_api._contradictions import page

if __name__ == "__main__":
    print("\n".join(page()))
