// lazynp's own exception classes, and C++ errors as Python exceptions.
#include "csrc/base/error.h"
#include "csrc/python/array.h"
#include "csrc/python/module.h"

namespace py = pybind11;

namespace lazynp::python {

PyObject* lazy_error = nullptr;
PyObject* history_released_error = nullptr;
PyObject* no_gradient_error = nullptr;
PyObject* gradient_detached_warning = nullptr;

namespace {

PyObject* add_class(py::module_& module, const char* name, const char* doc, PyObject* base) {
  const std::string full_name = std::string("lazynp.") + name;
  PyObject* made = PyErr_NewExceptionWithDoc(full_name.c_str(), doc, base, nullptr);
  if (!made) throw py::error_already_set();
  module.attr(name) = py::reinterpret_borrow<py::object>(made);
  return made;
}

void translate(std::exception_ptr pointer) {
  try {
    std::rethrow_exception(pointer);
  } catch (const Error&) {
    set_python_error();
  }
}

}  // namespace

void bind_errors(py::module_& module) {
  lazy_error = add_class(module, "LazyError", "What only a lazy array library can get wrong or refuse.",
                         PyExc_RuntimeError);
  history_released_error = add_class(
      module, "HistoryReleased", "A gradient was asked for whose history was not kept: watch the array first.",
      lazy_error);
  no_gradient_error =
      add_class(module, "NoGradient", "An operation between x and y has no gradient.", lazy_error);
  gradient_detached_warning = add_class(
      module, "GradientDetached", "The value of a watched array was taken out of the graph.", PyExc_RuntimeWarning);
  py::register_local_exception_translator(translate);
}

}  // namespace lazynp::python
