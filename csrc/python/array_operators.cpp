// Operators: binary, reflected, in-place, unary and comparisons.
#include "csrc/python/array_parts.h"
#include "csrc/python/operand.h"
#include "csrc/python/record_state.h"
#include "csrc/python/ufunc.h"

namespace lazynp::python {

namespace {

// ---------------------------------------------------------------- what stands behind a slot

// The functions of Python's module `operator`; blocks of the registry say which op serves which.
enum Slot : int {
  add_slot,
  sub_slot,
  mul_slot,
  truediv_slot,
  floordiv_slot,
  mod_slot,
  pow_slot,
  matmul_slot,
  lshift_slot,
  rshift_slot,
  and_slot,
  or_slot,
  xor_slot,
  lt_slot,
  le_slot,
  eq_slot,
  ne_slot,
  gt_slot,
  ge_slot,
  neg_slot,
  pos_slot,
  abs_slot,
  invert_slot,
  n_slots,
};
constexpr int n_in_place_slots = xor_slot + 1;
constexpr const char* slot_names[n_slots] = {
    "add",    "sub",    "mul",  "truediv", "floordiv", "mod", "pow",   "matmul",
    "lshift", "rshift", "and_", "or_",     "xor",      "lt",  "le",    "eq",
    "ne",     "gt",     "ge",   "neg",     "pos",      "abs", "invert"};

struct SlotEntry {
  const OpSpec* op = nullptr;  // nullptr: NumPy serves the operator
  PyObject* function = nullptr;
  PyObject* in_place = nullptr;
  PyObject* ufunc = nullptr;  // NumPy's, which asks operands of other types
};
SlotEntry slots[n_slots];
PyObject* numpy_divmod = nullptr;

// ---------------------------------------------------------------- who does the work

// NumPy's binop_should_defer for operands that are neither ours nor NumPy's nor Python's numbers.
bool should_defer(PyObject* other, bool in_place) {
  if (is_exact_array(other) || is_lazy_scalar(other) || PyArray_CheckExact(other) ||
      other == Py_None)
    return false;
  PyTypeObject* const type = Py_TYPE(other);
  if (type == &PyList_Type || type == &PyTuple_Type || type == &PyUnicode_Type ||
      type == &PyBytes_Type)
    return false;
  if (PyArray_Check(other)) return !in_place && overrides_ufuncs(other);
  if (overrides_ufuncs(other)) return !in_place && !answers_for_ufuncs(other);
  static PyObject* const priority_name = PyUnicode_InternFromString("__array_priority__");
  const Owned priority(PyObject_GetAttr(as_object(type), priority_name));
  if (!priority) {
    clear_error();
    return false;
  }
  const double number = PyFloat_AsDouble(priority.get());
  if (number == -1.0 && PyErr_Occurred()) clear_error();
  return number > 0.0;
}

// An array of another library, which NumPy's ufunc asks: to do the work, or to refuse it.
bool has_override(PyObject* other) {
  return !PyArray_Check(other) && !PyArray_CheckAnyScalar(other) && overrides_ufuncs(other);
}

// Python calls us for `y + x` only after y's type had its turn: nobody is left to defer to.
PyObject* served_by_numpy(const SlotEntry& slot, PyObject* x, PyObject* y) {
  const bool is_forward = is_exact_array(x);
  PyObject* const other = is_forward ? y : x;
  if (is_forward && should_defer(other, false)) Py_RETURN_NOTIMPLEMENTED;
  if (slot.ufunc && has_override(other))
    return PyObject_CallFunctionObjArgs(slot.ufunc, x, y, nullptr);
  return fallback(slot.function, {x, y});
}

inline PyObject* record_binary(const OpSpec& op, Node* x, Node* y, bool now) {
  now |= begin_record(op);
  Value value = Value::adopt(apply_binary(op, x, y));
  end_record(value, now);
  return wrap_ufunc_result(std::move(value));
}

// Both operands as values; false: `result` is what the operator returns.
struct Operands {
  Value x, y;
  bool now = false;
};
bool bind_operands(const SlotEntry& slot, PyObject* x, PyObject* y, Operands& bound,
                   PyObject*& result) {
  if (!slot.op || is_hosted_array(x) || is_hosted_array(y)) {
    result = served_by_numpy(slot, x, y);
    return false;
  }
  PyObject* const objects[2] = {x, y};
  Value* const values[2] = {&bound.x, &bound.y};
  for (int i = 0; i < 2; ++i) {
    const Operandness answer = to_value(objects[i], *values[i], bound.now);
    if (answer == Operandness::native) continue;
    result = answer == Operandness::error ? nullptr : served_by_numpy(slot, x, y);
    return false;
  }
  if (bound.now && (keeps_inputs(bound.x.node()) || keeps_inputs(bound.y.node()))) {
    bound.x = settled(std::move(bound.x));
    bound.y = settled(std::move(bound.y));
  }
  return true;
}

PyObject* binary_general(const SlotEntry& slot, PyObject* x, PyObject* y) {
  try {
    Operands bound;
    PyObject* result = nullptr;
    if (!bind_operands(slot, x, y, bound, result)) return result;
    return record_binary(*slot.op, bound.x.node(), bound.y.node(), bound.now);
  } catch (const Error& error) {
    if (error.error_class == ErrorClass::type || error.error_class == ErrorClass::value)
      return raise_as_numpy(slot.function, {x, y});
    return set_python_error();
  } catch (...) {
    return set_python_error();
  }
}

// A native array that nothing aliases: its value is at hand.
inline Node* plain_node(PyObject* object) {
  const ArrayObject* const array = as_array(object);
  return is_exact_array(object) && !array->handle.storage ? array->handle.node : nullptr;
}

// A Python float, or an int that a double holds exactly.
inline bool plain_number(PyObject* object, double& number) {
  if (PyFloat_CheckExact(object)) {
    number = PyFloat_AS_DOUBLE(object);
    return true;
  }
  if (!PyLong_CheckExact(object)) return false;
  int overflow = 0;
  const int64_t integer = PyLong_AsLongLongAndOverflow(object, &overflow);
  constexpr int64_t limit = int64_t{1} << 53;
  number = static_cast<double>(integer);
  return !overflow && -limit <= integer && integer <= limit;
}

inline PyObject* record_with_number(const OpSpec& op, Node* array, double number,
                                    bool number_first) {
  const bool now = begin_record(op);
  Value value = Value::adopt(apply_with_number(op, array, number, number_first));
  end_record(value, now);
  return wrap_ufunc_result(std::move(value));
}

template <int index> PyObject* binary(PyObject* x, PyObject* y) {
  const SlotEntry& slot = slots[index];
  Node* const a = plain_node(x);
  Node* const b = plain_node(y);
  if (slot.op) [[likely]] {
    try {
      if (a && b) [[likely]]
        return record_binary(*slot.op, a, b, false);
      double number;
      if (a && takes_number(*slot.op, a) && plain_number(y, number))
        return record_with_number(*slot.op, a, number, false);
      if (b && takes_number(*slot.op, b) && plain_number(x, number))
        return record_with_number(*slot.op, b, number, true);
    } catch (...) {
      if (PyErr_Occurred()) return nullptr;
      return binary_general(slot, x, y);  // raises again, in NumPy's words
    }
  }
  return binary_general(slot, x, y);
}

PyObject* divide_with_remainder(PyObject* x, PyObject* y) {
  if (is_exact_array(x) && should_defer(y, false)) Py_RETURN_NOTIMPLEMENTED;
  if (has_override(is_exact_array(x) ? y : x))
    return PyObject_CallFunctionObjArgs(numpy_divmod, x, y, nullptr);
  PyObject* const operands[2] = {x, y};
  PyObject* const ours = known_ufunc(numpy_divmod);
  return ours ? call_ufunc(ours, operands, 2, nullptr) : nullptr;
}

// ---------------------------------------------------------------- powers

// Another op that the operator takes for this number, of one operand; nullptr: none.
const OpSpec* op_of_operator(const SlotEntry& slot, PyObject* x, PyObject* y) {
  if (!slot.op || !slot.op->op_of_operator || !is_native_array(x)) return nullptr;
  const DType dtype = as_array(x)->handle.dtype;
  double number;
  if (!plain_number(y, number)) return nullptr;
  return slot.op->op_of_operator(dtype, number, PyLong_CheckExact(y));
}

PyObject* power(PyObject* x, PyObject* y, PyObject* modulo) {
  if (modulo != Py_None) Py_RETURN_NOTIMPLEMENTED;
  const OpSpec* const op = op_of_operator(slots[pow_slot], x, y);
  if (!op) return binary<pow_slot>(x, y);
  return guarded([&] {
    Handle& handle = as_array(x)->handle;
    const bool now = begin_record(*op) | is_shared(handle);
    Value value = Value::adopt(apply_unary(*op, current_value(handle)));
    end_record(value, now);
    return wrap_ufunc_result(std::move(value));
  });
}

// ---------------------------------------------------------------- comparisons

PyObject* compare(PyObject* x, PyObject* y, int comparison) {
  switch (comparison) {
    case Py_LT: return binary<lt_slot>(x, y);
    case Py_LE: return binary<le_slot>(x, y);
    case Py_EQ: return binary<eq_slot>(x, y);
    case Py_NE: return binary<ne_slot>(x, y);
    case Py_GT: return binary<gt_slot>(x, y);
    default: return binary<ge_slot>(x, y);
  }
}

// ---------------------------------------------------------------- unary

template <int index> PyObject* unary(PyObject* x) {
  const SlotEntry& slot = slots[index];
  if (!slot.op || as_array(x)->host) return fallback(slot.function, {x});
  try {
    Handle& handle = as_array(x)->handle;
    const bool now = begin_record(*slot.op) | is_shared(handle);
    Value value = Value::adopt(apply_unary(*slot.op, current_value(handle)));
    end_record(value, now);
    return wrap_ufunc_result(std::move(value));
  } catch (const Error& error) {
    if (error.error_class == ErrorClass::type) return raise_as_numpy(slot.function, {x});
    return set_python_error();
  } catch (...) {
    return set_python_error();
  }
}

// ---------------------------------------------------------------- in place

// The other library is told that x takes the result.
PyObject* in_place_by_override(PyObject* ufunc, PyObject* x, PyObject* y) {
  const Owned out(PyUnicode_InternFromString("out"));
  const Owned names(PyTuple_Pack(1, out.get()));
  PyObject* const arguments[3] = {x, y, x};
  return names ? PyObject_Vectorcall(ufunc, arguments, 2, names.get()) : nullptr;
}

// NumPy works on our memory; where it hands that memory back, the result is x itself.
PyObject* in_place_by_numpy(const SlotEntry& slot, PyObject* x, PyObject* y) {
  if (slot.ufunc && has_override(y)) return in_place_by_override(slot.ufunc, x, y);
  const Owned result(fallback(slot.in_place, {x, y}));
  if (!result || result.get() == Py_NotImplemented) return Py_XNewRef(result.get());
  const bool is_x =
      is_exact_array(result.get()) &&
      (as_array(x)->host ? as_array(result.get())->host == as_array(x)->host
                         : as_array(result.get())->handle.storage == as_array(x)->handle.storage &&
                               as_array(x)->handle.storage);
  return Py_NewRef(is_x ? x : result.get());
}

// Casts `value` to what x holds; NumPy's errors where shape or dtype do not allow the store.
bool fits(const SlotEntry& slot, PyObject* x, PyObject* y, Value& value) {
  const Handle& handle = as_array(x)->handle;
  const bool shape_fits = same_shape(value.layout(), layout_of(handle));
  if (shape_fits && value.dtype() == handle.dtype) return true;
  if (shape_fits && can_cast_same_kind(value.dtype(), handle.dtype)) {
    const RecordedWithin within(*slot.op);
    value = astype(value, handle.dtype);
    return true;
  }
  try {
    fail(shape_fits ? ErrorClass::casting : ErrorClass::value,
         shape_fits ? std::string("Cannot cast ufunc '") + slot.op->numpy[0] +
                          "' output from dtype('" + info(value.dtype()).name + "') to dtype('" +
                          info(handle.dtype).name + "') with casting rule 'same_kind'"
                    : "non-broadcastable output operand with shape " +
                          shape_text(layout_of(handle).shape()) +
                          " doesn't match the broadcast shape " + shape_text(value.shape()));
  } catch (...) {
    raise_as_numpy(slot.in_place, {x, y});
  }
  return false;
}

PyObject* store_result(const SlotEntry& slot, PyObject* x, PyObject* y, Operands bound) {
  ArrayObject* const array = as_array(x);
  const bool now = begin_record(*slot.op) | bound.now;
  Value value = Value::adopt(apply_binary(*slot.op, bound.x.node(), bound.y.node()));
  const Value result = value;
  if (!fits(slot, x, y, value)) return nullptr;
  if (must_raise_at_record(*result.node())) end_record(result, true);  // before it is x's value
  if (slot.op->rewrite_for_output) {
    const Value inputs[2] = {bound.x, bound.y};
    value = for_output(*slot.op, std::move(value), inputs, layout_of(array->handle),
                       array->handle.dtype);
  }
  bound = {};  // the old version may now be written over
  if (now) end_record(value, true);
  write(array->handle, std::move(value));
  end_write(array, now);
  return Py_NewRef(x);
}

template <int index> PyObject* in_place(PyObject* x, PyObject* y) {
  const SlotEntry& slot = slots[index];
  if (!slot.op || is_hosted_array(x)) return in_place_by_numpy(slot, x, y);
  try {
    Operands bound;
    PyObject* const objects[2] = {x, y};
    Value* const values[2] = {&bound.x, &bound.y};
    for (int i = 0; i < 2; ++i) {
      const Operandness answer = to_value(objects[i], *values[i], bound.now);
      if (answer == Operandness::error) return nullptr;
      if (answer == Operandness::native) continue;
      if (should_defer(y, true)) Py_RETURN_NOTIMPLEMENTED;
      return in_place_by_numpy(slot, x, y);
    }
    if (!require_writeable(as_array(x), "output array is read-only")) return nullptr;
    return store_result(slot, x, y, std::move(bound));
  } catch (const Error& error) {
    // Where values are refused, NumPy has written what came before them.
    if (error.error_class == ErrorClass::value && slot.op->has_raising_loops)
      return in_place_by_numpy(slot, x, y);
    if (error.error_class == ErrorClass::type || error.error_class == ErrorClass::value)
      return raise_as_numpy(slot.in_place, {x, y});
    return set_python_error();
  } catch (...) {
    return set_python_error();
  }
}

PyObject* in_place_power(PyObject* x, PyObject* y, PyObject* modulo) {
  if (modulo != Py_None) Py_RETURN_NOTIMPLEMENTED;
  const OpSpec* const op = op_of_operator(slots[pow_slot], x, y);
  if (!op) return in_place<pow_slot>(x, y);
  ArrayObject* const array = as_array(x);
  if (!require_writeable(array, "output array is read-only")) return nullptr;
  return guarded([&]() -> PyObject* {
    const bool now = begin_record(*op) | is_shared(array->handle);
    Value value = Value::adopt(apply_unary(*op, current_value(array->handle)));
    if (value.dtype() != array->handle.dtype) return in_place<pow_slot>(x, y);  // NumPy's error
    if (now) end_record(value, true);
    write(array->handle, std::move(value));
    end_write(array, now);
    return Py_NewRef(x);
  });
}

}  // namespace

const OpSpec* op_serving(const char* numpy_name) {
  if (const OpSpec* const op = find_op(numpy_name)) return op;
  for (const OpSpec& op : registry())
    for (const char* name : op.numpy)
      if (std::string_view(name) == numpy_name) return &op;
  return nullptr;
}

const OpSpec* op_of_python_operator(std::string_view function) {
  for (const OpSpec& op : registry())
    if (op.python_operator && op.python_operator == function) return &op;
  return nullptr;
}

bool init_operators() {
  const Owned module(PyImport_ImportModule("operator"));
  numpy_divmod = numpy_name(op_named("divmod").numpy[0]);
  if (!module || !numpy_divmod) return false;
  for (int i = 0; i < n_slots; ++i) {
    const std::string name = slot_names[i];
    slots[i].op = op_of_python_operator(name);
    slots[i].function = PyObject_GetAttrString(module.get(), name.c_str());
    if (i < n_in_place_slots) {
      const std::string in_place = "i" + name.substr(0, name.find('_'));
      slots[i].in_place = PyObject_GetAttrString(module.get(), in_place.c_str());
    }
    if (slots[i].op) slots[i].ufunc = numpy_name(slots[i].op->numpy[0]);
    if (PyErr_Occurred()) return false;
  }
  return true;
}

const PyType_Slot operator_slots[] = {
    {Py_nb_add, as_slot(binary<add_slot>)},
    {Py_nb_subtract, as_slot(binary<sub_slot>)},
    {Py_nb_multiply, as_slot(binary<mul_slot>)},
    {Py_nb_true_divide, as_slot(binary<truediv_slot>)},
    {Py_nb_floor_divide, as_slot(binary<floordiv_slot>)},
    {Py_nb_remainder, as_slot(binary<mod_slot>)},
    {Py_nb_power, as_slot(power)},
    {Py_nb_matrix_multiply, as_slot(binary<matmul_slot>)},
    {Py_nb_lshift, as_slot(binary<lshift_slot>)},
    {Py_nb_rshift, as_slot(binary<rshift_slot>)},
    {Py_nb_and, as_slot(binary<and_slot>)},
    {Py_nb_or, as_slot(binary<or_slot>)},
    {Py_nb_xor, as_slot(binary<xor_slot>)},
    {Py_nb_divmod, as_slot(divide_with_remainder)},
    {Py_tp_richcompare, as_slot(compare)},
    {Py_nb_negative, as_slot(unary<neg_slot>)},
    {Py_nb_positive, as_slot(unary<pos_slot>)},
    {Py_nb_absolute, as_slot(unary<abs_slot>)},
    {Py_nb_invert, as_slot(unary<invert_slot>)},
    {Py_nb_inplace_add, as_slot(in_place<add_slot>)},
    {Py_nb_inplace_subtract, as_slot(in_place<sub_slot>)},
    {Py_nb_inplace_multiply, as_slot(in_place<mul_slot>)},
    {Py_nb_inplace_true_divide, as_slot(in_place<truediv_slot>)},
    {Py_nb_inplace_floor_divide, as_slot(in_place<floordiv_slot>)},
    {Py_nb_inplace_remainder, as_slot(in_place<mod_slot>)},
    {Py_nb_inplace_power, as_slot(in_place_power)},
    {Py_nb_inplace_matrix_multiply, as_slot(in_place<matmul_slot>)},
    {Py_nb_inplace_lshift, as_slot(in_place<lshift_slot>)},
    {Py_nb_inplace_rshift, as_slot(in_place<rshift_slot>)},
    {Py_nb_inplace_and, as_slot(in_place<and_slot>)},
    {Py_nb_inplace_or, as_slot(in_place<or_slot>)},
    {Py_nb_inplace_xor, as_slot(in_place<xor_slot>)},
    {0, nullptr},
};

}  // namespace lazynp::python
