// LazyScalar: an immutable 0-d value that was not computed yet. It behaves as the NumPy scalar that
// it will be, and becomes one where plain Python needs it.
#include <cstddef>
#include <string_view>

#include "csrc/python/array_parts.h"
#include "csrc/python/module.h"
#include "csrc/python/operand.h"
#include "csrc/python/protocols.h"
#include "csrc/python/record_state.h"

#include <structmember.h>

namespace lazynp::python {

PyTypeObject* scalar_type = nullptr;

namespace {

ScalarObject& as_scalar(PyObject* object) { return *reinterpret_cast<ScalarObject*>(object); }
bool is_watched(const Node* node) { return node->flags & (watched | watched_leaf); }

// The NumPy scalar; runs what is pending. nullptr: exception set.
PyObject* evaluated(PyObject* self) {
  return guarded([&] { return scalar_of_value(Value::share(as_scalar(self).node)); });
}

// The same where the value leaves the graph: GradientDetached if it is watched.
PyObject* detached(PyObject* self) {
  return note_detached(as_scalar(self).node) ? evaluated(self) : nullptr;
}

// LazyScalars become NumPy scalars; a new reference.
PyObject* plain_operand(PyObject* object) {
  return is_lazy_scalar(object) ? detached(object) : Py_NewRef(object);
}

// `function(evaluated, ...)`, whose first argument is released.
template <class Function> PyObject* on_plain(PyObject* plain, Function function) {
  if (!plain) return nullptr;
  PyObject* const result = function(plain);
  Py_DECREF(plain);
  return result;
}

void dealloc(PyObject* self) {
  ScalarObject& scalar = as_scalar(self);
  if (scalar.weak_references) PyObject_ClearWeakRefs(self);
  if (Node* const node = std::exchange(scalar.node, nullptr)) {
    handle_detached(node);
    drop_reference(node);
  }
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

// ---------------------------------------------------------------- operators

// One Python operator: the ufunc that records it, and what NumPy scalars do.
struct Operator {
  const char* numpy_name;
  PyObject* (*plain)(PyObject*, PyObject*);
  const OpSpec* op = nullptr;
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
    {"subtract", PyNumber_Subtract},
    {"multiply", PyNumber_Multiply},
    {"divide", PyNumber_TrueDivide},
    {"floor_divide", PyNumber_FloorDivide},
    {"remainder", PyNumber_Remainder},
    {"power", plain_power},
    {"bitwise_and", PyNumber_And},
    {"bitwise_or", PyNumber_Or},
    {"bitwise_xor", PyNumber_Xor},
    {"left_shift", PyNumber_Lshift},
    {"right_shift", PyNumber_Rshift},
    {"less", plain_compare<Py_LT>},
    {"less_equal", plain_compare<Py_LE>},
    {"equal", plain_compare<Py_EQ>},
    {"not_equal", plain_compare<Py_NE>},
    {"greater", plain_compare<Py_GT>},
    {"greater_equal", plain_compare<Py_GE>},
    {"negative", plain_unary<PyNumber_Negative>},
    {"absolute", plain_unary<PyNumber_Absolute>},
    {"invert", plain_unary<PyNumber_Invert>},
};

// NumPy's scalars warn when integers overflow, which arrays do not: such results are not recorded.
bool wraps_silently(const Value& value) {
  return is_integer(value.dtype()) && !is_watched(value.node());
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

PyObject* plain_operator(const Operator& what, PyObject* x, PyObject* y) {
  return on_plain(plain_operand(x), [&](PyObject* plain_x) {
    if (!y) return what.plain(plain_x, nullptr);
    return on_plain(plain_operand(y),
                    [&](PyObject* plain_y) { return what.plain(plain_x, plain_y); });
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
          as_scalar(y).node->dtype == DType::float64 && !is_watched(as_scalar(y).node));
}

PyObject* operate(OperatorIndex index, PyObject* x, PyObject* y) {
  const Operator& what = operators[index];
  if ((!is_lazy_scalar(x) && overrides_ufuncs(x)) ||
      (y && !is_lazy_scalar(y) && overrides_ufuncs(y)))
    Py_RETURN_NOTIMPLEMENTED;
  PyObject* const operands[2] = {x, y};
  if (what.op && !(y && is_pythons(x, y))) {
    try {
      PyObject* const result = record_operator(*what.op, operands, y ? 2 : 1);
      if (result || PyErr_Occurred()) return result;
    } catch (const Error& error) {
      if (PyErr_Occurred() || error.error_class != ErrorClass::type) return set_python_error();
    } catch (...) {
      return set_python_error();
    }
  }
  return plain_operator(what, x, y);
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

PyObject* divide_with_remainder(PyObject* x, PyObject* y) {
  return plain_operator({"divmod", PyNumber_Divmod}, x, y);
}
PyObject* matrix_product(PyObject* x, PyObject* y) {
  return plain_operator({"matmul", PyNumber_MatrixMultiply}, x, y);
}

PyObject* compare(PyObject* x, PyObject* y, int operation) {
  constexpr OperatorIndex of_operation[] = {op_less,      op_less_equal, op_equal,
                                            op_not_equal, op_greater,    op_greater_equal};
  return operate(of_operation[operation], x, y);
}

// ---------------------------------------------------------------- plain numbers and texts

int truth(PyObject* self) {  // silent: control flow
  PyObject* const plain = evaluated(self);
  const int answer = plain ? PyObject_IsTrue(plain) : -1;
  Py_XDECREF(plain);
  return answer;
}

PyObject* to_float(PyObject* self) { return on_plain(detached(self), PyNumber_Float); }
PyObject* to_int(PyObject* self) { return on_plain(detached(self), PyNumber_Long); }
PyObject* to_index(PyObject* self) { return on_plain(detached(self), PyNumber_Index); }
PyObject* to_complex(PyObject* self, PyObject*) {
  return on_plain(detached(self), [](PyObject* plain) {
    return PyObject_CallOneArg(as_object(&PyComplex_Type), plain);
  });
}
PyObject* repr(PyObject* self) { return on_plain(evaluated(self), PyObject_Repr); }
PyObject* str(PyObject* self) { return on_plain(evaluated(self), PyObject_Str); }

Py_hash_t hash(PyObject* self) {
  PyObject* const plain = evaluated(self);
  const Py_hash_t answer = plain ? PyObject_Hash(plain) : -1;
  Py_XDECREF(plain);
  return answer;
}

PyObject* subscript(PyObject* self, PyObject* key) {
  return on_plain(evaluated(self), [&](PyObject* plain) { return PyObject_GetItem(plain, key); });
}

// The evaluated scalar's method of that name with these arguments.
template <const char* name>
PyObject* plain_method(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return on_plain(detached(self), [&](PyObject* plain) {
    return on_plain(PyObject_GetAttrString(plain, name), [&](PyObject* method) {
      return PyObject_Vectorcall(method, args, static_cast<size_t>(n), names);
    });
  });
}

// `module.name(evaluated, *args)`: functions that do more than call a method of the scalar.
template <const char* module, const char* name>
PyObject* plain_function(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  if (n > 1 || names) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most one argument", name);
    return nullptr;
  }
  return on_plain(detached(self), [&](PyObject* plain) {
    return on_plain(PyImport_ImportModule(module), [&](PyObject* home) {
      return on_plain(PyObject_GetAttrString(home, name), [&](PyObject* function) {
        PyObject* const arguments[2] = {plain, n ? args[0] : nullptr};
        return PyObject_Vectorcall(function, arguments, static_cast<size_t>(1 + n), nullptr);
      });
    });
  });
}

PyObject* itself(PyObject* self, PyObject*) { return Py_NewRef(self); }

PyObject* directory(PyObject* self, PyObject*) { return on_plain(evaluated(self), PyObject_Dir); }

// format() and pickling look at the value only: no gradient was to flow through it.
PyObject* format(PyObject* self, PyObject* specification) {
  return on_plain(evaluated(self),
                  [&](PyObject* plain) { return PyObject_Format(plain, specification); });
}

PyObject* reduce_as_numpy(PyObject* self, PyObject* protocol) {
  return on_plain(evaluated(self), [&](PyObject* plain) {
    return PyObject_CallMethod(plain, "__reduce_ex__", "O", protocol);
  });
}

PyObject* astype(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static constexpr char name[] = "astype";
  PyArray_Descr* descr = nullptr;
  if (n != 1 || names || !PyArray_DescrConverter(args[0], &descr)) {
    PyErr_Clear();
    return plain_method<name>(self, args, n, names);
  }
  const DType dtype = dtype_of_descr(as_object(descr));
  Py_DECREF(descr);
  if (dtype == DType::none) return plain_method<name>(self, args, n, names);
  return guarded([&] {
    static const OpSpec& op = op_named("astype");
    const bool now = begin_record(op);
    Value value = lazynp::astype(Value::share(as_scalar(self).node), dtype);
    end_record(value, now);
    return wrap_scalar(std::move(value));
  });
}

// ---------------------------------------------------------------- attributes

const Node& node_of(PyObject* self) { return *as_scalar(self).node; }

PyObject* get_dtype(PyObject* self, void*) { return Py_NewRef(descr_of(node_of(self).dtype)); }
PyObject* get_empty_tuple(PyObject*, void*) { return PyTuple_New(0); }
PyObject* get_zero(PyObject*, void*) { return PyLong_FromLong(0); }
PyObject* get_one(PyObject*, void*) { return PyLong_FromLong(1); }
PyObject* get_itemsize(PyObject* self, void*) {
  return PyLong_FromLong(size_of(node_of(self).dtype));
}
PyObject* get_self(PyObject* self, void*) { return Py_NewRef(self); }
PyObject* get_priority(PyObject*, void*) { return PyFloat_FromDouble(-1000000.0); }

// isinstance(x, numpy.float64) and isinstance(x, float) hold, as for the scalar it stands for.
PyObject* get_class(PyObject* self, void*) {
  return Py_NewRef(
      as_object(reinterpret_cast<PyArray_Descr*>(descr_of(node_of(self).dtype))->typeobj));
}

PyObject* get_real(PyObject* self, void*) {
  if (!is_complex(node_of(self).dtype)) return Py_NewRef(self);
  return on_plain(detached(self),
                  [](PyObject* plain) { return PyObject_GetAttrString(plain, "real"); });
}

PyObject* get_imag(PyObject* self, void*) {
  return on_plain(evaluated(self),
                  [](PyObject* plain) { return PyObject_GetAttrString(plain, "imag"); });
}

// __array_interface__ and __array_struct__ give the value away.
bool is_export(PyObject* name) {
  const char* const text = PyUnicode_AsUTF8(name);
  if (!text) PyErr_Clear();
  return text && std::string_view(text).starts_with("__array_");
}

// Anything else is the NumPy scalar's; a watched value answers as a 0-d array, which stays in the
// graph.
PyObject* get_attribute(PyObject* self, PyObject* name) {
  PyObject* const own = PyObject_GenericGetAttr(self, name);
  if (own || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
  PyErr_Clear();
  const bool is_special = PyUnicode_Check(name) && PyUnicode_GET_LENGTH(name) > 1 &&
                          PyUnicode_READ_CHAR(name, 0) == '_';
  PyObject* plain = nullptr;
  if (is_special)
    plain = is_export(name) ? detached(self) : evaluated(self);
  else if (is_watched(&node_of(self)))
    plain = wrap(Value::share(as_scalar(self).node));
  else
    plain = evaluated(self);
  // A scalar's own flags say that it cannot be written; what its methods return can.
  if (plain && is_exact_array(plain) && PyUnicode_CompareWithASCIIString(name, "flags") == 0)
    reinterpret_cast<ArrayObject*>(plain)->handle.writeable = false;
  return on_plain(plain, [&](PyObject* object) { return PyObject_GetAttr(object, name); });
}

PyObject* refuse_new(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError, "cannot create 'lazynp.LazyScalar' instances");
  return nullptr;
}

// ---------------------------------------------------------------- the type

PyCFunction fast(PyObject* (*function)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*)) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

constexpr char item[] = "item", tolist[] = "tolist", tobytes[] = "tobytes",
               as_array_name[] = "__array__", builtins[] = "builtins", math[] = "math",
               round_name[] = "round", trunc_name[] = "trunc", floor_name[] = "floor",
               ceil_name[] = "ceil", is_integer_name[] = "is_integer",
               ratio_name[] = "as_integer_ratio";

template <const char* name> PyMethodDef forwarded() {
  return {name, fast(plain_method<name>), METH_FASTCALL | METH_KEYWORDS, nullptr};
}

PyMethodDef* methods() {
  constexpr int keywords = METH_FASTCALL | METH_KEYWORDS;
  static PyMethodDef table[] = {
      forwarded<item>(),
      forwarded<tolist>(),
      forwarded<tobytes>(),
      forwarded<as_array_name>(),
      forwarded<is_integer_name>(),
      forwarded<ratio_name>(),
      {"__round__", fast(plain_function<builtins, round_name>), keywords, nullptr},
      {"__trunc__", fast(plain_function<math, trunc_name>), keywords, nullptr},
      {"__floor__", fast(plain_function<math, floor_name>), keywords, nullptr},
      {"__ceil__", fast(plain_function<math, ceil_name>), keywords, nullptr},
      {"__complex__", to_complex, METH_NOARGS, nullptr},
      {"astype", fast(astype), keywords, nullptr},
      {"__array_ufunc__", fast(array_ufunc), keywords, nullptr},
      {"__array_function__", fast(array_function), keywords, nullptr},
      {"__format__", format, METH_O, nullptr},
      {"__reduce_ex__", reduce_as_numpy, METH_O, nullptr},
      {"__copy__", itself, METH_NOARGS, nullptr},
      {"__deepcopy__", itself, METH_O, nullptr},
      {"__dir__", directory, METH_NOARGS, nullptr},
      {nullptr, nullptr, 0, nullptr},
  };
  return table;
}

PyGetSetDef attributes[] = {
    {"dtype", get_dtype, nullptr, nullptr, nullptr},
    {"shape", get_empty_tuple, nullptr, nullptr, nullptr},
    {"strides", get_empty_tuple, nullptr, nullptr, nullptr},
    {"ndim", get_zero, nullptr, nullptr, nullptr},
    {"size", get_one, nullptr, nullptr, nullptr},
    {"itemsize", get_itemsize, nullptr, nullptr, nullptr},
    {"nbytes", get_itemsize, nullptr, nullptr, nullptr},
    {"T", get_self, nullptr, nullptr, nullptr},
    {"real", get_real, nullptr, nullptr, nullptr},
    {"imag", get_imag, nullptr, nullptr, nullptr},
    {"__class__", get_class, nullptr, nullptr, nullptr},
    {"__array_priority__", get_priority, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ScalarObject, weak_references), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

template <class Function> void* slot(Function function) {
  return reinterpret_cast<void*>(function);
}

PyTypeObject* make_type() {
  PyType_Slot slots[] = {
      {Py_tp_dealloc, slot(dealloc)},
      {Py_tp_new, slot(refuse_new)},
      {Py_tp_repr, slot(repr)},
      {Py_tp_str, slot(str)},
      {Py_tp_hash, slot(hash)},
      {Py_tp_richcompare, slot(compare)},
      {Py_tp_getattro, slot(get_attribute)},
      {Py_tp_methods, methods()},
      {Py_tp_getset, attributes},
      {Py_tp_members, members},
      {Py_mp_subscript, slot(subscript)},
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
      {Py_nb_bool, slot(truth)},
      {Py_nb_float, slot(to_float)},
      {Py_nb_int, slot(to_int)},
      {Py_nb_index, slot(to_index)},
      {0, nullptr},
  };
  PyType_Spec spec = {"lazynp.LazyScalar", sizeof(ScalarObject), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

// The operators' ops, by the NumPy names that they serve.
void find_operator_ops() {
  for (Operator& what : operators)
    for (const OpSpec& op : registry()) {
      const bool is_pointwise = op.kind == OpKind::elementwise || op.kind == OpKind::composite;
      if (!is_pointwise || !op.attributes.empty()) continue;
      for (const char* name : op.numpy)
        if (std::string_view(name) == what.numpy_name) what.op = &op;
    }
}

}  // namespace

bool init_lazy_scalar(PyObject* module) {
  find_operator_ops();
  scalar_type = make_type();
  return scalar_type && PyModule_AddObjectRef(module, "LazyScalar", as_object(scalar_type)) == 0;
}

}  // namespace lazynp::python
