"""The demonstration: train on real digits, compare with NumPy, run one NumPy program twice."""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

from lazynp._explain import bytes_text
from lazynp._swap_import import load_program

QUICK_EPOCHS, QUICK_GRID, QUICK_STEPS = 15, 300, 40
PROGRAMS = Path(__file__).parent / "demo_programs"  # a user's programs: not modules of lazynp
TRAINING, WAVES = PROGRAMS / "digits_training.py", PROGRAMS / "membrane_waves.py"
print_now = functools.partial(print, flush=True)


def load_training() -> types.ModuleType:
    """The training program as a module of its own name, so that plans name its lines."""
    spec = importlib.util.spec_from_file_location(TRAINING.stem, TRAINING)
    assert spec and spec.loader
    module = sys.modules[TRAINING.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Missing(Exception):
    """A package that the demonstration needs is not installed."""


def run_demo(options: argparse.Namespace) -> None:
    """All parts in order; raises Missing before anything else if a package is absent."""
    images, labels = load_images()
    if not options.no_files:
        require_matplotlib()
    folder = None if options.no_files else Path(options.out)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    n_epochs = QUICK_EPOCHS if options.quick else options.epochs

    heading("1. Real data: handwritten digits, prepared with NumPy, handed to lazynp")
    training = load_training()
    digits = training.prepare_digits(images, labels)
    print_now(f"{len(digits.train_images)} images to learn from, {len(digits.test_labels)} to test")
    digits = training.hand_over(digits)

    heading("2. Recorded, not run: the network, its loss and its gradients")
    show_recorded(training, digits, folder)

    heading(f"3. Training, {n_epochs} epochs")
    train_and_show(training, digits, n_epochs, folder)

    heading("4. The same training with NumPy and gradients by hand, each in its own process")
    compare_trainings(images, labels, n_epochs)

    heading("5. One unmodified NumPy program, run with NumPy and with the import swapped")
    compare_programs(*((QUICK_GRID, QUICK_STEPS) if options.quick else ()))
    if folder:
        written = ", ".join(sorted(path.name for path in folder.iterdir()))
        print_now(f"\npictures in {folder}/: {written}")


def heading(text: str) -> None:
    """A line that separates the parts."""
    print_now(f"\n{text}\n{'-' * len(text)}")


# ------------------------------------------------------------------ what has to be installed
def load_images() -> tuple[Any, Any]:
    """Images and labels of the digits that come with scikit-learn."""
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise Missing(_missing_text("scikit-learn")) from error
    bundle = load_digits()
    return bundle.data, bundle.target


def require_matplotlib() -> None:
    """Raise Missing where the training curve cannot be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise Missing(_missing_text("matplotlib") + " (or use --no-files)") from error


def _missing_text(package: str) -> str:
    return f"lazynp: demo: {package} is not installed; run: pip install lazynp[demo]"


# ------------------------------------------------------------------ the parts
def show_recorded(training: types.ModuleType, digits: Any, folder: Path | None) -> None:
    """Record one step, show counters and plan while nothing has run."""
    import lazynp as np

    parameters = [np.watch(np.array(p)) for p in training.initial_parameters()]
    np.evaluate(*parameters)
    rows = slice(0, training.BATCH_SIZE)
    with np.no_eval():  # whatever would force a run raises here
        before = np.stats()["nodes_run"]
        logits = training.logits_of(np, digits.train_images[rows], parameters)
        loss = training.cross_entropy(np, logits, digits.train_targets[rows])
        plan_of_loss = np.explain(loss)
        gradients = np.gradients(loss, parameters)
        plan = np.explain(loss, *gradients)
        n_run = np.stats()["nodes_run"] - before
    n_pending = sum(node["state"] == "pending" for node in plan.graph["nodes"])
    print_now(f"pending operations: {n_pending}   operations run so far: {n_run}")
    print_now(f"loss: {plan_of_loss}")
    print_now(f"\nloss and gradients: {plan.splitlines()[0]}")
    if folder:
        (folder / "graph.svg").write_text(plan_of_loss.svg)
        (folder / "graph_with_gradients.svg").write_text(plan.svg)
    print_now(f"\nnow a value is needed: loss = {float(np.stop_gradient(loss)):.4f}")


def train_and_show(
    training: types.ModuleType, digits: Any, n_epochs: int, folder: Path | None
) -> None:
    """Train with a progress bar; print the accuracy, draw the curve."""
    import lazynp as np

    n_steps = training.n_steps(len(digits.train_images), n_epochs)
    losses: list[float] = []
    with progress_bar(n_steps) as advance:

        def report(epoch: int, loss: Any) -> None:
            losses.append(float(np.stop_gradient(loss)))
            advance(f"epoch {epoch + 1}, loss {losses[-1]:.4f}")

        parameters = training.train_with_lazynp(digits, n_epochs, report)
    share = training.accuracy(np, digits, parameters)
    print_now(f"test accuracy {share:.2%}")
    if folder:
        draw_curve(losses, share, folder / "training.png")


def compare_trainings(images: Any, labels: Any, n_epochs: int) -> None:
    """Time and peak memory of both trainings, without progress bar."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "digits.npz"
        numpy.savez(data, images=images, labels=labels)
        rows = better_of_two(lambda library: measure(library, data, n_epochs))
    print_now("better of two runs each")
    print_now(f"{'':<8} {'seconds':>9} {'peak memory':>13} {'test accuracy':>15}")
    for library, row in rows.items():
        memory = bytes_text(row["peak_memory_bytes"])
        print_now(f"{library:<8} {row['seconds']:>9.3f} {memory:>13} {row['accuracy']:>15.2%}")
    ratio = rows["numpy"]["seconds"] / rows["lazynp"]["seconds"]
    print_now(f"lazynp trains {ratio:.2f} x as fast as NumPy with gradients by hand")


def better_of_two(run: Callable[[str], dict[str, float]]) -> dict[str, dict[str, float]]:
    """The faster of two measurements of each library, taken in turn."""
    rounds = [{library: run(library) for library in ("numpy", "lazynp")} for _ in range(2)]
    return {name: min((r[name] for r in rounds), key=lambda x: x["seconds"]) for name in rounds[0]}


def measure(library: str, data: Path, n_epochs: int) -> dict[str, float]:
    """One training in a process of its own."""
    command = [sys.executable, str(TRAINING), library, str(data), "--epochs", str(n_epochs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def compare_programs(*size: int) -> None:
    """Run membrane_waves.py twice, compare bits and times."""
    print_now(f"program: {WAVES.name}, {size or 'full size'}")
    results, seconds = {}, {}
    for library in ("numpy", "lazynp"):
        run = load_program(WAVES, is_swapped=library == "lazynp")["run"]
        best = float("inf")
        for _ in range(2):
            start = time.perf_counter()
            field, heights = run(*size)
            array = numpy.asarray(field)
            best = min(best, time.perf_counter() - start)
        results[library], seconds[library] = (array.tobytes(), heights), best
    is_equal = results["numpy"] == results["lazynp"]
    print_now(
        f"numpy {seconds['numpy']:.3f} s, lazynp {seconds['lazynp']:.3f} s (better of two runs)"
    )
    print_now(f"outputs bit-equal: {'yes' if is_equal else 'NO'}")
    print_now(f"lazynp runs it {seconds['numpy'] / seconds['lazynp']:.2f} x as fast")
    if not is_equal:
        raise SystemExit("lazynp: demo: the two runs differ")


def draw_curve(losses: list[float], share: float, path: Path) -> None:
    """The loss of every step as a PNG file."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.semilogy(losses, linewidth=1)
    axes.set(xlabel="step", ylabel="loss", title=f"Digits: test accuracy {share:.2%}")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    plt.close(figure)


# ------------------------------------------------------------------ progress
class PlainBar:
    """A progress bar of one line, for terminals; a line at the end elsewhere."""

    WIDTH = 30

    def __init__(self, total: int) -> None:
        self.total, self.done, self.text = total, 0, ""
        self.shows = sys.stdout.isatty()

    def __enter__(self) -> Callable[[str], None]:
        return self.advance

    def advance(self, text: str) -> None:
        """One step more."""
        self.done, self.text = self.done + 1, text
        if self.shows and (self.done % 10 == 0 or self.done == self.total):
            print_now(f"\r{self.line()}", end="")

    def line(self) -> str:
        """The bar as text."""
        n_full = self.WIDTH * self.done // max(self.total, 1)
        bar = "#" * n_full + "." * (self.WIDTH - n_full)
        return f"[{bar}] {self.done}/{self.total} {self.text:<28}"

    def __exit__(self, *_: object) -> None:
        print_now() if self.shows else print_now(self.line())


class TqdmBar:
    """The same on tqdm."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        self.bar = tqdm(total=total, unit="step", mininterval=0.2, file=sys.stdout)

    def __enter__(self) -> Callable[[str], None]:
        return self.advance

    def advance(self, text: str) -> None:
        """One step more."""
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update()

    def __exit__(self, *_: object) -> None:
        self.bar.close()


def progress_bar(total: int) -> PlainBar | TqdmBar:
    """tqdm's bar if tqdm is installed, else a plain one."""
    try:
        return TqdmBar(total)
    except ImportError:
        return PlainBar(total)
