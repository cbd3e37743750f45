// lazynp.ufunc: one callable object per NumPy ufunc, with or without a native op behind it.
#pragma once
#include "csrc/python/array.h"

namespace lazynp::python {

struct UfuncObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* numpy;          // the real ufunc: attributes, fallback, error texts
  const OpSpec* op;         // the native op, or nullptr
  const OpSpec* gufunc;     // the native op on parts of arrays or of several results, or nullptr
  const OpSpec* reduction;  // the op that folds it over axes (.reduce), or nullptr
  const OpSpec* scan;       // the op of its running totals (.accumulate), or nullptr
  const OpSpec* scatter;    // the op that does it at given places (.at), or nullptr
  int n_in;
  int n_out;
  bool warns_of_positional_out;  // NumPy takes `out` by name alone, and others with a warning
  PyObject* weak_references;
};

inline UfuncObject& as_ufunc(PyObject* object) { return *reinterpret_cast<UfuncObject*>(object); }

// The lazynp ufunc of a NumPy or SciPy ufunc; borrowed. nullptr without an exception: there is
// none.
PyObject* known_ufunc(PyObject* numpy_ufunc);

// Calling; `self` is a UfuncObject.
PyObject* call_ufunc(PyObject* self, PyObject* const* args, size_t n_args, PyObject* names);
// Calls of an op with a signature; nullptr without an exception: let NumPy do it.
PyObject* call_gufunc(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                      PyObject* names);
// NumPy does the work at once, by `callable`; `out` arrays are given back as they were passed
// (`out_position`: where out may stand among the positional arguments).
PyObject* call_numpy(PyObject* callable, PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                     Py_ssize_t out_position);
// The methods .reduce, .accumulate, .outer, .at: METH_FASTCALL | METH_KEYWORDS.
PyObject* ufunc_reduce(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names);
PyObject* ufunc_accumulate(PyObject* self, PyObject* const* args, Py_ssize_t n_args,
                           PyObject* names);
PyObject* ufunc_outer(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names);
PyObject* ufunc_at(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names);
PyObject* ufunc_reduceat(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names);

// Whether a ufunc may store `value` into the native array `out` (casting, broadcasting, writeable);
// where not, NumPy's own call says why.
bool accepts_result(ArrayObject& out, const Value& value, Casting casting);
PyObject* store_result(ArrayObject& out, Value value);  // returns `out`, a new reference

}  // namespace lazynp::python
