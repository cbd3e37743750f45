// Work that NumPy does at once, on our memory.
#pragma once
#include "csrc/python/array.h"

namespace lazynp::python {

// Adds to the module:
//   function(numpy_function, native=None, counted=True, binds=True, n_layouts=0)
//                                a function of our namespace
//   call_numpy(callable, args, kwargs=None, counted=True)             NumPy on our arrays, once
//   lend(x), take(x)             one object there or back: for functions that call the user's
//   lend_as(ours, theirs)        what stands for an object of ours among NumPy's arguments
//   set_array_like_class(class)  stands for an object whose __array__ returns an array of ours
//   set_fallback(callable | None)   called as (callable, n_bytes) before NumPy works; may raise
//   fallback_counts() -> [(callable, "file", line, n_calls, n_bytes)]
bool init_numpy_fallback(PyObject* module);

}  // namespace lazynp::python
