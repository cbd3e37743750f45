// The state under which ops are recorded: errstate, warning filters, eager() and no_eval().
#pragma once
#include "csrc/engine/evaluate.h"
#include "csrc/python/array.h"
#include "csrc/python/python_errors.h"

namespace lazynp::python {

// Makes the exception classes, finds NumPy's errstate, installs the host hooks.
bool init_recording(PyObject* module);

// Switches; each returns the state before. They hold for the whole process.
bool set_eager(bool on);
bool set_no_eval(bool on);
bool set_late_errors(bool on);        // config.late_errors: ops that may raise stay lazy
bool set_lazy_scalars(bool on);       // config.lazy_scalars: small reductions wait, too
bool set_detached_is_error(bool on);  // inside grad(): GradientDetached is raised
bool is_eager();
bool has_late_errors();
bool has_lazy_scalars();

struct RecordStatistics {
  int64_t n_recorded = 0;       // ops
  int64_t n_run_at_record = 0;  // of these, run at once
};
RecordStatistics record_statistics();

// The same for many ops that are recorded at once, of which some may warn.
bool begin_record_of_many();
// Whether the values decide if the node raises: then it runs before anything is written.
bool must_raise_at_record(const Node& node);
// Like begin_record, for NumPy's scalar arithmetic: warnings name "scalar add", not "add".
bool begin_scalar_record(const OpSpec& op);
// While it lives, warnings of what is recorded name the op: NumPy casts inside its ufuncs.
class RecordedWithin {
 public:
  explicit RecordedWithin(const OpSpec& op);
  ~RecordedWithin() { record_context.error_state = before_; }
  RecordedWithin(const RecordedWithin&) = delete;
  RecordedWithin& operator=(const RecordedWithin&) = delete;

 private:
  uint8_t before_;
};
// A watched value is about to become plain data: issues GradientDetached. False: exception set.
bool note_detached(const Node* node);
// Gives the engine what it has to call around runs: under no_eval(), and where somebody observes.
void install_run_hooks();
// Whether the exception that is set stands, as NumPy could not say better what is wrong: it was
// raised for a floating-point event (errstate raise or call), or for a keyword that NumPy lacks.
bool is_marked_final();
void mark_as_final();
// Issues `text` once per line, attributed to the recording position. False: exception set.
bool warn_at(PyObject* category, const std::string& text, uint32_t source);

}  // namespace lazynp::python
