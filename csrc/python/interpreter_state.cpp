// The only other file beside source_position.cpp that sees CPython's internal headers.
#include <Python.h>
#if PY_VERSION_HEX < 0x030C0000
#undef HAVE_STD_ATOMIC  // C's <stdatomic.h> is no C++; the same layout without it
#undef _PyGC_FINALIZED  // defined a second time, alike
#define Py_BUILD_CORE
#include <internal/pycore_context.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#undef Py_BUILD_CORE
#endif

#include "csrc/python/interpreter_state.h"

namespace lazynp::python {

#if PY_VERSION_HEX < 0x030C0000
InterpreterMoment interpreter_moment() {
  PyThreadState* const state = _PyThreadState_GET();
  if (!state) return {};
  const _PyInterpreterFrame* const frame = state->cframe ? state->cframe->current_frame : nullptr;
  auto* const context = reinterpret_cast<struct _pycontextobject*>(state->context);
  return {true, frame ? frame->prev_instr : nullptr,
          context ? reinterpret_cast<PyObject*>(context->ctx_vars) : nullptr,
          state->interp->warnings.filters_version};
}
#else
InterpreterMoment interpreter_moment() { return {}; }
#endif

}  // namespace lazynp::python
