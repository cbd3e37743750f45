// C++ errors as Python exceptions: NumPy's classes, and lazynp's own.
#include "csrc/python/python_errors.h"

#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "csrc/base/error.h"
#include "csrc/python/array.h"

namespace lazynp::python {

PyObject* lazy_error = nullptr;
PyObject* history_released = nullptr;
PyObject* no_gradient = nullptr;
PyObject* gradient_detached = nullptr;

namespace {

PyObject* axis_error = nullptr;
PyObject* linear_algebra_error = nullptr;
PyObject* ufunc_type_error = nullptr;
PyObject* array_memory_error = nullptr;
PyObject* literal_of_text = nullptr;
PyObject* dtype_class = nullptr;

PyObject* class_of(ErrorClass error_class, const char* text) {
  switch (error_class) {
    case ErrorClass::value: return PyExc_ValueError;
    case ErrorClass::type: return PyExc_TypeError;
    case ErrorClass::index: return PyExc_IndexError;
    case ErrorClass::axis: return axis_error;
    case ErrorClass::overflow: return PyExc_OverflowError;
    case ErrorClass::zero_division: return PyExc_ZeroDivisionError;
    case ErrorClass::memory: return PyExc_MemoryError;
    case ErrorClass::linear_algebra: return linear_algebra_error;
    case ErrorClass::casting:
      return std::strncmp(text, "Cannot cast ufunc", 17) == 0 ? ufunc_type_error : PyExc_TypeError;
    case ErrorClass::lazy: return lazy_error;
    case ErrorClass::history_released: return history_released;
    case ErrorClass::no_gradient: return no_gradient;
    case ErrorClass::interrupted: return PyExc_KeyboardInterrupt;
    case ErrorClass::not_implemented: return PyExc_NotImplementedError;
  }
  return PyExc_RuntimeError;
}

// AxisError has attributes, which its text gives back.
void set_axis_error(const char* text) {
  const std::string_view whole(text);
  const size_t at = whole.find("axis ");
  long long axis = 0;
  int ndim = 0;
  if (at == whole.npos ||
      std::sscanf(text + at, "axis %lld is out of bounds for array of dimension %d", &axis,
                  &ndim) != 2) {
    PyErr_SetString(axis_error, text);
    return;
  }
  const std::string prefix(whole.substr(0, at < 2 ? 0 : at - 2));  // without ": "
  PyObject* const error =
      PyObject_CallFunction(axis_error, "Liz", axis, ndim, at < 2 ? nullptr : prefix.c_str());
  if (!error) return;
  PyErr_SetObject(axis_error, error);
  Py_DECREF(error);
}

// NumPy's class says what was asked for: its arguments are the shape and the dtype.
void set_memory_error(const std::string& text) {
  constexpr std::string_view of_shape = " with shape ", of_dtype = " and data type ";
  const size_t shape = text.find(of_shape), dtype = text.find(of_dtype);
  if (shape == text.npos || dtype == text.npos) {
    PyErr_SetString(PyExc_MemoryError, text.c_str());
    return;
  }
  const size_t first = shape + of_shape.size();
  PyObject* const extents =
      PyObject_CallFunction(literal_of_text, "s", text.substr(first, dtype - first).c_str());
  PyObject* const descr =
      extents ? PyObject_CallFunction(dtype_class, "s", text.c_str() + dtype + of_dtype.size())
              : nullptr;
  PyObject* const error =
      descr ? PyObject_CallFunctionObjArgs(array_memory_error, extents, descr, nullptr) : nullptr;
  if (error) PyErr_SetObject(array_memory_error, error);
  Py_XDECREF(extents);
  Py_XDECREF(descr);
  Py_XDECREF(error);
}

PyObject* add_exception(PyObject* module, const char* name, const char* doc, PyObject* base) {
  const std::string full_name = std::string("lazynp.") + name;
  PyObject* const made = PyErr_NewExceptionWithDoc(full_name.c_str(), doc, base, nullptr);
  if (made && PyModule_AddObjectRef(module, name, made) == 0) return made;
  Py_XDECREF(made);
  return nullptr;
}

bool add_exceptions(PyObject* module) {
  lazy_error = add_exception(
      module, "LazyError",
      "An error of the lazy engine itself, such as a value asked for in no_eval().\n\n"
      ">>> import lazynp\n"
      ">>> with lazynp.no_eval():\n"
      "...     print(lazynp.ones(3) + 1)\n"
      "Traceback (most recent call last):\n"
      "    ...\n"
      "lazynp.LazyError: lazynp: no_eval: this line needs a value; ...\n",
      PyExc_RuntimeError);
  if (!lazy_error) return false;
  history_released = add_exception(
      module, "HistoryReleased",
      "A gradient needs inputs that were forgotten: the value was not watched.\n\n"
      ">>> import lazynp\n"
      ">>> x = lazynp.ones(3)\n"
      ">>> lazynp.gradients((x * x).sum(), [x])\n"
      "Traceback (most recent call last):\n"
      "    ...\n"
      "lazynp.HistoryReleased: lazynp: gradients: xs[0] of shape (3,) is not watched; ...\n",
      lazy_error);
  no_gradient =
      add_exception(module, "NoGradient",
                    "An operation between a result and what was watched has no gradient.\n\n"
                    ">>> import lazynp\n"
                    ">>> lazynp.grad(lambda x: lazynp.nextafter(x, 1.0))(0.5)\n"
                    "Traceback (most recent call last):\n"
                    "    ...\n"
                    "lazynp.NoGradient: lazynp: nextafter: has no gradient; ...\n",
                    lazy_error);
  gradient_detached =
      add_exception(module, "GradientDetached",
                    "A value that depends on a watched array became plain data.\n\n"
                    "A warning; within grad() and its like it is raised.\n\n"
                    ">>> import lazynp\n"
                    ">>> lazynp.grad(lambda x: float(x) * x)(0.5)\n"
                    "Traceback (most recent call last):\n"
                    "    ...\n"
                    "lazynp.GradientDetached: lazynp: a value that depends on ...\n",
                    PyExc_UserWarning);
  return history_released && no_gradient && gradient_detached;
}

}  // namespace

PyObject* set_python_error() {
  if (PyErr_Occurred()) return nullptr;
  try {
    throw;
  } catch (const Error& error) {
    if (error.error_class == ErrorClass::axis)
      set_axis_error(error.what());
    else if (error.error_class == ErrorClass::memory)
      set_memory_error(error.what());
    else
      PyErr_SetString(class_of(error.error_class, error.what()), error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  } catch (...) {
    PyErr_SetString(PyExc_SystemError, "lazynp: an unknown C++ exception");
  }
  return nullptr;
}

void throw_python_error() { fail(ErrorClass::lazy, "a Python exception is set"); }

// What is no Exception (KeyboardInterrupt, SystemExit) was not raised by what failed, but while it
// worked: the interpreter raises it again when it runs the next line.
void clear_error() {
  if (!PyErr_Occurred()) return;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  if (!PyErr_GivenExceptionMatches(type, PyExc_Exception))
    PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), type);
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(trace);
}

PyObject* imported(const char* module_name, const char* name) {
  PyObject* const module = PyImport_ImportModule(module_name);
  if (!module) return nullptr;
  PyObject* const attribute = PyObject_GetAttrString(module, name);
  Py_DECREF(module);
  return attribute;
}

bool init_python_errors(PyObject* module) {
  axis_error = imported("numpy.exceptions", "AxisError");
  linear_algebra_error = imported("numpy.linalg", "LinAlgError");
  ufunc_type_error = imported("numpy._core._exceptions", "UFuncTypeError");
  array_memory_error = imported("numpy._core._exceptions", "_ArrayMemoryError");
  literal_of_text = imported("ast", "literal_eval");
  dtype_class = imported("numpy", "dtype");
  return axis_error && linear_algebra_error && ufunc_type_error && array_memory_error &&
         literal_of_text && dtype_class && add_exceptions(module);
}

}  // namespace lazynp::python
