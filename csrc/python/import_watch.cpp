// Functions that import as ever and hand what they imported to Python before the program gets it.
// No Python frame is theirs, so that tracebacks through an import stay as they are.
#include <string_view>

#include "csrc/python/array_parts.h"
#include "csrc/python/module.h"

namespace lazynp::python {
namespace {

// What is done with modules of the package that `module` belongs to; borrowed, nullptr: nothing.
PyObject* action_for(PyObject* module, PyObject* actions) {
  const char* const name = PyModule_Check(module) ? PyModule_GetName(module) : nullptr;
  if (!name) {
    clear_error();
    return nullptr;
  }
  const std::string_view full(name);
  const std::string_view package = full.substr(0, full.find('.'));
  const Owned key(
      PyUnicode_FromStringAndSize(package.data(), static_cast<Py_ssize_t>(package.size())));
  PyObject* const action = key ? PyDict_GetItemWithError(actions, key.get()) : nullptr;
  if (!action) clear_error();
  return action;
}

// `self` is (function, actions). The importing module is known by the globals that an import
// statement hands over, else by those of the calling frame.
PyObject* import_and_tell(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  PyObject* const function = PyTuple_GET_ITEM(self, 0);
  Owned imported(PyObject_Vectorcall(function, args, static_cast<size_t>(n), names));
  if (!imported) return nullptr;
  PyObject* const action = action_for(imported.get(), PyTuple_GET_ITEM(self, 1));
  PyObject* const globals = n > 1 && PyDict_Check(args[1]) ? args[1] : PyEval_GetGlobals();
  if (!action || !globals) return imported.release();
  return PyObject_CallFunctionObjArgs(action, imported.get(), globals, nullptr);
}

constexpr int flags = METH_FASTCALL | METH_KEYWORDS;
PyMethodDef definitions[] = {
    {"__import__", as_method(import_and_tell), flags,
     "__import__(name, globals=None, locals=None, fromlist=(), level=0)\n--\n\n"
     "Import a module."},
    {"import_module", as_method(import_and_tell), flags,
     "import_module(name, package=None)\n--\n\nImport a module."},
};

pybind11::object watched_import(const pybind11::object& function, const pybind11::dict& actions) {
  const auto name = pybind11::cast<std::string>(function.attr("__name__"));
  PyMethodDef& definition = definitions[name == "__import__" ? 0 : 1];
  const pybind11::tuple self = pybind11::make_tuple(function, actions);
  const pybind11::str module(function.attr("__module__"));
  return pybind11::reinterpret_steal<pybind11::object>(
      PyCFunction_NewEx(&definition, self.ptr(), module.ptr()));
}

}  // namespace

void bind_import_watch(pybind11::module_& module) {
  module.def("watched_import", &watched_import, pybind11::arg("function"), pybind11::arg("actions"),
             "A function that imports with `function` and returns actions[package](module, globals "
             "of the importing module) for modules of the packages that `actions` names.");
}

}  // namespace lazynp::python
