// Arguments that several of NumPy's functions take alike. False, without an exception: only NumPy
// can say what such an argument means, or why it is wrong.
#pragma once
#include <span>

#include "csrc/base/dtype.h"
#include "csrc/python/numpy_api.h"

namespace lazynp::python {

inline bool is_named(PyObject* name, const char* text) {
  return PyUnicode_CompareWithASCIIString(name, text) == 0;
}
inline bool is_text(PyObject* object, const char* text) {
  return PyUnicode_Check(object) && is_named(object, text);
}

// By NumPy's parameter order; nullptr where not given.
bool bind_arguments(PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                    std::span<const char* const> parameters, PyObject** bound);
// DType::none: None was given. False also for dtypes that are not native.
bool dtype_argument(PyObject* given, DType& dtype);
bool casting_argument(PyObject* given, Casting& casting);
bool order_argument(PyObject* given, char& order);  // 'C', 'F', 'A' or 'K'
// The types of a ufunc's operands, inputs first: "dd->d", or a tuple of dtypes. DType::none: any.
bool signature_argument(PyObject* given, int n_in, std::span<DType> types);

}  // namespace lazynp::python
