// Running, explaining and counting; the engine's options.
#include <pybind11/stl.h>

#include <thread>

#include "csrc/base/cpu_level.h"
#include "csrc/cpu/blas_library.h"
#include "csrc/engine/evaluate.h"
#include "csrc/engine/thread_pool.h"
#include "csrc/graph/buffer.h"
#include "csrc/python/array.h"
#include "csrc/python/bind_values.h"
#include "csrc/python/module.h"
#include "csrc/python/observation.h"
#include "csrc/python/record_state.h"
#include "csrc/python/warning_filters.h"

namespace py = pybind11;

namespace lazynp::python {

Values values_in(const py::handle object) {
  Values values;
  std::vector<py::object> waiting{py::reinterpret_borrow<py::object>(object)};
  while (!waiting.empty()) {
    const py::object item = std::move(waiting.back());
    waiting.pop_back();
    if (is_array(item.ptr()) || is_lazy_scalar(item.ptr())) {
      if (!is_hosted(item.ptr())) values.push_back(Value::share(value_of(item.ptr())));
    } else if (PyDict_CheckExact(item.ptr())) {
      for (const auto& entry : py::reinterpret_borrow<py::dict>(item))
        waiting.push_back(py::reinterpret_borrow<py::object>(entry.second));
    } else if (PyList_CheckExact(item.ptr()) || PyTuple_CheckExact(item.ptr())) {
      for (const py::handle part : item)
        waiting.push_back(py::reinterpret_borrow<py::object>(part));
    }
  }
  std::reverse(values.begin(), values.end());
  return values;
}

std::vector<Node*> nodes_of(const Values& values) {
  std::vector<Node*> nodes;
  for (const Value& value : values) nodes.push_back(value.node());
  return nodes;
}

namespace {

// evaluate(*arrays): on the path of small work, so without pybind11's argument handling.
PyObject* evaluate_arrays(PyObject*, PyObject* const* arguments, Py_ssize_t n) {
  const Because because("evaluate");
  try {
    if (n == 1 && is_exact_array(arguments[0]) && !is_hosted(arguments[0])) {
      Node* const node = value_of(arguments[0]);
      if (!node->is_materialized()) evaluate(node);
      return Py_NewRef(arguments[0]);
    }
    const py::tuple arrays = py::reinterpret_steal<py::tuple>(PyTuple_New(n));
    for (Py_ssize_t i = 0; i < n; ++i) PyTuple_SET_ITEM(arrays.ptr(), i, Py_NewRef(arguments[i]));
    const Values values = values_in(arrays);
    std::vector<Node*> pending;
    for (const Value& value : values)
      if (!value.node()->is_materialized()) pending.push_back(value.node());
    if (!pending.empty()) evaluate(pending);
    return n == 1 ? Py_NewRef(arguments[0]) : py::object(arrays).release().ptr();
  } catch (...) {
    return set_python_error();
  }
}

PyMethodDef evaluate_method = {
    "evaluate", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(evaluate_arrays)),
    METH_FASTCALL,
    "evaluate(*arrays)\n--\n\n"
    "Runs what the given arrays need, in one plan; returns them: one as it is, several as a "
    "tuple.\n\n"
    "What is no array of lazynp's is returned as it is. Raises LazyError inside no_eval(), and "
    "what\n"
    "operations raise whose errors were put off (config.late_errors).\n\n"
    ">>> import lazynp\n"
    ">>> x = lazynp.arange(3.0)\n"
    ">>> total, largest = lazynp.evaluate((x * x).sum(keepdims=True), (x * x).max(keepdims=True))\n"
    ">>> total, largest\n"
    "(array([5.]), array([4.]))\n"};

std::string explain_arrays(const py::object& arrays, const std::string& after) {
  const Values values = values_in(arrays);
  return explain(nodes_of(values), after);
}

py::dict stats() {
  const EngineStatistics engine = engine_statistics();
  const PoolStatistics pool = pool_statistics();
  py::dict result;
  result["evaluations"] = engine.n_evaluations;
  result["plan_hits"] = engine.n_plan_hits;
  result["plan_misses"] = engine.n_plan_misses;
  result["nodes_run"] = engine.n_nodes_run;
  result["groups_run"] = engine.n_groups_run;
  result["donated"] = engine.n_donated;
  result["bytes_allocated"] = engine.n_bytes_allocated;
  result["bytes_read"] = engine.n_bytes_read;
  result["recorded"] = record_statistics().n_recorded;
  result["run_at_record"] = record_statistics().n_run_at_record;
  result["live_nodes"] = n_live_nodes();
  result["pending_bytes"] = orphaned_bytes;
  result["pool_bytes_in_use"] = pool.bytes_in_use;
  result["pool_bytes_cached"] = pool.bytes_cached;
  result["pool_peak_bytes"] = pool.peak_bytes;
  result["threads"] = num_threads();
  result["pending_limit_bytes"] = pending_limit_bytes;
  result["pending_limit_depth"] = max_pending_depth;
  return result;
}

// One named setting: how it is read and written.
struct Option {
  const char* name;
  py::object (*get)();
  void (*set)(const py::object& value);
};

template <bool EngineConfig::* member> constexpr Option switch_option(const char* name) {
  return {name, []() -> py::object { return py::bool_(engine_config.*member); },
          [](const py::object& value) { engine_config.*member = py::cast<bool>(value); }};
}

int64_t non_negative(const py::object& value) {
  const auto number = py::cast<int64_t>(value);
  if (number < 0)
    throw py::value_error("lazynp: config: must not be negative; got " + std::to_string(number));
  return number;
}

template <int64_t EngineConfig::* member> constexpr Option bytes_option(const char* name) {
  return {name, []() -> py::object { return py::int_(engine_config.*member); },
          [](const py::object& value) { engine_config.*member = non_negative(value); }};
}

void set_math(const py::object& value) {
  const auto text = py::cast<std::string>(value);
  if (text != "numpy" && text != "fast")
    throw py::value_error("lazynp: config: math must be 'numpy' or 'fast'; got '" + text + "'");
  engine_config.use_host_loops = text == "numpy";
}

void set_threads(const py::object& value) {
  const int64_t n = non_negative(value);
  set_num_threads(n ? static_cast<int>(std::min<int64_t>(n, 1024))
                    : static_cast<int>(std::thread::hardware_concurrency()));
}

bool late_errors = false;
bool lazy_scalars = false;
std::string fallback_policy = "allow";  // acted upon by the Python half of the fallback

const Option options[] = {
    {"fallback", []() -> py::object { return py::str(fallback_policy); },
     [](const py::object& value) { fallback_policy = py::cast<std::string>(value); }},
    {"num_threads", []() -> py::object { return py::int_(num_threads()); }, set_threads},
    {"math",
     []() -> py::object { return py::str(engine_config.use_host_loops ? "numpy" : "fast"); },
     set_math},
    bytes_option<&EngineConfig::tile_bytes>("tile_bytes"),
    bytes_option<&EngineConfig::memory_limit_bytes>("memory_limit_bytes"),
    switch_option<&EngineConfig::plan_cache>("plan_cache"),
    switch_option<&EngineConfig::fuse>("fuse"),
    switch_option<&EngineConfig::donate>("donate"),
    {"late_errors", []() -> py::object { return py::bool_(late_errors); },
     [](const py::object& value) { set_late_errors(late_errors = py::cast<bool>(value)); }},
    {"lazy_scalars", []() -> py::object { return py::bool_(lazy_scalars); },
     [](const py::object& value) { set_lazy_scalars(lazy_scalars = py::cast<bool>(value)); }},
};

const Option& option_named(const std::string& name) {
  std::string known;
  for (const Option& option : options) {
    if (name == option.name) return option;
    known += std::string(known.empty() ? "" : ", ") + option.name;
  }
  throw py::key_error("lazynp: config: no option is named '" + name + "'; the engine has " + known);
}

py::dict all_options() {
  py::dict result;
  for (const Option& option : options) result[option.name] = option.get();
  return result;
}

}  // namespace

void bind_engine(py::module_& module) {
  module.attr("evaluate") = py::reinterpret_steal<py::object>(
      PyCFunction_NewEx(&evaluate_method, nullptr, module.attr("__name__").ptr()));
  module.def("explain", &explain_arrays, py::arg("arrays"), py::arg("after") = "",
             "The plan that evaluate() would run, as text.");
  module.def("stats", &stats, "Counters of the engine and of its memory pool.");
  module.def("options", &all_options, "Every option of the engine with its value.");
  module.def("set_option", [](const std::string& name, const py::object& value) {
    option_named(name).set(value);
  });
  module.def("get_option", [](const std::string& name) { return option_named(name).get(); });
  module.def("set_eager", &set_eager, "Runs every op at once; returns the state before.");
  module.def("set_no_eval", &set_no_eval, "Forbids evaluation; returns the state before.");
  module.def(
      "set_warning_baseline",
      [](bool errors_come_late) {
        if (!set_warning_baseline(errors_come_late)) throw py::error_already_set();
      },
      py::arg("errors_come_late") = false);
  module.def("set_num_threads", &set_threads, py::arg("n"),
             "Threads of the engine; 0: one per core.");
  module.def("num_threads", &num_threads);
  module.def("cpu_level", [] { return name_of(cpu_level()); });
  module.def("stop_threads", &stop_threads);
  module.def("blas_path", &blas_path, "File of the OpenBLAS that products use; empty: Eigen.");
  module.def("set_blas_path", &set_blas_path, py::arg("path"),
             "The OpenBLAS to open where NumPy's is not loaded.");
  module.def("trim_pool", &trim_pool, "Gives cached memory back to the system.");
}

}  // namespace lazynp::python
