// The operators of LazyScalar: recorded, or left to NumPy's scalars.
#include <string_view>

#include "csrc/python/lazy_scalar.h"
#include "csrc/python/operand.h"

namespace lazynp::python {
namespace {

using PlainOperator = PyObject* (*)(PyObject*, PyObject*);

// One function of Python's module `operator`: what NumPy scalars do, and the op that records it.
struct Operator {
  const char* name;
  PlainOperator plain;
  const OpSpec* op = nullptr;
  PyObject* ufunc = nullptr;  // NumPy's, which asks operands of other types
};

template <int operation> PyObject* plain_compare(PyObject* x, PyObject* y) {
  return PyObject_RichCompare(x, y, operation);
}
PyObject* plain_power(PyObject* x, PyObject* y) { return PyNumber_Power(x, y, Py_None); }
template <PyObject* (*function)(PyObject*)> PyObject* plain_unary(PyObject* x, PyObject*) {
  return function(x);
}

enum OperatorIndex {
  op_add,
  op_subtract,
  op_multiply,
  op_true_divide,
  op_floor_divide,
  op_remainder,
  op_power,
  op_and,
  op_or,
  op_xor,
  op_left_shift,
  op_right_shift,
  op_less,
  op_less_equal,
  op_equal,
  op_not_equal,
  op_greater,
  op_greater_equal,
  op_negative,
  op_absolute,
  op_invert,
  n_operators,
};
Operator operators[n_operators] = {
    {"add", PyNumber_Add},
    {"sub", PyNumber_Subtract},
    {"mul", PyNumber_Multiply},
    {"truediv", PyNumber_TrueDivide},
    {"floordiv", PyNumber_FloorDivide},
    {"mod", PyNumber_Remainder},
    {"pow", plain_power},
    {"and_", PyNumber_And},
    {"or_", PyNumber_Or},
    {"xor", PyNumber_Xor},
    {"lshift", PyNumber_Lshift},
    {"rshift", PyNumber_Rshift},
    {"lt", plain_compare<Py_LT>},
    {"le", plain_compare<Py_LE>},
    {"eq", plain_compare<Py_EQ>},
    {"ne", plain_compare<Py_NE>},
    {"gt", plain_compare<Py_GT>},
    {"ge", plain_compare<Py_GE>},
    {"neg", plain_unary<PyNumber_Negative>},
    {"abs", plain_unary<PyNumber_Absolute>},
    {"invert", plain_unary<PyNumber_Invert>},
};

// NumPy's scalars warn when integers overflow, which arrays do not: such results are not recorded.
bool wraps_silently(const Value& value) {
  return is_integer(value.dtype()) && !stays_in_graph(value.node());
}

// nullptr without an exception: the operands have to be plain.
PyObject* record_operator(const OpSpec& op, PyObject* const* operands, int n) {
  Value values[2];
  bool now = false;
  const Operandness kind = to_values(operands, n, values, now);
  if (kind != Operandness::native) return nullptr;
  const bool is_scalar = values[0].ndim() == 0 && (n < 2 || values[1].ndim() == 0);
  now |= is_scalar ? begin_scalar_record(op) : begin_record(op);
  Value result = lazynp::apply(op, std::span<const Value>(values, static_cast<size_t>(n)));
  if (is_scalar && wraps_silently(result)) return nullptr;
  end_record(result, now);
  return wrap_result(std::move(result), is_scalar);
}

PyObject* plain_operator(PlainOperator function, PyObject* x, PyObject* y) {
  return on_plain(plain_operand(x), [&](PyObject* plain_x) {
    if (!y) return function(plain_x, nullptr);
    return on_plain(plain_operand(y),
                    [&](PyObject* plain_y) { return function(plain_x, plain_y); });
  });
}

// What NumPy's scalars leave to Python: sequences repeat, and complex + float64 is Python's
// complex.
bool is_pythons(PyObject* x, PyObject* y) {
  const auto is_sequence = [](PyObject* object) {
    return PyList_Check(object) || PyTuple_Check(object);
  };
  return is_sequence(x) || is_sequence(y) ||
         (PyComplex_CheckExact(x) && is_lazy_scalar(y) &&
          as_scalar(y).node->dtype == DType::float64 && !stays_in_graph(as_scalar(y).node));
}

// The operand that another library answers for; nullptr: none.
PyObject* with_override(PyObject* x, PyObject* y) {
  return overrides_ufuncs(x) ? x : y && overrides_ufuncs(y) ? y : nullptr;
}

PyObject* left_to_override(PyObject* ufunc, PyObject* x, PyObject* y, PyObject* other) {
  const bool is_refused = other == x && !PyArray_Check(other);  // its type had its turn
  if (!ufunc || !(answers_for_ufuncs(other) || is_refused)) Py_RETURN_NOTIMPLEMENTED;
  return PyObject_CallFunctionObjArgs(ufunc, x, y, nullptr);
}

template <class Record>
PyObject* record_or_plain(PyObject* ufunc, PyObject* x, PyObject* y, PlainOperator plain,
                          Record record) {
  if (PyObject* const other = with_override(x, y)) return left_to_override(ufunc, x, y, other);
  if (!(y && is_pythons(x, y))) {
    try {
      PyObject* const result = record();
      if (result || PyErr_Occurred()) return result;
    } catch (const Error& error) {
      if (PyErr_Occurred() || error.error_class != ErrorClass::type) return set_python_error();
    } catch (...) {
      return set_python_error();
    }
  }
  return plain_operator(plain, x, y);
}

PyObject* operate(OperatorIndex index, PyObject* x, PyObject* y) {
  const Operator& what = operators[index];
  PyObject* const operands[2] = {x, y};
  return record_or_plain(what.ufunc, x, y, what.plain, [&]() -> PyObject* {
    return what.op ? record_operator(*what.op, operands, y ? 2 : 1) : nullptr;
  });
}

template <OperatorIndex index> PyObject* binary(PyObject* x, PyObject* y) {
  return operate(index, x, y);
}
template <OperatorIndex index> PyObject* unary(PyObject* x) { return operate(index, x, nullptr); }

PyObject* power(PyObject* x, PyObject* y, PyObject* modulus) {
  if (modulus == Py_None) return operate(op_power, x, y);
  return on_plain(plain_operand(x), [&](PyObject* plain_x) {
    return on_plain(plain_operand(y),
                    [&](PyObject* plain_y) { return PyNumber_Power(plain_x, plain_y, modulus); });
  });
}

PyObject* positive(PyObject* self) {
  if (as_scalar(self).node->dtype != DType::boolean) return Py_NewRef(self);
  return on_plain(evaluated(self), PyNumber_Positive);
}

// nullptr without an exception: the operands have to be plain.
PyObject* record_divmod(PyObject* const* operands) {
  static const OpSpec& op = op_named("divmod");
  Value values[2];
  bool now = false;
  if (to_values(operands, 2, values, now) != Operandness::native) return nullptr;
  const bool is_scalar = values[0].ndim() == 0 && values[1].ndim() == 0;
  now |= is_scalar ? begin_scalar_record(op) : begin_record(op);
  Values results = apply_results(op, values);
  if (is_scalar && wraps_silently(results[0])) return nullptr;
  for (const Value& result : results) end_record(result, now);
  const Owned quotient(wrap_result(std::move(results[0]), is_scalar));
  const Owned rest(quotient ? wrap_result(std::move(results[1]), is_scalar) : nullptr);
  return rest ? PyTuple_Pack(2, quotient.get(), rest.get()) : nullptr;
}
PyObject* divide_with_remainder(PyObject* x, PyObject* y) {
  static PyObject* const numpy_divmod = numpy_name(op_named("divmod").numpy[0]);
  PyObject* const operands[2] = {x, y};
  return record_or_plain(numpy_divmod, x, y, PyNumber_Divmod,
                         [&] { return record_divmod(operands); });
}
PyObject* matrix_product(PyObject* x, PyObject* y) {
  return plain_operator(PyNumber_MatrixMultiply, x, y);
}

PyObject* compare(PyObject* x, PyObject* y, int operation) {
  constexpr OperatorIndex of_operation[] = {op_less,      op_less_equal, op_equal,
                                            op_not_equal, op_greater,    op_greater_equal};
  return operate(of_operation[operation], x, y);
}

}  // namespace

const PyType_Slot scalar_operator_slots[] = {
    {Py_tp_richcompare, slot(compare)},
    {Py_nb_add, slot(binary<op_add>)},
    {Py_nb_subtract, slot(binary<op_subtract>)},
    {Py_nb_multiply, slot(binary<op_multiply>)},
    {Py_nb_true_divide, slot(binary<op_true_divide>)},
    {Py_nb_floor_divide, slot(binary<op_floor_divide>)},
    {Py_nb_remainder, slot(binary<op_remainder>)},
    {Py_nb_power, slot(power)},
    {Py_nb_divmod, slot(divide_with_remainder)},
    {Py_nb_matrix_multiply, slot(matrix_product)},
    {Py_nb_and, slot(binary<op_and>)},
    {Py_nb_or, slot(binary<op_or>)},
    {Py_nb_xor, slot(binary<op_xor>)},
    {Py_nb_lshift, slot(binary<op_left_shift>)},
    {Py_nb_rshift, slot(binary<op_right_shift>)},
    {Py_nb_negative, slot(unary<op_negative>)},
    {Py_nb_positive, slot(positive)},
    {Py_nb_absolute, slot(unary<op_absolute>)},
    {Py_nb_invert, slot(unary<op_invert>)},
    {0, nullptr},
};

void find_operator_ops() {
  for (Operator& what : operators) {
    what.op = op_of_python_operator(what.name);
    if (what.op) what.ufunc = numpy_name(what.op->numpy[0]);
  }
}

}  // namespace lazynp::python
