// Methods of an array that are one op each, found in the registry and bound to NumPy's parameters.
#pragma once
#include <vector>

#include "csrc/python/array_parts.h"

namespace lazynp::python {

constexpr int max_method_parameters = 8;

// numpy.ndarray.<name>: its parameters in NumPy's order and the op that serves it. The first
// `n_operands` parameters are arrays; the others become attributes of the op by name.
struct OpMethod {
  const char* name = nullptr;
  const OpSpec* op = nullptr;
  int n_operands = 0;
  int n_parameters = 0;
  int n_positional_only = 0;
  PyObject* parameters[max_method_parameters] = {};  // interned
  AttributesRef kept[9];  // of reductions over one axis, -4 to 3, and over all

  int index_of(const char* parameter) const;  // -1: no such parameter
};

// False with a Python exception: NumPy's parameters of this method cannot be read.
bool bind_op_method(const char* name, OpMethod& method);
// Distributes the arguments; false where there are too many, or unknown or repeated names.
bool distribute(const OpMethod& method, PyObject* const* args, Py_ssize_t n, PyObject* names,
                PyObject** given);
// The op's attributes from what was given; false: only NumPy knows what it means.
bool collect_attributes(const OpMethod& method, PyObject** given, AttributesRef& result);
// A wrong dtype or value, or a variant that the op lacks: NumPy raises in its own words, or knows
// what to do.
bool is_for_numpy(const Error& error);

// Appends every method of numpy.ndarray that an op serves and that `methods` does not have yet.
bool append_op_methods(std::vector<PyMethodDef>& methods);

}  // namespace lazynp::python
