// NumPy's functions that are written in Python may run over our functions instead of NumPy's.
#pragma once
#include "csrc/python/array.h"

namespace lazynp::python {

// Whether all arguments are what such a function treats as NumPy's own would be treated: arrays of
// native dtypes (ours or, beside one of ours, plain ndarrays), Python's and NumPy's scalars, text,
// dtypes, slices, functions, and sequences of these. False: NumPy does the work.
bool suits_text(PyObject* const* args, Py_ssize_t n_total);
// Calls a text of NumPy's over our functions. nullptr without an exception: it does not take these
// arguments, or it failed and NumPy decides (unless what it raises stands).
PyObject* try_text(PyObject* text, PyObject* const* args, size_t n_args, PyObject* names,
                   bool errors_stand = false);

}  // namespace lazynp::python
