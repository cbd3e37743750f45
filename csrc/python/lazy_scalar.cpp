// LazyScalar: an immutable 0-d value that was not computed yet. It behaves as the NumPy scalar that
// it will be, and becomes one where plain Python needs it.
#include <cstddef>
#include <string_view>
#include <vector>

#include "csrc/python/lazy_scalar.h"
#include "csrc/python/module.h"
#include "csrc/python/protocols.h"

#include <structmember.h>

namespace lazynp::python {

PyTypeObject* scalar_type = nullptr;

namespace {

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

// ---------------------------------------------------------------- plain numbers and texts

int truth(PyObject* self) {  // silent: control flow
  PyObject* const plain = evaluated(self, "bool");
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
PyObject* repr(PyObject* self) { return on_plain(evaluated(self, "text"), PyObject_Repr); }
PyObject* str(PyObject* self) { return on_plain(evaluated(self, "text"), PyObject_Str); }

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

// A scalar's copy is a scalar; that of the 0-d array which else answers could be written.
PyObject* copied(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static constexpr char name[] = "copy";
  return n || names ? plain_method<name>(self, args, n, names) : Py_NewRef(self);
}

// sqlite3 asks what it cannot store by itself.
PyObject* conform(PyObject* self, PyObject*) { return detached(self); }

PyObject* directory(PyObject* self, PyObject*) { return on_plain(evaluated(self), PyObject_Dir); }

// format() and pickling look at the value only: no gradient was to flow through it.
PyObject* format(PyObject* self, PyObject* specification) {
  return on_plain(evaluated(self, "text"),
                  [&](PyObject* plain) { return PyObject_Format(plain, specification); });
}

PyObject* reduce_as_numpy(PyObject* self, PyObject* protocol) {
  return on_plain(evaluated(self, "pickle"), [&](PyObject* plain) {
    return PyObject_CallMethod(plain, "__reduce_ex__", "O", protocol);
  });
}

// `copy=` makes no difference to what cannot be written.
bool names_only_copy(PyObject* names) {
  return !names || PyTuple_GET_SIZE(names) == 0 ||
         (PyTuple_GET_SIZE(names) == 1 &&
          PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "copy") == 0);
}

PyObject* astype(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static constexpr char name[] = "astype";
  PyArray_Descr* descr = nullptr;
  if (n != 1 || !names_only_copy(names) || !PyArray_DescrConverter(args[0], &descr)) {
    clear_error();
    return plain_method<name>(self, args, n, names);
  }
  const DType dtype = dtype_of_descr(as_object(descr));
  Py_DECREF(descr);
  if (dtype == DType::none) return plain_method<name>(self, args, n, names);
  return guarded([&] {
    const bool now = begin_record(cast_op());
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
  // numpy.float64 is a float, so that its class is asked by those who take LazyScalar for none.
  if (node_of(self).dtype == DType::float64) note_class_asked();
  return Py_NewRef(
      as_object(reinterpret_cast<PyArray_Descr*>(descr_of(node_of(self).dtype))->typeobj));
}

PyObject* recorded_part(PyObject* self, const OpSpec& op) {
  return guarded([&] {
    const bool now = begin_record(op);
    Value value = apply(op, {Value::share(as_scalar(self).node)});
    end_record(value, now);
    return wrap_scalar(std::move(value));
  });
}

PyObject* get_real(PyObject* self, void*) {
  if (!is_complex(node_of(self).dtype)) return Py_NewRef(self);
  return recorded_part(self, op_named("real"));
}
PyObject* get_imag(PyObject* self, void*) { return recorded_part(self, op_named("imag")); }

// __array_interface__ and __array_struct__ give the value away.
bool is_export(PyObject* name) {
  const char* const text = PyUnicode_AsUTF8(name);
  if (!text) clear_error();
  return text && std::string_view(text).starts_with("__array_");
}

// Anything else is the NumPy scalar's; a watched value answers as a 0-d array, which stays in the
// graph.
PyObject* get_attribute(PyObject* self, PyObject* name) {
  PyObject* const own = PyObject_GenericGetAttr(self, name);
  if (own || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
  clear_error();
  const bool is_special = PyUnicode_Check(name) && PyUnicode_GET_LENGTH(name) > 1 &&
                          PyUnicode_READ_CHAR(name, 0) == '_';
  PyObject* plain = nullptr;
  if (is_special)
    plain = is_export(name) ? detached(self) : evaluated(self);
  else if (stays_in_graph(&node_of(self)))
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
      {"copy", fast(copied), keywords, nullptr},
      {"__array_ufunc__", fast(array_ufunc), keywords, nullptr},
      {"__array_function__", fast(array_function), keywords, nullptr},
      {"__array_namespace__", fast(array_namespace), keywords, nullptr},
      {"to_device", fast(to_device), keywords, nullptr},
      {"__format__", format, METH_O, nullptr},
      {"__reduce_ex__", reduce_as_numpy, METH_O, nullptr},
      {"__copy__", itself, METH_NOARGS, nullptr},
      {"__deepcopy__", itself, METH_O, nullptr},
      {"__dir__", directory, METH_NOARGS, nullptr},
      {"__conform__", conform, METH_O, nullptr},
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
    {"device", get_device, nullptr, nullptr, nullptr},
    {"__class__", get_class, nullptr, nullptr, nullptr},
    {"__array_priority__", get_priority, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMemberDef members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ScalarObject, weak_references), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

constexpr const char* documentation =
    "A number that is not computed yet, of shape (); what full reductions and a[i] return.\n\n"
    "It has the attributes, operators and warnings of NumPy's scalar of its dtype, answers\n"
    "isinstance as that does, and cannot be changed. float(), int(), item(), format() compute it.\n"
    "Raises TypeError where it is called: lazynp alone makes such numbers.\n\n"
    ">>> import lazynp\n"
    ">>> total = lazynp.ones(100_000).sum()\n"
    ">>> type(total) is lazynp.LazyScalar, isinstance(total, lazynp.float64), total\n"
    "(True, True, np.float64(100000.0))\n";

PyTypeObject* make_type() {
  std::vector<PyType_Slot> slots = {
      {Py_tp_doc, const_cast<char*>(documentation)},
      {Py_tp_dealloc, slot(dealloc)},
      {Py_tp_new, slot(refuse_new)},
      {Py_tp_repr, slot(repr)},
      {Py_tp_str, slot(str)},
      {Py_tp_hash, slot(hash)},
      {Py_tp_getattro, slot(get_attribute)},
      {Py_tp_methods, methods()},
      {Py_tp_getset, attributes},
      {Py_tp_members, members},
      {Py_mp_subscript, slot(subscript)},
      {Py_nb_bool, slot(truth)},
      {Py_nb_float, slot(to_float)},
      {Py_nb_int, slot(to_int)},
      {Py_nb_index, slot(to_index)},
  };
  for (const PyType_Slot* next = scalar_operator_slots; next->slot; ++next) slots.push_back(*next);
  slots.push_back({0, nullptr});
  PyType_Spec spec = {"lazynp.LazyScalar", sizeof(ScalarObject), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots.data()};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

}  // namespace

bool init_lazy_scalar(PyObject* module) {
  find_operator_ops();
  scalar_type = make_type();
  return scalar_type && PyModule_AddObjectRef(module, "LazyScalar", as_object(scalar_type)) == 0;
}

}  // namespace lazynp::python
