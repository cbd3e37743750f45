// The type lazynp.ufunc and its objects, made from NumPy's ufuncs and the registry.
#include <cstddef>
#include <cstring>
#include <string>

#include "csrc/python/array_parts.h"
#include "csrc/python/module.h"
#include "csrc/python/numpy_api.h"
#include "csrc/python/numpy_loops.h"
#include "csrc/python/protocols.h"
#include "csrc/python/ufunc.h"
#include "csrc/python/ufunc_override.h"

#include <structmember.h>

namespace lazynp::python {

PyTypeObject* ufunc_type = nullptr;

namespace {

PyObject* known_ufuncs = nullptr;  // NumPy's or SciPy's ufunc -> ours

// ---------------------------------------------------------------- the object

void dealloc(PyObject* self) {
  UfuncObject& ufunc = as_ufunc(self);
  if (ufunc.weak_references) PyObject_ClearWeakRefs(self);
  Py_XDECREF(ufunc.numpy);
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* repr(PyObject* self) { return PyObject_Repr(as_ufunc(self).numpy); }

// A ufunc of ours and NumPy's are one key in a dict, so that tables of handlers written with either
// name serve both.
Py_hash_t hash(PyObject* self) { return PyObject_Hash(as_ufunc(self).numpy); }

PyObject* compare(PyObject* self, PyObject* other, int operation) {
  if (operation != Py_EQ && operation != Py_NE) Py_RETURN_NOTIMPLEMENTED;
  const bool is_same = self == other || as_ufunc(self).numpy == other;
  return PyBool_FromLong(is_same == (operation == Py_EQ));
}

// Whatever is not ours is NumPy's.
PyObject* get_attribute(PyObject* self, PyObject* name) {
  PyObject* const own = PyObject_GenericGetAttr(self, name);
  if (own || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
  clear_error();
  return PyObject_GetAttr(as_ufunc(self).numpy, name);
}

PyObject* numpys_attribute(PyObject* self, void* name) {
  return PyObject_GetAttrString(as_ufunc(self).numpy, static_cast<const char*>(name));
}

PyObject* native_name(PyObject* self, void*) {
  const UfuncObject& ufunc = as_ufunc(self);
  const OpSpec* const op = ufunc.op ? ufunc.op : ufunc.gufunc;
  if (!op) Py_RETURN_NONE;
  return PyUnicode_FromString(op->name);
}

// Pickled by name, as NumPy's are: lazynp.<name>.
PyObject* reduce_to_name(PyObject* self, PyObject*) {
  return numpys_attribute(self, const_cast<char*>("__name__"));
}

// A method of the type, too, where the attribute of NumPy's ufunc is not asked.
PyObject* resolve_dtypes(PyObject* self, PyObject* args, PyObject* kwargs) {
  PyObject* const of_numpy = numpys_attribute(self, const_cast<char*>("resolve_dtypes"));
  PyObject* const resolved = of_numpy ? PyObject_Call(of_numpy, args, kwargs) : nullptr;
  Py_XDECREF(of_numpy);
  return resolved;
}

PyObject* numpys_directory(PyObject* self, PyObject*) { return PyObject_Dir(as_ufunc(self).numpy); }

PyCFunction with_keywords(PyObject* (*function)(PyObject*, PyObject* const*, Py_ssize_t,
                                                PyObject*)) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef* methods() {
  constexpr int fast = METH_FASTCALL | METH_KEYWORDS;
  static PyMethodDef table[] = {
      {"reduce", with_keywords(ufunc_reduce), fast, nullptr},
      {"accumulate", with_keywords(ufunc_accumulate), fast, nullptr},
      {"outer", with_keywords(ufunc_outer), fast, nullptr},
      {"at", with_keywords(ufunc_at), fast, nullptr},
      {"reduceat", with_keywords(ufunc_reduceat), fast, nullptr},
      {"resolve_dtypes",
       reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(resolve_dtypes)),
       METH_VARARGS | METH_KEYWORDS, nullptr},
      {"__reduce__", reduce_to_name, METH_NOARGS, nullptr},
      {"__dir__", numpys_directory, METH_NOARGS, nullptr},
      {nullptr, nullptr, 0, nullptr},
  };
  for (PyMethodDef& method : table)
    if (method.ml_name && !method.ml_doc)
      method.ml_doc = numpy_doc(&PyUFunc_Type, method.ml_name, true);
  return table;
}

PyGetSetDef getters[] = {
    {"__name__", numpys_attribute, nullptr, nullptr, const_cast<char*>("__name__")},
    {"__qualname__", numpys_attribute, nullptr, nullptr, const_cast<char*>("__qualname__")},
    {"__doc__", numpys_attribute, nullptr, nullptr, const_cast<char*>("__doc__")},
    {"identity", numpys_attribute, nullptr, nullptr, const_cast<char*>("identity")},
    {"nargs", numpys_attribute, nullptr, nullptr, const_cast<char*>("nargs")},
    {"ntypes", numpys_attribute, nullptr, nullptr, const_cast<char*>("ntypes")},
    {"signature", numpys_attribute, nullptr, nullptr, const_cast<char*>("signature")},
    {"types", numpys_attribute, nullptr, nullptr, const_cast<char*>("types")},
    {"_native_op", native_name, nullptr, "Name of the native op, or None.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(UfuncObject, vectorcall), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(UfuncObject, weak_references), READONLY, nullptr},
    {"_numpy", T_OBJECT_EX, offsetof(UfuncObject, numpy), READONLY, "NumPy's ufunc."},
    {"nin", T_INT, offsetof(UfuncObject, n_in), READONLY, nullptr},
    {"nout", T_INT, offsetof(UfuncObject, n_out), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyObject* refuse_new(PyTypeObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError, "cannot create 'numpy.ufunc' instances");
  return nullptr;
}

// ---------------------------------------------------------------- the type

// isinstance(f, lazynp.ufunc) also holds for NumPy's own ufuncs.
PyObject* instance_check(PyObject*, PyObject* object) {
  return PyBool_FromLong(PyObject_TypeCheck(object, ufunc_type) ||
                         PyObject_TypeCheck(object, &PyUFunc_Type));
}

PyObject* subclass_check(PyObject*, PyObject* type) {
  if (!PyType_Check(type)) {
    PyErr_SetString(PyExc_TypeError, "issubclass() arg 1 must be a class");
    return nullptr;
  }
  auto* const candidate = reinterpret_cast<PyTypeObject*>(type);
  return PyBool_FromLong(PyType_IsSubtype(candidate, ufunc_type) ||
                         PyType_IsSubtype(candidate, &PyUFunc_Type));
}

PyMethodDef meta_methods[] = {
    {"__instancecheck__", instance_check, METH_O, nullptr},
    {"__subclasscheck__", subclass_check, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyTypeObject* make_metaclass() {
  PyType_Slot slots[] = {{Py_tp_methods, meta_methods}, {0, nullptr}};
  PyType_Spec spec = {"lazynp._UfuncMeta", 0, 0, Py_TPFLAGS_DEFAULT, slots};
  return reinterpret_cast<PyTypeObject*>(
      PyType_FromSpecWithBases(&spec, reinterpret_cast<PyObject*>(&PyType_Type)));
}

PyTypeObject* make_type() {
  for (PyGetSetDef& getter : getters)
    if (getter.name && getter.name[0] != '_')
      getter.doc = numpy_doc(&PyUFunc_Type, getter.name, false);
  PyType_Slot slots[] = {
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
      {Py_tp_repr, reinterpret_cast<void*>(repr)},
      {Py_tp_str, reinterpret_cast<void*>(repr)},
      {Py_tp_hash, reinterpret_cast<void*>(hash)},
      {Py_tp_richcompare, reinterpret_cast<void*>(compare)},
      {Py_tp_getattro, reinterpret_cast<void*>(get_attribute)},
      {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
      {Py_tp_new, reinterpret_cast<void*>(refuse_new)},
      {Py_tp_methods, methods()},
      {Py_tp_members, members},
      {Py_tp_getset, getters},
      {0, nullptr},
  };
  PyType_Spec spec = {"lazynp.ufunc", sizeof(UfuncObject), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_IMMUTABLETYPE,
                      slots};
  auto* const type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  PyTypeObject* const metaclass = type ? make_metaclass() : nullptr;
  if (!metaclass) return nullptr;
  // Python 3.11 cannot make a type of a metaclass from a spec; the two have the same memory layout.
  Py_SET_TYPE(reinterpret_cast<PyObject*>(type), metaclass);
  return type;
}

// ---------------------------------------------------------------- the objects

// `namespace_` is where NumPy keeps the ufunc under its name.
const OpSpec* op_of_ufunc(PyObject* namespace_, PyObject* numpy_ufunc) {
  for (const OpSpec& op : registry())
    for (const char* name : op.numpy) {
      if (op.kind == OpKind::reduction || op.kind == OpKind::view || !op.attributes.empty())
        continue;
      PyObject* const candidate = PyObject_GetAttrString(namespace_, name);
      if (!candidate) clear_error();
      Py_XDECREF(candidate);
      if (candidate == numpy_ufunc) return &op;
    }
  return nullptr;
}

// The op of `kind` that folds `op`; `updates_input` tells scatters from scans.
const OpSpec* fold_of(const OpSpec& op, OpKind kind, int updates_input = -1) {
  for (const OpSpec& candidate : registry()) {
    const char* const combine = candidate.reduction.combine;
    const bool is_block = !candidate.numpy.empty() || updates_input >= 0;
    const bool is_such =
        is_block && candidate.kind == kind && candidate.updates_input == updates_input;
    if (is_such && combine && std::strcmp(combine, op.name) == 0) return &candidate;
  }
  return nullptr;
}

PyObject* make_ufunc(PyObject* numpy_ufunc, const OpSpec* op) {
  const auto& fields = *reinterpret_cast<PyUFuncObject*>(numpy_ufunc);
  PyObject* const self = ufunc_type->tp_alloc(ufunc_type, 0);
  if (!self) return nullptr;
  UfuncObject& ufunc = as_ufunc(self);
  ufunc.vectorcall = call_ufunc;
  ufunc.numpy = Py_NewRef(numpy_ufunc);
  ufunc.n_in = fields.nin;
  ufunc.n_out = fields.nout;
  ufunc.warns_of_positional_out = false;
  const bool is_gufunc = op && (op->gufunc.signature || op->lower_results);
  const bool fits = op && !is_gufunc && op->n_inputs == fields.nin && fields.nout == 1 &&
                    fields.nin <= max_loop_inputs;
  ufunc.gufunc = is_gufunc && op->n_inputs == fields.nin ? op : nullptr;
  ufunc.op = fits ? op : nullptr;
  ufunc.reduction = fits ? fold_of(*op, OpKind::reduction) : nullptr;
  ufunc.scan = fits ? fold_of(*op, OpKind::structured) : nullptr;
  ufunc.scatter = fits ? fold_of(*op, OpKind::structured, 0) : nullptr;
  return self;
}

PyObject* remember_ufunc(PyObject* numpy_ufunc, const OpSpec* op) {  // borrowed
  PyObject* const made = make_ufunc(numpy_ufunc, op);
  if (!made) return nullptr;
  const int failed = PyDict_SetItem(known_ufuncs, numpy_ufunc, made);
  Py_DECREF(made);
  return failed ? nullptr : made;
}

// ufuncs: name -> object, for every ufunc in NumPy's namespace.
bool add_ufuncs(PyObject* module) {
  PyObject* const numpy = PyImport_ImportModule("numpy");
  PyObject* const by_name = PyDict_New();
  if (!numpy || !by_name) return false;
  PyObject *name, *object;
  Py_ssize_t position = 0;
  while (PyDict_Next(PyModule_GetDict(numpy), &position, &name, &object)) {
    if (!PyObject_TypeCheck(object, &PyUFunc_Type)) continue;
    PyObject* ours = PyDict_GetItem(known_ufuncs, object);
    if (!ours) ours = remember_ufunc(object, op_of_ufunc(numpy, object));
    if (!ours || PyDict_SetItem(by_name, name, ours) < 0) return false;
  }
  Py_DECREF(numpy);
  return PyModule_AddObject(module, "ufuncs", by_name) == 0;
}

// ufunc_of(numpy_ufunc): ours, made at the first request.
PyObject* ufunc_of(PyObject*, PyObject* numpy_ufunc) {
  if (PyObject_TypeCheck(numpy_ufunc, ufunc_type)) return Py_NewRef(numpy_ufunc);
  if (!PyObject_TypeCheck(numpy_ufunc, &PyUFunc_Type)) {
    PyErr_Format(PyExc_TypeError, "lazynp: ufunc_of: a numpy.ufunc; got %s",
                 Py_TYPE(numpy_ufunc)->tp_name);
    return nullptr;
  }
  PyObject* const known = known_ufunc(numpy_ufunc);
  return known || PyErr_Occurred() ? Py_XNewRef(known) : make_ufunc(numpy_ufunc, nullptr);
}

PyObject* set_warns_of_positional_out(PyObject*, PyObject* ufunc) {
  as_ufunc(ufunc).warns_of_positional_out = true;
  Py_RETURN_NONE;
}

PyMethodDef functions[] = {
    {"set_warns_of_positional_out", set_warns_of_positional_out, METH_O,
     "Let NumPy work, and warn, where this ufunc is given `out` by its position."},
    {"ufunc_of", ufunc_of, METH_O, "The lazynp ufunc that wraps a NumPy or SciPy ufunc."},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

PyObject* known_ufunc(PyObject* numpy_ufunc) {
  PyObject* const known = PyDict_GetItemWithError(known_ufuncs, numpy_ufunc);
  if (known || PyErr_Occurred()) return known;
  // Some of NumPy's functions are Python over a ufunc without a public name.
  static PyObject* const umath = PyImport_ImportModule("numpy._core.umath");
  if (!umath) return nullptr;
  const OpSpec* served = op_of_ufunc(umath, numpy_ufunc);
  if (!served) served = gufunc_op(numpy_ufunc);
  if (served) return remember_ufunc(numpy_ufunc, served);
  OpSpec* const op = scipy_special_op(numpy_ufunc);
  if (!op) return nullptr;
  take_host_loops(*op, numpy_ufunc);
  return remember_ufunc(numpy_ufunc, op);
}

bool init_ufunc_type(PyObject* module) {
  ufunc_type = make_type();
  known_ufuncs = PyDict_New();
  if (!ufunc_type || !known_ufuncs) return false;
  if (PyModule_AddObjectRef(module, "ufunc", reinterpret_cast<PyObject*>(ufunc_type)) < 0)
    return false;
  return PyModule_AddFunctions(module, functions) == 0 && add_ufuncs(module) &&
         init_array_protocols(module) && init_ufunc_override(module);
}

}  // namespace lazynp::python
