// NumPy's functions that are written in Python may run over our functions instead of NumPy's.
#pragma once
#include "csrc/python/array.h"

namespace lazynp::python {

// Whether all arguments are what such a function treats as NumPy's own would be treated: arrays of
// native dtypes (ours or, beside one of ours, plain ndarrays), Python's and NumPy's scalars, text,
// dtypes, slices, functions, and sequences of these. False: NumPy does the work.
bool suits_text(PyObject* const* args, Py_ssize_t n_total);

}  // namespace lazynp::python
