"""Threads that share arrays, fork, interpreter exit and Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import lazynp as np

N_THREADS = 6


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    """Results of work(0), work(1), ... run at once; the first exception is raised."""
    results: list[Any] = [None] * N_THREADS
    errors: list[BaseException] = []
    barrier = threading.Barrier(N_THREADS)

    def run(k: int) -> None:
        try:
            barrier.wait(timeout=60)
            results[k] = work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(N_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]
    return results


def run_python(code: str, timeout: int = 120, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "ignore::DeprecationWarning", "-c", code],
        capture_output=True, text=True, timeout=timeout, **more,
    )  # fmt: skip


# ------------------------------------------------------------------ workers
WORKERS = """
import os, pathlib, time, numpy, lazynp as np

def threads():
    status = [p.read_text() for p in pathlib.Path("/proc/self/task").glob("*/status")]
    words = [s.split() for s in status]
    return {w[w.index("Pid:") + 1]: w[w.index("Cpus_allowed_list:") + 1] for w in words}

before, allowed = threads(), os.sched_getaffinity(0)
x = np.ones(1_000_000)
for _ in range(20):
    np.evaluate(np.exp(x) * x + 1)
new = {tid: cpus for tid, cpus in threads().items() if tid not in before}
assert os.sched_getaffinity(0) == allowed
print(len(allowed), *new.values(), sep=";")
begun = time.process_time()
time.sleep(0.5)
print(time.process_time() - begun)
"""


def n_listed(cpus: str) -> int:
    """How many there are in a list such as 0-2,5."""
    spans = [span.split("-") for span in cpus.split(",")]
    return sum(int(span[-1]) - int(span[0]) + 1 for span in spans)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs Linux")
def test_workers_leave_the_callers_core_and_sleep() -> None:
    text = run_python(WORKERS).stdout.splitlines()
    n_cores, *allowed = text[0].split(";")
    if 1 < int(n_cores) <= 16:  # sanitizers have threads of their own
        kept_off = [cpus for cpus in allowed if n_listed(cpus) == int(n_cores) - 1]
        assert len(kept_off) == int(n_cores) - 1
    assert float(text[1]) < 0.1, "workers that nobody needs look out for work"


def test_more_threads_than_cores() -> None:
    code = (
        "import os, numpy, lazynp as np\n"
        "np.set_num_threads(4 * os.cpu_count())\n"
        "x, y = np.arange(300_000.0), numpy.arange(300_000.0)\n"
        "expected = (numpy.sqrt(y) * 2 + 1).sum()\n"
        "for _ in range(50): assert float((np.sqrt(x) * 2 + 1).sum()) == expected\n"
    )
    run = run_python(code)
    assert run.returncode == 0, run.stderr


# ------------------------------------------------------------------ sharing
def test_threads_evaluate_the_same_pending_array() -> None:
    base = np.array(numpy.arange(300_000.0))
    for _ in range(10):
        pending = np.sqrt(base) * 2 + 1
        expected = numpy.sqrt(numpy.arange(300_000.0)) * 2 + 1
        for result in in_threads(lambda k: numpy.asarray(pending).copy()):  # noqa: B023
            assert numpy.array_equal(result, expected)


def test_threads_record_on_shared_operands() -> None:
    base = np.array(numpy.arange(10_000.0)) + 1

    def work(k: int) -> float:
        y = base
        for i in range(200):
            y = y * 0.5 + base[i] * k
            if i % 50 == 0:
                float(y.sum())
        return float(y.sum())

    def expected(k: int) -> float:
        b = numpy.arange(10_000.0) + 1
        y = b
        for i in range(200):
            y = y * 0.5 + b[i] * k
        return float(y.sum())

    assert in_threads(work) == [expected(k) for k in range(N_THREADS)]


def test_threads_write_to_their_own_parts_of_one_array() -> None:
    shared = np.zeros((N_THREADS, 5000))

    def work(k: int) -> None:
        for i in range(300):
            shared[k, i % 50 :: 2] += 1
            shared[k] *= 1

    in_threads(work)
    expected = numpy.zeros(5000)
    for i in range(300):
        expected[i % 50 :: 2] += 1
    assert all(numpy.array_equal(row, expected) for row in numpy.asarray(shared))


def test_threads_with_fallbacks_views_and_gradients() -> None:
    base = np.array(numpy.linspace(1, 2, 3000))

    def work(k: int) -> tuple[float, ...]:
        results = []
        for i in range(30):
            view = base[i::3]
            gradient = np.grad(lambda x: (x * x).sum())(view)
            median = np.median(view * k)  # NumPy serves it
            results.append(float(gradient.sum()) + float(median))
        return tuple(results)

    results = in_threads(work)
    b = numpy.linspace(1, 2, 3000)
    for k, got in enumerate(results):
        expected = [(2 * b[i::3]).sum() + numpy.median(b[i::3] * k) for i in range(30)]
        assert numpy.allclose(got, expected, rtol=1e-12)


def misaligned(x: numpy.ndarray) -> np.ndarray:
    """A copy of x whose elements lie at odd addresses."""
    memory = np.array(numpy.zeros(x.nbytes + 1, "u1"))
    view = memory[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    return view


FLOATS = numpy.linspace(-1, 1, 40_000).reshape(200, 200)
INTEGERS = numpy.arange(40_000)[::-1] % 200
KERNELS = {
    "take": lambda np, x, i: np.take(x, i[:400], axis=1),
    "take clip": lambda np, x, i: np.take(x, i[:400] + 150, axis=0, mode="clip"),
    "fancy": lambda np, x, i: x[i[:400]],
    "dot": lambda np, x, i: np.dot(x[::-1], x[:, ::2]),
    "matmul": lambda np, x, i: x[::-1] @ x,
    "sort": lambda np, x, i: np.sort(x[:, ::-1], axis=0),
    "argsort": lambda np, x, i: np.argsort(x, axis=1),
    "searchsorted": lambda np, x, i: np.searchsorted(x[:, 0], x),
    "cumsum": lambda np, x, i: np.cumsum(x, axis=0),
    "argmax": lambda np, x, i: np.argmax(x, axis=1),
    "concatenate": lambda np, x, i: np.concatenate([x, x[::-1]]),
    "mask": lambda np, x, i: x[x > 0],
    "nonzero": lambda np, x, i: np.nonzero(x > 0)[0],
    "where": lambda np, x, i: np.where(x > 0, x, i.reshape(200, 200)),
    "row sums": lambda np, x, i: x.sum(axis=1) + x[::-1].mean(axis=1),
}


@pytest.mark.parametrize("name", KERNELS)
def test_threads_run_a_kernel_at_once(name: str) -> None:
    """Kernels run without Python's lock: they may touch nothing that threads share."""
    kernel = KERNELS[name]
    x, odd, i = np.array(FLOATS), misaligned(FLOATS), np.array(INTEGERS)
    expected = kernel(numpy, FLOATS, INTEGERS)

    def work(k: int) -> bool:
        results = [numpy.asarray(kernel(np, x if (k + m) % 2 else odd, i)) for m in range(8)]
        return all(numpy.allclose(r, expected, rtol=1e-12, atol=1e-14) for r in results)

    assert all(in_threads(work))


def test_export_inside_the_evaluation_of_an_export() -> None:
    """Both are the same memory, which a later write through either shows."""
    done = run_python("""
import warnings, numpy, lazynp as np
inner = []
warnings.showwarning = lambda *_: inner.append(numpy.asarray(y))
y = 1 / np.zeros(3)
assert not inner
outer = numpy.asarray(y)
outer[0] = 5
print(inner[0].tolist() == outer.tolist() == y.tolist() == [5, numpy.inf, numpy.inf])
""")
    assert done.stdout.strip() == "True", done.stderr


def test_python_runs_while_a_long_evaluation_works() -> None:
    """The lock of Python is not held during long work."""
    big = np.array(numpy.linspace(0, 1, 4_000_000))
    y = big
    for _ in range(12):
        y = np.sin(y) + 1
    done = threading.Event()
    counted = 0

    def evaluate() -> None:
        np.evaluate(y)
        done.set()

    thread = threading.Thread(target=evaluate)
    thread.start()
    while not done.is_set():
        counted += 1
    thread.join()
    assert counted > 1000


# ------------------------------------------------------------------ fork, exit
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_fork_with_pending_work_and_a_used_pool() -> None:
    done = run_python("""
import os, numpy, lazynp as np
big = np.array(numpy.arange(1_000_000.0))
np.evaluate(np.sin(big) + 1)
pending = big * 2 + 1
shared = numpy.asarray(big)
children = []
for k in range(4):
    child = os.fork()
    if child == 0:
        ok = float((pending + k).sum()) == float((numpy.arange(1_000_000.0) * 2 + 1 + k).sum())
        big[0] = k
        os._exit(0 if ok and float(big[0]) == k else 1)
    children.append(child)
codes = [os.waitpid(c, 0)[1] for c in children]
assert codes == [0] * 4, codes
assert float(pending[3]) == 7
""")
    assert done.returncode == 0, done.stderr


def test_multiprocessing_passes_arrays() -> None:
    done = run_python("""
import multiprocessing, numpy, lazynp as np
def work(a):
    return (a * 2).sum(axis=0)
if __name__ == "__main__":
    a = np.arange(12.0).reshape(3, 4)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        results = pool.map(work, [a, a + 1])
    assert [type(r) for r in results] == [np.ndarray] * 2
    assert results[1].tolist() == ((numpy.arange(12.0).reshape(3, 4) + 1) * 2).sum(axis=0).tolist()
""")
    assert done.returncode == 0, done.stderr


EXITS = {
    "pending work": "y = np.sin(big) + 1",
    "pending work in a cycle": "class P: pass\np = P(); p.p = p; p.y = np.exp(big)",
    "an export": "import numpy\ne = numpy.asarray(big)\nm = memoryview(big[1:])",
    "a watched graph": "w = np.watch(big); y = (w * w).sum(); g = np.gradients(y, [w])",
    "an import": "import numpy\nn = numpy.ones(10); x = np.asarray(n); y = x * 2",
    "a running thread": (
        "import threading\n"
        "t = threading.Thread(target=lambda: np.evaluate(np.sin(np.cos(big) + 1)), daemon=True)\n"
        "t.start()"
    ),
    "a thread in NumPy": (
        "import threading\n"
        "def work():\n    for _ in range(99): np.partition(big, 9)\n"
        "t = threading.Thread(target=work, daemon=True)\n"
        "t.start()"
    ),
    "a thread in Python below NumPy": (
        "import threading\n"
        "def loop(x):\n    while True: pass\n"
        "t = threading.Thread(target=lambda: np.vectorize(loop)(big), daemon=True)\n"
        "t.start()"
    ),
    "a value that a running thread computes": (
        "import threading, time\n"
        "class Late:\n"
        "    def __del__(self):\n"
        "        try: float(self.y[5])\n"
        "        except np.LazyError: pass\n"
        "late = Late(); late.me = late; late.y = big\n"
        "for _ in range(99): late.y = np.sin(late.y) + 1\n"
        "t = threading.Thread(target=np.evaluate, args=(late.y,), daemon=True)\n"
        "t.start()\n"
        "time.sleep(0.05)"
    ),
    "an exception": "x = np.sin(big); raise SystemExit(0)",
    "a value needed at exit": "import atexit\ny = big + 1\natexit.register(lambda: float(y.sum()))",
    "arrays in another module": "import os\nos.kept = [big + k for k in range(9)]",
    "an object finalized late": (
        "class Late:\n    def __del__(self): float(self.y.sum())\n"
        "late = Late(); late.y = big + 1; late.me = late"
    ),
}


@pytest.mark.parametrize("what", EXITS)
def test_exit_with(what: str) -> None:
    start = "import lazynp as np\nbig = np.arange(3_000_000.0)\nnp.evaluate(big * 2)\n"
    done = run_python(start + EXITS[what])
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr


# ------------------------------------------------------------------ Ctrl-C
# A shell starts background jobs with SIGINT ignored, which children inherit.
INTERRUPT = """
import signal, threading, time, numpy, lazynp as np
signal.signal(signal.SIGINT, signal.default_int_handler)
start = numpy.linspace(0, 1, 6_000_000)
x = np.array(start)
y = x
for _ in range(60):
    y = np.sin(y) + y
{more}
def interrupt():
    time.sleep({delay})
    signal.raise_signal(signal.SIGINT)
timer = threading.Thread(target=interrupt)
timer.start()
begun = time.perf_counter()
try:
    np.evaluate({target})
    print("finished")
except KeyboardInterrupt:
    print("interrupted")
timer.join()
expected = start
for _ in range(60):
    expected = numpy.sin(expected) + expected
assert numpy.array_equal(numpy.asarray(x), start{x_after})
assert numpy.array_equal(numpy.asarray({target}), expected{after})
print("whole")
"""


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.3])
def test_interrupt_leaves_arrays_readable(delay: float) -> None:
    code = INTERRUPT.format(delay=delay, more="", target="y", x_after="", after="")
    done = run_python(code, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "whole"


def test_interrupt_of_in_place_work() -> None:
    """The memory that an interrupted write was taking over holds the old value or the new one."""
    more = "for _ in range(3):\n    y += 1\ny[1:] += 0"
    code = INTERRUPT.format(delay=0.1, more=more, target="y", x_after="", after=" + 1 + 1 + 1")
    done = run_python(code, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "whole"


PROMPT_INTERRUPT = """
import signal, threading, time, numpy, lazynp as np
signal.signal(signal.SIGINT, signal.default_int_handler)
def pending_work():
    y = np.array(numpy.linspace(0, 1, 6_000_000))
    np.evaluate(y)
    kept = {kept}
    for _ in range(60):
        {step}
    return y, kept
begun = time.perf_counter()
np.evaluate(pending_work())
whole = time.perf_counter() - begun
work = pending_work()
def interrupt():
    time.sleep(whole / 5)
    signal.raise_signal(signal.SIGINT)
timer = threading.Thread(target=interrupt)
begun = time.perf_counter()
timer.start()
try:
    np.evaluate(work)
except KeyboardInterrupt:
    pass
print((time.perf_counter() - begun) / whole)
"""


@pytest.mark.parametrize(
    "kept, step",
    [
        ("y", "y = np.sin(y) + y"),
        ("None", "y = np.sin(y) + y"),  # takes over the memory of its input
        ("None", "y += np.sin(y)"),
        ("None", "y[1:] += np.sin(y[:-1])"),
    ],
)
def test_interrupts_are_delivered(kept: str, step: str) -> None:
    """Long before the work is done, also where the work would take over its input's memory."""
    code = PROMPT_INTERRUPT.format(kept=kept, step=step)
    shares = [float(run_python(code, timeout=300).stdout) for _ in range(2)]
    assert min(shares) < 0.7


def test_handler_that_reads_what_the_interrupted_run_computes() -> None:
    done = run_python("""
import signal, threading, time, lazynp as np
y = np.arange(3_000_000.0)
for _ in range(99):
    y = np.sin(y) + 1
def handler(*_):
    try:
        float(y[5])
    except np.LazyError:
        print("refused")
signal.signal(signal.SIGINT, handler)
def interrupt():
    time.sleep(0.05)
    signal.raise_signal(signal.SIGINT)
timer = threading.Thread(target=interrupt)
timer.start()
np.evaluate(y)
timer.join()
print(float(y[5]) > 0)
""")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() in (["refused", "True"], ["True"])


def test_no_thread_is_left_waiting() -> None:
    done = run_python("""
import threading, lazynp as np
for n in (1, 4, 2, 0):
    np.set_num_threads(n)
    for _ in range(20):
        np.evaluate(np.sin(np.arange(300_000.0)))
assert threading.active_count() == 1
print("ended")
""")
    assert done.stdout.strip() == "ended", done.stderr
