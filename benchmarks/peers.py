"""Whole expressions against compilers of array programs: jax.jit, torch.compile, and NumPy.

    pip install jax torch; python benchmarks/peers.py --markdown benchmarks/results/peers.md

Every peer gets both cores, allocates its results, and has compiled before the clock starts. Runs
are interleaved in one process, with a pause in which the threads of the last one fall asleep; a
row's ratio is the median over rounds of the peer's time by lazynp's: above 1 lazynp is faster.
Peers that are not installed are left out, and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from expressions import EXPRESSIONS, Expression, inputs, timed

SIZES = (1_000, 100_000, 10_000_000)
DTYPES = ("float64", "float32")
Run = Callable[[], Any]


@dataclass(frozen=True)
class Peer:
    """How one library takes its inputs, and a call that ends when the result is there."""

    adopt: Callable[[numpy.ndarray], Any]
    prepare: Callable[[Expression, list[Any]], Run]


def numpy_peer() -> Peer:
    return Peer(lambda a: a, lambda e, given: lambda: e.function(numpy, *given))


def lazynp_peer() -> Peer:
    import lazynp

    def prepare(e: Expression, given: list[Any]) -> Run:
        return lambda: lazynp.evaluate(e.function(lazynp, *given))

    return Peer(lambda a: lazynp.evaluate(lazynp.array(a)), prepare)


def jax_peer() -> Peer:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def prepare(e: Expression, given: list[Any]) -> Run:
        more = {"erf": jax.scipy.special.erf} if e.uses_erf else {}
        compiled = jax.jit(lambda *arrays: e.function(jnp, *arrays, **more))
        return lambda: compiled(*given).block_until_ready()

    return Peer(jnp.asarray, prepare)


def torch_peer() -> Peer:
    import torch

    def softmax(x: Any) -> Any:
        e = torch.exp(x - x.amax(dim=1, keepdim=True))
        return e / e.sum(dim=1, keepdim=True)

    def normalise_rows(x: Any) -> Any:
        spread = x.var(dim=1, keepdim=True, correction=0)
        return (x - x.mean(dim=1, keepdim=True)) / torch.sqrt(spread + 1e-5)

    def normalise_columns(x: Any) -> Any:
        return (x - x.mean(dim=0)) / torch.sqrt(x.var(dim=0, correction=0) + 1e-5)

    # What torch names otherwise than NumPy.
    own = {f.__name__: f for f in (softmax, normalise_rows, normalise_columns)}

    def prepare(e: Expression, given: list[Any]) -> Run:
        more = {"erf": torch.special.erf} if e.uses_erf else {}
        plain = own.get(e.function.__name__) or (lambda *a: e.function(torch, *a, **more))
        torch.compiler.reset()  # it gives up on a function that was compiled for eight cases
        compiled = torch.compile(plain)
        return lambda: compiled(*given)

    return Peer(torch.from_numpy, prepare)


PEERS = {
    "numpy": ("numpy", numpy_peer),
    "jax.jit": ("jax", jax_peer),
    "torch.compile": ("torch", torch_peer),
}


def row(
    name: str, size: int, dtype: str, peers: dict[str, Peer], rounds: int
) -> dict[str, float | str | int]:
    """One expression: the median milliseconds of each, and lazynp's speed by the best peer's."""
    expression = EXPRESSIONS[name]
    arrays = inputs(expression, size, dtype)
    runs = {}
    for label, peer in peers.items():
        runs[label] = peer.prepare(expression, [peer.adopt(a) for a in arrays])
        runs[label]()  # compiles
    repeats = max(1, min(50, 2_000_000 // size))
    seconds: dict[str, list[float]] = {label: [] for label in runs}
    for k in range(rounds):
        order = list(runs)[k % len(runs) :] + list(runs)[: k % len(runs)]
        for label in order:
            time.sleep(0.01)
            seconds[label].append(min(timed(runs[label]) for _ in range(repeats)))
    median = {label: statistics.median(s) for label, s in seconds.items()}
    result: dict[str, float | str | int] = {"expression": name, "size": size, "dtype": dtype}
    result |= {label: float(f"{1e3 * s:.4g}") for label, s in median.items()}
    for label in runs:
        if label != "lazynp":
            ratios = [a / b for a, b in zip(seconds[label], seconds["lazynp"], strict=True)]
            result[f"by {label}"] = round(statistics.median(ratios), 2)
    return result


def markdown(rows: list[dict[str, Any]], labels: list[str]) -> str:
    heads = ["expression", "elements", "dtype", *(f"{label}, ms" for label in labels)]
    heads += [f"speed by {label}'s" for label in labels if label != "lazynp"]
    lines = [" | ".join(heads), " | ".join(["---"] * len(heads))]
    for r in rows:
        cells = [r["expression"].replace("|", ""), f"{r['size']:,}", r["dtype"]]
        cells += [f"{r[label]:g}" for label in labels]
        cells += [f"{r[f'by {label}']:.2f}" for label in labels if label != "lazynp"]
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def summary(rows: list[dict[str, Any]], labels: list[str]) -> str:
    lines = []
    for label in labels:
        if label == "lazynp":
            continue
        ratios = [r[f"by {label}"] for r in rows]
        share = 100 * sum(ratio >= 0.97 for ratio in ratios) / len(ratios)
        mean = statistics.geometric_mean(ratios)
        lines.append(
            f"{label}: {share:.0f} % of {len(rows)} rows at least 1.0 x (a tie from 0.97), "
            f"geometric mean {mean:.2f}, lowest {min(ratios):.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--dtypes", nargs="*", default=DTYPES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=list(PEERS))
    parser.add_argument("--only", help="expressions whose name holds this text")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    options = parser.parse_args()
    peers = {"lazynp": lazynp_peer()}
    for label in options.peers:
        module, make = PEERS[label]
        if importlib.util.find_spec(module):
            peers[label] = make()
        else:
            print(f"{label} is not installed: left out")
    rows = []
    for dtype in options.dtypes:
        for size in options.sizes:
            for name in EXPRESSIONS:
                if options.only and options.only not in name:
                    continue
                rows.append(row(name, size, dtype, peers, options.rounds))
                print(json.dumps(rows[-1]), flush=True)
    print(summary(rows, list(peers)))
    if options.markdown:
        text = f"{markdown(rows, list(peers))}\n\n{summary(rows, list(peers))}\n"
        options.markdown.write_text(text)


if __name__ == "__main__":
    main()
