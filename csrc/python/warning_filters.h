// What the program's warning filters would do with a RuntimeWarning that is issued now.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "csrc/python/interpreter_state.h"

namespace lazynp::python {

enum class WarningAction : unsigned char {
  deferred,   // the baseline filters: the warning may be issued when the op runs
  ignored,    // every RuntimeWarning is dropped
  immediate,  // an error filter or a foreign sink: the op has to run when it is recorded
};

bool init_warning_filters();
// The answer that holds while the filters have this version; -1: none.
struct KnownWarningAction {
  long filters_version = -1;
  WarningAction action = WarningAction::deferred;
};
extern KnownWarningAction known_warning_action;
WarningAction find_warning_action(const InterpreterMoment& now);
inline WarningAction warning_action(const InterpreterMoment& now) {
  return now.is_readable && now.filters_version == known_warning_action.filters_version
             ? known_warning_action.action
             : find_warning_action(now);
}
// The filters in force now become the baseline: ops recorded under them stay lazy.
// `errors_come_late`: also where they turn warnings into errors, which then come when the op runs.
bool set_warning_baseline(bool errors_come_late);

}  // namespace lazynp::python
