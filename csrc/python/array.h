// The C-API array type and what the files of csrc/python share.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "csrc/graph/storage.h"
#include "csrc/ops/op_spec.h"

namespace lazynp::python {

// lazynp.ndarray. Exactly one of: native (`handle`), or `host` (a real numpy.ndarray whose dtype is
// not native: NumPy does all the work at once).
struct ArrayObject {
  PyObject_HEAD Handle handle;
  PyObject* host;  // numpy.ndarray or nullptr
  PyObject* weak_references;
  PyObject* base;  // what `.base` answers, for views; nullptr otherwise
};

// An immutable 0-d value that was not computed yet.
struct ScalarObject {
  PyObject_HEAD Node* node;
  PyObject* weak_references;
};

extern PyTypeObject* array_type;
extern PyTypeObject* scalar_type;  // LazyScalar
extern PyTypeObject* ufunc_type;

inline bool is_exact_array(PyObject* o) { return Py_TYPE(o) == array_type; }
inline bool is_array(PyObject* o) {
  return is_exact_array(o) || PyType_IsSubtype(Py_TYPE(o), array_type);
}
inline bool is_lazy_scalar(PyObject* o) { return Py_TYPE(o) == scalar_type; }

PyObject* wrap(Value value);         // new array object; applies the bounds of semantics §7
PyObject* wrap_scalar(Value value);  // NumPy scalar if small and unwatched, else LazyScalar
PyObject* wrap_result(Value value, bool is_scalar_context);
// Current value of an array or LazyScalar (borrowed node); evaluates nothing.
Node* value_of(PyObject* array_or_scalar);

// Any operand a ufunc accepts -> Value: our arrays, LazyScalar, Python and NumPy scalars (weak
// where NumPy says so), ndarrays (small: copied; else aliased and `must_run_now` set), sequences
// (copied). Returns false without an exception when the type is none of these, or its dtype is not
// native.
enum class Operandness { native, foreign, error };
Operandness to_value(PyObject* object, Value& value, bool& must_run_now);

PyObject* to_numpy(PyObject* array);  // zero-copy numpy.ndarray that aliases (an export)
PyObject* from_numpy(PyObject* ndarray, bool alias);  // alias: SHARED; else an owned copy
PyObject* adopt_numpy(PyObject* ndarray);  // hands memory over: native, no copy, no SHARED
DType dtype_of_descr(PyObject* descr);     // DType::none when not native
PyObject* descr_of(DType dtype);           // borrowed numpy.dtype

// NumPy does the work at once: exports our arrays in (nested) arguments, calls, wraps the results,
// counts the call. numpy_fallback.cpp; the Python half is lazynp._fallback.call.
PyObject* fallback_call(PyObject* numpy_callable, PyObject* args, PyObject* kwargs);
// An op by registry entry on Python operands, as methods and functions use it; new reference.
// Kind view makes an aliasing view of the first operand's handle.
PyObject* record_op(const OpSpec& op, PyObject* const* operands, int n_operands,
                    AttributesRef attributes);
// The same of an op whose result takes the place of the elements of `array`, its first input.
PyObject* change_by_op(const OpSpec& op, PyObject* array, PyObject* const* operands, int n_operands,
                       AttributesRef attributes);
// A view of `array` (aliasing), `layout` in the base's buffer.
PyObject* make_array_view(ArrayObject* array, LayoutRef layout, DType dtype);

// Sets the Python exception that the C++ exception in flight stands for; returns nullptr.
PyObject* set_python_error();
// Forgets the Python exception that is set, if one is; an interrupt is raised again soon after.
void clear_error();
// Stamps record_context with the caller's line and, where the op may warn, the errstate.
// Returns true when the op has to run at record (errstate raise/call, error filters, eager()).
bool begin_record(const OpSpec& op);
// Runs `value` now if `now`, eager() is on, or a bound is reached.
constexpr uint32_t max_pending_depth = 512;
extern int64_t pending_limit_bytes;
void run_if_due(Node* node, bool now);
inline void end_record(const Value& value, bool now) {
  const Node* const node = value.node();
  const bool may_be_due = now || !node->op || node->op->has_raising_loops ||
                          node->depth > max_pending_depth || orphaned_bytes > pending_limit_bytes;
  if (may_be_due) [[unlikely]]
    run_if_due(value.node(), now);
}

}  // namespace lazynp::python
