// Long runs work without the GIL; signals are delivered between their tiles.
#include "csrc/python/runtime_lock.h"

#include <Python.h>

#include <chrono>
#include <utility>

#include "csrc/engine/evaluate.h"

namespace lazynp::python {
namespace {

// Set while this thread runs a plan without the GIL. Signals can be looked at only with it, so the
// thread takes it back every now and then.
struct WithoutLock {
  PyThreadState* state = nullptr;
  std::chrono::steady_clock::time_point last_look;
};
thread_local WithoutLock without_lock;
constexpr auto look_interval = std::chrono::milliseconds(50);

void take_back(PyThreadState* state) {
  stopping_at_exit([=] { PyEval_RestoreThread(state); });
}

void* leave_lock() {
  without_lock.last_look = std::chrono::steady_clock::now();
  return without_lock.state = PyEval_SaveThread();
}

void enter_lock(void* state) {
  without_lock.state = nullptr;
  take_back(static_cast<PyThreadState*>(state));
}

// True: KeyboardInterrupt (or what a handler raised) is set in this thread.
bool interrupted() {
  WithoutLock& thread = without_lock;
  if (!thread.state) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - thread.last_look < look_interval) return false;
  thread.last_look = now;
  PyThreadState* const state = std::exchange(thread.state, nullptr);
  take_back(state);
  const bool raised = PyErr_Occurred() || stopping_at_exit([] { return PyErr_CheckSignals(); }) < 0;
  thread.state = PyEval_SaveThread();
  thread.last_look = std::chrono::steady_clock::now();
  return raised;
}

bool interrupted_in_lock() {
  return stopping_at_exit([] { return PyErr_CheckSignals(); }) < 0;
}

bool is_ending() {
#if PY_VERSION_HEX < 0x030D0000
  return _Py_IsFinalizing();
#else
  return Py_IsFinalizing();
#endif
}

}  // namespace

void install_runtime_lock() {
  host_hooks.leave_lock = leave_lock;
  host_hooks.enter_lock = enter_lock;
  host_hooks.interrupted = interrupted;
  host_hooks.interrupted_in_lock = interrupted_in_lock;
  host_hooks.is_ending = is_ending;
}

}  // namespace lazynp::python
