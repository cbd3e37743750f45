// The extension module lazynp._core: brings its parts up in order.
#include "csrc/python/module.h"

#include "csrc/engine/thread_pool.h"
#include "csrc/ops/op_spec.h"
#include "csrc/python/numpy_api.h"
#include "csrc/python/numpy_fallback.h"
#include "csrc/python/record_state.h"
#include "csrc/python/warning_filters.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

void refuse_sub_interpreters() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return;
  throw py::import_error(
      "lazynp: sub-interpreters are not supported: one engine serves one interpreter; import "
      "lazynp in "
      "the main interpreter");
}

void translate(std::exception_ptr pointer) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error&) {
    set_python_error();
  }
}

void require(bool is_ready) {
  if (!is_ready) throw py::error_already_set();
}

}  // namespace

static void init_module(py::module_& module) {
  refuse_sub_interpreters();
  module.doc() = "The C++ core of lazynp: array type, operations, engine, gradients.";
  require(import_numpy());
  py::register_local_exception_translator(translate);
  registry();  // a fault in a block is reported here, by name
  require(init_recording(module.ptr()));
  require(init_warning_filters());
  require(init_array_type(module.ptr()));
  require(init_lazy_scalar(module.ptr()));
  require(init_ufunc_type(module.ptr()));
  require(init_numpy_fallback(module.ptr()));
  require(init_numpy_loops(module.ptr()));
  require(init_numpy_sorts());
  require(init_numpy_einsum());
  require(init_observation(module.ptr()));
  bind_arrays(module);
  bind_ops(module);
  bind_engine(module);
  bind_gradients(module);
  bind_batching(module);
  bind_pullback(module);
  bind_graph(module);
  bind_import_watch(module);
  py::module_::import("atexit").attr("register")(py::cpp_function(&stop_threads));
}

}  // namespace lazynp::python

PYBIND11_MODULE(_core, module, py::multiple_interpreters::not_supported()) {
  lazynp::python::init_module(module);
}
