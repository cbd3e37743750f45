// What is captured when an op is recorded, when it has to run at once, and its late warnings.
#include "csrc/python/record_state.h"

#include <unistd.h>

#include <algorithm>
#include <cfenv>

#include "csrc/python/interpreter_state.h"
#include "csrc/python/observation.h"
#include "csrc/python/runtime_lock.h"
#include "csrc/python/source_position.h"
#include "csrc/python/warning_filters.h"

namespace lazynp::python {

int64_t pending_limit_bytes = int64_t{256} << 20;

namespace {

// ---------------------------------------------------------------- switches and bounds

struct Switches {
  bool eager = false;
  bool no_eval = false;
  bool late_errors = false;
  bool lazy_scalars = false;
  bool detached_is_error = false;
} switches;

RecordStatistics statistics;

int64_t tenth_of_memory() {
  const int64_t pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page_bytes > 0 ? pages / 10 * page_bytes : INT64_MAX;
}

bool exchange(bool& state, bool on) {
  const bool before = state;
  state = on;
  return before;
}

// ---------------------------------------------------------------- errstate

enum class Mode : uint8_t { ignore, warn, raise, call, print, log };
constexpr const char* mode_names[] = {"ignore", "warn", "raise", "call", "print", "log"};

// The four kinds of events, in the order in which NumPy reports them.
struct EventKind {
  const char* key;  // in numpy.geterr()
  const char* text;
  int flag;  // of the C library
  int numpy_flag;
};
constexpr int n_event_kinds = 4;
constexpr EventKind event_kinds[n_event_kinds] = {
    {"divide", "divide by zero", FE_DIVBYZERO, 1},
    {"over", "overflow", FE_OVERFLOW, 2},
    {"under", "underflow", FE_UNDERFLOW, 4},
    {"invalid", "invalid value", FE_INVALID, 8},
};

struct ErrorState {
  Mode modes[n_event_kinds] = {Mode::warn, Mode::warn, Mode::ignore, Mode::warn};
  bool is_scalar = false;          // NumPy's scalar arithmetic
  const OpSpec* within = nullptr;  // the ufunc that NumPy names, whatever it does inside
  PyObject* call = nullptr;        // the handler of modes call and log
  bool operator==(const ErrorState&) const = default;
};

// Interned states; 0 is NumPy's default. The last two are overwritten when all are taken, which is
// right as long as its ops run at once.
constexpr int max_error_states = 256;
ErrorState error_states[max_error_states];
int n_error_states = 1;

PyObject* errstate_variable = nullptr;  // numpy.ufunc.extobj
PyObject* get_errstate_dict = nullptr;

// What was captured last, with what it was captured from.
struct Captured {
  PyObject* variables = nullptr;  // context variables in force, see interpreter_state.h
  PyObject* errstate = nullptr;   // both strong: the addresses stay unique
  WarningAction action = WarningAction::deferred;
  uint8_t id = 0, scalar_id = 0;
  bool must_run_now = false;
} captured;

uint8_t intern(const ErrorState& state, bool& is_full) {
  for (int i = 0; i < n_error_states; ++i)
    if (error_states[i] == state) return static_cast<uint8_t>(i);
  constexpr int n_kept = max_error_states - 2;
  is_full = n_error_states == n_kept;
  const int slot = is_full ? n_kept + state.is_scalar : n_error_states++;
  Py_XINCREF(state.call);
  Py_XDECREF(error_states[slot].call);
  error_states[slot] = state;
  return static_cast<uint8_t>(slot);
}

Mode mode_from(PyObject* name) {
  for (int m = 0; m < 6; ++m)
    if (name && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, mode_names[m]) == 0)
      return static_cast<Mode>(m);
  return Mode::warn;
}

ErrorState read_errstate() {
  ErrorState state;
  PyObject* const dict = PyObject_CallNoArgs(get_errstate_dict);
  if (!dict) throw_python_error();
  for (int k = 0; k < n_event_kinds; ++k)
    state.modes[k] = mode_from(PyDict_GetItemString(dict, event_kinds[k].key));
  PyObject* const call = PyDict_GetItemString(dict, "call");
  state.call =
      call == Py_None ? nullptr : call;  // the errstate object keeps it alive until interned
  Py_DECREF(dict);
  return state;
}

void capture(PyObject* errstate, WarningAction action) {
  ErrorState state = read_errstate();
  bool must_run_now = false;
  for (Mode& mode : state.modes) {
    if (mode == Mode::warn && action == WarningAction::ignored) mode = Mode::ignore;
    if (mode == Mode::warn && action == WarningAction::immediate) must_run_now = true;
    if (mode != Mode::warn && mode != Mode::ignore) must_run_now = true;
  }
  const bool calls = std::any_of(state.modes, state.modes + n_event_kinds,
                                 [](Mode m) { return m == Mode::call || m == Mode::log; });
  if (!calls) state.call = nullptr;
  bool is_full = false;
  captured.id = intern(state, is_full);
  state.is_scalar = true;
  captured.scalar_id = intern(state, is_full);
  captured.must_run_now = must_run_now || is_full;
  captured.action = action;
  Py_INCREF(errstate);
  Py_XSETREF(captured.errstate, errstate);
}

void look_up_state(const InterpreterMoment& now, WarningAction action) {
  PyObject* errstate = nullptr;
  if (PyContextVar_Get(errstate_variable, nullptr, &errstate) < 0 || !errstate)
    throw_python_error();
  if (errstate != captured.errstate || action != captured.action) [[unlikely]] {
    try {
      capture(errstate, action);
    } catch (...) {
      Py_DECREF(errstate);
      throw;
    }
  }
  Py_DECREF(errstate);
  Py_XINCREF(now.variables);
  Py_XSETREF(captured.variables, now.variables);
}

inline void refresh_captured(const InterpreterMoment& now) {
  const WarningAction action = warning_action(now);
  const bool is_as_captured = now.is_readable && captured.errstate &&
                              now.variables == captured.variables && action == captured.action;
  if (!is_as_captured) [[unlikely]]
    look_up_state(now, action);
}

// ---------------------------------------------------------------- late warnings

// The registry of "once per line" for a file; Python clears it when the filters change.
PyObject* warning_registry(PyObject* file) {
  static PyObject* registries = PyDict_New();
  PyObject* registry = PyDict_GetItemWithError(registries, file);
  if (registry || PyErr_Occurred()) return registry;
  registry = PyDict_New();
  if (!registry) return nullptr;
  const int failed = PyDict_SetItem(registries, file, registry);
  Py_DECREF(registry);
  return failed ? nullptr : registry;
}

std::string event_name(const OpSpec& op) {
  if (op.warning_name) return op.warning_name;
  if (op.kind == OpKind::reduction) return "reduce";
  return op.numpy.empty() ? op.name : op.numpy[0];
}

bool call_handler(const ErrorState& state, const EventKind& kind, int flags) {
  if (!state.call) return true;
  PyObject* const answer = PyObject_CallFunction(state.call, "si", kind.text, flags);
  Py_XDECREF(answer);
  return answer != nullptr;
}

// An exception that stands, as one that was raised for an event, carries a mark, since the address
// of one that is gone may be taken by another.
constexpr char final_mark[] = "__lazynp_final__";
}  // namespace

void mark_as_final() {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (value && PyObject_SetAttrString(value, final_mark, Py_True) < 0) clear_error();
  PyErr_Restore(type, value, trace);
}

namespace {

bool write_to_log(const ErrorState& state, const std::string& text) {
  if (!state.call) return true;
  PyObject* const answer =
      PyObject_CallMethod(state.call, "write", "s", ("Warning: " + text + "\n").c_str());
  Py_XDECREF(answer);
  return answer != nullptr;
}

bool handle_event(const ErrorState& state, int k, int numpy_flags, const FloatEvent& event) {
  const EventKind& kind = event_kinds[k];
  const std::string name =
      (state.is_scalar ? "scalar " : "") + event_name(state.within ? *state.within : *event.op);
  const std::string text = std::string(kind.text) + " encountered in " + name;
  switch (state.modes[k]) {
    case Mode::ignore: return true;
    case Mode::warn: return warn_at(PyExc_RuntimeWarning, text, event.source);
    case Mode::raise: PyErr_SetString(PyExc_FloatingPointError, text.c_str()); return false;
    case Mode::call: return call_handler(state, kind, numpy_flags);
    case Mode::print: PySys_WriteStderr("Warning: %s\n", text.c_str()); return true;
    case Mode::log: return write_to_log(state, text);
  }
  return true;
}

void report_float_event(const FloatEvent& event) {
  if (!event.op) return;
  const ErrorState state = error_states[event.error_state];
  int numpy_flags = 0;
  for (const EventKind& kind : event_kinds)
    if (event.flags & kind.flag) numpy_flags |= kind.numpy_flag;
  for (int k = 0; k < n_event_kinds; ++k)
    if ((event.flags & event_kinds[k].flag) &&
        !stopping_at_exit([&] { return handle_event(state, k, numpy_flags, event); })) {
      mark_as_final();
      throw_python_error();
    }
}

[[noreturn]] void refuse_to_run() {
  const std::string line = source_text(current_source());
  fail(ErrorClass::lazy,
       "lazynp: no_eval: this line needs a value that was not computed; got a pending array at " +
           (line.empty() ? "an unknown line" : line) +
           "; call lazynp.evaluate before no_eval(), or move the line out of it");
}

void before_run() {
  if (switches.no_eval) refuse_to_run();
  if (is_observed()) note_begin_of_run();
}

// Why an op runs when it is recorded; `now`: it has to, otherwise too much is pending.
const char* why_due(const Node* node, bool now) {
  if (!now) return node->depth > max_pending_depth ? "depth" : "memory";
  if (switches.eager) return "eager";
  while (node->op->kind == OpKind::view && !node->inputs[0]->is_materialized())
    node = node->inputs[0];  // one of several results
  const bool may_raise = node->op->may_raise || (node->op->has_raising_loops &&
                                                 node->op->kernel.loops[node->loop].may_raise);
  if (may_raise && !switches.late_errors) return "error";
  if (node->op->may_warn && captured.must_run_now) return "floating";
  return "shared";
}

void warn_while_recording(const char* text) {
  if (!warn_at(PyExc_RuntimeWarning, text, current_source())) throw_python_error();
}

}  // namespace

// ---------------------------------------------------------------- the contract of array.h

bool begin_record(const OpSpec& op) {
  ++statistics.n_recorded;
  const InterpreterMoment now = interpreter_moment();
  record_context.source = current_source(now);
  const bool must_run_now = switches.eager || (op.may_raise && !switches.late_errors);
  if (!op.may_warn) {
    record_context.error_state = 0;
    return must_run_now;
  }
  refresh_captured(now);
  record_context.error_state = captured.id;
  return must_run_now || captured.must_run_now;
}

bool begin_record_of_many() {
  static const OpSpec& may_warn = *std::ranges::find_if(
      registry(), [](const OpSpec& op) { return op.may_warn && !op.may_raise; });
  return begin_record(may_warn);
}

bool begin_scalar_record(const OpSpec& op) {
  const bool now = begin_record(op);
  if (op.may_warn) record_context.error_state = captured.scalar_id;
  return now;
}

RecordedWithin::RecordedWithin(const OpSpec& op) : before_(record_context.error_state) {
  refresh_captured(interpreter_moment());
  ErrorState state = error_states[captured.id];
  state.within = &op;
  const bool has_room = n_error_states < max_error_states / 4;  // names alone do not fill the table
  const auto* const known = std::find(error_states, error_states + n_error_states, state);
  bool is_full = false;
  if (has_room || known != error_states + n_error_states)
    record_context.error_state = intern(state, is_full);
  else
    record_context.error_state = captured.id;
}

bool must_raise_at_record(const Node& node) {
  return !node.is_materialized() && node.op && node.op->has_raising_loops &&
         !switches.late_errors && node.op->kernel.loops[node.loop].may_raise;
}

void run_if_due(Node* node, bool now) {
  if (node->is_materialized() || has_no_value(node)) return;
  now |= switches.eager || must_raise_at_record(*node);
  statistics.n_run_at_record += now;
  const bool is_bound_reached =
      node->depth > max_pending_depth || orphaned_bytes > pending_limit_bytes;
  if (!now && !is_bound_reached) return;
  const Because because(is_observed() ? why_due(node, now) : "", node->op->name);
  evaluate(node);
}

// ---------------------------------------------------------------- the rest of the header

bool is_marked_final() {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  const bool is_marked = value && PyObject_HasAttrString(value, final_mark);
  PyErr_Restore(type, value, trace);
  return is_marked;
}

bool set_eager(bool on) { return exchange(switches.eager, on); }
bool set_no_eval(bool on) {
  const bool before = exchange(switches.no_eval, on);
  install_run_hooks();
  return before;
}
bool set_late_errors(bool on) { return exchange(switches.late_errors, on); }
bool set_lazy_scalars(bool on) { return exchange(switches.lazy_scalars, on); }
bool set_detached_is_error(bool on) { return exchange(switches.detached_is_error, on); }
bool is_eager() { return switches.eager; }
bool has_late_errors() { return switches.late_errors; }
bool has_lazy_scalars() { return switches.lazy_scalars; }
RecordStatistics record_statistics() { return statistics; }

void install_run_hooks() {
  host_hooks.before_run = switches.no_eval || is_observed() ? before_run : nullptr;
  host_hooks.after_run = is_observed() ? note_end_of_run : nullptr;
}

bool warn_at(PyObject* category, const std::string& text, uint32_t source) {
  const SourcePosition position = source_position(source);
  if (!position.file) return PyErr_WarnEx(category, text.c_str(), 1) == 0;
  PyObject* const registry = warning_registry(position.file);
  PyObject* const message =
      registry ? PyUnicode_FromStringAndSize(text.data(), text.size()) : nullptr;
  if (!message) return false;
  const int failed = PyErr_WarnExplicitObject(category, message, position.file, position.line,
                                              position.module, registry);
  Py_DECREF(message);
  return failed == 0;
}

bool note_detached(const Node* node) {
  if (!(node->flags & watched)) return true;
  if ((node->flags & gradient_result) && !switches.detached_is_error) return true;
  const char* const text =
      "lazynp: a value that depends on a watched array was turned into plain data here; gradients "
      "do not flow "
      "through it; use lazynp functions on the array, or lazynp.stop_gradient to say that this is "
      "meant";
  if (switches.detached_is_error) {
    PyErr_SetString(gradient_detached, text);
    return false;
  }
  return warn_at(gradient_detached, text, current_source());
}

bool init_recording(PyObject* module) {
  if (!init_python_errors(module)) return false;
  pending_limit_bytes = std::min(pending_limit_bytes, tenth_of_memory());
  errstate_variable = imported("numpy._core.umath", "_extobj_contextvar");
  get_errstate_dict = imported("numpy._core.umath", "_get_extobj_dict");
  if (!errstate_variable || !get_errstate_dict) return false;
  install_runtime_lock();
  record_hooks.warn = warn_while_recording;
  record_hooks.scalar_error_state = [] { return captured.scalar_id; };
  host_hooks.float_event = report_float_event;
  host_hooks.source_text = source_text;
  return init_warning_filters();
}

}  // namespace lazynp::python
