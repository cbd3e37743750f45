// The methods of ufuncs: reduce, accumulate, outer and at, natively where an op of the registry
// folds.
#include <cstring>
#include <optional>

#include "csrc/engine/evaluate.h"
#include "csrc/ops/folds.h"
#include "csrc/python/arguments.h"
#include "csrc/python/array_index.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/numpy_api.h"
#include "csrc/python/observation.h"
#include "csrc/python/operand.h"
#include "csrc/python/record_state.h"
#include "csrc/python/ufunc.h"

namespace lazynp::python {
namespace {

bool is_given(PyObject* argument) { return argument && argument != Py_None; }

// `dtype`: DType::none when not given. False: not a native dtype.
bool native_dtype(PyObject* argument, DType& dtype) {
  dtype = DType::none;
  return !is_given(argument) || dtype_argument(argument, dtype);
}

bool add_axis(PyObject* item, int ndim, std::vector<int>& axes) {
  if (PyBool_Check(item)) return false;
  const Py_ssize_t axis = PyNumber_AsSsize_t(item, nullptr);
  if (axis == -1 && PyErr_Occurred()) {
    clear_error();
    return false;
  }
  if (axis < -ndim || axis >= ndim) return false;
  const int normal = static_cast<int>(axis < 0 ? axis + ndim : axis);
  for (const int known : axes)
    if (known == normal) return false;
  axes.push_back(normal);
  return true;
}

// Default 0, None: all. False: NumPy refuses it, or no axis is reduced.
bool native_axes(PyObject* argument, int ndim, std::vector<int>& axes) {
  if (ndim == 0) return false;
  if (!argument) {
    axes = {0};
    return true;
  }
  if (argument == Py_None) {
    for (int i = 0; i < ndim; ++i) axes.push_back(i);
    return true;
  }
  if (!PyTuple_Check(argument)) return add_axis(argument, ndim, axes);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(argument); ++i)
    if (!add_axis(PyTuple_GET_ITEM(argument, i), ndim, axes)) return false;
  return !axes.empty();
}

PyObject* native_out(PyObject* argument, bool& is_known) {
  is_known = true;
  if (argument && PyTuple_CheckExact(argument) && PyTuple_GET_SIZE(argument) == 1)
    argument = PyTuple_GET_ITEM(argument, 0);
  if (!is_given(argument)) return nullptr;
  is_known = is_native_array(argument);
  return argument;
}

// NumPy adds up in a dtype that `out` has a say in: the same one where it is of x's. False: else.
bool settle_dtype(PyObject* out, const Value& x, DType& dtype) {
  if (!out || dtype != DType::none) return true;
  dtype = as_array(out)->handle.dtype;
  return dtype == x.dtype();
}

// What folds without a question of who works: arrays of NumPy's are its own.
bool is_foldable(PyObject* object) {
  return is_native_array(object) || is_lazy_scalar(object) || PyList_CheckExact(object) ||
         PyTuple_CheckExact(object);
}

// nullptr without an exception: NumPy refuses the `out`.
PyObject* finish(Value value, bool now, PyObject* out_object) {
  if (!out_object) {
    end_record(value, now);
    return wrap_result(std::move(value), value.ndim() == 0);
  }
  ArrayObject& out = *as_array(out_object);
  if (!same_shape(layout_of(out.handle), value.layout()) ||
      !accepts_result(out, value, Casting::same_kind))
    return nullptr;
  end_record(value, now || is_shared(out.handle));
  return store_result(out, std::move(value));
}

// ---------------------------------------------------------------- folds of any ufunc

PyObject* no_value() {
  static PyObject* const value = numpy_name("_NoValue");
  return value;
}

// Whether NumPy folds it over several axes at once.
bool is_reorderable(const UfuncObject& ufunc) {
  return reinterpret_cast<PyUFuncObject*>(ufunc.numpy)->identity != PyUFunc_None;
}
bool has_identity(const UfuncObject& ufunc) {
  const Owned identity(PyObject_GetAttrString(ufunc.numpy, "identity"));
  return identity && identity.get() != Py_None;
}

// The dtype in which NumPy folds; none: it refuses, or knows more.
DType dtype_of_fold(const UfuncObject& ufunc, DType of_elements, DType given) {
  const bool is_widened =
      ufunc.reduction && ufunc.reduction->reduction.promote_small_integers &&
      (of_elements == DType::boolean || (is_integer(of_elements) && size_of(of_elements) < 8));
  const DType wide = info(of_elements).kind == 'u' ? DType::uint64 : DType::int64;
  const DType wanted = given != DType::none ? given : is_widened ? wide : of_elements;
  const DType found = fold_dtype(*ufunc.op, wanted, has_identity(ufunc) && given == DType::none);
  if (found == DType::none || (given != DType::none && found != given)) return DType::none;
  const bool loses_part = is_complex(of_elements) && !is_complex(found) && found != DType::boolean;
  return loses_part ? DType::none : found;
}

// The number that an empty fold gives, in the words of a C type.
bool identity_value(const UfuncObject& ufunc, DType dtype, Value& start) {
  const Owned identity(PyObject_GetAttrString(ufunc.numpy, "identity"));
  bool now = false;
  if (!identity || to_value(identity.get(), start, now) != Operandness::native) return false;
  const Weak weak = start.node()->weak;
  if (weak != Weak::no) start = astype(start, default_dtype(weak));
  start = astype(start, dtype);  // -1 stands for all bits
  return true;
}

// False: only NumPy knows how it stores such a value in the result.
bool start_value(const UfuncObject& ufunc, PyObject* given, DType dtype, Value& start, bool& now) {
  if (!given || given == no_value())
    return !has_identity(ufunc) || identity_value(ufunc, dtype, start);
  if (given == Py_None) return true;
  if (to_value(given, start, now) != Operandness::native || start.ndim() > 0) return false;
  const Weak weak = start.node()->weak;
  const bool is_truth = dtype == DType::boolean && weak != Weak::no;
  if (is_truth)
    start = astype(start, default_dtype(weak));
  else if (weak == Weak::no ? !can_cast_same_kind(start.dtype(), dtype)
                            : promote_weak(dtype, weak) != dtype)
    return false;
  start = astype(start, dtype);
  return true;
}

struct FoldCall {
  PyObject *initial, *where, *out;
  std::span<const int> axes;
  bool keepdims, now;
  DType dtype;
};

// nullptr without an exception: NumPy does it.
PyObject* record_fold(const UfuncObject& ufunc, const Value& x, FoldCall call) {
  if (!ufunc.op || !fold_of(*ufunc.op, FoldKind::reduce)) return nullptr;
  if (call.axes.size() > 1 && !is_reorderable(ufunc)) return nullptr;
  const DType dtype = dtype_of_fold(ufunc, x.dtype(), call.dtype);
  FoldArguments arguments{x, {}, {}, call.axes, call.keepdims};
  if (dtype == DType::none || !start_value(ufunc, call.initial, dtype, arguments.start, call.now))
    return nullptr;
  if (call.where && call.where != Py_True) {
    if (to_value(call.where, arguments.mask, call.now) != Operandness::native) return nullptr;
    if (!arguments.start || arguments.mask.dtype() != DType::boolean) return nullptr;
  }
  call.now |= begin_record(*fold_of(*ufunc.op, FoldKind::reduce));
  const RecordedWithin within(*fold_of(*ufunc.op, FoldKind::reduce));
  return finish(fold(*ufunc.op, arguments, dtype), call.now, call.out);
}

PyObject* record_running_fold(const UfuncObject& ufunc, const Value& x, int axis, DType given,
                              bool now, PyObject* out) {
  const OpSpec* const op = fold_of(*ufunc.op, FoldKind::accumulate);
  const DType dtype = op ? dtype_of_fold(ufunc, x.dtype(), given) : DType::none;
  if (dtype == DType::none) return nullptr;
  now |= begin_record(*op);
  const RecordedWithin within(*op);
  return finish(accumulate(*ufunc.op, x, axis, dtype), now, out);
}

bool is_within(const Value& starts, int64_t extent) {
  const Layout& layout = starts.layout();
  const char* const data = data_of(starts.node());
  for (int64_t i = 0; i < layout.size; ++i) {
    int64_t start;
    std::memcpy(&start, data + i * layout.strides_[0], sizeof start);
    if (start < 0 || start >= extent) return false;
  }
  return true;
}

PyObject* record_reduceat(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                          PyObject* names) {
  static constexpr const char* parameters[] = {"array", "indices", "axis", "dtype", "out"};
  PyObject* bound[5] = {};
  if (!ufunc.op || !fold_of(*ufunc.op, FoldKind::reduceat) ||
      !bind_arguments(args, n_args, names, parameters, bound) || !bound[0] || !bound[1])
    return nullptr;
  bool is_known = true, now = false;
  PyObject* const out = native_out(bound[4], is_known);
  DType given;
  Value x, starts;
  std::vector<int> axes;
  if (!is_known || !is_foldable(bound[0]) || !native_dtype(bound[3], given) ||
      to_value(bound[0], x, now) != Operandness::native || !settle_dtype(out, x, given) ||
      !native_axes(bound[2], x.ndim(), axes) || axes.size() != 1 ||
      to_value(bound[1], starts, now) != Operandness::native)
    return nullptr;
  const DType dtype = dtype_of_fold(ufunc, x.dtype(), given);
  if (dtype == DType::none || starts.ndim() != 1 || !can_cast_safely(starts.dtype(), DType::int64))
    return nullptr;
  starts = astype(starts, DType::int64);
  const Because because("index");
  evaluate(starts.node());  // whether they raise depends on their values
  if (!is_within(starts, x.shape()[static_cast<size_t>(axes[0])])) return nullptr;
  now |= begin_record(*fold_of(*ufunc.op, FoldKind::reduceat));
  return finish(reduceat(*ufunc.op, x, starts, axes[0], dtype), now, out);
}

// ---------------------------------------------------------------- methods

bool loses_imaginary_part(const Value& x, DType dtype) {
  return dtype != DType::none && is_complex(x.dtype()) && !is_complex(dtype) &&
         dtype != DType::boolean;
}

// nullptr without an exception: NumPy does it.
PyObject* record_reduce(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                        PyObject* names) {
  static constexpr const char* parameters[] = {"array",    "axis",    "dtype", "out",
                                               "keepdims", "initial", "where"};
  PyObject* bound[7] = {};
  if (!ufunc.op || !bind_arguments(args, n_args, names, parameters, bound) || !bound[0])
    return nullptr;
  const bool is_whole = (!bound[5] || bound[5] == no_value()) && (!bound[6] || bound[6] == Py_True);
  bool is_known = true;
  PyObject* const out = native_out(bound[3], is_known);
  DType dtype;
  if (!is_known || !is_foldable(bound[0]) || !native_dtype(bound[2], dtype)) return nullptr;
  if (bound[4] && !PyLong_Check(bound[4])) return nullptr;  // not what NumPy takes for a flag
  const int keepdims = bound[4] ? PyObject_IsTrue(bound[4]) : 0;

  Value x;
  bool now = false;
  if (to_value(bound[0], x, now) != Operandness::native) return nullptr;
  std::vector<int> axes;
  if (!native_axes(bound[1], x.ndim(), axes)) return nullptr;
  const bool is_asked_for = dtype != DType::none;
  if (!settle_dtype(out, x, dtype)) return nullptr;
  const bool takes_dtype = ufunc.reduction && ufunc.reduction->attributes.size() > 2;
  if (!is_asked_for && !takes_dtype) dtype = DType::none;
  if (!ufunc.reduction || !is_whole || (dtype != DType::none && !takes_dtype))
    return record_fold(ufunc, x, {bound[5], bound[6], out, axes, keepdims != 0, now, dtype});
  if (loses_imaginary_part(x, dtype)) return nullptr;  // NumPy warns of it
  now |= begin_record(*ufunc.reduction);
  std::optional<RecordedWithin> within;
  if (dtype != DType::none) within.emplace(*ufunc.reduction);
  return finish(reduce(*ufunc.reduction, x, axes, keepdims != 0, dtype), now, out);
}

PyObject* record_accumulate(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                            PyObject* names) {
  static constexpr const char* parameters[] = {"array", "axis", "dtype", "out"};
  PyObject* bound[4] = {};
  if (!ufunc.op || !bind_arguments(args, n_args, names, parameters, bound) || !bound[0])
    return nullptr;
  bool is_known = true;
  PyObject* const out = native_out(bound[3], is_known);
  DType dtype;
  if (!is_known || !is_foldable(bound[0]) || !native_dtype(bound[2], dtype)) return nullptr;
  Value x;
  bool now = false;
  if (to_value(bound[0], x, now) != Operandness::native) return nullptr;
  std::vector<int> axes;
  if (!native_axes(bound[1], x.ndim(), axes) || axes.size() != 1 || !settle_dtype(out, x, dtype))
    return nullptr;
  if (!ufunc.scan) return record_running_fold(ufunc, x, axes[0], dtype, now, out);
  if (loses_imaginary_part(x, dtype)) return nullptr;
  AttributeWriter attributes;
  attributes.integer(axes[0]);
  if (dtype == DType::none)
    attributes.none();
  else
    attributes.dtype(dtype);
  now |= begin_record(*ufunc.scan);
  return finish(lazynp::apply(*ufunc.scan, std::span(&x, 1), attributes.finish()), now, out);
}

Value with_trailing_ones(const Value& x, int n_ones) {
  std::vector<int64_t> shape(x.shape().begin(), x.shape().end());
  shape.resize(shape.size() + static_cast<size_t>(n_ones), 1);
  return reshape(x, shape);
}

PyObject* record_outer(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                       PyObject* names) {
  if (!ufunc.op || ufunc.op->kind == OpKind::structured || ufunc.n_in != 2 || n_args != 2 || names)
    return nullptr;
  Value inputs[2];
  bool now = false;
  if (to_values(args, 2, inputs, now) != Operandness::native) return nullptr;
  if (inputs[0].ndim() + inputs[1].ndim() > max_ndim) return nullptr;
  // outer() makes arrays of its operands: Python's numbers are int64, float64 or complex128 there.
  for (Value& input : inputs) input = without_weakness(std::move(input));
  now |= begin_record(*ufunc.op);
  if (inputs[1].ndim() > 0 && inputs[0].ndim() > 0)
    inputs[0] = with_trailing_ones(inputs[0], inputs[1].ndim());
  return finish(lazynp::apply(*ufunc.op, std::span<const Value>(inputs)), now, nullptr);
}

bool is_exact_in(DType dtype, const Node& number) {
  const Value given = constant(number.dtype, number.value.bytes);
  const Value back = astype(astype(given, dtype), number.dtype);
  return std::memcmp(back.node()->value.bytes, number.value.bytes,
                     static_cast<size_t>(size_of(number.dtype))) == 0;
}

// Whether folding in the array's dtype gives what NumPy's at() stores. It makes arrays of its
// operands, so Python numbers are int64, float64 or complex128 there: the sum is formed in the
// common dtype and cast back, which differs where the number is not exact in the array's dtype and
// where int64 and uint64 meet in float64.
bool adds_in_own_dtype(DType dtype, const Value& value) {
  if (can_cast_safely(value.dtype(), dtype)) return true;
  if (value.node()->weak == Weak::no) return false;
  const DType common = promote(dtype, value.dtype());
  return is_integer(common) == is_integer(dtype) && is_complex(common) == is_complex(dtype) &&
         is_exact_in(dtype, *value.node());
}

PyObject* record_at(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                    PyObject* names) {
  if (!ufunc.op || n_args != 3 || names || !is_native_array(args[0])) return nullptr;
  ArrayObject& array = *as_array(args[0]);
  const DType dtype = array.handle.dtype;
  const bool has_own = ufunc.scatter && dtype != DType::boolean;
  const OpSpec* const op = has_own ? ufunc.scatter : fold_of(*ufunc.op, FoldKind::at);
  if (!op || op->may_raise || !array.handle.writeable) return nullptr;
  if (fold_dtype(*ufunc.op, dtype, true) != dtype) return nullptr;
  Value value;
  bool now = is_shared(array.handle);
  if (to_value(args[2], value, now) != Operandness::native || !adds_in_own_dtype(dtype, value))
    return nullptr;
  value = astype(value, dtype);
  return update_advanced(&array, args[1], *op, std::move(value), now) ? Py_NewRef(Py_None)
                                                                      : nullptr;
}

using Recorder = PyObject* (*)(const UfuncObject&, PyObject* const*, Py_ssize_t, PyObject*);

// Natively, else by NumPy's method of that name.
PyObject* record_or_call(Recorder record, PyObject* self, const char* method,
                         Py_ssize_t out_position, PyObject* const* args, Py_ssize_t n_args,
                         PyObject* names) {
  if (record) {
    try {
      PyObject* const result = record(as_ufunc(self), args, n_args, names);
      if (result || PyErr_Occurred()) return result;
    } catch (const Error& error) {
      const bool is_refused = error.error_class == ErrorClass::type ||
                              error.error_class == ErrorClass::casting ||
                              error.error_class == ErrorClass::value;
      if (PyErr_Occurred() || !is_refused) return set_python_error();
    } catch (...) {
      return set_python_error();
    }
  }
  PyObject* const callable = PyObject_GetAttrString(as_ufunc(self).numpy, method);
  if (!callable) return nullptr;
  PyObject* const result = call_numpy(callable, args, n_args, names, out_position);
  Py_DECREF(callable);
  return result;
}

}  // namespace

PyObject* ufunc_reduce(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names) {
  return record_or_call(record_reduce, self, "reduce", 3, args, n_args, names);
}

PyObject* ufunc_accumulate(PyObject* self, PyObject* const* args, Py_ssize_t n_args,
                           PyObject* names) {
  return record_or_call(record_accumulate, self, "accumulate", 3, args, n_args, names);
}

PyObject* ufunc_outer(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names) {
  return record_or_call(record_outer, self, "outer", PY_SSIZE_T_MAX, args, n_args, names);
}

PyObject* ufunc_at(PyObject* self, PyObject* const* args, Py_ssize_t n_args, PyObject* names) {
  return record_or_call(record_at, self, "at", PY_SSIZE_T_MAX, args, n_args, names);
}

PyObject* ufunc_reduceat(PyObject* self, PyObject* const* args, Py_ssize_t n_args,
                         PyObject* names) {
  return record_or_call(record_reduceat, self, "reduceat", 4, args, n_args, names);
}

}  // namespace lazynp::python
