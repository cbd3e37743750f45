// Arrays on their way from NumPy and back.
#include "csrc/python/array.h"
#include "csrc/python/arrays_for_scalars.h"
#include "csrc/python/module.h"
#include "csrc/python/numpy_api.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

py::object owned(PyObject* result) {
  if (!result) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(result);
}

py::object adopt(const py::object& ndarray) {
  if (!PyArray_Check(ndarray.ptr())) {
    throw py::type_error("lazynp: adopt: needs an array of NumPy's; got " +
                         std::string(Py_TYPE(ndarray.ptr())->tp_name) + "; numpy.array makes one");
  }
  return owned(adopt_numpy(ndarray.ptr()));
}

bool is_native(const py::object& dtype) {
  return dtype_of_descr(py::module_::import("numpy").attr("dtype")(dtype).ptr()) != DType::none;
}

void bind_adopt(py::module_& module) {
  py::options options;
  options.disable_function_signatures();  // the text begins with one that `inspect` reads
  module.def("adopt", &adopt, py::arg("ndarray"),
             "adopt(ndarray)\n--\n\n"
             "Hands an ndarray over without a copy: the caller promises not to write it again.\n\n"
             "Its WRITEABLE flag is cleared. Raises TypeError for anything but an ndarray.\n\n"
             ">>> import numpy, lazynp\n"
             ">>> lazynp.adopt(numpy.ones(2)) + 1\n"
             "array([2., 2.])\n");
}

// call_for_arrays(function, *args, **kwargs), without pybind11's argument handling.
PyObject* call_for_arrays(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  if (n == 0) {
    PyErr_SetString(PyExc_TypeError, "call_for_arrays() needs a function");
    return nullptr;
  }
  const ArraysForScalars arrays;
  return PyObject_Vectorcall(args[0], args + 1, static_cast<size_t>(n - 1), names);
}

PyMethodDef call_for_arrays_method = {
    "call_for_arrays", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(call_for_arrays)),
    METH_FASTCALL | METH_KEYWORDS,
    "Calls a function; what is recorded without dimensions is an array and no scalar."};

}  // namespace

void bind_arrays(py::module_& module) {
  module.add_object("call_for_arrays", owned(PyCFunction_NewEx(&call_for_arrays_method, nullptr,
                                                               module.attr("__name__").ptr())));
  module.def(
      "to_numpy", [](const py::object& array) { return owned(to_numpy(array.ptr())); },
      py::arg("array"), "A numpy.ndarray on the memory of a lazynp array; runs what is pending.");
  module.def(
      "from_numpy",
      [](const py::object& ndarray, bool alias) { return owned(from_numpy(ndarray.ptr(), alias)); },
      py::arg("ndarray"), py::arg("alias"),
      "A lazynp array with the elements of an ndarray; `alias`: on its memory, which both may "
      "write.");
  bind_adopt(module);
  module.def("is_native", &is_native, py::arg("dtype"),
             "Whether the core itself computes with a dtype.");
}

}  // namespace lazynp::python
