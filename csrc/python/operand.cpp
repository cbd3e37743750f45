// Turns whatever a ufunc accepts into graph values, or says that NumPy has to do the work.
#include "csrc/python/operand.h"

#include "csrc/python/array_parts.h"

#include "csrc/python/numpy_api.h"

namespace lazynp::python {
namespace {

constexpr npy_intp copied_bytes =
    64 * 1024;  // larger ndarrays are aliased, and the op runs at once

Value python_bool(bool truth) { return constant(DType::boolean, &truth, Weak::boolean); }

// Integers beyond int64 are NumPy's: it says what is to become of them.
Operandness python_integer(PyObject* object, Value& value) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (number == -1 && PyErr_Occurred()) return Operandness::error;
  if (overflow) return Operandness::foreign;
  value = constant(static_cast<int64_t>(number));
  return Operandness::native;
}

Value python_complex(PyObject* object) {
  const Py_complex number = PyComplex_AsCComplex(object);
  const double parts[2] = {number.real, number.imag};
  return constant(DType::complex128, parts, Weak::complex);
}

Operandness numpy_scalar(PyObject* object, Value& value) {
  PyObject* const descr = reinterpret_cast<PyObject*>(PyArray_DescrFromScalar(object));
  if (!descr) return Operandness::error;
  const DType dtype = dtype_of_descr(descr);
  Py_DECREF(descr);
  if (dtype == DType::none) return Operandness::foreign;
  Scalar scalar;
  PyArray_ScalarAsCtype(object, &scalar);
  value = constant(dtype, &scalar);
  return Operandness::native;
}

Operandness numpy_array(PyObject* object, Value& value, bool& must_run_now) {
  auto* const array = reinterpret_cast<PyArrayObject*>(object);
  const DType dtype = dtype_of_descr(reinterpret_cast<PyObject*>(PyArray_DESCR(array)));
  if (dtype == DType::none) return Operandness::foreign;
  if (PyArray_NBYTES(array) <= copied_bytes) {
    value = operand_copy(array, dtype);
    return Operandness::native;
  }
  PyObject* const ours = from_numpy(object, true);
  if (!ours) return Operandness::error;
  must_run_now = true;
  value = Value::share(value_of(ours));
  Py_DECREF(ours);
  return Operandness::native;
}

Operandness sequence(PyObject* object, Value& value) {
  PyObject* const array = PyArray_FROM_O(object);
  if (!array) {
    clear_error();  // NumPy raises it again, from the call itself
    return Operandness::foreign;
  }
  auto* const descr =
      reinterpret_cast<PyObject*>(PyArray_DESCR(reinterpret_cast<PyArrayObject*>(array)));
  Operandness answer = Operandness::foreign;
  if (PyArray_CheckExact(array) && dtype_of_descr(descr) != DType::none) {
    PyObject* const ours = adopt_numpy(array);
    answer = ours ? Operandness::native : Operandness::error;
    if (ours) value = Value::share(value_of(ours));
    Py_XDECREF(ours);
  }
  Py_DECREF(array);
  return answer;
}

Operandness our_array(PyObject* object, Value& value, bool& must_run_now) {
  auto& array = *reinterpret_cast<ArrayObject*>(object);
  if (array.host) return Operandness::foreign;
  must_run_now |= array.handle.storage && array.handle.storage->is_shared();
  value = Value::share(current_value(array.handle));
  return Operandness::native;
}

// The __array_ufunc__ of a type, if it has one.
Owned override_of(PyTypeObject* type) {
  static PyObject* const name = PyUnicode_InternFromString("__array_ufunc__");
  Owned found(PyObject_GetAttr(reinterpret_cast<PyObject*>(type), name));
  if (!found) clear_error();
  return found;
}

}  // namespace

Operandness scalar_to_value(PyObject* object, Value& value) {
  if (PyFloat_CheckExact(object)) {
    value = constant(PyFloat_AS_DOUBLE(object));
    return Operandness::native;
  }
  if (PyLong_CheckExact(object)) return python_integer(object, value);
  if (PyBool_Check(object)) {
    value = python_bool(object == Py_True);
    return Operandness::native;
  }
  if (PyArray_IsScalar(object, Generic))
    return numpy_scalar(object, value);  // before float: float64 is one
  if (PyComplex_Check(object)) {
    value = python_complex(object);
    return Operandness::native;
  }
  if (PyFloat_Check(object)) {
    value = constant(PyFloat_AS_DOUBLE(object));
    return Operandness::native;
  }
  if (PyLong_Check(object)) return python_integer(object, value);
  return Operandness::foreign;
}

Operandness to_value(PyObject* object, Value& value, bool& must_run_now) {
  if (is_array(object)) return our_array(object, value, must_run_now);
  if (is_lazy_scalar(object)) {
    value = Value::share(reinterpret_cast<ScalarObject*>(object)->node);
    return Operandness::native;
  }
  const Operandness as_scalar = scalar_to_value(object, value);
  if (as_scalar != Operandness::foreign) return as_scalar;
  if (PyArray_CheckExact(object)) return numpy_array(object, value, must_run_now);
  if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) return sequence(object, value);
  return Operandness::foreign;
}

Value without_weakness(Value value) {
  const Node& number = *value.node();
  return number.weak == Weak::no ? value : constant(number.dtype, number.value.bytes);
}

Operandness to_values(PyObject* const* objects, Py_ssize_t n, Value* values, bool& must_run_now) {
  for (Py_ssize_t i = 0; i < n; ++i) {
    const Operandness answer = to_value(objects[i], values[i], must_run_now);
    if (answer != Operandness::native) return answer;
  }
  return Operandness::native;
}

bool overrides_ufuncs(PyObject* object) {
  if (is_array(object) || is_lazy_scalar(object) || PyArray_CheckExact(object)) return false;
  static PyObject* const plain = override_of(&PyArray_Type).release();
  const Owned override(override_of(Py_TYPE(object)));
  return override && override.get() != plain;
}

bool answers_for_ufuncs(PyObject* object) {
  if (PyArray_Check(object) || PyArray_CheckAnyScalar(object)) return false;
  return overrides_ufuncs(object) && override_of(Py_TYPE(object)).get() != Py_None;
}

}  // namespace lazynp::python
