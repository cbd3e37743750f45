// The order in which the parts of the module _core come up, and who provides them.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <pybind11/pybind11.h>

namespace lazynp::python {

// Each adds its names to the module (or nothing) and returns false with a Python exception set.
bool init_numpy_loops(PyObject* module);  // numpy_loops.cpp: NumPy's tables and inner loops
bool init_numpy_sorts();                  // numpy_sorts.cpp: NumPy's sort functions
bool init_numpy_einsum();                 // numpy_einsum.cpp
bool init_observation(PyObject* module);  // observation.cpp: set_observer
bool init_array_type(PyObject* module);   // array_type.cpp: ndarray
bool init_lazy_scalar(PyObject* module);  // lazy_scalar.cpp: LazyScalar
bool init_ufunc_type(PyObject* module);   // ufunc_type.cpp: ufunc, ufuncs

// pybind11 part, a file each.
void bind_arrays(pybind11::module_& module);
void bind_ops(pybind11::module_& module);
void bind_engine(pybind11::module_& module);
void bind_gradients(pybind11::module_& module);
void bind_batching(pybind11::module_& module);
void bind_pullback(pybind11::module_& module);
void bind_graph(pybind11::module_& module);
void bind_import_watch(pybind11::module_& module);

}  // namespace lazynp::python
