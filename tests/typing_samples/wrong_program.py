"""Mistakes that type checkers find: one on each line that is marked, none on the others."""

from __future__ import annotations

import lazynp as np
import lazynp.linalg
from lazynp import evaluat  # wrong
from lazynp.lib.stride_tricks import sliding_window  # wrong
from lazynp.typing import NDArray


def total(x: NDArray[np.float64], scale: float) -> np.float64:
    return x  # wrong


def names() -> None:
    np.nonsense(3)  # wrong
    np.linalg.inverse(np.eye(2))  # wrong
    lazynp.linalg.eigenvalues  # wrong
    np.random.default_rng(0).gaussian()  # wrong
    np.ma.masked_nan(np.ones(2))  # wrong
    np.fft.transform(np.ones(2))  # wrong
    np.testing.counter()  # wrong
    np.ones(3).length  # wrong
    np.importlib  # wrong


def arguments() -> None:
    np.sum(np.ones(3), axes=0)  # wrong
    np.zeros("three")  # wrong
    np.ones(3) @ "text"  # wrong
    np.sort(np.ones(3), descending="yes")  # wrong
    np.fft.fftfreq("n")  # wrong
    np.random.default_rng(0).normal(sizes=3)  # wrong
    np.reshape(np.ones(4), shape="square")  # wrong


def types() -> None:
    whole: NDArray[np.int64] = np.zeros(3)  # wrong
    table: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.zeros(3)  # wrong
    number: int = np.linalg.norm(np.ones(3))  # wrong
    text: str = np.float64(1)  # wrong
    print(whole, table, number, text)


def own() -> None:
    np.grad(3)  # wrong
    np.grad(total)(np.ones(3))  # wrong
    np.grad(total)(np.ones(3), "two")  # wrong
    np.grad(total, argnums="x")  # wrong
    np.value_and_grad(total)(np.ones(3), 1.0)[2]  # wrong
    np.checkpoint(total)(np.ones(3))  # wrong
    np.custom_gradient(total)  # wrong
    np.vmap()  # wrong
    np.jvp(total, 3, [1])  # wrong
    np.set_num_threads("two")  # wrong
    np.config(maths="fast")  # wrong
    np.config.math = "quick"  # wrong
    np.config.fallbacks  # wrong
    np.explain(np.ones(3), before="fuse")  # wrong
    np.explain(np.ones(3)).png  # wrong
    np.fallbacks()[0].bytes  # wrong
    np.LazyScalar()  # wrong
    np.erf()  # wrong
    with np.eager(True):  # wrong
        pass
