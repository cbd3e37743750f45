// Operands of ufuncs and operators: Python objects on their way to graph values.
#pragma once
#include "csrc/python/array.h"

namespace lazynp::python {

// Python numbers (weak) and NumPy scalars (strong) only; foreign for everything else.
Operandness scalar_to_value(PyObject* object, Value& value);
// All of `objects`; native only when each is. `values` gets one entry per object.
Operandness to_values(PyObject* const* objects, Py_ssize_t n, Value* values, bool& must_run_now);
// A Python number as NumPy's `asarray` makes it: of a dtype that other operands do not change.
Value without_weakness(Value value);
// Has its type an __array_ufunc__ of its own, which may be None?
bool overrides_ufuncs(PyObject* object);
// The same, and NumPy's ufuncs may ask it: neither None nor of one of NumPy's own types.
bool answers_for_ufuncs(PyObject* object);

}  // namespace lazynp::python
