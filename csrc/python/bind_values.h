// Arrays in Python arguments as values of the graph, for the files bind_*.cpp.
#pragma once
#include <pybind11/pybind11.h>

#include <algorithm>

#include "csrc/python/array.h"

namespace lazynp::python {

// Whether NumPy holds the array because its dtype is not native.
inline bool is_hosted(PyObject* object) {
  return is_array(object) && reinterpret_cast<ArrayObject*>(object)->host;
}

// The values of all native arrays and lazy scalars in (nested) tuples, lists and dicts, in order.
Values values_in(pybind11::handle object);
std::vector<Node*> nodes_of(const Values& values);

}  // namespace lazynp::python
