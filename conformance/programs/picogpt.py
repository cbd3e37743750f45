"""The forward pass of a checkout of jaymody/picoGPT, with a small model of seeded weights."""

from __future__ import annotations

import importlib
import types
from pathlib import Path
from typing import Any

from program_code import program_names

N_VOCABULARY, N_CONTEXT, N_EMBEDDING, N_HEADS, N_LAYERS = 500, 64, 96, 6, 3
TOKENS = [17, 400, 3, 3, 256, 81, 499, 0, 42, 120]
N_GENERATED = 4


def names(folder: Path) -> list[str]:
    """Both forms of the program, the commented and the short one."""
    return sorted(path.stem for path in folder.glob("gpt2*.py"))


def run(folder: Path, name: str, swapped: bool, main: types.ModuleType) -> None:
    """The logits of a text, and the tokens that continue it greedily."""
    np = importlib.import_module("lazynp" if swapped else "numpy")
    program = program_names(folder / f"{name}.py", swapped)
    weights = seeded_weights(np)
    main.logits = program["gpt2"](TOKENS, **weights, n_head=N_HEADS)
    tokens = list(TOKENS)
    for _ in range(N_GENERATED):  # as the program's `generate` does, which draws a progress bar
        tokens.append(int(np.argmax(program["gpt2"](tokens, **weights, n_head=N_HEADS)[-1])))
    main.tokens = tokens


def seeded_weights(np: Any) -> dict[str, Any]:
    """Weights in the form of the program's checkpoint, in single precision as there."""
    random = np.random.default_rng(2024)

    def normal(*shape: int, scale: float = 0.05) -> Any:
        return (random.standard_normal(shape) * scale).astype(np.float32)

    def linear(n_in: int, n_out: int) -> dict[str, Any]:
        return {"w": normal(n_in, n_out), "b": normal(n_out)}

    def norm() -> dict[str, Any]:
        return {"g": 1 + normal(N_EMBEDDING), "b": normal(N_EMBEDDING)}

    def block() -> dict[str, Any]:
        n = N_EMBEDDING
        mlp = {"c_fc": linear(n, 4 * n), "c_proj": linear(4 * n, n)}
        attention = {"c_attn": linear(n, 3 * n), "c_proj": linear(n, n)}
        return {"mlp": mlp, "attn": attention, "ln_1": norm(), "ln_2": norm()}

    embeddings = {"wte": normal(N_VOCABULARY, N_EMBEDDING), "wpe": normal(N_CONTEXT, N_EMBEDDING)}
    return {**embeddings, "blocks": [block() for _ in range(N_LAYERS)], "ln_f": norm()}
