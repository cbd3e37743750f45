// What recording reads of the running thread in CPython 3.11, where no public function is as cheap.
// Later versions go through public functions.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace lazynp::python {

// The immutable table of the context variables in force: another object after every set() and in
// every context; nullptr when none was ever set. Borrowed. False: not readable in this version.
bool read_context_variables(PyObject*& variables);
// A number that Python changes with every change of the warning filters. False: not readable.
bool read_filters_version(long& version);

}  // namespace lazynp::python
