// NumPy's C API for the files of csrc/python. Exactly one file (numpy_loops.cpp) holds the tables
// and imports them; the others see them through this header.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL lazynp_numpy_array_api
#define PY_UFUNC_UNIQUE_SYMBOL lazynp_numpy_ufunc_api
#ifndef LAZYNP_HOLDS_NUMPY_TABLES
#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#endif
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>
#include <numpy/ufuncobject.h>

namespace lazynp::python {

// Loads both tables (idempotent); every init_<file> that uses them may call it first.
bool import_numpy();

}  // namespace lazynp::python
