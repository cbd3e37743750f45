// lazynp.ndarray: life of array objects, the metaclass, and the values that become objects.
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "csrc/engine/evaluate.h"
#include "csrc/engine/record_by_value.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/arrays_for_scalars.h"
#include "csrc/python/module.h"
#include "csrc/python/observation.h"
#include "csrc/python/operand.h"
#include "csrc/python/record_state.h"
#include "csrc/python/write_warnings.h"
#include <structmember.h>

namespace lazynp::python {

PyTypeObject* array_type = nullptr;
bool has_dead_owners = false;

namespace {

// ---------------------------------------------------------------- allocation

constexpr int max_free_arrays = 512;
ArrayObject* free_arrays[max_free_arrays];  // each still holds its reference to the type
int n_free_arrays = 0;

void array_dealloc(PyObject* self) {
  ArrayObject* const array = as_array(self);
  if (array->weak_references) PyObject_ClearWeakRefs(self);
  if (warns_on_write(array)) [[unlikely]]
    set_warns_on_write(array, false);
  clear_handle(array->handle);
  Py_CLEAR(array->host);
  Py_CLEAR(array->base);
  PyTypeObject* const type = Py_TYPE(self);
  if (type == array_type && n_free_arrays < max_free_arrays) {
    free_arrays[n_free_arrays++] = array;
  } else {
    PyObject_Free(self);
    Py_DECREF(type);
  }
  if (has_dead_owners) [[unlikely]]
    release_dead_owners();
}

// A node that becomes an array has memory of its own: views and constants are copied.
Value with_own_memory(Value value) {
  const Node* const node = value.node();
  if (node->is_constant())
    return copy_as(value, c_layout(value.shape(), size_of(value.dtype())), value.dtype());
  const bool reads_shared =
      node->flags & shared_memory || (node->n_inputs && node->inputs[0]->flags & shared_memory);
  Value own = copy(value);
  const Because because("shared");
  if (reads_shared) evaluate(own.node());
  return own;
}

bool has_own_memory(const Node* node) {
  if (node->op) return node->op->kind != OpKind::view;
  return node->buffer && !(node->flags & shared_memory);
}

// ---------------------------------------------------------------- metaclass

// Classes made of numpy.ndarray that know ours; the second for classes that override
// __array_ufunc__.
PyObject *subclass_base = nullptr, *overriding_base = nullptr;

PyObject* set_subclass_bases(PyObject*, PyObject* args) {
  PyObject *base, *overriding;
  if (!PyArg_ParseTuple(args, "OO", &base, &overriding)) return nullptr;
  Py_XSETREF(subclass_base, Py_NewRef(base));
  Py_XSETREF(overriding_base, Py_NewRef(overriding));
  Py_RETURN_NONE;
}
PyMethodDef subclass_functions[] = {{"set_subclass_bases", set_subclass_bases, METH_VARARGS,
                                     "Sets what classes derived from ndarray derive from: those "
                                     "that leave __array_ufunc__ alone, and the others."},
                                    {nullptr, nullptr, 0, nullptr}};

// lazynp.ndarray among the bases stands for numpy.ndarray: subclasses are NumPy's own.
PyObject* real_bases(PyObject* bases, PyObject* own_base) {
  const Py_ssize_t n = PyTuple_GET_SIZE(bases);
  PyObject* const result = PyTuple_New(n);
  if (!result) return nullptr;
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* base = PyTuple_GET_ITEM(bases, i);
    if (base == as_object(array_type)) base = own_base;
    PyTuple_SET_ITEM(result, i, Py_NewRef(base));
  }
  return result;
}

PyObject* meta_new(PyTypeObject* meta, PyObject* args, PyObject* kwargs) {
  PyObject *name, *bases, *namespace_;
  if (!PyArg_ParseTuple(args, "UO!O!:type", &name, &PyTuple_Type, &bases, &PyDict_Type,
                        &namespace_))
    return nullptr;
  const bool overrides = PyDict_GetItemString(namespace_, "__array_ufunc__");
  const Owned real(real_bases(bases, overrides ? overriding_base : subclass_base));
  if (!real) return nullptr;
  // The metaclass that remains once ours is gone, among the real bases' metaclasses.
  PyObject* winner = as_object(&PyType_Type);
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(real.get()); ++i) {
    PyTypeObject* const type = Py_TYPE(PyTuple_GET_ITEM(real.get(), i));
    if (PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(winner))) winner = as_object(type);
  }
  if (winner == as_object(meta)) winner = as_object(&PyType_Type);
  const Owned call(PyTuple_Pack(3, name, real.get(), namespace_));
  return call ? PyObject_Call(winner, call.get(), kwargs) : nullptr;
}

PyObject* meta_instancecheck(PyObject* cls, PyObject* instance) {
  if (cls == as_object(array_type) && (PyArray_Check(instance) || is_array(instance)))
    Py_RETURN_TRUE;
  return PyBool_FromLong(PyObject_TypeCheck(instance, reinterpret_cast<PyTypeObject*>(cls)));
}

PyObject* meta_subclasscheck(PyObject* cls, PyObject* subclass) {
  if (!PyType_Check(subclass)) {
    PyErr_SetString(PyExc_TypeError, "issubclass() arg 1 must be a class");
    return nullptr;
  }
  auto* const type = reinterpret_cast<PyTypeObject*>(subclass);
  if (cls == as_object(array_type) && PyType_IsSubtype(type, &PyArray_Type)) Py_RETURN_TRUE;
  return PyBool_FromLong(PyType_IsSubtype(type, reinterpret_cast<PyTypeObject*>(cls)));
}

PyMethodDef meta_methods[] = {
    {"__instancecheck__", meta_instancecheck, METH_O,
     "Arrays of lazynp and of NumPy are instances."},
    {"__subclasscheck__", meta_subclasscheck, METH_O,
     "numpy.ndarray and its subclasses are subclasses."},
    {nullptr, nullptr, 0, nullptr},
};

// The order in which libraries look up what they registered for a class: numpy.ndarray's is found.
// Type checks in C read another one, in which our type stands alone.
PyObject* meta_mro(PyObject* cls, void*) {
  return PyTuple_Pack(3, cls, as_object(&PyArray_Type), as_object(&PyBaseObject_Type));
}

PyGetSetDef meta_attributes[] = {
    {"__mro__", meta_mro, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyTypeObject* make_metaclass() {
  PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void*>(meta_new)},
                         {Py_tp_methods, meta_methods},
                         {Py_tp_getset, meta_attributes},
                         {0, nullptr}};
  PyType_Spec spec = {"lazynp._ArrayMeta", 0, 0, Py_TPFLAGS_DEFAULT, slots};
  const Owned bases(PyTuple_Pack(1, &PyType_Type));
  return bases ? reinterpret_cast<PyTypeObject*>(PyType_FromSpecWithBases(&spec, bases.get()))
               : nullptr;
}

// ---------------------------------------------------------------- ndarray(shape, ...)

PyObject* array_new(PyTypeObject*, PyObject* args, PyObject* kwargs) {
  const Owned made(PyObject_Call(as_object(&PyArray_Type), args, kwargs));
  if (!made) return nullptr;
  const bool uses_buffer = PyArray_BASE(reinterpret_cast<PyArrayObject*>(made.get())) != nullptr;
  return uses_buffer ? from_numpy(made.get(), true) : adopt_numpy(made.get());
}

// ndarray.__new__(cls, ...), also for the real subclasses, whose class is not ours.
PyObject* array_new_method(PyObject*, PyObject* args, PyObject* kwargs) {
  if (PyTuple_GET_SIZE(args) < 1) {
    PyErr_SetString(PyExc_TypeError, "ndarray.__new__(): not enough arguments");
    return nullptr;
  }
  if (PyTuple_GET_ITEM(args, 0) == as_object(array_type)) {
    const Owned rest(PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args)));
    return rest ? array_new(array_type, rest.get(), kwargs) : nullptr;
  }
  const Owned numpy_new(PyObject_GetAttrString(as_object(&PyArray_Type), "__new__"));
  return numpy_new ? PyObject_Call(numpy_new.get(), args, kwargs) : nullptr;
}

PyMethodDef new_method[] = {
    {"__new__", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(array_new_method)),
     METH_VARARGS | METH_KEYWORDS | METH_STATIC | METH_COEXIST, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef array_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(ArrayObject, weak_references), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

template <class Definition>
void append(std::vector<Definition>& all, const Definition* part, auto is_end) {
  for (; !is_end(*part); ++part) all.push_back(*part);
}

std::vector<PyMethodDef>& all_methods() {
  static auto* const methods = new std::vector<PyMethodDef>;  // the type keeps pointers into it
  return *methods;
}

bool init_methods() {
  auto& all = all_methods();
  for (const PyMethodDef* part : {new_method, array_methods, conversion_methods, attribute_methods})
    append(all, part, [](const PyMethodDef& m) { return m.ml_name == nullptr; });
  if (!append_op_methods(all)) return false;
  all.push_back({nullptr, nullptr, 0, nullptr});
  return true;
}

}  // namespace

const char* numpy_doc(PyTypeObject* type, const char* name, bool is_method) {
  const Owned attribute(PyObject_GetAttrString(as_object(type), name));
  const Owned doc(attribute ? PyObject_GetAttrString(attribute.get(), "__doc__") : nullptr);
  const Owned signature(
      doc && is_method ? PyObject_GetAttrString(attribute.get(), "__text_signature__") : nullptr);
  clear_error();
  if (!doc || !PyUnicode_Check(doc.get())) return nullptr;
  auto* const text = new std::string;
  if (signature && PyUnicode_Check(signature.get()))
    *text = name + std::string(PyUnicode_AsUTF8(signature.get())) + "\n--\n\n";
  *text += PyUnicode_AsUTF8(doc.get());
  return text->c_str();
}

namespace {

void add_numpy_docs() {
  for (PyMethodDef& method : all_methods())
    if (method.ml_name && !method.ml_doc)
      method.ml_doc = numpy_doc(&PyArray_Type, method.ml_name, true);
  for (PyGetSetDef* attribute = array_attributes; attribute->name; ++attribute)
    if (!attribute->doc) attribute->doc = numpy_doc(&PyArray_Type, attribute->name, false);
}

PyTypeObject* make_type(PyTypeObject* metaclass) {
  add_numpy_docs();
  std::vector<PyType_Slot> slots = {
      {Py_tp_new, reinterpret_cast<void*>(array_new)},
      {Py_tp_dealloc, reinterpret_cast<void*>(array_dealloc)},
      {Py_tp_methods, all_methods().data()},
      {Py_tp_getset, array_attributes},
      {Py_tp_members, array_members},
      {Py_tp_doc,
       const_cast<char*>(
           "An n-dimensional array whose operations are recorded and run when a value is needed.")},
  };
  for (const PyType_Slot* part : {operator_slots, subscript_slots, conversion_slots})
    append(slots, part, [](const PyType_Slot& s) { return s.slot == 0; });
  slots.push_back({0, nullptr});
  PyType_Spec spec = {"lazynp.ndarray", sizeof(ArrayObject), 0, Py_TPFLAGS_DEFAULT, slots.data()};
  PyObject* const type = PyType_FromSpec(&spec);
  if (!type) return nullptr;
  // CPython 3.11 has no PyType_FromMetaclass; the metaclass adds no fields, so the class can move.
  Py_INCREF(metaclass);
  Py_SET_TYPE(type, metaclass);
  return reinterpret_cast<PyTypeObject*>(type);
}

}  // namespace

// ---------------------------------------------------------------- values that become objects

ArrayObject* allocate_array() {
  ArrayObject* array;
  if (n_free_arrays) {
    array = free_arrays[--n_free_arrays];
    _Py_NewReference(as_object(array));
  } else {
    array = static_cast<ArrayObject*>(PyObject_Malloc(sizeof(ArrayObject)));
    if (!array) {
      PyErr_NoMemory();
      return nullptr;
    }
    PyObject_Init(as_object(array), array_type);
  }
  array->handle = {};
  array->host = array->weak_references = array->base = nullptr;
  return array;
}

PyObject* wrap_node(Node* node) {
  ArrayObject* const array = allocate_array();
  if (!array) {
    drop_reference(node);
    return nullptr;
  }
  handle_attached(node);
  array->handle.node = node;
  array->handle.dtype = node->dtype;
  array->handle.writeable = true;
  return as_object(array);
}

PyObject* wrap(Value value) {
  return guarded([&] {
    if (!has_own_memory(value.node())) [[unlikely]]
      value = with_own_memory(std::move(value));
    return wrap_node(value.release());
  });
}

PyObject* wrap_host(PyObject* ndarray) {
  ArrayObject* const array = allocate_array();
  if (!array) {
    Py_DECREF(ndarray);
    return nullptr;
  }
  array->host = ndarray;
  return as_object(array);
}

bool is_cheap_to_run(Node* node) {
  constexpr int64_t max_elements = 10'000;
  constexpr int max_nodes = 512;
  if (node->is_materialized()) return true;
  if (has_no_value(node)) return false;
  Node* waiting[max_nodes];
  int n_waiting = 0, n_seen = 1;
  int64_t n_elements = 0;
  const uint32_t mark = next_mark();
  node->mark = mark;
  waiting[n_waiting++] = node;
  while (n_waiting) {
    const Node* const next = waiting[--n_waiting];
    const bool is_view = next->op->kind == OpKind::view;
    if (!is_view) n_elements += next->layout->size;
    if (n_elements > max_elements) return false;
    for (Node* input : next->operands()) {
      if (input->mark == mark) continue;
      input->mark = mark;
      // What a pending node reads counts, too; of a base only what its view shows.
      const bool is_read = input->is_materialized() ? !is_view : input->op->kind == OpKind::view;
      if (is_read) n_elements += input->layout->size;
      if (input->is_materialized()) continue;
      if (++n_seen > max_nodes) return false;
      waiting[n_waiting++] = input;
    }
  }
  return n_elements <= max_elements;
}

namespace {
thread_local bool has_arrays_for_scalars = false;
}

ArraysForScalars::ArraysForScalars() : before_(std::exchange(has_arrays_for_scalars, true)) {}
ArraysForScalars::~ArraysForScalars() { has_arrays_for_scalars = before_; }

PyObject* wrap_scalar(Value value) {
  if (has_arrays_for_scalars) [[unlikely]]
    return wrap(std::move(value));
  return guarded([&]() -> PyObject* {
    Node* const node = value.node();
    const bool waits = node->flags & (watched | watched_leaf) || has_lazy_scalars();
    if (!waits && is_cheap_to_run(node)) {
      const Because because("scalar", node->op ? node->op->name : "");
      return scalar_of_value(value);
    }
    note_lazy_scalar();
    ScalarObject* const scalar =
        reinterpret_cast<ScalarObject*>(scalar_type->tp_alloc(scalar_type, 0));
    if (!scalar) return nullptr;
    handle_attached(node);
    scalar->node = value.release();
    scalar->weak_references = nullptr;
    return as_object(scalar);
  });
}

PyObject* wrap_result(Value value, bool is_scalar_context) {
  return is_scalar_context && value.ndim() == 0 ? wrap_scalar(std::move(value))
                                                : wrap(std::move(value));
}

Node* value_of(PyObject* object) {
  if (is_lazy_scalar(object)) return reinterpret_cast<ScalarObject*>(object)->node;
  return current_value(as_array(object)->handle);
}

Value settled(Value value) {
  Node* const node = value.node();
  const bool reads_shared =
      node->flags & shared_memory || (node->n_inputs && node->inputs[0]->flags & shared_memory);
  if (!reads_shared) return value;
  const Because because("shared");
  Value own = copy(value);
  evaluate(own.node());
  return own;
}

PyObject* base_to_be_made() {
  static PyObject* const object =
      PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
  return object;
}

PyObject* array_from_storage(ArrayObject* owner, LayoutRef layout, DType dtype, bool writeable) {
  ArrayObject* const array = allocate_array();
  if (!array) return nullptr;
  make_view(owner->handle, std::move(layout), dtype, array->handle);
  array->handle.writeable = writeable;
  if (!writeable && !owner->host && warns_on_write(owner)) set_warns_on_write(array, true);
  // As in NumPy: the array that a chain of views began with.
  array->base = Py_NewRef(owner->base && is_array(owner->base) ? owner->base : as_object(owner));
  return as_object(array);
}

void show_part_of_separate_value(ArrayObject* array, Node* value, LayoutRef layout) {
  if (layout && same_shape(*layout, layout_of(array->handle)))
    cache_value(array->handle, view(Value::share(value), std::move(layout), value->dtype));
}

PyObject* make_array_view(ArrayObject* array, LayoutRef layout, DType dtype) {
  return array_from_storage(array, std::move(layout), dtype, array->handle.writeable);
}

// ---------------------------------------------------------------- recording by registry entry

namespace {

// Whether NumPy serves the op with a ufunc: then 0-d results are scalars.
bool is_ufunc(const OpSpec& op) {
  static std::vector<int8_t> known(registry().size(), -1);
  int8_t& answer = known[static_cast<size_t>(op.index)];
  if (answer < 0) {
    const Owned function(op.numpy.empty() ? nullptr : numpy_name(op.numpy[0]));
    if (!function) clear_error();
    answer = function && PyObject_TypeCheck(function.get(), &PyUFunc_Type);
  }
  return answer == 1;
}

bool gives_scalar(const OpSpec& op, std::span<const Value> inputs) {
  if (op.kind == OpKind::reduction || op.gives_scalars || is_ufunc(op)) return true;
  if (op.kind == OpKind::elementwise || op.kind == OpKind::view) return false;
  for (const Value& input : inputs)
    if (input.ndim() > 0) return true;
  return false;
}

PyObject* read_only(PyObject* array) {
  set_warns_on_write(as_array(array), false);
  as_array(array)->handle.writeable = false;
  return array;
}

PyObject* view_by_rule(const OpSpec& op, ArrayObject* array, const Attributes* attributes) {
  ViewResult result = op.layout_rule(layout_of(array->handle), array->handle.dtype, attributes);
  if (!result.layout) return nullptr;
  if (op.indexes && result.layout->ndim == 0) return element_at(array, result.layout->offset);
  if (result.layout.get() == &layout_of(array->handle)) return Py_NewRef(as_object(array));
  if (result.dtype == array->handle.dtype) {
    PyObject* const made = derive_view(array, [&](const Layout& layout) {
      return op.layout_rule(layout, result.dtype, attributes).layout;
    });
    return made && op.read_only_view ? read_only(made) : made;
  }
  PyObject* const made =
      array_from_storage(array, std::move(result.layout), result.dtype, array->handle.writeable);
  return made && op.read_only_view ? read_only(made) : made;
}

// An aliasing view; where NumPy has to copy, a view of the copy.
PyObject* record_view(const OpSpec& op, ArrayObject* array, const Attributes* attributes) {
  if (PyObject* const made = view_by_rule(op, array, attributes)) return made;
  const bool now = begin_record(op) | is_shared(array->handle);
  const Layout& layout = layout_of(array->handle);
  Value copy = copy_as(Value::share(current_value(array->handle)),
                       c_layout(layout.shape(), layout.itemsize), array->handle.dtype);
  end_record(copy, now);
  const Owned dense(wrap(std::move(copy)));
  return dense ? view_by_rule(op, as_array(dense.get()), attributes) : nullptr;
}

// Of an operand that is no array (a sequence, a number) NumPy makes one, and a view of that.
Owned array_to_view(PyObject* operand) {
  if (is_native_array(operand)) return Owned(Py_NewRef(operand));
  if (is_array(operand) || is_lazy_scalar(operand) || PyArray_Check(operand)) return Owned(nullptr);
  Value value;
  bool now = false;
  if (to_value(operand, value, now) != Operandness::native) return Owned(nullptr);
  return Owned(wrap(without_weakness(std::move(value))));
}

// An aliasing view, where that is what the op makes of its operand; nullptr: it is not.
PyObject* try_view(const OpSpec& op, PyObject* const* operands, int n_operands,
                   const Attributes* attributes) {
  if (op.kind != OpKind::view || !op.layout_rule || n_operands != 1) return nullptr;
  const Owned array = array_to_view(operands[0]);
  if (!array) return nullptr;
  if (op.rewrite && op.rewrite(std::array{Value::share(value_of(array.get()))}, attributes))
    return nullptr;
  return record_view(op, as_array(array.get()), attributes);
}

// A tuple of what lies along the last axis; scalars where nothing else is left.
PyObject* parts_of(Value value) {
  const int n_axes = value.ndim() - 1;
  const int64_t n_parts = value.layout().shape_[n_axes];
  const Owned whole(wrap(std::move(value)));
  Owned parts(whole ? PyTuple_New(n_parts) : nullptr);
  for (int64_t k = 0; parts && k < n_parts; ++k) {
    const auto offset = [&](const Layout& from) { return from.offset + k * from.strides_[n_axes]; };
    const auto n = static_cast<size_t>(n_axes);
    ArrayObject* const array = as_array(whole.get());
    PyObject* const part =
        n ? derive_view(array,
                        [&](const Layout& from) {
                          return make_layout(from.shape().first(n), from.strides().first(n),
                                             offset(from), from.itemsize);
                        })
          : element_at(array, offset(layout_of(array->handle)));
    if (!part) return nullptr;
    PyTuple_SET_ITEM(parts.get(), k, part);
  }
  return parts.release();
}

}  // namespace

PyObject* record_op(const OpSpec& op, PyObject* const* operands, int n_operands,
                    AttributesRef attributes) {
  return guarded([&]() -> PyObject* {
    if (PyObject* const made = try_view(op, operands, n_operands, attributes.get())) return made;
    if (PyErr_Occurred()) return nullptr;
    Values inputs(static_cast<size_t>(n_operands));
    bool now = false;
    for (size_t i = 0; i < inputs.size(); ++i) {
      switch (to_value(operands[i], inputs[i], now)) {
        case Operandness::native: break;
        case Operandness::error: return nullptr;
        case Operandness::foreign:
          fail(ErrorClass::type,
               std::string("lazynp: ") + op.name + ": an operand has no native dtype; got " +
                   Py_TYPE(operands[i])->tp_name + "; use numpy's function on it");
      }
    }
    const bool is_view = op.gives_view && op.gives_view(attributes.get());
    now |= begin_record(op);
    const Because because("shape", op.name);
    Value result = apply_by_value(op, inputs, attributes);
    if (!warn_of_real_dtype(op, inputs, attributes.get())) return nullptr;
    const bool is_scalar = gives_scalar(op, inputs);
    inputs.clear();
    end_record(result, now);
    if (op.gives_parts) return parts_of(std::move(result));
    const Owned made(wrap_result(std::move(result), is_scalar));
    if (!made || !is_view || !is_native_array(made.get())) return Py_XNewRef(made.get());
    ArrayObject* const whole = as_array(made.get());
    return make_array_view(whole, LayoutRef::share(&layout_of(whole->handle)), whole->handle.dtype);
  });
}

// ---------------------------------------------------------------- start

bool init_array_type(PyObject* module) {
  if (!import_numpy() || !init_operators() || !init_methods()) return false;
  PyTypeObject* const metaclass = make_metaclass();
  if (!metaclass) return false;
  array_type = make_type(metaclass);
  if (!array_type) return false;
  const Owned priority(PyFloat_FromDouble(0.0));
  auto* const type = as_object(array_type);
  if (!priority || PyObject_SetAttrString(type, "__array_priority__", priority.get()) < 0)
    return false;
  return PyModule_AddFunctions(module, subclass_functions) == 0 &&
         PyModule_AddObjectRef(module, "ndarray", type) == 0 && init_conversions(module) &&
         init_flags();
}

}  // namespace lazynp::python
