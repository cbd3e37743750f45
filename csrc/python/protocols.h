// The two protocols by which NumPy's own functions reach lazynp, and those of the array API
// standard. The array type's and LazyScalar's method tables refer to them: METH_FASTCALL |
// METH_KEYWORDS.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace lazynp::python {

// __array_ufunc__(ufunc, method, *inputs, **kwargs) and __array_function__(func, types, args,
// kwargs).
PyObject* array_ufunc(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names);
PyObject* array_function(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names);

// __array_namespace__(*, api_version=None), to_device(device, *, stream=None) and .device.
PyObject* array_namespace(PyObject* self, PyObject* const* args, Py_ssize_t n_args,
                          PyObject* names);
PyObject* to_device(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names);
PyObject* get_device(PyObject* self, void*);

// NumPy function -> the lazynp function that serves it. Everything else falls back to NumPy.
bool register_function(PyObject* numpy_function, PyObject* lazynp_function);
bool init_array_protocols(PyObject* module);  // adds register_function

}  // namespace lazynp::python
