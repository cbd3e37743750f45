// NumPy's (and SciPy's) own inner loops for the ops of the registry.
#pragma once
#include "csrc/python/array.h"

namespace lazynp::python {

// Fills Loop.host of `op` from a ufunc's tables, for the loops whose native kernel gives other
// bits. Does nothing for a ufunc whose layout in memory is not the one that we were compiled for.
void take_host_loops(OpSpec& op, PyObject* ufunc);
// The op that a scipy.special ufunc stands for (looked up by name, checked by identity), or
// nullptr.
OpSpec* scipy_special_op(PyObject* ufunc);
// The op whose block names this generalized ufunc of NumPy, or nullptr; takes NumPy's loops.
const OpSpec* gufunc_op(PyObject* ufunc);

}  // namespace lazynp::python
