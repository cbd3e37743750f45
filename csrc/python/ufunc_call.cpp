// What happens when a ufunc is called: the op is recorded, or NumPy does the work.
#include <algorithm>
#include <cstring>

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
  bool keeps_array = false;  // out=...: also where a scalar would be returned
  DType dtype = DType::none;
  Casting casting = Casting::same_kind;
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

bool is_named(PyObject* name, const char* text) {
  return PyUnicode_CompareWithASCIIString(name, text) == 0;
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

bool take_dtype(PyObject* given, Call& call) {
  PyArray_Descr* descr = nullptr;
  if (is_array(given)) return false;  // NumPy refuses it, though it has a dtype
  if (!PyArray_DescrConverter2(given, &descr)) {
    PyErr_Clear();
    return false;
  }
  if (!descr) return true;
  call.dtype = dtype_of_descr(reinterpret_cast<PyObject*>(descr));
  Py_DECREF(descr);
  return call.dtype != DType::none;
}

bool take_casting(PyObject* given, Call& call) {
  if (!PyUnicode_Check(given)) return false;
  if (is_named(given, "unsafe")) call.casting = Casting::unsafe;
  return is_named(given, "unsafe") || is_named(given, "same_kind");
}

bool take_keyword(PyObject* name, PyObject* given, Call& call, bool has_positional_out) {
  if (is_named(name, "out")) return !has_positional_out && take_out(given, call);
  if (is_named(name, "where")) {
    if (given != Py_True) call.where = given;
    return true;
  }
  if (is_named(name, "dtype")) return take_dtype(given, call);
  if (is_named(name, "casting")) return take_casting(given, call);
  if (is_named(name, "order")) return PyUnicode_Check(given) && is_named(given, "K");
  if (is_named(name, "subok")) return PyBool_Check(given);
  return false;
}

bool parse_call(const UfuncObject& ufunc, PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                Call& call) {
  if (n_args != ufunc.n_in && n_args != ufunc.n_in + 1) return false;
  call.inputs = args;
  if (n_args > ufunc.n_in && !take_out(args[ufunc.n_in], call)) return false;
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < n_names; ++i)
    if (!take_keyword(PyTuple_GET_ITEM(names, i), args[n_args + i], call, n_args > ufunc.n_in))
      return false;
  return true;
}

bool several_loops_give(const OpSpec& op, DType dtype) {
  return std::ranges::count_if(op.kernel.loops, [&](const Loop& loop) {
           return !loop.type_error && loop.output == dtype;
         }) > 1;
}

// The loop that computes in `dtype` throughout; -1 where NumPy's choice is less plain.
int loop_for_dtype(const OpSpec& op, DType dtype, std::span<const Value> inputs, Casting casting) {
  if (op.kind != OpKind::elementwise || dtype == DType::boolean) return -1;
  const int index = op.loop_of_dtype[static_cast<int>(dtype)];
  if (index == 255 || op.kernel.loops[index].output != dtype) return -1;
  const Loop& loop = op.kernel.loops[index];
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (loop.inputs[i] != dtype) return -1;
    const bool is_safe =
        inputs[i].node()->weak == Weak::no && can_cast_same_kind(inputs[i].dtype(), dtype);
    // To NumPy, `dtype` is that of the result: absolute of complex numbers keeps its complex loop.
    if (!is_safe && (casting != Casting::unsafe || several_loops_give(op, dtype))) return -1;
  }
  return index;
}

// Stands for the elements that `where` masks out: inside the op's domain, so that it warns of
// nothing.
Value harmless(const OpSpec& op, const Value& like) {
  const double middle = (op.samples.lo + op.samples.hi) / 2;
  const double number = op.samples.lo < 1 && 1 < op.samples.hi ? 1 : middle;
  const bool is_real = is_inexact(like.dtype()) || number != static_cast<int64_t>(number);
  return astype(is_real ? constant(number) : constant(static_cast<int64_t>(number)), like.dtype());
}

// `old` where the mask is false; no floating-point event comes from there.
Value select_where(const OpSpec& op, const Value& mask, std::span<Value> inputs) {
  if (op.may_warn)
    for (Value& input : inputs)
      if (input.node()->weak == Weak::no)
        input = apply("where", {mask, input, harmless(op, input)});
  return lazynp::apply(op, std::span<const Value>(inputs));
}

// nullptr without an exception: let NumPy do it (or refuse it).
PyObject* record_call(const UfuncObject& ufunc, const Call& call) {
  const OpSpec& op = *ufunc.op;
  Value values[max_loop_inputs + 1];
  const std::span<Value> inputs(values, static_cast<size_t>(ufunc.n_in));
  bool now = false;
  Operandness kind = to_values(call.inputs, ufunc.n_in, values, now);
  Value mask;
  if (kind == Operandness::native && call.where) kind = to_value(call.where, mask, now);
  if (kind != Operandness::native) return nullptr;
  // Masked-out elements must not raise: only ops that never do are recorded under a mask.
  if (mask && op.may_raise) return nullptr;
  if (mask && (!call.out || mask.dtype() != DType::boolean || call.dtype != DType::none))
    return nullptr;
  if (call.out) {
    const Handle& out = reinterpret_cast<ArrayObject*>(call.out)->handle;
    if (!out.writeable) return nullptr;  // NumPy refuses it before it looks at the operands
    now |= is_shared(out);
  }

  now |= begin_record(op);
  Value value;
  if (call.dtype != DType::none) {
    const int loop = loop_for_dtype(op, call.dtype, inputs, call.casting);
    if (loop < 0) return nullptr;
    value = apply_loop(op, loop, inputs);
  } else {
    value =
        mask ? select_where(op, mask, inputs) : lazynp::apply(op, std::span<const Value>(inputs));
  }
  if (!call.out && call.keeps_array) {
    end_record(value, now);
    return wrap(std::move(value));
  }
  if (!call.out) return recorded(std::move(value), now);
  auto& out = *reinterpret_cast<ArrayObject*>(call.out);
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

// Plain numbers only: nothing to record, NumPy's answer is a scalar.
bool are_scalars(PyObject* const* objects, Py_ssize_t n) {
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* const object = objects[i];
    const bool is_python_number =
        PyFloat_CheckExact(object) || PyLong_CheckExact(object) || PyBool_Check(object);
    if (!is_python_number && !PyArray_IsScalar(object, Generic)) return false;
  }
  return true;
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
    if (!PyErr_Occurred() && is_numpys_to_refuse(error.error_class)) return nullptr;
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
  if (casting == Casting::same_kind && !can_cast_same_kind(value.dtype(), handle.dtype))
    return false;
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
  if (value.dtype() != handle.dtype || value.node()->weak != Weak::no)
    value = astype(value, handle.dtype);
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
