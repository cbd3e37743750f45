// Attributes of an array: shape, strides, dtype, flags, views by attribute, and raw addresses.
#include <algorithm>

#include "csrc/python/array_parts.h"
#include "csrc/python/record_state.h"

namespace lazynp::python {

namespace {

PyObject* tuple_of(Shape values) {
  PyObject* const tuple = PyTuple_New(static_cast<Py_ssize_t>(values.size()));
  if (!tuple) return nullptr;
  Py_ssize_t i = 0;
  for (const int64_t value : values) {
    PyObject* const number = PyLong_FromLongLong(value);
    if (!number) {
      Py_DECREF(tuple);
      return nullptr;
    }
    PyTuple_SET_ITEM(tuple, i++, number);
  }
  return tuple;
}

const Layout& layout_of_object(PyObject* self) { return layout_of(as_array(self)->handle); }
PyObject* host_of(PyObject* self) { return as_array(self)->host; }

// What numpy.ndarray answers, wrapped where it is an array.
PyObject* attribute_by_numpy(PyObject* self, const char* name) {
  const Owned ndarray(to_numpy(self));
  PyObject* const answer = ndarray ? PyObject_GetAttrString(ndarray.get(), name) : nullptr;
  if (!answer || !PyArray_CheckExact(answer)) return answer;
  const Owned array(answer);
  return from_numpy(answer, true);
}

// ---------------------------------------------------------------- shape, strides, dtype

template <class Answer> PyObject* answer_or_host(PyObject* self, const char* name, Answer answer) {
  if (PyObject* const host = host_of(self)) return PyObject_GetAttrString(host, name);
  return answer(layout_of_object(self));
}

PyObject* get_shape(PyObject* self, void*) {
  return answer_or_host(self, "shape",
                        [](const Layout& layout) { return tuple_of(layout.shape()); });
}
PyObject* get_strides(PyObject* self, void*) {
  return answer_or_host(self, "strides",
                        [](const Layout& layout) { return tuple_of(layout.strides()); });
}
PyObject* get_ndim(PyObject* self, void*) {
  return answer_or_host(self, "ndim",
                        [](const Layout& layout) { return PyLong_FromLong(layout.ndim); });
}
PyObject* get_size(PyObject* self, void*) {
  return answer_or_host(self, "size",
                        [](const Layout& layout) { return PyLong_FromLongLong(layout.size); });
}
PyObject* get_itemsize(PyObject* self, void*) {
  return answer_or_host(self, "itemsize",
                        [](const Layout& layout) { return PyLong_FromLong(layout.itemsize); });
}
PyObject* get_nbytes(PyObject* self, void*) {
  return answer_or_host(self, "nbytes", [](const Layout& layout) {
    return PyLong_FromLongLong(layout.size * layout.itemsize);
  });
}
PyObject* get_dtype(PyObject* self, void*) {
  if (PyObject* const host = host_of(self)) return PyObject_GetAttrString(host, "dtype");
  return Py_NewRef(descr_of(as_array(self)->handle.dtype));
}

// NumPy checks the assignment on a phantom; what it becomes is what the array becomes.
int set_through_phantom(PyObject* self, const char* name, PyObject* value) {
  if (!value) {
    PyErr_Format(PyExc_AttributeError, "Cannot delete array %s", name);
    return -1;
  }
  // An array of ours means what NumPy's means, also where only its attributes would be looked at.
  const Owned meant(is_array(value) ? to_numpy(value) : Py_NewRef(value));
  if (!meant) return -1;
  if (PyObject* const host = host_of(self)) return PyObject_SetAttrString(host, name, meant.get());
  const Owned stand_in(phantom_of(self));
  if (!stand_in || PyObject_SetAttrString(stand_in.get(), name, meant.get()) < 0) return -1;
  return guarded_status([&] {
    const DType dtype =
        dtype_of_descr(as_object(PyArray_DESCR(reinterpret_cast<PyArrayObject*>(stand_in.get()))));
    if (dtype == DType::none) {
      // The bytes become something that NumPy has to handle: from now on it holds the array.
      const Owned ndarray(to_numpy(self));
      if (!ndarray || PyObject_SetAttrString(ndarray.get(), name, meant.get()) < 0) return -1;
      clear_handle(as_array(self)->handle);
      as_array(self)->host = Py_NewRef(ndarray.get());
      return 0;
    }
    set_view(as_array(self)->handle, layout_of_phantom_view(stand_in.get()), dtype);
    return 0;
  });
}
int set_shape(PyObject* self, PyObject* value, void*) {
  return set_through_phantom(self, "shape", value);
}
int set_dtype(PyObject* self, PyObject* value, void*) {
  return set_through_phantom(self, "dtype", value);
}
int set_strides(PyObject* self, PyObject* value, void*) {
  if (host_of(self) || !value) return set_through_phantom(self, "strides", value);
  // NumPy checks the new strides against the memory that the array owns.
  const Owned ndarray(to_numpy(self));
  if (!ndarray || PyObject_SetAttrString(ndarray.get(), "strides", value) < 0) return -1;
  return guarded_status([&] {
    auto* const changed = reinterpret_cast<PyArrayObject*>(ndarray.get());
    const Layout& layout = layout_of_object(self);
    const auto n = static_cast<size_t>(layout.ndim);
    set_view(
        as_array(self)->handle,
        make_layout(layout.shape(), {PyArray_STRIDES(changed), n}, layout.offset, layout.itemsize),
        as_array(self)->handle.dtype);
    return 0;
  });
}

// ---------------------------------------------------------------- views

PyObject* get_transposed(PyObject* self, void*) {
  if (host_of(self)) return attribute_by_numpy(self, "T");
  return guarded([&] {
    return derive_view(as_array(self), [](const Layout& layout) { return transposed(layout, {}); });
  });
}
PyObject* get_matrix_transposed(PyObject* self, void*) {
  if (host_of(self)) return attribute_by_numpy(self, "mT");
  const Owned stand_in(phantom_of(self));
  return stand_in ? view_like(self, PyObject_GetAttrString(stand_in.get(), "mT")) : nullptr;
}

PyObject* get_real(PyObject* self, void*) {
  if (host_of(self)) return attribute_by_numpy(self, "real");
  if (!is_complex(as_array(self)->handle.dtype)) return Py_NewRef(self);
  const Owned stand_in(phantom_of(self));
  return stand_in ? view_like(self, PyObject_GetAttrString(stand_in.get(), "real")) : nullptr;
}

// The imaginary part of real numbers: read-only zeros.
PyObject* read_only_zeros(ArrayObject* array) {
  static const OpSpec& op = op_named("imag");
  return guarded([&]() -> PyObject* {
    PyObject* const zeros = wrap(apply(op, {Value::share(current_value(array->handle))}));
    if (zeros) as_array(zeros)->handle.writeable = false;
    return zeros;
  });
}

PyObject* get_imag(PyObject* self, void*) {
  if (host_of(self)) return attribute_by_numpy(self, "imag");
  if (!is_complex(as_array(self)->handle.dtype)) return read_only_zeros(as_array(self));
  const Owned stand_in(phantom_of(self));
  return stand_in ? view_like(self, PyObject_GetAttrString(stand_in.get(), "imag")) : nullptr;
}

// Unlike a store, NumPy makes an array of the value first: Python integers wrap.
int assign_all(PyObject* part, PyObject* value) {
  const Owned array(part);
  const bool is_ours = is_array(value) || is_lazy_scalar(value);
  const Owned elements(is_ours ? Py_NewRef(value) : PyArray_FROM_O(value));
  if (!array || !elements) return -1;
  return PyObject_SetItem(array.get(), Py_Ellipsis, elements.get());
}

int refuse_part_deletion(const char* part) {
  PyErr_Format(PyExc_AttributeError, "Cannot delete array %s part", part);
  return -1;
}

int set_real(PyObject* self, PyObject* value, void*) {
  if (!value) return refuse_part_deletion("real");
  if (PyObject* const host = host_of(self)) return PyObject_SetAttrString(host, "real", value);
  return assign_all(get_real(self, nullptr), value);
}

int set_imag(PyObject* self, PyObject* value, void*) {
  if (!value) return refuse_part_deletion("imaginary");
  if (PyObject* const host = host_of(self)) return PyObject_SetAttrString(host, "imag", value);
  if (is_complex(as_array(self)->handle.dtype)) return assign_all(get_imag(self, nullptr), value);
  PyErr_SetString(PyExc_TypeError, "array does not have imaginary part to set");
  return -1;
}

PyObject* get_base(PyObject* self, void*) {
  if (as_array(self)->base) return Py_NewRef(as_array(self)->base);
  if (PyObject* const host = host_of(self)) return PyObject_GetAttrString(host, "base");
  Py_RETURN_NONE;
}

// ---------------------------------------------------------------- what needs the address

PyObject* get_data(PyObject* self, void*) {
  return PyMemoryView_FromObject(host_of(self) ? host_of(self) : self);
}

// Whoever learns the address may use it as long as the memory lives.
PyObject* address_by_numpy(PyObject* self, const char* name) {
  if (!host_of(self)) {
    const int status = guarded_status([&] {
      pin_memory(as_array(self)->handle);
      return 0;
    });
    if (status < 0) return nullptr;
  }
  return attribute_by_numpy(self, name);
}
PyObject* get_ctypes(PyObject* self, void*) { return address_by_numpy(self, "ctypes"); }

}  // namespace

bool is_read_back_from_buffer(PyObject* ndarray) {
  PyArray_Descr* const descr = PyArray_DESCR(reinterpret_cast<PyArrayObject*>(ndarray));
  if (descr->type_num != NPY_VOID) return true;
  const Owned buffer(PyMemoryView_FromObject(ndarray));
  if (!buffer) return false;
  const Owned read(PyArray_FROM_O(buffer.get()));
  if (read &&
      PyArray_EquivTypes(descr, PyArray_DESCR(reinterpret_cast<PyArrayObject*>(read.get()))))
    return true;
  PyErr_SetString(PyExc_BufferError, "lazynp: a buffer cannot describe this dtype");
  return false;
}

namespace {

// Whether a record's dtype can be made from its `descr`, in which padding is a field of its own.
bool has_faithful_description(PyObject* host) {
  PyArray_Descr* const descr = PyArray_DESCR(reinterpret_cast<PyArrayObject*>(host));
  if (PyDataType_REFCHK(descr)) return false;
  if (!PyDataType_HASFIELDS(descr)) return true;
  const Owned description(PyObject_GetAttrString(as_object(descr), "descr"));
  PyArray_Descr* read = nullptr;
  if (!description || !PyArray_DescrConverter(description.get(), &read))
    return PyErr_Clear(), false;
  const bool is_same = PyArray_EquivTypes(descr, read);
  Py_DECREF(read);
  return is_same;
}

// NumPy makes plain bytes of records that it reads from the struct, for want of a buffer.
bool is_read_back_from_struct(PyObject* host) {
  PyArray_Descr* const descr = PyArray_DESCR(reinterpret_cast<PyArrayObject*>(host));
  if (!PyDataType_HASFIELDS(descr) || is_read_back_from_buffer(host)) return true;
  PyErr_Clear();
  return false;
}

// NumPy reads an array of ours through the first of these that there is, or its buffer before. What
// cannot describe the dtype must not be there: neither knows StringDType and dtypes of users, and
// the C struct has no place for the unit of datetimes.
PyObject* describe_memory(PyObject* self, const char* name, bool knows_datetimes,
                          bool (*is_described)(PyObject*)) {
  PyObject* const host = host_of(self);
  const int type = host ? PyArray_TYPE(reinterpret_cast<PyArrayObject*>(host)) : NPY_BOOL;
  if (type <= NPY_HALF && (knows_datetimes || !PyTypeNum_ISDATETIME(type)) &&
      (type != NPY_VOID || is_described(host)))
    return address_by_numpy(self, name);
  PyErr_SetString(PyExc_AttributeError, name);
  return nullptr;
}
PyObject* get_interface(PyObject* self, void*) {
  return describe_memory(self, "__array_interface__", true, has_faithful_description);
}
PyObject* get_struct(PyObject* self, void*) {
  return describe_memory(self, "__array_struct__", false, is_read_back_from_struct);
}

PyObject* get_device(PyObject*, void*) { return PyUnicode_FromString("cpu"); }

// ---------------------------------------------------------------- flags

struct FlagsObject {
  PyObject_HEAD PyObject* array;
};
PyTypeObject* flags_type = nullptr;

struct FlagBits {
  bool c_contiguous, f_contiguous, owndata, writeable, aligned, writebackifcopy;
};

bool is_aligned(const Handle& handle) {
  const Layout& layout = layout_of(handle);
  const int64_t alignment = info(handle.dtype).alignment;
  int64_t address = layout.offset;
  if (handle.storage && handle.storage->foreign)
    address += reinterpret_cast<int64_t>(handle.storage->current->buffer->data);
  if (layout.size == 0) return true;
  if (address % alignment) return false;
  for (int i = 0; i < layout.ndim; ++i)
    if (layout.shape_[i] > 1 && layout.strides_[i] % alignment) return false;
  return true;
}

FlagBits flags_of(PyObject* self) {
  if (PyObject* const host = host_of(self)) {
    const int flags = PyArray_FLAGS(reinterpret_cast<PyArrayObject*>(host));
    return {(flags & NPY_ARRAY_C_CONTIGUOUS) != 0, (flags & NPY_ARRAY_F_CONTIGUOUS) != 0,
            (flags & NPY_ARRAY_OWNDATA) != 0,      (flags & NPY_ARRAY_WRITEABLE) != 0,
            (flags & NPY_ARRAY_ALIGNED) != 0,      (flags & NPY_ARRAY_WRITEBACKIFCOPY) != 0};
  }
  const Handle& handle = as_array(self)->handle;
  const Layout& layout = layout_of(handle);
  return {layout.c_contiguous, layout.f_contiguous(), !as_array(self)->base,
          handle.writeable,    is_aligned(handle),    false};
}

PyObject* flags_array(PyObject* self) { return reinterpret_cast<FlagsObject*>(self)->array; }

int refuse_deletion(const char* what) {
  PyErr_Format(PyExc_AttributeError, "Cannot delete %s", what);
  return -1;
}

int set_writeable(PyObject* array, PyObject* value) {
  if (!value) return refuse_deletion("flags writeable attribute");
  const int wanted = value ? PyObject_IsTrue(value) : -1;
  if (wanted < 0) return -1;
  if (PyObject* const host = host_of(array)) {
    const Owned flags(PyObject_GetAttrString(host, "flags"));
    return flags ? PyObject_SetAttrString(flags.get(), "writeable", value) : -1;
  }
  Handle& handle = as_array(array)->handle;
  bool may_write = true;
  if (wanted && !handle.writeable) {
    PyObject* const base = as_array(array)->base;
    if (base && is_native_array(base)) may_write = as_array(base)->handle.writeable;
    const Node* const node = handle.storage ? handle.storage->current : handle.node;
    if (node->buffer && !node->buffer->writeable) may_write = false;
  }
  if (!may_write) {
    PyErr_SetString(PyExc_ValueError, "cannot set WRITEABLE flag to True of this array");
    return -1;
  }
  handle.writeable = wanted != 0;
  return 0;
}

// Every name that NumPy knows, long and short, with what it says.
struct FlagName {
  const char* attribute;  // nullptr: item access only
  const char* item;       // nullptr: attribute only
  bool (*value)(const FlagBits&);
};
constexpr FlagName flag_names[] = {
    {"c_contiguous", "C_CONTIGUOUS", [](const FlagBits& f) { return f.c_contiguous; }},
    {"contiguous", "CONTIGUOUS", [](const FlagBits& f) { return f.c_contiguous; }},
    {nullptr, "C", [](const FlagBits& f) { return f.c_contiguous; }},
    {"f_contiguous", "F_CONTIGUOUS", [](const FlagBits& f) { return f.f_contiguous; }},
    {"fortran", "FORTRAN", [](const FlagBits& f) { return f.f_contiguous; }},
    {nullptr, "F", [](const FlagBits& f) { return f.f_contiguous; }},
    {"owndata", "OWNDATA", [](const FlagBits& f) { return f.owndata; }},
    {nullptr, "O", [](const FlagBits& f) { return f.owndata; }},
    {"writeable", "WRITEABLE", [](const FlagBits& f) { return f.writeable; }},
    {nullptr, "W", [](const FlagBits& f) { return f.writeable; }},
    {"aligned", "ALIGNED", [](const FlagBits& f) { return f.aligned; }},
    {nullptr, "A", [](const FlagBits& f) { return f.aligned; }},
    {"writebackifcopy", "WRITEBACKIFCOPY", [](const FlagBits& f) { return f.writebackifcopy; }},
    {nullptr, "X", [](const FlagBits& f) { return f.writebackifcopy; }},
    {"behaved", "BEHAVED", [](const FlagBits& f) { return f.aligned && f.writeable; }},
    {nullptr, "B", [](const FlagBits& f) { return f.aligned && f.writeable; }},
    {"carray", "CARRAY",
     [](const FlagBits& f) { return f.aligned && f.writeable && f.c_contiguous; }},
    {nullptr, "CA", [](const FlagBits& f) { return f.aligned && f.writeable && f.c_contiguous; }},
    {"farray", "FARRAY",
     [](const FlagBits& f) {
       return f.aligned && f.writeable && f.f_contiguous && !f.c_contiguous;
     }},
    {nullptr, "FA",
     [](const FlagBits& f) {
       return f.aligned && f.writeable && f.f_contiguous && !f.c_contiguous;
     }},
    {"fnc", "FNC", [](const FlagBits& f) { return f.f_contiguous && !f.c_contiguous; }},
    {"forc", "FORC", [](const FlagBits& f) { return f.f_contiguous || f.c_contiguous; }},
};

PyObject* flags_attribute(PyObject* self, void* closure) {
  const auto& name = *static_cast<const FlagName*>(closure);
  return PyBool_FromLong(name.value(flags_of(flags_array(self))));
}

PyObject* flags_num(PyObject* self, void*) {
  const FlagBits f = flags_of(flags_array(self));
  return PyLong_FromLong(f.c_contiguous * NPY_ARRAY_C_CONTIGUOUS |
                         f.f_contiguous * NPY_ARRAY_F_CONTIGUOUS | f.owndata * NPY_ARRAY_OWNDATA |
                         f.writeable * NPY_ARRAY_WRITEABLE | f.aligned * NPY_ARRAY_ALIGNED);
}

PyObject* flags_item(PyObject* self, PyObject* key) {
  const char* const wanted = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : nullptr;
  if (wanted)
    for (const FlagName& name : flag_names)
      if (name.item && std::string_view(name.item) == wanted)
        return PyBool_FromLong(name.value(flags_of(flags_array(self))));
  PyErr_Clear();
  PyErr_SetString(PyExc_KeyError, "Unknown flag");
  return nullptr;
}

int flags_set_writeable(PyObject* self, PyObject* value, void*) {
  return set_writeable(flags_array(self), value);
}

// setflags(write=None, align=None, uic=None)
int set_other_flag(PyObject* array, const char* name, PyObject* value) {
  if (!value) return refuse_deletion("flags attribute");
  const int wanted = PyObject_IsTrue(value);
  if (wanted < 0) return -1;
  if (std::string_view(name) == "align") {
    if (!wanted || flags_of(array).aligned) return 0;
    PyErr_SetString(PyExc_ValueError, "cannot set aligned flag of mis-aligned array to True");
    return -1;
  }
  if (!wanted) return 0;
  PyErr_SetString(PyExc_ValueError, "cannot set WRITEBACKIFCOPY flag to True");
  return -1;
}
int flags_set_aligned(PyObject* self, PyObject* value, void*) {
  return set_other_flag(flags_array(self), "align", value);
}
int flags_set_writeback(PyObject* self, PyObject* value, void*) {
  return set_other_flag(flags_array(self), "uic", value);
}

int flags_set_item(PyObject* self, PyObject* key, PyObject* value) {
  const char* const name = PyUnicode_Check(key) ? PyUnicode_AsUTF8(key) : nullptr;
  const std::string_view wanted = name ? name : "";
  if (value) {
    if (wanted == "WRITEABLE" || wanted == "W") return flags_set_writeable(self, value, nullptr);
    if (wanted == "ALIGNED" || wanted == "A") return flags_set_aligned(self, value, nullptr);
    if (wanted == "WRITEBACKIFCOPY" || wanted == "X")
      return flags_set_writeback(self, value, nullptr);
  }
  PyErr_Clear();
  PyErr_SetString(PyExc_KeyError, "Unknown flag");
  return -1;
}

PyObject* flags_repr(PyObject* self) {
  const FlagBits f = flags_of(flags_array(self));
  const auto text = [](bool on) { return on ? "True" : "False"; };
  return PyUnicode_FromFormat(
      "  C_CONTIGUOUS : %s\n  F_CONTIGUOUS : %s\n  OWNDATA : %s\n  WRITEABLE : %s\n  ALIGNED : %s\n"
      "  WRITEBACKIFCOPY : %s\n",
      text(f.c_contiguous), text(f.f_contiguous), text(f.owndata), text(f.writeable),
      text(f.aligned), text(f.writebackifcopy));
}

PyObject* flags_compare(PyObject* self, PyObject* other, int comparison) {
  if (Py_TYPE(other) != flags_type || (comparison != Py_EQ && comparison != Py_NE))
    Py_RETURN_NOTIMPLEMENTED;
  const Owned a(flags_num(self, nullptr)), b(flags_num(other, nullptr));
  return a && b ? PyObject_RichCompare(a.get(), b.get(), comparison) : nullptr;
}

void flags_dealloc(PyObject* self) {
  Py_DECREF(flags_array(self));
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyGetSetDef flags_attributes[std::size(flag_names) + 2];

PyTypeObject* make_flags_type() {
  int n = 0;
  for (const FlagName& name : flag_names) {
    if (!name.attribute) continue;
    const std::string_view attribute = name.attribute;
    const setter set = attribute == "writeable"         ? flags_set_writeable
                       : attribute == "aligned"         ? flags_set_aligned
                       : attribute == "writebackifcopy" ? flags_set_writeback
                                                        : nullptr;
    flags_attributes[n++] = {name.attribute, flags_attribute, set, nullptr,
                             const_cast<FlagName*>(&name)};
  }
  flags_attributes[n++] = {"num", flags_num, nullptr, nullptr, nullptr};
  PyType_Slot slots[] = {{Py_tp_dealloc, as_slot(flags_dealloc)},
                         {Py_tp_getset, flags_attributes},
                         {Py_tp_repr, as_slot(flags_repr)},
                         {Py_tp_richcompare, as_slot(flags_compare)},
                         {Py_tp_hash, as_slot(PyObject_HashNotImplemented)},
                         {Py_mp_subscript, as_slot(flags_item)},
                         {Py_mp_ass_subscript, as_slot(flags_set_item)},
                         {Py_tp_doc, const_cast<char*>("How the memory of an array is laid out.")},
                         {0, nullptr}};
  PyType_Spec spec = {"lazynp._core.multiarray.flagsobj", sizeof(FlagsObject), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

PyObject* get_flags(PyObject* self, void*) {
  auto* const flags = PyObject_New(FlagsObject, flags_type);
  if (!flags) return nullptr;
  flags->array = Py_NewRef(self);
  return as_object(flags);
}

PyObject* array_setflags(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* const names[] = {"write", "align", "uic", nullptr};
  PyObject *write = Py_None, *align = Py_None, *writeback = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOO:setflags", const_cast<char**>(names), &write,
                                   &align, &writeback))
    return nullptr;
  if (align != Py_None && set_other_flag(self, "align", align) < 0) return nullptr;
  if (writeback != Py_None && set_other_flag(self, "uic", writeback) < 0) return nullptr;
  if (write != Py_None && set_writeable(self, write) < 0) return nullptr;
  Py_RETURN_NONE;
}

// ---------------------------------------------------------------- resize

bool may_resize(PyObject* self, bool checks_references) {
  const Handle& handle = as_array(self)->handle;
  if (as_array(self)->base || (handle.storage && handle.storage->foreign)) {
    PyErr_SetString(PyExc_ValueError, "cannot resize this array: it does not own its data");
    return false;
  }
  // As in NumPy: the caller's name and the call itself hold two references.
  const bool has_weak_references = as_array(self)->weak_references && !only_watching_refers(self);
  const bool is_aliased = Py_REFCNT(self) > 2 || has_weak_references ||
                          (handle.storage && handle.storage->references > 1);
  if (!checks_references || !is_aliased) return true;
  PyErr_SetString(
      PyExc_ValueError,
      "cannot resize an array that references or is referenced\nby another object in this way.\n"
      "Use the np.resize function to get a new resized copy or\n set refcheck=False to disable "
      "this check");
  return false;
}

PyObject* numpy_copy(PyObject* self) {
  const Owned ndarray(to_numpy(self));
  return ndarray ? PyArray_NewCopy(reinterpret_cast<PyArrayObject*>(ndarray.get()), NPY_KEEPORDER)
                 : nullptr;
}

// As many elements as before: the memory stays, with everybody who sees it.
PyObject* reshape_in_place(PyObject* self, PyArrayObject* wanted) {
  const Layout& layout = layout_of_object(self);
  if (!layout.c_contiguous && !layout.f_contiguous()) {
    PyErr_SetString(PyExc_ValueError, "resize only works on single-segment arrays");
    return nullptr;
  }
  const auto n = static_cast<size_t>(PyArray_NDIM(wanted));
  const Shape shape{PyArray_DIMS(wanted), n};
  if (std::ranges::equal(shape, layout.shape())) Py_RETURN_NONE;
  const int status = guarded_status([&] {
    const LayoutRef fresh =
        layout.c_contiguous ? c_layout(shape, layout.itemsize) : f_layout(shape, layout.itemsize);
    set_view(as_array(self)->handle,
             make_layout(shape, fresh->strides(), layout.offset, layout.itemsize),
             as_array(self)->handle.dtype);
    return 0;
  });
  return status < 0 ? nullptr : Py_NewRef(Py_None);
}

// resize(*new_shape, refcheck=True): NumPy resizes a copy, whose memory the array takes over.
PyObject* array_resize(PyObject* self, PyObject* args, PyObject* kwargs) {
  if (PyObject* const host = host_of(self)) {
    const Owned method(PyObject_GetAttrString(host, "resize"));
    return method ? PyObject_Call(method.get(), args, kwargs) : nullptr;
  }
  PyObject* const refcheck = kwargs ? PyDict_GetItemString(kwargs, "refcheck") : nullptr;
  const long checks_references = refcheck ? PyLong_AsLong(refcheck) : 1;
  if (checks_references == -1 && PyErr_Occurred()) return nullptr;
  const Owned keywords(kwargs ? PyDict_Copy(kwargs) : PyDict_New());
  if (!keywords || PyDict_SetItemString(keywords.get(), "refcheck", Py_False) < 0) return nullptr;
  const Owned copied(numpy_copy(self));
  const Owned method(copied ? PyObject_GetAttrString(copied.get(), "resize") : nullptr);
  const Owned done(method ? PyObject_Call(method.get(), args, keywords.get()) : nullptr);
  if (!done) return nullptr;
  auto* const wanted = reinterpret_cast<PyArrayObject*>(copied.get());
  if (PyArray_SIZE(wanted) == layout_of_object(self).size) return reshape_in_place(self, wanted);
  if (!may_resize(self, checks_references != 0)) return nullptr;
  const Owned resized(adopt_numpy(copied.get()));
  if (!resized) return nullptr;
  Handle& handle = as_array(self)->handle;
  const bool is_writeable = handle.writeable;
  clear_handle(handle);
  init_handle(handle, as_array(resized.get())->handle.node);
  handle.writeable = is_writeable;
  Py_RETURN_NONE;
}

}  // namespace

PyMethodDef attribute_methods[] = {
    {"setflags", as_method(array_setflags), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"resize", as_method(array_resize), METH_VARARGS | METH_KEYWORDS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef array_attributes[] = {
    {"shape", get_shape, set_shape, nullptr, nullptr},
    {"strides", get_strides, set_strides, nullptr, nullptr},
    {"dtype", get_dtype, set_dtype, nullptr, nullptr},
    {"ndim", get_ndim, nullptr, nullptr, nullptr},
    {"size", get_size, nullptr, nullptr, nullptr},
    {"itemsize", get_itemsize, nullptr, nullptr, nullptr},
    {"nbytes", get_nbytes, nullptr, nullptr, nullptr},
    {"T", get_transposed, nullptr, nullptr, nullptr},
    {"mT", get_matrix_transposed, nullptr, nullptr, nullptr},
    {"real", get_real, set_real, nullptr, nullptr},
    {"imag", get_imag, set_imag, nullptr, nullptr},
    {"base", get_base, nullptr, nullptr, nullptr},
    {"flags", get_flags, nullptr, nullptr, nullptr},
    {"data", get_data, nullptr, nullptr, nullptr},
    {"ctypes", get_ctypes, nullptr, nullptr, nullptr},
    {"device", get_device, nullptr, nullptr, nullptr},
    {"__array_interface__", get_interface, nullptr, nullptr, nullptr},
    {"__array_struct__", get_struct, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

bool init_attributes(PyObject*) {
  flags_type = make_flags_type();
  return flags_type != nullptr;
}

}  // namespace lazynp::python
