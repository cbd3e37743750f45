// Classifies warnings.filters; the answer is kept until Python says that the filters changed.
#include "csrc/python/warning_filters.h"

#include "csrc/python/array.h"

namespace lazynp::python {

KnownWarningAction known_warning_action;

namespace {

PyObject* warnings_dict = nullptr;
PyObject* baseline = nullptr;  // the list object, compared by identity
bool baseline_errors_come_late = false;

// The list as it was classified. Strong references keep the identities unique.
struct Seen {
  PyObject* list = nullptr;
  PyObject* first = nullptr;
  PyObject* last = nullptr;
  Py_ssize_t size = -1;
  WarningAction action = WarningAction::deferred;
} seen;

PyObject* current_filters() {  // borrowed
  static PyObject* name = PyUnicode_InternFromString("filters");
  PyObject* const list = PyDict_GetItem(warnings_dict, name);
  return list && PyList_Check(list) ? list : nullptr;
}

PyObject* item_or_null(PyObject* list, Py_ssize_t i) {
  return PyList_GET_SIZE(list) ? PyList_GET_ITEM(list, i) : nullptr;
}

bool is_as_seen(PyObject* list) {
  if (list != seen.list || !list) return false;
  const Py_ssize_t size = PyList_GET_SIZE(list);
  return size == seen.size && item_or_null(list, 0) == seen.first &&
         item_or_null(list, size - 1) == seen.last;
}

void remember(PyObject* list, WarningAction action) {
  const Py_ssize_t size = PyList_GET_SIZE(list);
  Seen old = seen;
  seen = {Py_NewRef(list), Py_XNewRef(item_or_null(list, 0)),
          Py_XNewRef(item_or_null(list, size - 1)), size, action};
  Py_XDECREF(old.list);
  Py_XDECREF(old.first);
  Py_XDECREF(old.last);
}

// (action, message, category, module, line); the first that matches decides, so a filter with a
// message or a module of its own makes the answer depend on the warning.
WarningAction classify(PyObject* list) {
  const bool is_baseline = list == baseline;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
    PyObject* const filter = PyList_GET_ITEM(list, i);
    if (!PyTuple_Check(filter) || PyTuple_GET_SIZE(filter) != 5) continue;
    const int matches = PyObject_IsSubclass(PyExc_RuntimeWarning, PyTuple_GET_ITEM(filter, 2));
    if (matches < 0) clear_error();
    if (matches <= 0) continue;
    PyObject* const action = PyTuple_GET_ITEM(filter, 0);
    const bool is_error =
        PyUnicode_Check(action) && PyUnicode_CompareWithASCIIString(action, "error") == 0;
    const bool is_ignore =
        PyUnicode_Check(action) && PyUnicode_CompareWithASCIIString(action, "ignore") == 0;
    if (is_error && is_baseline && baseline_errors_come_late) break;
    if (is_error) return WarningAction::immediate;
    const bool matches_all =
        PyTuple_GET_ITEM(filter, 1) == Py_None && PyTuple_GET_ITEM(filter, 3) == Py_None;
    if (!matches_all) continue;
    if (is_ignore) return WarningAction::ignored;
    break;
  }
  return is_baseline ? WarningAction::deferred : WarningAction::immediate;
}

}  // namespace

bool init_warning_filters() {
  PyObject* const module = PyImport_ImportModule("warnings");
  if (!module) return false;
  warnings_dict = PyModule_GetDict(module);
  Py_INCREF(warnings_dict);
  Py_DECREF(module);
  return set_warning_baseline(false);
}

bool set_warning_baseline(bool errors_come_late) {
  baseline_errors_come_late = errors_come_late;
  PyObject* const list = current_filters();
  Py_XINCREF(list);
  Py_XSETREF(baseline, list);
  known_warning_action = {};
  Py_CLEAR(seen.list);
  return true;
}

WarningAction find_warning_action(const InterpreterMoment& now) {
  PyObject* const list = current_filters();
  if (!list) return WarningAction::immediate;
  if (!is_as_seen(list)) remember(list, classify(list));
  known_warning_action = {now.filters_version, seen.action};
  return seen.action;
}

}  // namespace lazynp::python
