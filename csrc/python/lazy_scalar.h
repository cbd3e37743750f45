// What the files of LazyScalar share.
#pragma once
#include "csrc/python/array_parts.h"
#include "csrc/python/observation.h"
#include "csrc/python/record_state.h"

namespace lazynp::python {

inline ScalarObject& as_scalar(PyObject* object) {
  return *reinterpret_cast<ScalarObject*>(object);
}
inline bool stays_in_graph(const Node* node) {
  return node->flags & (watched | watched_leaf) || has_no_value(node);
}

// The NumPy scalar; runs what is pending. nullptr: exception set.
inline PyObject* evaluated(PyObject* self, const char* why = "number") {
  const Because because(why);
  return guarded([&] { return scalar_of_value(Value::share(as_scalar(self).node)); });
}

// The same where the value leaves the graph: GradientDetached if it is watched.
inline PyObject* detached(PyObject* self) {
  return note_detached(as_scalar(self).node) ? evaluated(self) : nullptr;
}

// LazyScalars become NumPy scalars; a new reference.
inline PyObject* plain_operand(PyObject* object) {
  return is_lazy_scalar(object) ? detached(object) : Py_NewRef(object);
}

// `function(evaluated, ...)`, whose first argument is released.
template <class Function> PyObject* on_plain(PyObject* plain, Function function) {
  if (!plain) return nullptr;
  PyObject* const result = function(plain);
  Py_DECREF(plain);
  return result;
}

template <class Function> void* slot(Function function) {
  return reinterpret_cast<void*>(function);
}

extern const PyType_Slot
    scalar_operator_slots[];  // lazy_scalar_operators.cpp; ends with {0, nullptr}
void find_operator_ops();

}  // namespace lazynp::python
