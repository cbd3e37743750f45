// Methods of an array that are one op each, found in the registry and bound to NumPy's parameters.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "csrc/engine/evaluate.h"
#include "csrc/engine/record_by_value.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/numpy_text.h"
#include "csrc/python/observation.h"
#include "csrc/python/record_state.h"

namespace lazynp::python {

namespace {

constexpr int max_method_parameters = 8;

// numpy.ndarray.<name>: its parameters in NumPy's order and the op that serves it. The first
// `n_operands` parameters are arrays; the others become attributes of the op by name.
struct OpMethod {
  const char* name = nullptr;
  const OpSpec* op = nullptr;
  int n_operands = 0;
  bool takes_list = false;  // the first of them is a sequence of any number of arrays
  int n_parameters = 0;
  int n_positional_only = 0;
  PyObject* parameters[max_method_parameters] = {};  // interned
  PyObject* text = nullptr;  // of NumPy's method, over our functions; None: it has none
  AttributesRef kept[9];     // of reductions over one axis, -4 to 3, and over all

  int index_of(const char* parameter) const {  // -1: no such parameter
    for (int i = 0; i < n_parameters; ++i)
      if (PyUnicode_CompareWithASCIIString(parameters[i], parameter) == 0) return i;
    return -1;
  }
};
constexpr int max_op_methods = 40;
OpMethod op_methods[max_op_methods];

// ---------------------------------------------------------------- NumPy's parameters

enum ParameterKind { positional_only = 0, variadic = 2, keywords = 4 };  // of inspect.Parameter

// Calls `use(name, kind)` for the parameters of a callable, the first one left out.
bool for_parameters(PyObject* callable, auto&& use) {
  const Owned inspect(PyImport_ImportModule("inspect"));
  const Owned signature(inspect ? PyObject_CallMethod(inspect.get(), "signature", "O", callable)
                                : nullptr);
  const Owned parameters(signature ? PyObject_GetAttrString(signature.get(), "parameters")
                                   : nullptr);
  const Owned values(parameters ? PyMapping_Values(parameters.get()) : nullptr);
  if (!values) return false;
  for (Py_ssize_t i = 1; i < PyList_GET_SIZE(values.get()); ++i) {
    PyObject* const parameter = PyList_GET_ITEM(values.get(), i);
    const Owned name(PyObject_GetAttrString(parameter, "name"));
    const Owned kind(PyObject_GetAttrString(parameter, "kind"));
    const long number = kind ? PyLong_AsLong(kind.get()) : -1;
    if (!name || number < 0) return false;
    use(name.get(), number);
  }
  return true;
}

void add_parameter(OpMethod& method, PyObject* name) {
  if (method.n_parameters == max_method_parameters) return;
  PyObject*& place = method.parameters[method.n_parameters++];
  place = Py_NewRef(name);
  PyUnicode_InternInPlace(&place);
}

// False with a Python exception: NumPy's parameters of this method cannot be read.
bool bind_op_method(const char* name, const OpSpec& op, OpMethod& method) {
  const Owned of_ndarray(ndarray_method(name));
  if (!of_ndarray) return false;
  bool has_keywords = false;
  const auto add = [&](PyObject* parameter, long kind) {
    has_keywords |= kind == keywords;
    if (kind == keywords || kind == variadic) return;
    method.n_positional_only += kind == positional_only;
    add_parameter(method, parameter);
  };
  if (!for_parameters(of_ndarray.get(), add)) return false;
  if (has_keywords) {  // NumPy names them in the function only
    const Owned function(numpy_name(name));
    const auto add_missing = [&](PyObject* parameter, long) {
      if (method.index_of(PyUnicode_AsUTF8(parameter)) < 0) add_parameter(method, parameter);
    };
    if (!function || !for_parameters(function.get(), add_missing)) return false;
  }
  method.name = name;
  method.op = &op;
  method.takes_list = op.n_inputs < 0;
  method.n_operands =
      method.takes_list ? 1 : op.n_inputs - 1 - static_cast<int>(op.optional_inputs.size());
  return true;
}

// Distributes the arguments; false where there are too many, or unknown or repeated names.
bool distribute(const OpMethod& method, PyObject* const* args, Py_ssize_t n, PyObject* names,
                PyObject** given) {
  if (n > method.n_parameters) return false;
  for (Py_ssize_t i = 0; i < n; ++i) given[i] = args[i];
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t k = 0; k < n_names; ++k) {
    PyObject* const name = PyTuple_GET_ITEM(names, k);
    int i = 0;
    while (i < method.n_parameters && method.parameters[i] != name) ++i;
    if (i == method.n_parameters) i = method.index_of(PyUnicode_AsUTF8(name));
    if (i < method.n_positional_only || given[i]) return false;
    given[i] = args[n + k];
  }
  return true;
}

// ---------------------------------------------------------------- attributes

bool write_integers(AttributeWriter& writer, PyObject* given) {
  int64_t values[max_ndim];
  int n = 0;
  if (PyTuple_CheckExact(given)) {
    if (PyTuple_GET_SIZE(given) > max_ndim) return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(given); ++i) {
      if (PyBool_Check(PyTuple_GET_ITEM(given, i))) return false;
      values[n++] = PyLong_AsLongLong(PyTuple_GET_ITEM(given, i));
    }
  } else {
    if (PyBool_Check(given)) return false;
    values[n++] = PyLong_AsLongLong(given);
  }
  if (PyErr_Occurred()) return clear_error(), false;
  writer.integers({values, static_cast<size_t>(n)});
  return true;
}

bool write_dtype(AttributeWriter& writer, PyObject* given) {
  PyArray_Descr* descr = nullptr;
  if (is_array(given)) return false;  // NumPy refuses it, though it has a dtype
  if (!PyArray_DescrConverter(given, &descr)) return clear_error(), false;
  const DType dtype = dtype_of_descr(as_object(descr));
  Py_DECREF(descr);
  if (dtype == DType::none) return false;
  writer.dtype(dtype);
  return true;
}

// False: only NumPy knows what the argument means.
bool write_attribute(AttributeWriter& writer, const Attribute& attribute, PyObject* given) {
  if (!given) return writer.default_of(attribute), true;
  if (given == Py_None) {
    if (attribute.optional) writer.none();
    return attribute.optional;
  }
  switch (attribute.type) {
    case AttributeType::integers: return write_integers(writer, given);
    case AttributeType::dtype: return write_dtype(writer, given);
    case AttributeType::integer: {
      if (PyBool_Check(given) || (!PyLong_Check(given) && !PyArray_IsScalar(given, Integer)))
        return false;
      const long long value = PyLong_AsLongLong(given);
      if (value == -1 && PyErr_Occurred()) return clear_error(), false;
      writer.integer(value);
      return true;
    }
    case AttributeType::boolean:
      if (!PyBool_Check(given) && !PyLong_Check(given)) return false;
      writer.boolean(PyObject_IsTrue(given) == 1);
      return true;
    case AttributeType::real: {
      if (!PyFloat_Check(given) && !PyLong_Check(given)) return false;
      const double value = PyFloat_AsDouble(given);
      if (value == -1.0 && PyErr_Occurred()) return clear_error(), false;
      writer.real(value);
      return true;
    }
    case AttributeType::string: {
      Py_ssize_t length = 0;
      const char* const text =
          PyUnicode_Check(given) ? PyUnicode_AsUTF8AndSize(given, &length) : nullptr;
      if (!text) return clear_error(), false;
      writer.string({text, static_cast<size_t>(length)});
      return true;
    }
    case AttributeType::none: break;
  }
  return false;
}

// Attributes of the op from the method's parameters; every other parameter has to be at its
// default. False: only NumPy knows what was meant.
bool collect_attributes(const OpMethod& method, PyObject** given, AttributesRef& result) {
  uint32_t used = (1u << method.n_operands) - 1;
  for (const char* const name : method.op->optional_inputs)
    if (const int i = method.index_of(name); i >= 0) used |= 1u << i;
  AttributeWriter writer;
  for (const Attribute& attribute : method.op->attributes) {
    const int i = method.index_of(attribute.name);
    if (i >= 0) used |= 1u << i;
    if (!write_attribute(writer, attribute, i < 0 ? nullptr : given[i])) return false;
  }
  for (int i = 0; i < method.n_parameters; ++i)
    if (!(used >> i & 1) && given[i] && given[i] != Py_None) return false;
  if (!method.op->attributes.empty()) result = writer.finish();
  return true;
}

// A wrong dtype or value, or a variant that the op lacks: NumPy raises in its own words, or knows
// what to do.
bool is_for_numpy(const Error& error) {
  return error.error_class == ErrorClass::type || error.error_class == ErrorClass::value ||
         error.error_class == ErrorClass::not_implemented ||
         error.error_class == ErrorClass::index || error.error_class == ErrorClass::overflow;
}

// ---------------------------------------------------------------- calls

// What the op does not do: NumPy's own text of the method over our functions, else NumPy.
PyObject* call_other_way(OpMethod& method, PyObject* self, PyObject* const* args, Py_ssize_t n,
                         PyObject* names) {
  if (!method.text) {
    const Owned namespace_(PyImport_ImportModule("lazynp._namespace"));
    method.text = namespace_
                      ? PyObject_CallMethod(namespace_.get(), "method_text", "s", method.name)
                      : nullptr;
    if (!method.text) return nullptr;
  }
  if (method.text != Py_None) {
    std::vector<PyObject*> all{self};
    all.insert(all.end(), args, args + n + (names ? PyTuple_GET_SIZE(names) : 0));
    PyObject* const result = try_text(method.text, all.data(), static_cast<size_t>(n) + 1, names);
    if (result || PyErr_Occurred()) return result;
  }
  return method_fallback(method.name, self, args, n, names);
}

PyObject* record_method(const OpSpec& op, std::span<const Value> inputs, AttributesRef attributes,
                        bool now) {
  now |= begin_record(op);
  const Because because("shape", op.name);
  Value value = apply_by_value(op, inputs, attributes);
  if (!warn_of_real_dtype(op, inputs, attributes.get())) return nullptr;
  end_record(value, now);
  return wrap_ufunc_result(std::move(value));
}

// The operands behind the array; false: only NumPy knows what they are, or a Python exception.
bool add_operand(PyObject* given, Values& inputs, bool& now) {
  inputs.emplace_back();
  return given && to_value(given, inputs.back(), now) == Operandness::native;
}

bool add_list(PyObject* given, Values& inputs, bool& now) {
  if (!given || !(PyList_CheckExact(given) || PyTuple_CheckExact(given) || is_native_array(given)))
    return false;
  const Owned items(PySequence_Fast(given, ""));
  for (Py_ssize_t i = 0; items && i < PySequence_Fast_GET_SIZE(items.get()); ++i)
    if (!add_operand(PySequence_Fast_GET_ITEM(items.get(), i), inputs, now)) return false;
  return bool(items);
}

void settle_kept(Values& inputs) {
  if (std::ranges::any_of(inputs, keeps_inputs, &Value::node))
    for (Value& input : inputs) input = settled(std::move(input));
}

bool bind_inputs(const OpMethod& method, PyObject* self, PyObject** given, Values& inputs,
                 bool& now) {
  inputs.push_back(Value::share(value_of(self)));
  now |= is_shared(as_array(self)->handle);
  if (method.takes_list && !add_list(given[0], inputs, now)) return false;
  for (int i = 0; i < method.n_operands && !method.takes_list; ++i)
    if (!add_operand(given[i], inputs, now)) return false;
  for (const char* const name : method.op->optional_inputs) {
    const int i = method.index_of(name);
    if (i < 0 || !given[i] || given[i] == Py_None) break;
    if (!add_operand(given[i], inputs, now)) return false;
  }
  std::rotate(inputs.begin(), inputs.begin() + 1, inputs.begin() + 1 + method.op->method_input);
  if (now) settle_kept(inputs);
  return true;
}

PyObject* call_op_method(OpMethod& method, PyObject* self, PyObject* const* args, Py_ssize_t n,
                         PyObject* names) {
  PyObject* given[max_method_parameters] = {};
  AttributesRef attributes;
  if (is_native_array(self) && distribute(method, args, n, names, given) &&
      collect_attributes(method, given, attributes)) {
    try {
      Values inputs;
      bool now = false;
      if (bind_inputs(method, self, given, inputs, now))
        return record_method(*method.op, inputs, std::move(attributes), now);
    } catch (const Error& error) {
      if (PyErr_Occurred() || !is_for_numpy(error)) return set_python_error();
    } catch (...) {
      return set_python_error();
    }
  }
  return PyErr_Occurred() ? nullptr : call_other_way(method, self, args, n, names);
}

// The new value takes the place of the array's.
void change(ArrayObject* array, const OpSpec& op, Values inputs, AttributesRef attributes,
            bool now) {
  now |= begin_record(op) | is_shared(array->handle);
  const Because because("shape", op.name);
  Value changed = apply_by_value(op, inputs, std::move(attributes));
  if (!same_shape(changed.layout(), layout_of(array->handle)) && !changed.node()->is_constant())
    fail(ErrorClass::not_implemented, "lazynp: the result has another shape than the array");
  inputs.clear();
  if (now) end_record(changed, now);
  write(array->handle, std::move(changed));
  end_write(array, now);
}

PyObject* call_changing_method(OpMethod& method, PyObject* self, PyObject* const* args,
                               Py_ssize_t n, PyObject* names) {
  PyObject* given[max_method_parameters] = {};
  AttributesRef attributes;
  if (!is_native_array(self) || !as_array(self)->handle.writeable ||
      !distribute(method, args, n, names, given) || !collect_attributes(method, given, attributes))
    return method_fallback(method.name, self, args, n, names);
  try {
    Values inputs;
    bool now = false;
    if (bind_inputs(method, self, given, inputs, now)) {
      change(as_array(self), *method.op, std::move(inputs), std::move(attributes), now);
      Py_RETURN_NONE;
    }
  } catch (const Error& error) {
    if (PyErr_Occurred() || !is_for_numpy(error)) return set_python_error();
  } catch (...) {
    return set_python_error();
  }
  return PyErr_Occurred() ? nullptr : method_fallback(method.name, self, args, n, names);
}

PyObject* call_view_method(OpMethod& method, PyObject* self, PyObject* const* args, Py_ssize_t n,
                           PyObject* names) {
  if (!is_native_array(self)) return method_fallback(method.name, self, args, n, names);
  return view_by_phantom(method.name, self, args, n, names);
}

// Reductions: no argument, or one axis. Their attributes are kept, by axis.
constexpr int n_kept_axes = 4;

const AttributesRef& kept_attributes(const OpSpec& op, AttributesRef& kept, bool has_axis,
                                     int axis) {
  if (kept) [[likely]]
    return kept;
  AttributeWriter writer;
  for (const Attribute& attribute : op.attributes) {
    const int64_t value = axis;
    if (has_axis && std::string_view(attribute.name) == "axis")
      attribute.type == AttributeType::integers ? writer.integers({&value, 1})
                                                : writer.integer(axis);
    else
      writer.default_of(attribute);
  }
  kept = writer.finish();
  return kept;
}

PyObject* call_reduction(OpMethod& method, PyObject* self, PyObject* const* args, Py_ssize_t n,
                         PyObject* names) {
  // NumPy hands its Python code further arguments in an order that its signature does not show.
  if (n > 2) return call_other_way(method, self, args, n, names);
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  const Py_ssize_t n_given = n + n_names;
  if (n_given > 1 || as_array(self)->host ||
      (n_names && PyTuple_GET_ITEM(names, 0) != method.parameters[0]))
    return call_op_method(method, self, args, n, names);
  int64_t axis = n_kept_axes;  // stands for None
  const bool has_axis = n_given == 1 && args[0] != Py_None;
  if (has_axis) {
    axis = PyLong_CheckExact(args[0]) ? PyLong_AsLongLong(args[0]) : n_kept_axes;
    const bool is_too_large = axis == -1 && PyErr_Occurred();
    if (is_too_large || axis < -n_kept_axes || axis >= n_kept_axes) {
      clear_error();
      return call_op_method(method, self, args, n, names);
    }
  }
  try {
    const OpSpec& op = *method.op;
    const Value input = Value::share(value_of(self));
    AttributesRef attributes =
        kept_attributes(op, method.kept[axis + n_kept_axes], has_axis, static_cast<int>(axis));
    bool now = is_shared(as_array(self)->handle);
    if (op.kind != OpKind::reduction)
      return record_method(op, std::span(&input, 1), std::move(attributes), now);
    now |= begin_record(op);
    Value value = Value::adopt(apply_reduction(op, input.node(), std::move(attributes)));
    end_record(value, now);
    return wrap_ufunc_result(std::move(value));
  } catch (...) {
    if (PyErr_Occurred()) return nullptr;
    return call_op_method(method, self, args, n, names);
  }
}

// A C function for each place of the table, since methods of a type carry no data.
using Call = PyObject* (*)(OpMethod&, PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
template <Call call, int index>
PyObject* method_at(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  return call(op_methods[index], self, args, n, names);
}
using MethodFunction = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
template <Call call, int... index>
constexpr std::array<MethodFunction, max_op_methods> methods_at(
    std::integer_sequence<int, index...>) {
  return {method_at<call, index>...};
}
using Places = std::make_integer_sequence<int, max_op_methods>;
constexpr auto op_calls = methods_at<call_op_method>(Places());
constexpr auto reduction_calls = methods_at<call_reduction>(Places());
constexpr auto changing_calls = methods_at<call_changing_method>(Places());
constexpr auto view_calls = methods_at<call_view_method>(Places());

bool folds_over_all_axes(const OpMethod& method) {
  if (method.n_operands || method.index_of("axis") != 0) return false;
  for (const Attribute& attribute : method.op->attributes)
    if (std::strcmp(attribute.name, "axis") == 0)
      return attribute.optional && attribute.none_by_default;
  return false;
}

const auto& calls_of(const OpMethod& method) {
  if (method.op->method_changes_array) return changing_calls;
  if (method.op->kind == OpKind::view) return view_calls;
  return folds_over_all_axes(method) ? reduction_calls : op_calls;
}

// Elementwise methods are ufuncs; views that may be copies are written by hand.
bool is_op_method(const OpSpec& op, const char* name, const std::vector<PyMethodDef>& methods) {
  if (op.kind == OpKind::elementwise || op.may_copy) return false;
  if (op.n_inputs == 0) return false;
  for (const PyMethodDef& method : methods)
    if (std::strcmp(method.ml_name, name) == 0) return false;
  const Owned attribute(ndarray_method(name));
  if (!attribute) clear_error();
  return attribute && PyCallable_Check(attribute.get());
}

}  // namespace

PyObject* change_by_op(const OpSpec& op, PyObject* array, PyObject* const* operands, int n_operands,
                       AttributesRef attributes) {
  return guarded([&]() -> PyObject* {
    if (!is_native_array(array) || !as_array(array)->handle.writeable)
      fail(ErrorClass::value, "lazynp: not an array that can be written");
    Values inputs{Value::share(value_of(array))};
    bool now = false;
    for (int i = 0; i < n_operands; ++i)
      if (!add_operand(operands[i], inputs, now)) {
        if (PyErr_Occurred()) return nullptr;
        fail(ErrorClass::type, "lazynp: an operand has no native dtype");
      }
    if (now) settle_kept(inputs);
    change(as_array(array), op, std::move(inputs), std::move(attributes), now);
    Py_RETURN_NONE;
  });
}

bool append_op_methods(std::vector<PyMethodDef>& methods) {
  size_t n = 0;
  for (const OpSpec& op : registry())
    for (const char* const name : op.numpy) {
      if (!is_op_method(op, name, methods)) continue;
      LNP_ASSERT(n < max_op_methods);
      OpMethod& method = op_methods[n];
      if (!bind_op_method(name, op, method)) return false;
      const MethodFunction call = calls_of(method)[n++];
      methods.push_back({name, as_method(call), METH_FASTCALL | METH_KEYWORDS, nullptr});
    }
  return true;
}

}  // namespace lazynp::python
