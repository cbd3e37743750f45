// What happens when a ufunc is called: the op is recorded, or NumPy does the work.
#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "csrc/python/arguments.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/numpy_api.h"
#include "csrc/python/operand.h"
#include "csrc/python/record_state.h"
#include "csrc/python/ufunc.h"

namespace lazynp::python {
namespace {

// A call as far as the native path knows it. Borrowed references; nullptr means "not given".
struct Call {
  PyObject* const* inputs = nullptr;
  PyObject* out = nullptr;
  PyObject* where = nullptr;
  bool mentions_out = false;
  bool keeps_array = false;               // out=...: also where a scalar would be returned
  DType dtype = DType::none;              // of the result
  DType loop_types[max_loop_inputs + 1];  // of `signature`, the result's last; none: any
  bool has_signature = false;
  Casting casting = Casting::same_kind;
  char order = 'K';
};

// An array whose value may be read by later work: nobody else can write its memory.
inline bool is_plain(PyObject* object) {
  if (!is_exact_array(object)) return false;
  const auto& array = *reinterpret_cast<ArrayObject*>(object);
  return !array.host && !(array.handle.storage && array.handle.storage->is_shared());
}
inline Node* plain_value(PyObject* object) {
  return current_value(reinterpret_cast<ArrayObject*>(object)->handle);
}

inline PyObject* recorded(Value value, bool now) {
  end_record(value, now);
  return wrap_ufunc_result(std::move(value));
}

// False: only NumPy can say what it means.
bool take_out(PyObject* given, Call& call) {
  if (PyTuple_CheckExact(given)) {
    if (PyTuple_GET_SIZE(given) != 1) return false;
    given = PyTuple_GET_ITEM(given, 0);
  } else if (given == Py_Ellipsis) {
    return call.keeps_array = true;
  }
  if (given == Py_None) return true;
  if (!is_native_array(given)) return false;
  call.out = given;
  return true;
}

bool take_keyword(PyObject* name, PyObject* given, int n_in, Call& call) {
  static PyObject* const no_value = numpy_name("_NoValue");
  if (is_named(name, "out"))
    return !std::exchange(call.mentions_out, true) && take_out(given, call);
  if (is_named(name, "where")) {
    if (given != Py_True && given != no_value) call.where = given;
    return true;
  }
  if (is_named(name, "dtype")) return !call.has_signature && dtype_argument(given, call.dtype);
  if (is_named(name, "signature") || is_named(name, "sig")) {
    if (call.dtype != DType::none || call.has_signature) return false;
    call.has_signature = true;
    return signature_argument(given, n_in, std::span(call.loop_types).first(n_in + 1u));
  }
  if (is_named(name, "casting")) return casting_argument(given, call.casting);
  if (is_named(name, "order")) return order_argument(given, call.order);
  if (is_named(name, "subok")) return PyBool_Check(given);
  return false;
}

bool parse_call(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                Call& call) {
  if (n_args != ufunc.n_in && n_args != ufunc.n_in + 1) return false;
  call.inputs = args;
  call.mentions_out = n_args > ufunc.n_in;
  if (call.mentions_out && ufunc.warns_of_positional_out) return false;
  if (call.mentions_out && (args[n_args - 1] == Py_Ellipsis || !take_out(args[n_args - 1], call)))
    return false;  // NumPy takes `...` by name alone
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < n_names; ++i)
    if (!take_keyword(PyTuple_GET_ITEM(names, i), args[n_args + i], ufunc.n_in, call)) return false;
  return true;
}

bool several_loops_give(const OpSpec& op, DType dtype) {
  return std::ranges::count_if(op.kernel.loops, [&](const Loop& loop) {
           return !loop.type_error && loop.output == dtype;
         }) > 1;
}

// Not where an imaginary part is lost: NumPy warns of it.
bool fits(const Value& input, DType dtype, Casting casting) {
  if (is_complex(input.dtype()) && !is_complex(dtype) && dtype != DType::boolean) return false;
  const Weak weak = input.node()->weak;
  if (weak == Weak::no || weak == Weak::boolean) return can_cast(input.dtype(), dtype, casting);
  return casting != Casting::equiv && promote_weak(dtype, weak) == dtype;
}

// The loop that computes in `dtype` throughout; -1 where NumPy's choice is less plain.
int loop_for_dtype(const OpSpec& op, DType dtype, std::span<const Value> inputs, Casting casting) {
  if (op.kind != OpKind::elementwise || dtype == DType::boolean) return -1;
  const int index = op.loop_of_dtype[static_cast<int>(dtype)];
  if (index == 255 || op.kernel.loops[index].output != dtype) return -1;
  const Loop& loop = op.kernel.loops[index];
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (loop.inputs[i] != dtype || !fits(inputs[i], dtype, casting)) return -1;
    // To NumPy, `dtype` is that of the result: absolute of complex numbers keeps its complex loop.
    if (!fits(inputs[i], dtype, Casting::same_kind) && several_loops_give(op, dtype)) return -1;
  }
  return index;
}

// The only loop with the types of a signature.
int loop_of_signature(const OpSpec& op, const Call& call, std::span<const Value> inputs) {
  const std::span<const DType> given(call.loop_types, inputs.size());
  const auto n_open = static_cast<size_t>(std::ranges::count(given, DType::none));
  const DType result = call.loop_types[inputs.size()];
  if (n_open == inputs.size() && result != DType::none)
    return loop_for_dtype(op, result, inputs, call.casting);
  if (op.kind != OpKind::elementwise || n_open > 0) return -1;  // NumPy promotes what is left open
  int found = -1;
  for (size_t k = 0; k < op.kernel.loops.size(); ++k) {
    const Loop& loop = op.kernel.loops[k];
    const auto matches = [&](size_t i, DType dtype) {
      return call.loop_types[i] == DType::none || call.loop_types[i] == dtype;
    };
    bool is_it = !loop.type_error && matches(inputs.size(), loop.output);
    for (size_t i = 0; i < inputs.size(); ++i) is_it &= matches(i, loop.inputs[i]);
    if (is_it && found >= 0) return -1;
    if (is_it) found = static_cast<int>(k);
  }
  for (size_t i = 0; found >= 0 && i < inputs.size(); ++i)
    if (!fits(inputs[i], op.kernel.loops[found].inputs[i], call.casting)) return -1;
  return found;
}

constexpr int any_loop = -1, numpys_loop = -2;

int chosen_loop(const OpSpec& op, const Call& call, std::span<const Value> inputs) {
  const auto or_numpys = [](int loop) { return loop < 0 ? numpys_loop : loop; };
  if (call.has_signature) return or_numpys(loop_of_signature(op, call, inputs));
  if (call.dtype != DType::none)
    return or_numpys(loop_for_dtype(op, call.dtype, inputs, call.casting));
  if (call.casting > Casting::equiv) return any_loop;  // inputs are cast safely anyway
  for (const Value& input : inputs)
    if (input.node()->weak != Weak::no || input.dtype() != inputs[0].dtype()) return numpys_loop;
  const DType dtype = inputs[0].dtype();
  const uint8_t index = op.direct_loop[static_cast<int>(dtype)];
  if (index == 255 || dtype == DType::boolean) return numpys_loop;
  const Loop& loop = op.kernel.loops[index];  // of integers NumPy may cast nevertheless: divide
  const bool is_plain = loop.output == dtype || loop.output == DType::boolean;
  return loop.inputs[0] == dtype && is_plain ? any_loop : numpys_loop;
}

// Stands for the elements that `where` masks out: inside the op's domain, so that it warns of
// nothing.
Value harmless(const OpSpec& op, const Value& like) {
  const double middle = (op.samples.lo + op.samples.hi) / 2;
  const double number = op.samples.lo < 1 && 1 < op.samples.hi ? 1 : middle;
  const bool is_real = is_inexact(like.dtype()) || number != static_cast<int64_t>(number);
  return astype(is_real ? constant(number) : constant(static_cast<int64_t>(number)), like.dtype());
}

// Computed everywhere; nothing is heard from where the mask is false.
Value apply_masked(const OpSpec& op, int loop, const Value& mask, std::span<Value> inputs) {
  if (mask && (op.may_warn || op.may_raise || op.has_raising_loops))
    for (Value& input : inputs)
      if (input.node()->weak == Weak::no)
        input = apply("where", {mask, input, harmless(op, input)});
  return loop >= 0 ? apply_loop(op, loop, inputs)
                   : lazynp::apply(op, std::span<const Value>(inputs));
}

// A result that `order` wants to lie in memory in another way than the operands do.
Value in_order(char order, Value value, std::span<const Value> inputs) {
  if (order == 'K' || value.ndim() < 2) return value;
  bool is_f = order == 'F';
  if (order == 'A') {
    is_f = true;
    for (const Value& input : inputs) is_f &= input.layout().f_contiguous();
  }
  if (is_f ? value.layout().f_contiguous() : value.layout().c_contiguous) return value;
  const int itemsize = size_of(value.dtype());
  return copy_as(value,
                 is_f ? f_layout(value.shape(), itemsize) : c_layout(value.shape(), itemsize),
                 value.dtype());
}

PyObject* finish_without_out(const Call& call, Value value, bool now) {
  constexpr const char* is_uninitialized =
      "'where' used without 'out', expect unitialized memory in output. If this is intentional, "
      "use out=None.";
  if (call.where && !call.mentions_out && PyErr_WarnEx(PyExc_UserWarning, is_uninitialized, 1) < 0)
    return nullptr;
  if (!call.keeps_array) return recorded(std::move(value), now);
  end_record(value, now);
  return wrap(std::move(value));
}

bool broadcasts(std::span<const Value> inputs, const Value& mask) {
  int64_t shape[max_ndim], joint[max_ndim];
  int ndim = 0;
  const auto joins = [&](const Value& x) {
    const bool fits =
        broadcast_shapes({shape, static_cast<size_t>(ndim)}, x.layout().shape(), joint, ndim);
    std::copy(joint, joint + (fits ? ndim : 0), shape);
    return fits;
  };
  return std::ranges::all_of(inputs, joins) && joins(mask);
}

// Plain numbers only: nothing to record, NumPy's answer is a scalar.
bool are_scalars(PyObject* const* objects, Py_ssize_t n) {
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* const object = objects[i];
    const bool is_python_number = PyFloat_CheckExact(object) || PyLong_CheckExact(object) ||
                                  PyBool_Check(object) || PyComplex_CheckExact(object);
    if (!is_python_number && !PyArray_IsScalar(object, Generic)) return false;
  }
  return true;
}

// nullptr without an exception: let NumPy do it (or refuse it).
PyObject* record_call(const UfuncObject& ufunc, const Call& call) {
  const OpSpec& op = *ufunc.op;
  const bool has_types = call.dtype != DType::none || call.has_signature;
  if (has_types && !call.out && are_scalars(call.inputs, ufunc.n_in)) return nullptr;
  Value values[max_loop_inputs + 1];
  const std::span<Value> inputs(values, static_cast<size_t>(ufunc.n_in));
  bool now = false;
  Operandness kind = to_values(call.inputs, ufunc.n_in, values, now);
  Value mask;
  if (kind == Operandness::native && call.where) kind = to_value(call.where, mask, now);
  if (kind != Operandness::native) return nullptr;
  if (mask && (mask.dtype() != DType::boolean || !broadcasts(inputs, mask))) return nullptr;
  // In another order products add up in another one.
  if (call.order != 'K' && op.kind != OpKind::elementwise) return nullptr;
  if (call.out) {
    const Handle& out = as_array(call.out)->handle;
    if (!out.writeable) return nullptr;  // NumPy refuses it before it looks at the operands
    now |= is_shared(out);
  }
  const int loop = chosen_loop(op, call, inputs);
  if (loop == numpys_loop) return nullptr;

  now |= begin_record(op);
  std::optional<RecordedWithin> within;
  if (has_types || call.out || op.rewrite) within.emplace(op);
  Value value = apply_masked(op, loop, mask, inputs);
  if (!call.out) {
    if (mask) value = apply("where", {mask, value, astype(constant(int64_t{0}), value.dtype())});
    return finish_without_out(call, in_order(call.order, std::move(value), inputs), now);
  }
  auto& out = *as_array(call.out);
  if (!accepts_result(out, value, call.casting)) return nullptr;
  value = for_output(op, std::move(value), inputs, layout_of(out.handle), out.handle.dtype);
  end_record(value, now);
  if (mask) {
    const Value old = Value::share(current_value(out.handle));
    value = apply("where", {mask, astype(value, out.handle.dtype), old});
    if (!same_shape(value.layout(), layout_of(out.handle))) return nullptr;  // the mask was larger
    end_record(value, now);
  }
  return store_result(out, std::move(value));
}

// Not supported types, casts, shapes: NumPy's own call has the class and the text.
bool is_numpys_to_refuse(ErrorClass error_class) {
  return error_class == ErrorClass::type || error_class == ErrorClass::casting;
}

PyObject* call_natively(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args,
                        PyObject* names) {
  if (ufunc.gufunc) return call_gufunc(ufunc, args, n_args, names);
  Call call;
  if (!ufunc.op || !parse_call(ufunc, args, n_args, names, call)) return nullptr;
  try {
    return record_call(ufunc, call);
  } catch (const Error& error) {
    const bool names_out = call.out && error.error_class == ErrorClass::value;
    if (!PyErr_Occurred() && (names_out || is_numpys_to_refuse(error.error_class))) return nullptr;
    return set_python_error();
  } catch (...) {
    return set_python_error();
  }
}

// The `out` that a caller passed, or nullptr; borrowed.
PyObject* out_argument(PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                       Py_ssize_t out_position) {
  if (n_args - 1 == out_position && args[out_position] != Py_None) return args[out_position];
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < n_names; ++i)
    if (is_named(PyTuple_GET_ITEM(names, i), "out")) return args[n_args + i];
  return nullptr;
}

// NumPy returns the very arrays it was given as `out`, unless an override answered; `result` is
// stolen.
PyObject* with_outs(PyObject* result, PyObject* out) {
  if (!out || out == Py_None) return result;
  if (!PyTuple_CheckExact(out)) {
    if (!is_exact_array(result) || !(is_exact_array(out) || PyArray_Check(out))) return result;
    Py_DECREF(result);
    return Py_NewRef(out);
  }
  const Py_ssize_t n = PyTuple_GET_SIZE(out);
  if (n == 1) return with_outs(result, PyTuple_GET_ITEM(out, 0));
  if (!PyTuple_CheckExact(result) || PyTuple_GET_SIZE(result) != n) return result;
  PyObject* const results = PyTuple_New(n);
  for (Py_ssize_t i = 0; results && i < n; ++i) {
    PyObject* const made = Py_NewRef(PyTuple_GET_ITEM(result, i));
    PyTuple_SET_ITEM(results, i, with_outs(made, PyTuple_GET_ITEM(out, i)));
  }
  Py_DECREF(result);
  return results;
}

}  // namespace

bool accepts_result(ArrayObject& out, const Value& value, Casting casting) {
  Handle& handle = out.handle;
  if (!handle.writeable) return false;
  if (!can_cast(value.dtype(), handle.dtype, casting)) return false;
  const Layout& target = layout_of(handle);
  if (same_shape(value.layout(), target)) return true;
  int64_t shape[max_ndim];
  int ndim = 0;
  return broadcast_shapes(value.shape(), target.shape(), shape, ndim) && ndim == target.ndim &&
         std::memcmp(shape, target.shape_, sizeof(int64_t) * static_cast<size_t>(ndim)) == 0;
}

PyObject* store_result(ArrayObject& out, Value value) {
  Handle& handle = out.handle;
  value = broadcast_to(value, layout_of(handle).shape());
  if (value.dtype() != handle.dtype || value.node()->weak != Weak::no) {
    std::optional<RecordedWithin> within;
    if (const OpSpec* const op = value.node()->op) within.emplace(*op);
    value = astype(value, handle.dtype);
  }
  write(handle, std::move(value));
  return Py_NewRef(reinterpret_cast<PyObject*>(&out));
}

PyObject* call_numpy(PyObject* callable, PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                     Py_ssize_t out_position) {
  PyObject* const tuple = PyTuple_New(n_args);
  PyObject* const dict = names ? PyDict_New() : nullptr;
  if (!tuple || (names && !dict)) return nullptr;
  for (Py_ssize_t i = 0; i < n_args; ++i) PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  bool is_ready = true;
  for (Py_ssize_t i = 0; i < n_names; ++i)
    is_ready &= PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), args[n_args + i]) == 0;
  PyObject* result = is_ready ? fallback_call(callable, tuple, dict) : nullptr;
  if (result) result = with_outs(result, out_argument(args, n_args, names, out_position));
  Py_DECREF(tuple);
  Py_XDECREF(dict);
  return result;
}

PyObject* call_ufunc(PyObject* self, PyObject* const* args, size_t n_flagged, PyObject* names) {
  const UfuncObject& ufunc = as_ufunc(self);
  const Py_ssize_t n_args = PyVectorcall_NARGS(n_flagged);
  if (!names && ufunc.op && n_args == ufunc.n_in && is_plain(args[0])) {
    try {
      if (n_args == 1) {
        const bool now = begin_record(*ufunc.op);
        return recorded(Value::adopt(apply_unary(*ufunc.op, plain_value(args[0]))), now);
      }
      if (n_args == 2 && is_plain(args[1])) {
        const bool now = begin_record(*ufunc.op);
        return recorded(
            Value::adopt(apply_binary(*ufunc.op, plain_value(args[0]), plain_value(args[1]))), now);
      }
    } catch (const Error& error) {
      if (PyErr_Occurred() || !is_numpys_to_refuse(error.error_class)) return set_python_error();
    } catch (...) {
      return set_python_error();
    }
  }
  if (!names && n_args == ufunc.n_in && are_scalars(args, n_args))
    return PyObject_Vectorcall(ufunc.numpy, args, n_flagged, nullptr);
  PyObject* const result = call_natively(ufunc, args, n_args, names);
  if (result || PyErr_Occurred()) return result;
  return call_numpy(ufunc.numpy, args, n_args, names, ufunc.n_in);
}

}  // namespace lazynp::python
