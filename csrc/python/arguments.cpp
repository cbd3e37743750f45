#include "csrc/python/arguments.h"

#include <string_view>

#include "csrc/python/array_parts.h"

namespace lazynp::python {

bool bind_arguments(PyObject* const* args, Py_ssize_t n_args, PyObject* names,
                    std::span<const char* const> parameters, PyObject** bound) {
  if (n_args > static_cast<Py_ssize_t>(parameters.size())) return false;
  for (Py_ssize_t i = 0; i < n_args; ++i) bound[i] = args[i];
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  for (Py_ssize_t k = 0; k < n_names; ++k) {
    size_t i = 0;
    while (i < parameters.size() && !is_named(PyTuple_GET_ITEM(names, k), parameters[i])) ++i;
    if (i == parameters.size() || bound[i]) return false;
    bound[i] = args[n_args + k];
  }
  return true;
}

bool dtype_argument(PyObject* given, DType& dtype) {
  dtype = DType::none;
  PyArray_Descr* descr = nullptr;
  if (is_array(given)) return false;  // NumPy refuses it, though it has a dtype
  if (PyType_Check(given) && PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(given),
                                              &PyArrayDescr_Type)) {  // type(a.dtype)
    const Owned only(PyObject_CallNoArgs(given));
    clear_error();
    dtype = only ? dtype_of_descr(only.get()) : DType::none;
    return dtype != DType::none;
  }
  if (!PyArray_DescrConverter2(given, &descr)) {
    clear_error();
    return false;
  }
  if (!descr) return true;
  dtype = dtype_of_descr(as_object(descr));
  Py_DECREF(descr);
  return dtype != DType::none;
}

bool casting_argument(PyObject* given, Casting& casting) {
  const char* const name = PyUnicode_Check(given) ? PyUnicode_AsUTF8(given) : nullptr;
  clear_error();
  const auto found = name ? casting_named(name) : std::nullopt;
  if (found) casting = *found;
  return found.has_value();
}

bool order_argument(PyObject* given, char& order) {
  for (const char* known : {"C", "F", "A", "K"})
    if (is_text(given, known)) return order = *known, true;
  return given == Py_None;
}

bool signature_argument(PyObject* given, int n_in, std::span<DType> types) {
  const auto n_types = static_cast<Py_ssize_t>(types.size());
  if (PyUnicode_Check(given)) {
    const char* const chars = PyUnicode_AsUTF8(given);
    clear_error();
    std::string_view text(chars ? chars : "");
    if (text.size() != types.size() + 2 || text.find("->") != static_cast<size_t>(n_in))
      return false;
    for (size_t i = 0; i < types.size(); ++i) {
      types[i] = dtype_from_code(text[i < static_cast<size_t>(n_in) ? i : i + 2]);
      if (types[i] == DType::none) return false;
    }
    return true;
  }
  if (!PyTuple_CheckExact(given) || PyTuple_GET_SIZE(given) != n_types) return false;
  for (Py_ssize_t i = 0; i < n_types; ++i) {
    PyObject* const item = PyTuple_GET_ITEM(given, i);
    types[static_cast<size_t>(i)] = DType::none;
    if (item != Py_None && !dtype_argument(item, types[static_cast<size_t>(i)])) return false;
  }
  return true;
}

}  // namespace lazynp::python
