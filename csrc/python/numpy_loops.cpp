// Reads inner loops out of ufunc objects, so that the engine can run NumPy's own code on tiles.
#define LAZYNP_HOLDS_NUMPY_TABLES
#include "csrc/python/numpy_loops.h"

#include <cstring>

#include "csrc/python/module.h"
#include "csrc/python/numpy_api.h"

namespace lazynp::python {

bool import_numpy() {
  if (PyArray_API && PyUFunc_API) return true;
  return PyArray_ImportNumPyAPI() == 0 && PyUFunc_ImportUFuncAPI() == 0;
}

namespace {

// NumPy's type number -> our dtype. Two C integer types may have one size; both are served.
DType dtype_of_type_number(int type_number) {
  if (type_number < 0 || type_number > NPY_HALF) return DType::none;
  PyArray_Descr* const descr = PyArray_DescrFromType(type_number);
  if (!descr) {
    clear_error();
    return DType::none;
  }
  const char kind = descr->kind;
  const auto size = PyDataType_ELSIZE(descr);
  Py_DECREF(descr);
  for (int d = 0; d < n_dtypes; ++d)
    if (dtype_table[d].kind == kind && dtype_table[d].size == size) return static_cast<DType>(d);
  return DType::none;
}

long integer_attribute(PyObject* object, const char* name) {
  PyObject* const attribute = PyObject_GetAttrString(object, name);
  const long number = attribute ? PyLong_AsLong(attribute) : -1;
  Py_XDECREF(attribute);
  if (PyErr_Occurred()) clear_error();
  return number;
}

// The fields that we read are private in all but name: they must agree with the public attributes.
bool has_known_layout(PyObject* ufunc, bool is_generalized) {
  if (!PyObject_TypeCheck(ufunc, &PyUFunc_Type)) return false;
  const auto& fields = *reinterpret_cast<PyUFuncObject*>(ufunc);
  if (fields.nin != integer_attribute(ufunc, "nin") ||
      fields.nargs != integer_attribute(ufunc, "nargs") ||
      fields.nout != integer_attribute(ufunc, "nout") ||
      fields.ntypes != integer_attribute(ufunc, "ntypes"))
    return false;
  return fields.functions && fields.types && (fields.core_enabled != 0) == is_generalized;
}

bool has_signature(const PyUFuncObject& ufunc, int row, const Loop& loop) {
  const char* const types = ufunc.types + static_cast<ptrdiff_t>(row) * ufunc.nargs;
  for (int i = 0; i < loop.n_inputs; ++i)
    if (dtype_of_type_number(types[i]) != loop.inputs[i]) return false;
  return dtype_of_type_number(types[loop.n_inputs]) == loop.output;
}

void take_loop(Loop& loop, const PyUFuncObject& ufunc) {
  for (int row = 0; row < ufunc.ntypes; ++row) {
    if (!ufunc.functions[row] || !has_signature(ufunc, row, loop)) continue;
    loop.host = reinterpret_cast<LoopFunction>(ufunc.functions[row]);
    loop.host_data = ufunc.data ? ufunc.data[row] : nullptr;
    if (loop.like_host && has_bits_of_host(loop)) {
      loop.host = loop.like_host;
      loop.host_data = nullptr;
    }
    return;
  }
}

PyObject* attribute_or_null(PyObject* module, const char* name) {
  PyObject* const attribute = PyObject_GetAttrString(module, name);
  if (!attribute) clear_error();
  return attribute;
}

}  // namespace

void take_host_loops(OpSpec& op, PyObject* ufunc) {
  if (!has_known_layout(ufunc, op.gufunc.signature != nullptr)) return;
  const auto& fields = *reinterpret_cast<PyUFuncObject*>(ufunc);
  for (Loop& loop : op.kernel.loops) {
    if (loop.native_is_exact || loop.may_raise || loop.type_error)
      continue;  // NumPy's raise through Python
    if (loop.n_inputs == fields.nin && fields.nout == 1) take_loop(loop, fields);
  }
}

OpSpec* scipy_special_op(PyObject* ufunc) {
  PyObject* const modules = PyImport_GetModuleDict();
  PyObject* const scipy_special = PyDict_GetItemString(modules, "scipy.special");
  if (!scipy_special) return nullptr;
  for (const OpSpec& op : registry())
    for (const char* name : op.scipy_special) {
      PyObject* const candidate = attribute_or_null(scipy_special, name);
      Py_XDECREF(candidate);
      if (candidate == ufunc) return &mutable_op(op.index);
    }
  return nullptr;
}

PyObject* gufunc_of(const OpSpec& op) {
  if (!op.gufunc.numpy) return nullptr;
  const std::string_view path = op.gufunc.numpy;
  const size_t dot = path.rfind('.');
  const std::string module_name(path.substr(0, dot)), name(path.substr(dot + 1));
  PyObject* const module = PyDict_GetItemString(PyImport_GetModuleDict(), module_name.c_str());
  PyObject* const found = module ? attribute_or_null(module, name.c_str()) : nullptr;
  Py_XDECREF(found);
  return found;
}

const OpSpec* gufunc_op(PyObject* ufunc) {
  const OpSpec* served = nullptr;
  for (const OpSpec& op : registry())
    if (gufunc_of(op) == ufunc) served = &op;
  // The gradients of an op record others of its module.
  for (const OpSpec& op : registry())
    if (PyObject* const other = served ? gufunc_of(op) : nullptr)
      take_host_loops(mutable_op(op.index), other);
  return served;
}

bool init_numpy_loops(PyObject*) {
  if (!import_numpy()) return false;
  PyObject* const umath = PyImport_ImportModule("numpy._core.umath");
  if (!umath) return false;
  for (const OpSpec& op : registry()) {
    if (op.kind != OpKind::elementwise || op.numpy.empty()) continue;
    PyObject* const ufunc = attribute_or_null(umath, op.numpy[0]);
    if (ufunc) take_host_loops(mutable_op(op.index), ufunc);
    Py_XDECREF(ufunc);
  }
  Py_DECREF(umath);
  return true;
}

}  // namespace lazynp::python
