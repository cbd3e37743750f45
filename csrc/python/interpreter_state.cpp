// The only other file beside source_position.cpp that sees CPython's internal headers.
#include <Python.h>
#if PY_VERSION_HEX < 0x030C0000
#undef HAVE_STD_ATOMIC  // C's <stdatomic.h> is no C++; the same layout without it
#undef _PyGC_FINALIZED  // defined a second time, alike
#define Py_BUILD_CORE
#include <internal/pycore_context.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#undef Py_BUILD_CORE
#endif

#include "csrc/python/interpreter_state.h"

namespace lazynp::python {

#if PY_VERSION_HEX < 0x030C0000
bool read_context_variables(PyObject*& variables) {
  PyObject* const context = _PyThreadState_GET()->context;
  variables = context ? reinterpret_cast<PyObject*>(
                            reinterpret_cast<struct _pycontextobject*>(context)->ctx_vars)
                      : nullptr;
  return true;
}

bool read_filters_version(long& version) {
  version = _PyThreadState_GET()->interp->warnings.filters_version;
  return true;
}
#else
bool read_context_variables(PyObject*&) { return false; }
bool read_filters_version(long&) { return false; }
#endif

}  // namespace lazynp::python
