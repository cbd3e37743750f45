// What happens when a generalized ufunc, or one of several results, is called: the op is recorded
// with the core axes of its operands at their end, or NumPy does the work.
#include <algorithm>
#include <vector>

#include "csrc/python/arguments.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/numpy_api.h"
#include "csrc/python/operand.h"
#include "csrc/python/record_state.h"
#include "csrc/python/ufunc.h"

namespace lazynp::python {
namespace {

using Axes = std::vector<int>;

// The core dimensions of the operands, inputs first, by NumPy's numbers for them; none where the
// ufunc is elementwise.
class Signature {
 public:
  explicit Signature(const UfuncObject& ufunc)
      : fields_(*reinterpret_cast<PyUFuncObject*>(ufunc.numpy)) {}
  int n_operands() const { return fields_.nargs; }
  std::span<const int> core(int operand) const {
    if (!fields_.core_enabled) return {};
    const int* const first = fields_.core_dim_ixs + fields_.core_offsets[operand];
    return {first, static_cast<size_t>(fields_.core_num_dims[operand])};
  }
  int n_core(int operand) const {
    return fields_.core_enabled ? fields_.core_num_dims[operand] : 0;
  }
  // Dimensions that no input has: only `out` says how long they are.
  Axes of_outputs_only() const {
    Axes found;
    for (int dimension = 0; dimension < fields_.core_num_dim_ix; ++dimension) {
      bool is_known = false;
      for (int i = 0; i < fields_.nin; ++i) is_known |= std::ranges::count(core(i), dimension) > 0;
      if (!is_known) found.push_back(dimension);
    }
    return found;
  }

 private:
  const PyUFuncObject& fields_;
};

// A call as far as the native path knows it. Borrowed references; nullptr: not given.
struct Call {
  std::vector<PyObject*> outs;
  PyObject* axes = nullptr;
  PyObject* axis = nullptr;       // of every operand with one core axis
  std::vector<DType> loop_types;  // of `signature`
};

// False: only NumPy can say what it means.
bool take_out(PyObject* given, size_t i, Call& call) {
  if (given == Py_None) return true;
  if (call.outs[i] || !is_native_array(given) || !as_array(given)->handle.writeable) return false;
  call.outs[i] = given;
  return true;
}

bool take_outs(PyObject* given, Call& call) {
  const size_t n = call.outs.size();
  if (!PyTuple_CheckExact(given)) return n == 1 && take_out(given, 0, call);
  if (static_cast<size_t>(PyTuple_GET_SIZE(given)) != n) return false;
  for (size_t i = 0; i < n; ++i)
    if (!take_out(PyTuple_GET_ITEM(given, static_cast<Py_ssize_t>(i)), i, call)) return false;
  return true;
}

bool parse_call(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                Call& call) {
  if (n_args < ufunc.n_in || n_args > ufunc.n_in + ufunc.n_out) return false;
  call.outs.resize(static_cast<size_t>(ufunc.n_out));
  for (Py_ssize_t i = ufunc.n_in; i < n_args; ++i)
    if (!take_out(args[i], static_cast<size_t>(i - ufunc.n_in), call)) return false;
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < n_names; ++i) {
    PyObject *const name = PyTuple_GET_ITEM(names, i), *const given = args[n_args + i];
    bool is_taken = false;
    if (is_named(name, "out")) is_taken = n_args == ufunc.n_in && take_outs(given, call);
    if (is_named(name, "axis")) is_taken = PyLong_CheckExact(given) && (call.axis = given);
    if (is_named(name, "axes")) is_taken = PyList_CheckExact(given) && (call.axes = given);
    if (is_named(name, "signature")) {
      call.loop_types.resize(static_cast<size_t>(ufunc.n_in + ufunc.n_out));
      is_taken = signature_argument(given, ufunc.n_in, call.loop_types) &&
                 !std::ranges::count(call.loop_types, DType::none);
    }
    if (!is_taken || (call.axis && call.axes)) return false;
  }
  return true;
}

bool append_axis(PyObject* item, int ndim, Axes& axes) {
  if (!PyLong_CheckExact(item)) return false;
  const long axis = PyLong_AsLong(item);
  clear_error();
  if (axis < -ndim || axis >= ndim) return false;
  const int normal = static_cast<int>(axis < 0 ? axis + ndim : axis);
  if (std::ranges::count(axes, normal)) return false;
  axes.push_back(normal);
  return true;
}

// The core axes of an operand with `ndim` axes. False: NumPy refuses the call, or knows more.
bool core_axes(const Signature& signature, const Call& call, int operand, int ndim, Axes& axes) {
  const int n_core = signature.n_core(operand);
  if (n_core > ndim) return false;
  if (call.axis) return n_core == 0 || (n_core == 1 && append_axis(call.axis, ndim, axes));
  if (!call.axes) {
    for (int i = ndim - n_core; i < ndim; ++i) axes.push_back(i);
    return true;
  }
  if (PyList_GET_SIZE(call.axes) != signature.n_operands()) return false;
  PyObject* const item = PyList_GET_ITEM(call.axes, operand);
  if (!PyTuple_CheckExact(item)) return n_core == 1 && append_axis(item, ndim, axes);
  if (PyTuple_GET_SIZE(item) != n_core) return false;
  for (int i = 0; i < n_core; ++i)
    if (!append_axis(PyTuple_GET_ITEM(item, i), ndim, axes)) return false;
  return true;
}

bool are_last(const Axes& axes, int ndim) {
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i] != ndim - static_cast<int>(axes.size() - i)) return false;
  return true;
}

Value with_core_last(const Value& x, const Axes& core) {
  if (are_last(core, x.ndim())) return x;
  Axes order;
  for (int i = 0; i < x.ndim(); ++i)
    if (!std::ranges::count(core, i)) order.push_back(i);
  order.insert(order.end(), core.begin(), core.end());
  return transpose(x, order);
}

// The inverse: axes [n_stack, ndim) of `x` become `core`.
Value with_core_at(const Value& x, const Axes& core) {
  if (are_last(core, x.ndim())) return x;
  Axes order(static_cast<size_t>(x.ndim()), -1);
  int next_core = x.ndim() - static_cast<int>(core.size()), next = 0;
  for (const int axis : core) order[static_cast<size_t>(axis)] = next_core++;
  for (int& from : order)
    if (from < 0) from = next++;
  return transpose(x, order);
}

// The attributes of such an op are the core extents that only `out` has, in NumPy's order; without
// attributes they follow from the inputs.
bool output_extents(const Signature& signature, const OpSpec& op, int operand, const Call& call,
                    const Axes& core, AttributesRef& attributes) {
  const Axes dimensions = signature.of_outputs_only();
  if (op.attributes.empty()) return true;
  if (dimensions.size() != op.attributes.size() || !call.outs[0]) return false;
  const Layout& out = layout_of(as_array(call.outs[0])->handle);
  AttributeWriter writer;
  for (const int dimension : dimensions) {
    const auto of_operand = signature.core(operand);
    const auto found = std::ranges::find(of_operand, dimension);
    writer.integer(out.shape_[core[static_cast<size_t>(found - of_operand.begin())]]);
  }
  attributes = writer.finish();
  return true;
}

// NumPy's own call refuses other casts, and says so.
bool cast_inputs(const Call& call, std::span<Value> inputs) {
  for (size_t i = 0; !call.loop_types.empty() && i < inputs.size(); ++i) {
    const bool is_weak = inputs[i].node()->weak != Weak::no;
    if (!is_weak && !can_cast_same_kind(inputs[i].dtype(), call.loop_types[i])) return false;
    inputs[i] = astype(inputs[i], call.loop_types[i]);
  }
  return true;
}

// Some of NumPy's loops store their first result in their input.
bool store_in_input(PyObject* input, Value result) {
  if (!is_native_array(input)) return false;
  ArrayObject& array = *as_array(input);
  if (!array.handle.writeable || array.handle.dtype != result.dtype()) return false;
  return bool(Owned(store_result(array, std::move(result))));
}

bool accept_results(const Call& call, const Values& results) {
  for (size_t i = 0; i < results.size(); ++i)
    if (call.outs[i] && !accepts_result(*as_array(call.outs[i]), results[i], Casting::same_kind))
      return false;
  return true;
}

PyObject* store_or_wrap(PyObject* out, Value result) {
  return out ? store_result(*as_array(out), std::move(result))
             : wrap_ufunc_result(std::move(result));
}

PyObject* finish_all(const Call& call, Values results) {
  if (results.size() == 1) return store_or_wrap(call.outs[0], std::move(results[0]));
  Owned tuple(PyTuple_New(static_cast<Py_ssize_t>(results.size())));
  for (size_t i = 0; tuple && i < results.size(); ++i) {
    PyObject* const one = store_or_wrap(call.outs[i], std::move(results[i]));
    if (!one) return nullptr;
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), one);
  }
  return tuple.release();
}

// nullptr without an exception: let NumPy do it (or refuse it).
PyObject* record_several(const OpSpec& op, PyObject* const* operands, std::span<const Value> inputs,
                         const Call& call, bool now) {
  for (PyObject* const out : call.outs) now |= out && is_shared(as_array(out)->handle);
  now |= begin_record(op);
  Values results = apply_results(op, inputs);
  if (op.gufunc.changes_input) {
    end_record(results[0], now);
    if (!store_in_input(operands[0], std::move(results[0]))) return nullptr;
    results.erase(results.begin());
  }
  if (!accept_results(call, results)) return nullptr;
  for (const Value& result : results) end_record(result, now);
  return finish_all(call, std::move(results));
}

PyObject* record_one(const UfuncObject& ufunc, std::span<const Value> inputs, int n_stack,
                     const Call& call, bool now) {
  const OpSpec& op = *ufunc.gufunc;
  const Signature signature(ufunc);
  Axes core;
  const int n_core = signature.n_core(ufunc.n_in);
  const bool fits =
      !call.outs[0] || layout_of(as_array(call.outs[0])->handle).ndim == n_stack + n_core;
  if (!fits || !core_axes(signature, call, ufunc.n_in, n_stack + n_core, core)) return nullptr;
  AttributesRef attributes;
  if (!output_extents(signature, op, ufunc.n_in, call, core, attributes)) return nullptr;
  now |= begin_record(op);
  Value value = lazynp::apply(op, inputs, std::move(attributes));
  if (call.outs[0]) now |= is_shared(as_array(call.outs[0])->handle);
  end_record(value, now);
  value = with_core_at(value, core);
  if (!call.outs[0]) return wrap_ufunc_result(std::move(value));
  ArrayObject& out = *as_array(call.outs[0]);
  if (!same_shape(value.layout(), layout_of(out.handle)) ||
      !accepts_result(out, value, Casting::same_kind))
    return nullptr;
  return store_result(out, std::move(value));
}

PyObject* record_call(const UfuncObject& ufunc, PyObject* const* args, const Call& call) {
  const Signature signature(ufunc);
  Values inputs(static_cast<size_t>(ufunc.n_in));
  bool now = false;
  if (to_values(args, ufunc.n_in, inputs.data(), now) != Operandness::native) return nullptr;
  int n_stack = 0;
  for (int i = 0; i < ufunc.n_in; ++i) {
    Value& input = inputs[static_cast<size_t>(i)];
    Axes core;
    if (!core_axes(signature, call, i, input.ndim(), core)) return nullptr;
    n_stack = std::max(n_stack, input.ndim() - signature.n_core(i));
    input = with_core_last(input, core);
  }
  if (!cast_inputs(call, inputs)) return nullptr;
  const OpSpec& op = *ufunc.gufunc;
  const bool has_one = !op.lower_results && op.gufunc.n_results == 1 && !op.gufunc.changes_input;
  if (has_one) return record_one(ufunc, inputs, n_stack, call, now);
  return call.axes || call.axis ? nullptr : record_several(op, args, inputs, call, now);
}

}  // namespace

PyObject* call_gufunc(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                      PyObject* names) {
  Call call;
  if (!parse_call(ufunc, args, n_args, names, call)) return nullptr;
  try {
    return record_call(ufunc, args, call);
  } catch (const Error& error) {
    const ErrorClass refused[] = {ErrorClass::type, ErrorClass::casting, ErrorClass::value};
    if (!PyErr_Occurred() && std::ranges::count(refused, error.error_class)) return nullptr;
    return set_python_error();
  } catch (...) {
    return set_python_error();
  }
}

}  // namespace lazynp::python
