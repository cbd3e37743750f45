// The __array_ufunc__ of a user's class, called with lazynp's ufuncs.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace lazynp::python {

bool init_ufunc_override(PyObject* module);  // adds with_our_ufuncs

}  // namespace lazynp::python
