// What recording reads of the running thread in CPython 3.11, where no public function is as cheap.
// Later versions go through public functions.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

namespace lazynp::python {

// Everything borrowed. In versions where it is not readable, `is_readable` is false.
struct InterpreterMoment {
  bool is_readable = false;
  // The running instruction of the innermost Python frame; nullptr: there is none.
  const void* instruction = nullptr;
  // The immutable table of the context variables in force: another object after every set() and
  // in every context; nullptr when none was ever set.
  PyObject* variables = nullptr;
  // A number that Python changes with every change of the warning filters.
  long filters_version = 0;
};
InterpreterMoment interpreter_moment();

}  // namespace lazynp::python
