// Arrays in Python arguments as values of the graph, for the files bind_*.cpp.
#pragma once
#include <pybind11/pybind11.h>

#include <algorithm>
#include <string>
#include <utility>

#include "csrc/python/array_parts.h"

namespace lazynp::python {

// Whether NumPy holds the array because its dtype is not native.
inline bool is_hosted(PyObject* object) {
  return is_array(object) && reinterpret_cast<ArrayObject*>(object)->host;
}

// An array, or a scalar, of ours.
inline pybind11::object wrapped(Value value, bool is_scalar) {
  PyObject* const object = is_scalar ? wrap_scalar(std::move(value)) : wrap(std::move(value));
  if (!object) throw pybind11::error_already_set();
  return pybind11::reinterpret_steal<pybind11::object>(object);
}

// What a user's function returned, as a value that nobody else can write; `refusal` begins the text
// of the TypeError for what is no array or number.
inline Value returned_value(pybind11::handle object, const char* refusal) {
  Value value;
  bool must_run_now = false;
  const Operandness kind = to_value(object.ptr(), value, must_run_now);
  if (kind == Operandness::error) throw pybind11::error_already_set();
  if (kind == Operandness::foreign)
    throw pybind11::type_error(std::string(refusal) + "; got " + Py_TYPE(object.ptr())->tp_name);
  return settled(std::move(value));
}

// The values of all native arrays and lazy scalars in (nested) tuples, lists and dicts, in order.
Values values_in(pybind11::handle object);
std::vector<Node*> nodes_of(const Values& values);

}  // namespace lazynp::python
