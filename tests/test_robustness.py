"""What programs do to a library: racing threads, processes, lack of memory, callbacks, interrupts.

Each program runs in a process of its own and checks itself against NumPy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from test_threads import run_python

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="limits and fork as on Linux")


def check(code: str, *, text: str = "whole", timeout: int = 120) -> None:
    """The program ends in order, and its last word is `text`; its standard error is clean."""
    done = run_python(code, timeout=timeout)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1:] == [text], (done.stdout, done.stderr)
    assert "Fatal" not in done.stderr and "Traceback" not in done.stderr, done.stderr


# ------------------------------------------------------------------ threads that race
RACES = """
import threading, numpy, lazynp as np
N = 8
shared, views = np.zeros((64, 64)), []
def in_threads(work):
    errors = []
    def run(k):
        try: work(k)
        except BaseException as error: errors.append(error)
    threads = [threading.Thread(target=run, args=(k,)) for k in range(N)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert not errors, errors
{work}
print("whole")
"""

RACE_WORK = {
    "writes to one view": """
def work(k):
    view = shared[k % 2::2]
    for i in range(150):
        view[...] = float(k)
        view += 0.0
        if i % 7 == 0: float(shared.sum())
in_threads(work)
assert set(numpy.unique(numpy.asarray(shared)).tolist()) <= set(map(float, range(N)))
""",
    "writes, exports and NumPy's calls": """
def work(k):
    for i in range(60):
        shared[k] += 1
        numpy.asarray(shared[:, k]).sum()
        np.median(shared)
        np.partition(shared[k], 5)
in_threads(work)
""",
    "recording on an array that others write": """
base = np.ones(1000)
def work(k):
    for i in range(150):
        if k % 2: base[i::8] = 1.0
        else: assert float((base * 2 + base[::-1]).max()) == 3.0
in_threads(work)
""",
    "views made and dropped": """
def work(k):
    for i in range(300):
        part = shared[i % 60:, k:]
        part.T[::2] = 0
        views.append(part)
        if len(views) > 20: views.pop(0)
in_threads(work)
assert not numpy.asarray(shared).any()
""",
    "counts behind a lock": """
lock = threading.Lock()
def work(k):
    for i in range(200):
        with lock: shared[...] += 1
        if i % 20 == 0: shared.sum()
in_threads(work)
assert (numpy.asarray(shared) == 200 * N).all()
""",
    "pending work of one thread, read by all": """
steps = [np.arange(20_000.0) + k for k in range(N)]
sums = [np.sin(x) * 2 + x[::-1] for x in steps]
expected = [numpy.sin(x) * 2 + x[::-1] for x in (numpy.arange(20_000.0) + k for k in range(N))]
def work(k):
    for j in range(N):
        assert numpy.array_equal(numpy.asarray(sums[(k + j) % N]), expected[(k + j) % N])
in_threads(work)
""",
    "random generators of their own": """
results = [None] * N
def work(k):
    generator = np.random.default_rng(k)
    results[k] = sum(float(generator.normal(size=500).sum()) for _ in range(40))
in_threads(work)
for k in range(N):
    generator = numpy.random.default_rng(k)
    assert results[k] == sum(float(generator.normal(size=500).sum()) for _ in range(40))
""",
    "resizing and changing attributes": """
def work(k):
    own = np.arange(float(k + 2))
    for i in range(100):
        own.resize(k + 2 + i % 5, refcheck=False)
        own.shape = -1, 1
        own.shape = -1
        shared.setflags(write=True)
        repr(shared[k])
in_threads(work)
""",
}


@pytest.mark.parametrize("what", RACE_WORK)
def test_threads(what: str) -> None:
    check(RACES.format(work=RACE_WORK[what]))


# ------------------------------------------------------------------ processes
@linux_only
def test_fork_while_the_pool_runs() -> None:
    check("""
import os, threading, numpy, lazynp as np
big = np.arange(2_000_000.0)
np.evaluate(big)  # what a thread computes at a fork is lost to the child
pending, expected = np.sin(big) + 1, numpy.sin(numpy.arange(2_000_000.0)) + 1
stop = threading.Event()
def busy():
    while not stop.is_set(): np.evaluate(np.cos(big) * 2)
thread = threading.Thread(target=busy)
thread.start()
codes = []
for k in range(8):
    child = os.fork()
    if child == 0:
        code = 1
        try: code = 0 if float(pending[k * 1000]) == expected[k * 1000] else 2
        finally: os._exit(code)
    codes.append(os.waitpid(child, 0)[1])
stop.set(); thread.join()
assert codes == [0] * 8, codes
assert numpy.array_equal(numpy.asarray(pending), expected)
print("whole")
""")


PROCESSES = """
import concurrent.futures, multiprocessing, lazynp as np
def work(a):
    return np.sin(a) * 2 + 1
if __name__ == "__main__":
    arrays = [np.arange(50.0) + k for k in range(4)]
    context = multiprocessing.get_context({method!r})
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        results = list(pool.map(work, arrays))
    import numpy
    for k, result in enumerate(results):
        assert type(result) is np.ndarray
        assert result.tolist() == (numpy.sin(numpy.arange(50.0) + k) * 2 + 1).tolist()
    print("whole")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_exchange_arrays(method: str, tmp_path: Path) -> None:
    """A program in a file: new processes import it."""
    if method == "fork" and sys.platform != "linux":
        pytest.skip("fork as on Linux")
    path = tmp_path / "program.py"
    path.write_text(PROCESSES.format(method=method))
    check(f"import runpy; runpy.run_path({str(path)!r}, run_name='__main__')" if method == "fork"
          else f"import subprocess, sys; print(subprocess.run([sys.executable, {str(path)!r}],"
          " capture_output=True, text=True, check=True).stdout)")  # fmt: skip


# ------------------------------------------------------------------ memory
@linux_only
@pytest.mark.parametrize(
    "last", ["float(y.sum())", "np.evaluate(y)", "y.tolist()", "y += 1; np.evaluate(y)"]
)
def test_memory_runs_out_during_an_evaluation(last: str) -> None:
    check(f"""
import resource, numpy, lazynp as np
x = np.arange(1_000_000.0)
np.evaluate(np.sin(x) + 1)
kept = [np.sort(x + k)[::-1] * 2 for k in range(12)]
y = np.concatenate(kept + [np.sort(k) for k in kept])
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, resource.RLIM_INFINITY))
try:
    {last}
    raise SystemExit("memory did not run out")
except MemoryError:
    pass
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
assert numpy.array_equal(numpy.asarray(x), numpy.arange(1_000_000.0))
assert float(kept[3][0]) == 2 * 1_000_002.0
n = numpy.arange(1_000_000.0)
parts = [numpy.sort(n + k)[::-1] * 2 for k in range(12)]
expected = numpy.concatenate(parts + [numpy.sort(k) for k in parts])
assert numpy.array_equal(numpy.asarray(y), expected + {int("+=" in last)})
print("whole")
""")


# ------------------------------------------------------------------ code of the program in between
CALLBACKS = {
    "__array__": """
class Own:
    def __array__(self, dtype=None, copy=None):
        float(pending.sum())
        return numpy.asarray(np.arange(3.0) * 2)
assert (np.add(Own(), np.ones(3))).tolist() == [1, 3, 5]
assert np.concatenate([Own(), pending[:1]]).tolist() == [0, 2, 4, 1]
""",
    "__array_ufunc__": """
class Own:
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return float((pending * 2).sum())
assert np.add(Own(), pending) == np.multiply(pending, Own()) == 2 * float(pending.sum())
""",
    "vectorize": """
f = np.vectorize(lambda x: float((pending + x).sum()))
assert f(np.arange(2.0)).tolist() == [1_000_000, 1_001_000]
""",
    "apply_along_axis": """
f = np.apply_along_axis(lambda row: row.sum() + pending[0], 1, np.ones((2, 3)))
assert f.tolist() == [4, 4]
""",
    "fromfunction": """
assert np.fromfunction(lambda i, j: i + j + pending[0], (2, 2)).tolist() == [[1, 2], [2, 3]]
""",
    "errstate's function": """
seen = []
with np.errstate(all="call", call=lambda *a: seen.append(float((pending * 3).sum()))):
    z = np.ones(3) / np.zeros(3)
    str(z)
assert seen == [float((pending * 3).sum())]
""",
    "showwarning": """
seen = []
warnings.showwarning = lambda *a, **k: seen.append(float((pending * 3).sum()))
str(np.ones(3) / np.zeros(3))
assert seen == [float((pending * 3).sum())]
""",
    "__del__": """
seen = []
class Own:
    def __del__(self): seen.append(float((pending + 1).sum()))
for k in range(20):
    own = Own(); own.me = own; own.y = pending * k
    del own
    gc.collect()
    float((pending * k).sum())
assert len(seen) == 20
""",
    "a weak reference's callback": """
seen = []
def look(_): seen.append(float((pending + 1).sum()))
for k in range(20):
    y = np.sin(pending)
    r = weakref.ref(y, look)
    np.evaluate(y); del y
assert len(seen) == 20
""",
    "gc during an evaluation": """
gc.set_threshold(1)
y = pending
for k in range(200):
    y = np.sqrt(y * y) + [0.0] * 1000
    if k % 10 == 0: y.tolist()
gc.set_threshold(700)
assert numpy.allclose(numpy.asarray(y), numpy.asarray(pending))
""",
    "a tracing function": """
seen = []
def trace(frame, event, arg):
    if len(seen) < 500: seen.append(float(pending[3]))
    return trace
def program(np, x):
    total = 0.0
    for k in range(20): total += float((x * k).sum())
    return total
sys.settrace(trace)
got = program(np, pending)
sys.settrace(None)
sys.setprofile(lambda *a: len(seen) < 900 and seen.append(float((pending + 1)[0])))
again = program(np, pending)
sys.setprofile(None)
assert got == again == program(numpy, numpy.asarray(pending))
""",
    "a signal handler": """
seen = []
signal.signal(signal.SIGALRM, lambda *a: seen.append(np.arange(100.0).sum() + 1))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
total = 0.0
while len(seen) < 20:
    total = float((np.sin(pending) * 2).sum())
signal.setitimer(signal.ITIMER_REAL, 0)
assert total == float((numpy.sin(numpy.asarray(pending)) * 2).sum())
assert all(float(s) == 4951 for s in seen)
""",
    "a key function and an iterator": """
def items():
    for k in range(5): yield float((pending * k).sum())
assert np.fromiter(items(), float).tolist() == [k * float(pending.sum()) for k in range(5)]
assert sorted([np.array(3), np.array(1)], key=lambda a: float((a * pending).sum()))[0] == 1
""",
    "objects in arrays": """
class Number:
    def __add__(self, other): return float((pending * 1).sum())
o = np.array([Number(), Number()], dtype=object)
assert (o + 1).tolist() == [float(pending.sum())] * 2
""",
}


@pytest.mark.parametrize("where", CALLBACKS)
def test_callbacks_evaluate(where: str) -> None:
    check(
        "import gc, signal, sys, warnings, weakref, numpy, lazynp as np\n"
        f"pending = np.arange(1000.0) * 2 + 1\n{CALLBACKS[where]}\nprint('whole')"
    )


RECURSIONS = {
    "__array__ that needs itself": (
        "class Own:\n    def __array__(self, dtype=None, copy=None): return np.asarray(self)\n"
        "np.add(Own(), np.ones(3))"
    ),
    "nested lists": "x = []\nfor _ in range(100_000): x = [x]\nnp.array(x)",
    "vectorize of itself": "f = np.vectorize(lambda x: f(x))\nf(np.ones(1))",
    "__array_ufunc__ of itself": (
        "class Own:\n"
        "    def __array_ufunc__(self, ufunc, *a, **k): return np.add(self, np.ones(1))\n"
        "np.add(Own(), 1)"
    ),
    "an object that holds itself": (
        "o = np.empty(1, dtype=object); o[0] = o\nfor _ in range(3): repr(o)\no == o"
    ),
}


@pytest.mark.parametrize("what", RECURSIONS)
def test_recursion_ends_as_in_numpy(what: str) -> None:
    """The same class of error, or none."""
    ends = []
    for module in ("numpy", "lazynp"):
        code = "import {} as np\ntry:\n{}\n    print('no error')\nexcept Exception as e:\n"
        body = "\n".join(f"    {line}" for line in RECURSIONS[what].splitlines())
        done = run_python((code + "    print(type(e).__name__)").format(module, body))
        ends.append((done.returncode, done.stdout))
    assert ends[0] == ends[1]


# ------------------------------------------------------------------ Ctrl-C
@pytest.mark.parametrize(
    "step",
    [
        "y = y * 1.5 - y[::-1]",
        "y[1:] += y[:-1]; y *= 0.5",
        "y = np.median(y) + y",
        "float(y.sum())",
    ],
)
def test_interrupt_while_recording(step: str) -> None:
    """Delivered at some line; every array is what the program had made of it, or can be made."""
    check(f"""
import signal, numpy, lazynp as np
def program(np, n_steps):
    y = before = np.linspace(0, 1, 500)
    done = 0
    try:
        if n_steps is None: signal.setitimer(signal.ITIMER_REAL, 0.1)
        while done != n_steps:
            before, y = y, y.copy()
            {step}
            done += 1
    except KeyboardInterrupt:
        assert n_steps is None
    return before, y, done
signal.signal(signal.SIGALRM, signal.default_int_handler)
numpy.seterr(all="ignore")
for _ in range(3):
    before, _, done = program(np, None)
    assert done > 0
    before = numpy.asarray(before)
    now = program(numpy, done)  # the interrupt came before or after a step began
    assert any(numpy.array_equal(before, x, equal_nan=True) for x in now[:2])
print("whole")
""")


@pytest.mark.parametrize(
    "step",
    ["y = np.median(y) + y", "y = y.take([[0, 1], [2, 3]]).sum() + y", "np.sort(list(y[:9]))"],
)
def test_no_interrupt_is_lost(step: str) -> None:
    """Also where it comes while an argument is looked at, whose errors are left to NumPy."""
    check(f"""
import signal, time, numpy, lazynp as np
numpy.seterr(all="ignore")
came = []
def handler(*_):
    came.append(time.monotonic())
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
for k in range(300):
    y = np.linspace(0, 1, 500)
    came.clear()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.002 + k % 7 * 0.0007)
        while not came or time.monotonic() < came[0] + 20:
            {step}
        raise AssertionError(f"interrupt {{k}} was lost")
    except KeyboardInterrupt:
        pass
print("whole")
""")


# ------------------------------------------------------------------ the end of the interpreter
ENDS = {
    "pending work of threads": (
        "import threading\nkept = threading.local(); rows = []\n"
        "def work(k):\n    kept.y = np.sin(big) + k; rows.append(kept.y * 2)\n"
        "ts = [threading.Thread(target=work, args=(k,)) for k in range(4)]\n"
        "for t in ts: t.start()\nfor t in ts: t.join()"
    ),
    "handlers that record and read": (
        "import atexit, sys\ny = big * 2\n"
        "atexit.register(lambda: print(float((y + 1).max())))\n"
        "atexit.register(lambda: np.evaluate(np.cos(y)))"
    ),
    "a module's variables in reverse": (
        "import sys, types\nm = types.ModuleType('m'); sys.modules['m'] = m\n"
        "m.y = np.exp(big); m.v = m.y[1:]; m.e = memoryview(m.v); m.f = np.add; m.s = big.sum()"
    ),
    "daemon threads that record": (
        "import threading\n"
        "def work():\n    y = big\n    while True: y = y + 1; y[:5].tolist()\n"
        "for _ in range(3): threading.Thread(target=work, daemon=True).start()\n"
        "import time; time.sleep(0.1)"
    ),
    "a thread pool with work to do": (
        "import concurrent.futures\n"
        "pool = concurrent.futures.ThreadPoolExecutor(4)\n"
        "rows = [pool.submit(lambda k=k: float((big * k).sum())) for k in range(12)]"
    ),
    "os._exit in the middle": "import os\ny = np.sin(big) + 1\nos._exit(0)",
}


@pytest.mark.parametrize("what", ENDS)
def test_exit_with(what: str) -> None:
    start = "import lazynp as np\nbig = np.arange(1_000_000.0)\nnp.evaluate(big * 2)\n"
    done = run_python(start + ENDS[what])
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr and "Fatal" not in done.stderr, done.stderr


# ------------------------------------------------------------------ interpreters
def test_a_second_interpreter_is_refused_with_words() -> None:
    """It names the reason, and the first one goes on."""
    interpreters = pytest.importorskip("_xxsubinterpreters", reason="CPython 3.11 and 3.12")
    assert interpreters
    check("""
import _xxsubinterpreters as interpreters, lazynp as np
x = np.arange(5.0) + 1
other = interpreters.create()
code = '''
try:
    import lazynp
    raise SystemExit("it was imported")
except ImportError as error:
    if "interpreter" not in str(error): raise
'''
interpreters.run_string(other, code)
interpreters.destroy(other)
assert float(x.sum()) == 15
print("whole")
""")
