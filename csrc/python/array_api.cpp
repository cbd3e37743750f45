// Methods that the array API standard asks of arrays: NumPy checks the arguments, and nothing is
// evaluated.
#include "csrc/python/array_parts.h"
#include "csrc/python/protocols.h"

namespace lazynp::python {

namespace {

// Whether NumPy's method of that name takes these arguments; false: its error is set.
bool numpy_accepts(const char* name, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const Owned numpy(PyImport_ImportModule("numpy"));
  const Owned empty(numpy ? PyObject_CallMethod(numpy.get(), "empty", "i", 0) : nullptr);
  const Owned method(empty ? PyObject_GetAttrString(empty.get(), name) : nullptr);
  const Owned result(method ? PyObject_Vectorcall(method.get(), args, static_cast<size_t>(n), names)
                            : nullptr);
  return static_cast<bool>(result);
}

}  // namespace

PyObject* array_namespace(PyObject*, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const bool is_version = numpy_accepts("__array_namespace__", args, n, names);
  return is_version ? PyImport_ImportModule("lazynp") : nullptr;
}

PyObject* to_device(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return numpy_accepts("to_device", args, n, names) ? Py_NewRef(self) : nullptr;
}

PyObject* get_device(PyObject*, void*) { return PyUnicode_FromString("cpu"); }

}  // namespace lazynp::python
