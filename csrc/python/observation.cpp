// Tells the observer what happened: observer("run", why, op, operations, pending bytes, seconds),
// observer("call", callable, bytes, seconds), observer("scalar"), observer("class_asked"). Where it
// happened the observer sees from the frames that called.
#include "csrc/python/observation.h"

#include <chrono>
#include <utility>
#include <vector>

#include "csrc/python/array_parts.h"
#include "csrc/python/record_state.h"

namespace lazynp::python {

PyObject* observer = nullptr;

namespace {

// Of each thread, as a run leaves the lock.
struct Moment {
  const char *why = "", *op = "";
};
thread_local Moment moment;
struct BegunRun {
  double seconds;
  int64_t pending_bytes;
};
thread_local std::vector<BegunRun> begun_runs;  // they nest: a run may call Python

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// To the program, which it was meant for.
void pass_on_interrupt() {
  clear_error();
  PyErr_SetInterrupt();
}

// The program's exception, if any, stays; what the observer raises is none of the program's.
template <class... Arguments> void tell(const char* format, Arguments... arguments) {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  if (observer) {
    const Owned hold(Py_NewRef(observer));
    const Owned answer(PyObject_CallFunction(observer, format, arguments...));
    if (!answer && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
      pass_on_interrupt();
    else if (!answer)
      PyErr_WriteUnraisable(hold.get());
  }
  PyErr_Restore(type, value, trace);
}

PyObject* set_observer(PyObject*, PyObject* callable) {
  Py_XSETREF(observer, callable == Py_None ? nullptr : Py_NewRef(callable));
  install_run_hooks();
  Py_RETURN_NONE;
}

PyMethodDef functions[] = {
    {"set_observer", set_observer, METH_O,
     "Sets what is told of runs, calls of NumPy and LazyScalars; None: nobody looks."},
    {}};

}  // namespace

void Because::begin(const char* why, const char* op) {
  why_before_ = std::exchange(moment.why, why);
  op_before_ = std::exchange(moment.op, op);
  is_begun_ = true;
}

void Because::end() { moment = {why_before_, op_before_}; }

void note_begin_of_run() { begun_runs.push_back({seconds_now(), orphaned_bytes}); }

void note_end_of_run(int64_t n_operations) noexcept {
  if (begun_runs.empty()) return;  // it began unobserved
  const BegunRun run = begun_runs.back();
  begun_runs.pop_back();
  tell("sssLLd", "run", moment.why, moment.op, static_cast<long long>(n_operations),
       static_cast<long long>(run.pending_bytes), seconds_now() - run.seconds);
}

ObservedCall::ObservedCall() : begin_seconds_(is_observed() ? seconds_now() : 0) {}

void ObservedCall::counts_as(PyObject* callable, int64_t n_bytes) {
  if (begin_seconds_ == 0) return;
  callable_ = callable;
  n_bytes_ = n_bytes;
}

ObservedCall::~ObservedCall() {
  if (callable_)
    tell("sOLd", "call", callable_, static_cast<long long>(n_bytes_),
         seconds_now() - begin_seconds_);
}

void note_lazy_scalar() {
  if (is_observed()) [[unlikely]]
    tell("s", "scalar");
}

void note_class_asked() {
  if (is_observed()) [[unlikely]]
    tell("s", "class_asked");
}

bool init_observation(PyObject* module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace lazynp::python
