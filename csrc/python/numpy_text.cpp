#include "csrc/python/numpy_text.h"

#include "csrc/python/array_parts.h"

namespace lazynp::python {

namespace {

constexpr int max_nesting = 8;

struct Found {
  bool ours = false, numpys = false;
};

bool is_function(PyObject* x) {
  return PyCallable_Check(x) && !PyObject_HasAttrString(as_object(Py_TYPE(x)), "__array__");
}

bool is_plain(PyObject* x) {
  static const Owned no_value(numpy_name("_NoValue"));  // stands for arguments not given
  return x == Py_None || x == Py_Ellipsis || x == no_value.get() || PyBool_Check(x) ||
         PyLong_CheckExact(x) || PyFloat_CheckExact(x) || PyComplex_CheckExact(x) ||
         PyUnicode_CheckExact(x) || PyRange_Check(x) || PyType_Check(x) || PyArray_DescrCheck(x);
}

bool is_known(PyObject* x, Found& found, int depth);

bool are_known(PyObject* const* items, Py_ssize_t n, Found& found, int depth) {
  for (Py_ssize_t i = 0; i < n; ++i)
    if (!is_known(items[i], found, depth)) return false;
  return true;
}

bool is_known(PyObject* x, Found& found, int depth) {
  if (is_lazy_scalar(x) || is_native_array(x)) return found.ours = true;
  if (is_plain(x)) return true;
  if (PyArray_CheckExact(x)) {
    found.numpys = true;
    return dtype_of_ndarray(reinterpret_cast<PyArrayObject*>(x)) != DType::none;
  }
  if (PyArray_CheckScalar(x) && !PyArray_Check(x))
    return dtype_of_descr(Owned(as_object(PyArray_DescrFromScalar(x))).get()) != DType::none;
  if ((PyList_CheckExact(x) || PyTuple_CheckExact(x)) && depth < max_nesting)
    return are_known(PySequence_Fast_ITEMS(x), PySequence_Fast_GET_SIZE(x), found, depth + 1);
  if (PySlice_Check(x)) {
    auto* const slice = reinterpret_cast<PySliceObject*>(x);
    PyObject* const parts[] = {slice->start, slice->stop, slice->step};
    return are_known(parts, 3, found, depth + 1);
  }
  return !PyArray_Check(x) && is_function(x);
}

}  // namespace

bool suits_text(PyObject* const* args, Py_ssize_t n_total) {
  Found found;
  return are_known(args, n_total, found, 0) && (found.ours || !found.numpys);
}

}  // namespace lazynp::python
