// What `array.flags` is: an object that reads the array's flags and sets them.
#include "csrc/python/array_parts.h"

#include <iterator>
#include <unordered_set>

#include "csrc/python/write_warnings.h"

namespace lazynp::python {

// ---------------------------------------------------------------- warnings of writes

namespace {

std::unordered_set<ArrayObject*>& arrays_that_warn() {
  static auto* const set = new std::unordered_set<ArrayObject*>;
  return *set;
}

}  // namespace

bool warns_on_write(ArrayObject* array) {
  if (array->host)
    return PyArray_CHKFLAGS(reinterpret_cast<PyArrayObject*>(array->host), numpys_warning_flag);
  return !array->handle.writeable && arrays_that_warn().contains(array);
}

void set_warns_on_write(ArrayObject* array, bool warns) {
  if (warns) {
    array->handle.writeable = false;
    arrays_that_warn().insert(array);
  } else {
    arrays_that_warn().erase(array);
  }
}

// The warning is NumPy's.
bool warn_of_write(ArrayObject* array) {
  const Owned ndarray(PyArray_SimpleNew(0, nullptr, NPY_BOOL));
  if (!ndarray) return false;
  auto* const stand_in = reinterpret_cast<PyArrayObject*>(ndarray.get());
  PyArray_ENABLEFLAGS(stand_in, numpys_warning_flag);
  if (PyArray_FailUnlessWriteable(stand_in, "assignment destination") < 0) return false;
  set_warns_on_write(array, false);
  array->handle.writeable = true;
  return true;
}

namespace {

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
  if (PyObject* const host = as_array(self)->host) {
    const int flags = PyArray_FLAGS(reinterpret_cast<PyArrayObject*>(host));
    return {(flags & NPY_ARRAY_C_CONTIGUOUS) != 0, (flags & NPY_ARRAY_F_CONTIGUOUS) != 0,
            (flags & NPY_ARRAY_OWNDATA) != 0,      (flags & NPY_ARRAY_WRITEABLE) != 0,
            (flags & NPY_ARRAY_ALIGNED) != 0,      (flags & NPY_ARRAY_WRITEBACKIFCOPY) != 0};
  }
  const Handle& handle = as_array(self)->handle;
  const Layout& layout = layout_of(handle);
  const bool is_writeable = handle.writeable || warns_on_write(as_array(self));
  return {layout.c_contiguous, layout.f_contiguous(), !as_array(self)->base,
          is_writeable,        is_aligned(handle),    false};
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
  if (PyObject* const host = as_array(array)->host) {
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
  set_warns_on_write(as_array(array), false);
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
    {"_writeable_no_warn", nullptr, [](const FlagBits& f) { return f.writeable; }},
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

// What NumPy says of such an array, with its warning.
PyObject* ask_numpy_whether_writeable() {
  const Owned ndarray(PyArray_SimpleNew(0, nullptr, NPY_BOOL));
  if (!ndarray) return nullptr;
  PyArray_ENABLEFLAGS(reinterpret_cast<PyArrayObject*>(ndarray.get()), numpys_warning_flag);
  const Owned flags(PyObject_GetAttrString(ndarray.get(), "flags"));
  return flags ? PyObject_GetAttrString(flags.get(), "writeable") : nullptr;
}

PyObject* flags_attribute(PyObject* self, void* closure) {
  const auto& name = *static_cast<const FlagName*>(closure);
  if (warns_on_write(as_array(flags_array(self))) &&
      std::string_view(name.attribute) == "writeable")
    return ask_numpy_whether_writeable();
  return PyBool_FromLong(name.value(flags_of(flags_array(self))));
}

// `flags._warn_on_write = True`, the only value that NumPy takes.
int flags_set_warning(PyObject* self, PyObject* value, void*) {
  PyObject* const array = flags_array(self);
  const int wanted = value ? PyObject_IsTrue(value) : -1;
  if (wanted < 0) return value ? -1 : refuse_deletion("flags _warn_on_write attribute");
  if (PyObject* const host = as_array(array)->host) {
    const Owned flags(PyObject_GetAttrString(host, "flags"));
    return flags ? PyObject_SetAttrString(flags.get(), "_warn_on_write", value) : -1;
  }
  if (wanted && flags_of(array).writeable) {
    set_warns_on_write(as_array(array), true);
    return 0;
  }
  PyErr_SetString(PyExc_ValueError,
                  wanted ? "cannot set '_warn_on_write' flag when 'writable' is False"
                         : "cannot clear '_warn_on_write', set writeable True to clear this "
                           "private flag");
  return -1;
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
  clear_error();
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
  clear_error();
  PyErr_SetString(PyExc_KeyError, "Unknown flag");
  return -1;
}

PyObject* flags_repr(PyObject* self) {
  const FlagBits f = flags_of(flags_array(self));
  const auto text = [](bool on) { return on ? "True" : "False"; };
  return PyUnicode_FromFormat(
      "  C_CONTIGUOUS : %s\n  F_CONTIGUOUS : %s\n  OWNDATA : %s\n  WRITEABLE : %s\n  ALIGNED : %s\n"
      "  WRITEBACKIFCOPY : %s\n",
      text(f.c_contiguous), text(f.f_contiguous), text(f.owndata),
      warns_on_write(as_array(flags_array(self))) ? "True  (with WARN_ON_WRITE=True)"
                                                  : text(f.writeable),
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

PyGetSetDef flags_attributes[std::size(flag_names) + 3];

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
  flags_attributes[n++] = {"_warn_on_write", nullptr, flags_set_warning, nullptr, nullptr};
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

}  // namespace

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

bool init_flags() {
  flags_type = make_flags_type();
  return flags_type != nullptr;
}

}  // namespace lazynp::python
