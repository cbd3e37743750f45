// The __array_ufunc__ of a user's class: NumPy calls it with its own ufunc, the program asks for
// ours (`ufunc is np.multiply`). No Python frame of ours stands between, so that a warning's
// stacklevel counts the same frames as under NumPy.
#include "csrc/python/ufunc_override.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/ufunc.h"

namespace lazynp::python {
namespace {

// `method`: the user's function, called as (self, ufunc, method, *inputs, **kwargs).
PyObject* call_with_our_ufunc(PyObject* method, PyObject* const* args, Py_ssize_t n_args,
                              PyObject* names) {
  PyObject* ours = nullptr;
  if (n_args > 1 && PyObject_TypeCheck(args[1], &PyUFunc_Type)) ours = known_ufunc(args[1]);
  if (PyErr_Occurred()) return nullptr;
  if (!ours) return PyObject_Vectorcall(method, args, static_cast<size_t>(n_args), names);
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  std::vector<PyObject*> all(args, args + n_args + n_names);
  all[1] = ours;
  return PyObject_Vectorcall(method, all.data(), static_cast<size_t>(n_args), names);
}

PyMethodDef override_definition = {"__array_ufunc__", as_method(call_with_our_ufunc),
                                   METH_FASTCALL | METH_KEYWORDS,
                                   "The user's __array_ufunc__, called with lazynp's ufunc."};

PyObject* with_our_ufuncs(PyObject*, PyObject* method) {
  const Owned function(PyCFunction_New(&override_definition, method));
  return function ? PyInstanceMethod_New(function.get()) : nullptr;
}

PyMethodDef functions[] = {
    {"with_our_ufuncs", with_our_ufuncs, METH_O,
     "A method that calls the given __array_ufunc__ with lazynp's ufunc in place of NumPy's."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool init_ufunc_override(PyObject* module) { return PyModule_AddFunctions(module, functions) == 0; }

}  // namespace lazynp::python
