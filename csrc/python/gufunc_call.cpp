// Calls of ufuncs on parts of arrays and of ufuncs with several results: recorded, or NumPy's.
#include <algorithm>

#include "csrc/ops/gufunc.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/operand.h"
#include "csrc/python/ufunc.h"

namespace lazynp::python {
namespace {

// The loop that `signature="dd->d"` chooses; -1: none of ours.
int loop_of_signature(const OpSpec& op, PyObject* given) {
  const auto& loops = op.gufunc.loops;
  for (size_t l = 0; PyUnicode_Check(given) && l < loops.size(); ++l)
    if (PyUnicode_CompareWithASCIIString(given, loops[l]) == 0) return static_cast<int>(l);
  return -1;
}

// NumPy's own call refuses other casts, and says so.
bool casts_to_loop(const OpSpec& op, int loop, std::span<const Value> inputs) {
  const std::vector<DType> dtypes = loop_dtypes(op.gufunc.loops[static_cast<size_t>(loop)]);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].node()->weak == Weak::no && !can_cast_same_kind(inputs[i].dtype(), dtypes[i]))
      return false;
  return true;
}

// The array that the first result goes into, where NumPy's loop changes it; false: it does not get
// to see the array itself.
bool is_changed_in_place(const OpSpec& op, PyObject* input, const Value& result) {
  if (!op.gufunc.changes_input) return true;
  return is_native_array(input) && as_array(input)->handle.writeable &&
         as_array(input)->handle.dtype == result.dtype();
}

PyObject* wrap_all(Values results) {
  if (results.size() == 1) return wrap_ufunc_result(std::move(results[0]));
  Owned tuple(PyTuple_New(static_cast<Py_ssize_t>(results.size())));
  for (size_t i = 0; tuple && i < results.size(); ++i) {
    PyObject* const one = wrap_ufunc_result(std::move(results[i]));
    if (!one) return nullptr;
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), one);
  }
  return tuple.release();
}

// nullptr without an exception: let NumPy do it (or refuse it).
PyObject* record_gufunc(const OpSpec& op, PyObject* const* operands, int loop) {
  Values inputs(static_cast<size_t>(op.n_inputs));
  bool now = false;
  if (to_values(operands, op.n_inputs, inputs.data(), now) != Operandness::native) return nullptr;
  if (loop >= 0 && !casts_to_loop(op, loop, inputs)) return nullptr;
  now |= begin_record(op);
  Values results = apply_results(op, inputs, loop);
  if (!is_changed_in_place(op, operands[0], results[0])) return nullptr;
  end_record(results[0], now);
  if (op.gufunc.changes_input) {
    const Owned stored(store_result(*as_array(operands[0]), std::move(results[0])));
    if (!stored) return nullptr;
    results.erase(results.begin());
  }
  return wrap_all(std::move(results));
}

}  // namespace

PyObject* call_gufunc(const OpSpec& op, PyObject* const* args, Py_ssize_t n_args, PyObject* names) {
  if (n_args != op.n_inputs) return nullptr;
  int loop = -1;
  for (Py_ssize_t k = 0; names && k < PyTuple_GET_SIZE(names); ++k) {
    if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, k), "signature") != 0)
      return nullptr;
    loop = loop_of_signature(op, args[n_args + k]);
    if (loop < 0) return nullptr;
  }
  try {
    return record_gufunc(op, args, loop);
  } catch (const Error& error) {
    const ErrorClass refused[] = {ErrorClass::type, ErrorClass::casting, ErrorClass::value};
    if (!PyErr_Occurred() && std::ranges::count(refused, error.error_class)) return nullptr;
    return set_python_error();
  } catch (...) {
    return set_python_error();
  }
}

}  // namespace lazynp::python
