// Python exceptions that the core raises.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace lazynp::python {

extern PyObject* lazy_error;         // LazyError(RuntimeError)
extern PyObject* history_released;   // HistoryReleased(LazyError)
extern PyObject* no_gradient;        // NoGradient(LazyError)
extern PyObject* gradient_detached;  // GradientDetached(UserWarning)

// Finds NumPy's exceptions and adds lazynp's own to the module.
bool init_python_errors(PyObject* module);
// A Python exception that is already set, on its way through C++ (set_python_error keeps it).
[[noreturn]] void throw_python_error();
// module.name, a new reference; nullptr: exception set.
PyObject* imported(const char* module_name, const char* name);

}  // namespace lazynp::python
