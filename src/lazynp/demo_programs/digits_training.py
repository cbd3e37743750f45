"""Two trainings of the same small network on handwritten digits: lazynp, and NumPy by hand.

Run as a program (`python digits_training.py lazynp data.npz --epochs 5`) it trains once and prints
one line of JSON with time, peak memory and accuracy, so that each has a process of its own.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy

LAYER_SIZES = (64, 256, 128, 10)
LEARNING_RATE = 3e-3
BATCH_SIZE = 128

Array = Any
Parameters = list[Array]


@dataclass
class Digits:
    """Images as rows of 64 numbers in [0, 1], labels also as rows with a single one."""

    train_images: Array
    train_targets: Array
    test_images: Array
    test_labels: Array


def prepare_digits(images: Array, labels: Array, seed: int = 0) -> Digits:
    """Scale, shuffle and split scikit-learn's digits, with NumPy."""
    order = numpy.random.default_rng(seed).permutation(len(labels))
    images, labels = images[order] / 16.0, labels[order]
    n_test = len(labels) // 5
    targets = numpy.eye(10)[labels]
    return Digits(images[n_test:], targets[n_test:], images[:n_test], labels[:n_test])


def initial_parameters(seed: int = 1) -> Parameters:
    """Weights (He et al. 2015) and zero biases, with NumPy: [W1, b1, W2, b2, W3, b3]."""
    rng = numpy.random.default_rng(seed)
    parameters: Parameters = []
    for n_in, n_out in itertools.pairwise(LAYER_SIZES):
        parameters.append(rng.normal(scale=(2 / n_in) ** 0.5, size=(n_in, n_out)))
        parameters.append(numpy.zeros(n_out))
    return parameters


def batches(n: int, n_epochs: int, seed: int = 2) -> Iterator[tuple[int, Array]]:
    """(epoch, row numbers) of every step, the same for both trainings."""
    rng = numpy.random.default_rng(seed)
    for epoch in range(n_epochs):
        order = rng.permutation(n)
        for start in range(0, n - BATCH_SIZE + 1, BATCH_SIZE):
            yield epoch, order[start : start + BATCH_SIZE]


def n_steps(n: int, n_epochs: int) -> int:
    """How many steps `batches` yields."""
    return n_epochs * (n // BATCH_SIZE)


def adam(np: Any, p: Array, mean: Array, square: Array, gradient: Array, step: int) -> None:
    """One step of Adam (Kingma and Ba 2015) in place, the same text for both libraries."""
    mean *= 0.9
    mean += 0.1 * gradient
    square *= 0.999
    square += 0.001 * gradient * gradient
    rate = LEARNING_RATE * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
    p -= rate * mean / (np.sqrt(square) + 1e-8)


# ------------------------------------------------------------------ lazynp
def logits_of(np: Any, X: Array, parameters: Parameters) -> Array:
    """The network, written as for NumPy."""
    W1, b1, W2, b2, W3, b3 = parameters
    h1 = np.maximum(X @ W1 + b1, 0)
    h2 = np.maximum(h1 @ W2 + b2, 0)
    return h2 @ W3 + b3


def cross_entropy(np: Any, logits: Array, targets: Array) -> Array:
    """Mean of -log softmax(logits) at the targets."""
    shifted = logits - np.stop_gradient(logits.max(axis=1, keepdims=True))
    log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return ((log_sum - shifted) * targets).sum() / len(targets)


def hand_over(digits: Digits) -> Digits:
    """The same arrays as lazynp's, without a copy; NumPy must not write them any more."""
    import lazynp as np

    return Digits(
        np.adopt(digits.train_images),
        np.adopt(digits.train_targets),
        np.adopt(digits.test_images),
        digits.test_labels,
    )


def train_with_lazynp(
    digits: Digits, n_epochs: int, report: Callable[[int, Array], None] | None = None
) -> Parameters:
    """Train with derived gradients; `report(epoch, loss)` is called after each step."""
    import lazynp as np

    parameters = [np.array(p) for p in initial_parameters()]
    means = [np.zeros(p.shape) for p in parameters]
    squares = [np.zeros(p.shape) for p in parameters]
    for step, (epoch, rows) in enumerate(batches(len(digits.train_images), n_epochs), 1):
        X, targets = digits.train_images[rows], digits.train_targets[rows]
        np.watch(*parameters)
        loss = cross_entropy(np, logits_of(np, X, parameters), targets)
        gradients = np.gradients(loss, parameters)
        for state in zip(parameters, means, squares, gradients, strict=True):
            adam(np, *state, step)
        np.evaluate(loss, *parameters, *means, *squares)
        if report:
            report(epoch, loss)
    return [np.stop_gradient(p) for p in parameters]


# ------------------------------------------------------------------ NumPy, gradients by hand
def loss_and_gradients(
    X: Array, targets: Array, parameters: Parameters
) -> tuple[Array, list[Array]]:
    """What lazynp derives from the two functions above, written out."""
    np = numpy
    W1, b1, W2, b2, W3, b3 = parameters
    h1 = np.maximum(X @ W1 + b1, 0)
    h2 = np.maximum(h1 @ W2 + b2, 0)
    logits = h2 @ W3 + b3
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    loss = ((np.log(sums) - shifted) * targets).sum() / len(targets)
    g3 = (exponentials / sums - targets) / len(targets)
    g2 = (g3 @ W3.T) * (h2 > 0)
    g1 = (g2 @ W2.T) * (h1 > 0)
    return loss, [X.T @ g1, g1.sum(axis=0), h1.T @ g2, g2.sum(axis=0), h2.T @ g3, g3.sum(axis=0)]


def train_with_numpy(
    digits: Digits, n_epochs: int, report: Callable[[int, Array], None] | None = None
) -> Parameters:
    """The same steps as train_with_lazynp."""
    parameters = initial_parameters()
    means = [numpy.zeros(p.shape) for p in parameters]
    squares = [numpy.zeros(p.shape) for p in parameters]
    for step, (epoch, rows) in enumerate(batches(len(digits.train_images), n_epochs), 1):
        X, targets = digits.train_images[rows], digits.train_targets[rows]
        loss, gradients = loss_and_gradients(X, targets, parameters)
        for state in zip(parameters, means, squares, gradients, strict=True):
            adam(numpy, *state, step)
        if report:
            report(epoch, loss)
    return parameters


def accuracy(np: Any, digits: Digits, parameters: Parameters) -> float:
    """The share of test images whose largest logit is at the label."""
    guesses = logits_of(np, digits.test_images, parameters).argmax(axis=1)
    return float((guesses == np.array(digits.test_labels)).mean())


# ------------------------------------------------------------------ one training in its own process
def peak_memory_bytes() -> int:
    """The most memory that this process has had resident."""
    try:
        with open("/proc/self/status") as file:
            line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def main() -> None:
    """Train once and print the measurements as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("library", choices=["lazynp", "numpy"])
    parser.add_argument("data", help="an .npz file with images and labels")
    parser.add_argument("--epochs", type=int, required=True)
    options = parser.parse_args()
    with numpy.load(options.data) as file:
        digits = prepare_digits(file["images"], file["labels"])
    np, train = numpy, train_with_numpy
    if options.library == "lazynp":
        np, train = importlib.import_module("lazynp"), train_with_lazynp
        digits = hand_over(digits)
    start = time.perf_counter()
    parameters = train(digits, options.epochs)
    seconds = time.perf_counter() - start
    result = {"seconds": seconds, "accuracy": accuracy(np, digits, parameters)}
    print(json.dumps({**result, "peak_memory_bytes": peak_memory_bytes()}))


if __name__ == "__main__":
    main()
