// __array_ufunc__ and __array_function__: NumPy's own functions, called on lazynp arrays.
#include "csrc/python/arguments.h"
#include "csrc/python/protocols.h"

#include "csrc/python/array_parts.h"
#include "csrc/python/numpy_api.h"
#include "csrc/python/operand.h"
#include "csrc/python/ufunc.h"

namespace lazynp::python {
namespace {

PyObject* served_functions = nullptr;  // NumPy's function -> ours

// Another library's array wants to do the work itself.
bool any_overrides(PyObject* const* objects, Py_ssize_t n) {
  for (Py_ssize_t i = 0; i < n; ++i)
    if (overrides_ufuncs(objects[i])) return true;
  return false;
}

bool any_out_overrides(PyObject* const* values, PyObject* names) {
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t i = 0; i < n_names; ++i) {
    if (!is_named(PyTuple_GET_ITEM(names, i), "out") || !PyTuple_Check(values[i])) continue;
    for (Py_ssize_t k = 0; k < PyTuple_GET_SIZE(values[i]); ++k)
      if (overrides_ufuncs(PyTuple_GET_ITEM(values[i], k))) return true;
  }
  return false;
}

// Where `out` stands among the positional arguments of a ufunc's method.
Py_ssize_t out_position(PyObject* method, PyObject* ufunc) {
  if (is_named(method, "__call__")) return reinterpret_cast<PyUFuncObject*>(ufunc)->nin;
  return is_named(method, "reduceat")                                   ? 4
         : is_named(method, "reduce") || is_named(method, "accumulate") ? 3
                                                                        : PY_SSIZE_T_MAX - 1;
}

PyObject* call_unknown(PyObject* ufunc, PyObject* method, PyObject* const* inputs, Py_ssize_t n,
                       PyObject* names) {
  const bool is_call = is_named(method, "__call__");
  PyObject* const callable = is_call ? Py_NewRef(ufunc) : PyObject_GetAttr(ufunc, method);
  if (!callable) return nullptr;
  PyObject* const result = call_numpy(callable, inputs, n, names, out_position(method, ufunc));
  Py_DECREF(callable);
  return result;
}

PyObject* call_known(PyObject* ours, PyObject* method, PyObject* const* inputs, Py_ssize_t n,
                     PyObject* names) {
  if (is_named(method, "__call__"))
    return PyObject_Vectorcall(ours, inputs, static_cast<size_t>(n), names);
  PyObject* const callable = PyObject_GetAttr(ours, method);
  if (!callable) return nullptr;
  PyObject* const result = PyObject_Vectorcall(callable, inputs, static_cast<size_t>(n), names);
  Py_DECREF(callable);
  return result;
}

// A lazynp type, or NumPy's ndarray and its subclasses.
bool are_known_types(PyObject* types) {
  PyObject* const sequence =
      PySequence_Fast(types, "types argument to ndarray.__array_function__ must be iterable");
  if (!sequence) return false;
  bool are_known = true;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); ++i) {
    PyObject* const item = PySequence_Fast_GET_ITEM(sequence, i);
    if (!PyType_Check(item)) continue;
    auto* const type = reinterpret_cast<PyTypeObject*>(item);
    are_known &= type == scalar_type || PyType_IsSubtype(type, array_type) ||
                 PyType_IsSubtype(type, &PyArray_Type);
  }
  Py_DECREF(sequence);
  return are_known;
}

// Of a call that no array takes: the error of an ndarray's method. Returns nullptr.
PyObject* refuse_as_numpy(const char* method, PyObject* const* args, Py_ssize_t n_args,
                          PyObject* names) {
  npy_intp extent = 0;
  const Owned ndarray(PyArray_SimpleNew(1, &extent, NPY_DOUBLE));
  const Owned bound(ndarray ? PyObject_GetAttrString(ndarray.get(), method) : nullptr);
  const Owned result(
      bound ? PyObject_Vectorcall(bound.get(), args, static_cast<size_t>(n_args), names) : nullptr);
  if (result)
    PyErr_Format(PyExc_TypeError,
                 "lazynp: %s: NumPy takes these arguments, and lazynp does not; "
                 "pass a function of lazynp's or NumPy's",
                 method);
  return nullptr;
}

// func, types, args, kwargs, by position or by name. False: an exception is set.
bool bind_function_call(PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                        PyObject** bound) {
  constexpr const char* parameters[4] = {"func", "types", "args", "kwargs"};
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  bool fits = n_args + n_names == 4;
  for (Py_ssize_t i = 0; fits && i < n_args; ++i) bound[i] = args[i];
  for (Py_ssize_t k = 0; fits && k < n_names; ++k) {
    int i = 0;
    while (i < 4 && !is_named(PyTuple_GET_ITEM(names, k), parameters[i])) ++i;
    fits = i < 4 && !bound[i];
    if (fits) bound[i] = args[n_args + k];
  }
  if (!fits)
    refuse_as_numpy("__array_function__", args, n_args, names);
  else if (!PyTuple_Check(bound[2]))
    PyErr_SetString(PyExc_TypeError, "args must be a tuple.");
  else if (!PyDict_Check(bound[3]))
    PyErr_SetString(PyExc_TypeError, "kwargs must be a dict.");
  return !PyErr_Occurred();
}

PyObject* python_register_function(PyObject*, PyObject* const* args, Py_ssize_t n_args) {
  if (n_args != 2) {
    PyErr_SetString(PyExc_TypeError,
                    "lazynp: register_function: takes a NumPy function and a lazynp function");
    return nullptr;
  }
  if (!register_function(args[0], args[1])) return nullptr;
  Py_RETURN_NONE;
}

PyMethodDef functions[] = {
    {"register_function",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(python_register_function)),
     METH_FASTCALL,
     "register_function(numpy_function, lazynp_function): what __array_function__ calls."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

PyObject* array_ufunc(PyObject*, PyObject* const* args, Py_ssize_t n_args, PyObject* names) {
  if (n_args < 3 || !PyUnicode_Check(args[1]) || !PyCallable_Check(args[0]))
    return refuse_as_numpy("__array_ufunc__", args, n_args, names);
  PyObject* const* const inputs = args + 2;
  const Py_ssize_t n = n_args - 2;
  if (any_overrides(inputs, n) || any_out_overrides(args + n_args, names)) Py_RETURN_NOTIMPLEMENTED;
  if (PyObject_TypeCheck(args[0], ufunc_type))
    return call_known(args[0], args[1], inputs, n, names);
  if (!PyObject_TypeCheck(args[0], &PyUFunc_Type)) Py_RETURN_NOTIMPLEMENTED;
  PyObject* const ours = known_ufunc(args[0]);
  if (!ours && PyErr_Occurred()) return nullptr;
  return ours ? call_known(ours, args[1], inputs, n, names)
              : call_unknown(args[0], args[1], inputs, n, names);
}

PyObject* array_function(PyObject*, PyObject* const* args, Py_ssize_t n_args, PyObject* names) {
  PyObject* bound[4] = {};
  if (!bind_function_call(args, n_args, names, bound)) return nullptr;
  args = bound;
  const bool are_known = are_known_types(args[1]);
  if (PyErr_Occurred()) return nullptr;
  if (!are_known) Py_RETURN_NOTIMPLEMENTED;
  PyObject* const served = PyDict_GetItemWithError(served_functions, args[0]);
  if (!served && PyErr_Occurred()) return nullptr;
  return served ? PyObject_Call(served, args[2], args[3])
                : fallback_call(args[0], args[2], args[3]);
}

bool register_function(PyObject* numpy_function, PyObject* lazynp_function) {
  return PyDict_SetItem(served_functions, numpy_function, lazynp_function) == 0;
}

bool init_array_protocols(PyObject* module) {
  served_functions = PyDict_New();
  return served_functions && PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace lazynp::python
