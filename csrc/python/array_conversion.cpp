// Between arrays and the rest of Python: NumPy arrays, buffers, scalars, numbers, text, pickles.
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/base/memory_order.h"
#include "csrc/engine/evaluate.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/loans.h"
#include "csrc/python/observation.h"
#include "csrc/python/protocols.h"
#include "csrc/python/record_state.h"
#include "csrc/python/write_warnings.h"

namespace lazynp::python {

namespace {

// ---------------------------------------------------------------- exports

// The base of an exported numpy.ndarray. While it lives, the storage is SHARED.
struct ExportObject {
  PyObject_HEAD Storage* storage;
  PyObject* owner;  // the exporting array
};
PyTypeObject* export_type = nullptr;

void export_dealloc(PyObject* self) {
  auto* const token = reinterpret_cast<ExportObject*>(self);
  end_export(*token->storage);
  Py_DECREF(token->owner);
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_Free(self);
  Py_DECREF(type);
}

PyObject* new_export(ArrayObject* array) {
  auto* const token = static_cast<ExportObject*>(PyObject_Malloc(sizeof(ExportObject)));
  if (!token) throw std::bad_alloc();
  try {
    export_memory(array->handle);
  } catch (...) {
    PyObject_Free(token);
    throw;
  }
  PyObject_Init(as_object(token), export_type);
  token->storage = array->handle.storage;
  token->owner = Py_NewRef(as_object(array));
  return as_object(token);
}

// A numpy.ndarray over memory that `base` (taken over) keeps alive.
PyObject* numpy_over(char* data, const Layout& layout, DType dtype, bool writeable,
                     PyObject* base) {
  PyObject* const array = PyArray_NewFromDescr(
      &PyArray_Type, new_descr(dtype), layout.ndim, const_cast<npy_intp*>(layout.shape_),
      const_cast<npy_intp*>(layout.strides_), data, writeable ? NPY_ARRAY_WRITEABLE : 0, nullptr);
  if (!array) {
    Py_DECREF(base);
    return nullptr;
  }
  if (PyArray_SetBaseObject(reinterpret_cast<PyArrayObject*>(array), base) < 0) {
    Py_DECREF(array);
    return nullptr;
  }
  return array;
}

PyObject* exported_ndarray(ArrayObject* array) {
  PyObject* const token = new_export(array);
  const Layout& layout = layout_of(array->handle);
  Buffer* const buffer = array->handle.storage->current->buffer;
  const bool warns = warns_on_write(array);
  PyObject* const made = numpy_over(buffer->data + layout.offset, layout, array->handle.dtype,
                                    (array->handle.writeable || warns) && buffer->writeable, token);
  if (made && warns)
    PyArray_ENABLEFLAGS(reinterpret_cast<PyArrayObject*>(made), numpys_warning_flag);
  return made;
}

// What watching is told when data leaves.
bool note_export(ArrayObject* array) { return note_detached(current_value(array->handle)); }

}  // namespace

PyObject* to_numpy(PyObject* object) {
  ArrayObject* const array = as_array(object);
  if (array->host) return Py_NewRef(array->host);
  return guarded([&] { return note_export(array) ? exported_ndarray(array) : nullptr; });
}

// ---------------------------------------------------------------- imports

namespace {

std::vector<PyObject*>& dead_owners() {
  static auto* const list = new std::vector<PyObject*>;
  return *list;
}

}  // namespace

void queue_owner(void* owner) {
  dead_owners().push_back(static_cast<PyObject*>(owner));
  has_dead_owners = true;
}

PyObject* memory_owner(PyArrayObject* ndarray) {
  PyObject* const base = PyArray_BASE(ndarray);
  if (!base || PyArray_Check(base) || std::string_view(Py_TYPE(base)->tp_name) != "DummyArray")
    return base;
  PyObject* const held = PyObject_GetAttrString(base, "base");
  if (!held) clear_error();
  Py_XDECREF(held);  // `base` holds it
  return held ? held : base;
}

namespace {

// The array of ours whose exported memory `ndarray` shows, or nullptr.
ArrayObject* exporter_of(PyArrayObject* ndarray) {
  PyObject* base = as_object(ndarray);
  while (base && PyArray_Check(base)) base = memory_owner(reinterpret_cast<PyArrayObject*>(base));
  if (!base) return nullptr;
  PyObject* owner = nullptr;
  if (Py_TYPE(base) == export_type)
    owner = reinterpret_cast<ExportObject*>(base)->owner;
  else if (PyMemoryView_Check(base))
    owner = PyMemoryView_GET_BUFFER(base)->obj;
  if (!owner || !is_native_array(owner) || !is_shared(as_array(owner)->handle)) return nullptr;
  return as_array(owner);
}

// A view of our own array, when the memory of `ndarray` lies in its buffer.
PyObject* view_of_exporter(PyArrayObject* ndarray, DType dtype) {
  ArrayObject* const owner = exporter_of(ndarray);
  if (!owner) return nullptr;
  const Node* const current = owner->handle.storage->current;
  LayoutRef layout = layout_from(ndarray, PyArray_BYTES(ndarray) - current->buffer->data);
  const ByteRange range = byte_range(*layout);
  if (layout->size && (range.begin < 0 || range.end > current->buffer->n_bytes)) return nullptr;
  return array_from_storage(owner, std::move(layout), dtype, PyArray_ISWRITEABLE(ndarray));
}

// The ndarray's memory as a leaf, which keeps it alive, and where the ndarray's elements lie in it.
struct ForeignMemory {
  Value leaf;
  LayoutRef layout;
};

// The memory of an ndarray with gaps is a leaf of its own dtype without gaps, where strides allow
// it.
LayoutRef layout_of_memory(const LayoutRef& layout, int64_t n_bytes) {
  bool is_whole = n_bytes % layout->itemsize == 0 && layout->offset % layout->itemsize == 0;
  for (const int64_t stride : layout->strides()) is_whole &= stride % layout->itemsize == 0;
  if ((layout->dense && layout->offset == 0) || !is_whole) return layout;
  const int64_t shape[1] = {n_bytes / layout->itemsize};
  return c_layout(shape, layout->itemsize);
}

ForeignMemory memory_of(PyArrayObject* ndarray, DType dtype) {
  const LayoutRef relative = layout_from(ndarray, 0);
  const ByteRange range = byte_range(*relative);
  const int64_t n_bytes = range.end - range.begin;
  LayoutRef layout = layout_from(ndarray, -range.begin);
  Py_INCREF(ndarray);
  BufferRef buffer = foreign_buffer(PyArray_BYTES(ndarray) + range.begin, n_bytes,
                                    PyArray_ISWRITEABLE(ndarray), ndarray, queue_owner);
  return {leaf(std::move(buffer), dtype, layout_of_memory(layout, n_bytes)), layout};
}

Value copied_to(PyArrayObject* ndarray, DType dtype, const Layout& from, LayoutRef to) {
  BufferRef buffer = allocate_buffer(to->size * to->itemsize);
  copy_elements(buffer->data, to->strides(), PyArray_BYTES(ndarray), from.strides(), from.shape(),
                from.itemsize);
  return leaf(std::move(buffer), dtype, std::move(to));
}

PyObject* wrap_copy(PyArrayObject* ndarray, DType dtype) {
  const LayoutRef from = layout_from(ndarray, 0);
  return wrap(copied_to(ndarray, dtype, *from, dense_like(*from, from->itemsize)));
}

PyObject* wrap_alias(PyArrayObject* ndarray, DType dtype) {
  if (PyObject* const view = view_of_exporter(ndarray, dtype)) return view;
  ArrayObject* const array = allocate_array();
  if (!array) return nullptr;
  const Owned guard(as_object(array));
  ForeignMemory memory = memory_of(ndarray, dtype);
  const bool has_gaps = memory.leaf.node()->layout != memory.layout.get();
  import_memory(array->handle, std::move(memory.leaf));
  if (has_gaps) set_view(array->handle, std::move(memory.layout), dtype);
  array->base = Py_XNewRef(PyArray_BASE(ndarray));
  return Py_NewRef(guard.get());
}

// A strided or broadcast view keeps its strides: the memory behind it is ours with its gaps.
PyObject* wrap_own_view(PyArrayObject* ndarray, DType dtype) {
  ForeignMemory memory = memory_of(ndarray, dtype);
  PyObject* const result = wrap(std::move(memory.leaf));
  if (!result) return nullptr;
  set_view(as_array(result)->handle, std::move(memory.layout), dtype);
  return result;
}

constexpr int64_t max_copied_bytes = 1024;  // copying so little costs less than keeping the ndarray

}  // namespace

void release_dead_owners() {
  while (!dead_owners().empty()) {
    PyObject* const owner = dead_owners().back();
    dead_owners().pop_back();
    Py_DECREF(owner);
  }
  has_dead_owners = false;
}

PyObject* from_numpy(PyObject* object, bool alias) {
  auto* const ndarray = reinterpret_cast<PyArrayObject*>(object);
  const DType dtype = dtype_of_ndarray(ndarray);
  if (dtype == DType::none) {
    PyObject* const host = alias ? Py_NewRef(object) : PyArray_NewCopy(ndarray, NPY_KEEPORDER);
    return host ? wrap_host(host) : nullptr;
  }
  return guarded([&] {
    PyObject* const made = alias ? wrap_alias(ndarray, dtype) : wrap_copy(ndarray, dtype);
    if (made && alias && PyArray_CHKFLAGS(ndarray, numpys_warning_flag))
      set_warns_on_write(as_array(made), true);
    return made;
  });
}

Value operand_copy(PyArrayObject* ndarray, DType dtype) {
  const LayoutRef from = layout_from(ndarray, 0);
  const Layout* const layouts[1] = {from.get()};
  return copied_to(
      ndarray, dtype, *from,
      layout_in_order(from->shape(), common_memory_order(layouts, from->ndim), from->itemsize));
}

PyObject* adopt_numpy(PyObject* object) {
  auto* const ndarray = reinterpret_cast<PyArrayObject*>(object);
  const DType dtype = dtype_of_ndarray(ndarray);
  if (dtype == DType::none) return wrap_host(Py_NewRef(object));
  return guarded([&]() -> PyObject* {
    if (PyObject* const view = view_of_exporter(ndarray, dtype)) return view;
    const bool writeable = PyArray_ISWRITEABLE(ndarray);
    const LayoutRef layout = layout_from(ndarray, 0);
    const bool copies =
        !layout->dense || (writeable && PyArray_NBYTES(ndarray) <= max_copied_bytes);
    PyObject* const result =
        copies ? wrap_copy(ndarray, dtype) : wrap(memory_of(ndarray, dtype).leaf);
    PyArray_CLEARFLAGS(ndarray, NPY_ARRAY_WRITEABLE);  // the promise of adopt(), whatever the size
    if (result) as_array(result)->handle.writeable = writeable;
    return result;
  });
}

PyObject* adopt_unreachable(PyObject* object) {
  auto* const ndarray = reinterpret_cast<PyArrayObject*>(object);
  const DType dtype = dtype_of_ndarray(ndarray);
  if (dtype == DType::none) return adopt_numpy(object);
  return guarded([&]() -> PyObject* {
    const LayoutRef layout = layout_from(ndarray, 0);
    return layout->dense || layout->size == 0 ? adopt_numpy(object) : wrap_own_view(ndarray, dtype);
  });
}

// ---------------------------------------------------------------- dtypes and scalars

namespace {

constexpr int type_numbers[n_dtypes] = {NPY_BOOL,  NPY_INT8,   NPY_UINT8,  NPY_INT16,  NPY_UINT16,
                                        NPY_INT32, NPY_UINT32, NPY_INT64,  NPY_UINT64, NPY_HALF,
                                        NPY_FLOAT, NPY_DOUBLE, NPY_CFLOAT, NPY_CDOUBLE};
PyObject* descrs[n_dtypes];

}  // namespace

PyObject* descr_of(DType dtype) {
  PyObject*& descr = descrs[static_cast<int>(dtype)];
  if (!descr) descr = as_object(PyArray_DescrFromType(type_numbers[static_cast<int>(dtype)]));
  return descr;
}

// A number with fields (`dtype((float64, [("low", "u4"), ("high", "u4")]))`) or with metadata is
// more than its type: NumPy's arrays remember it.
DType dtype_of_descr(PyObject* object) {
  const auto* const descr = reinterpret_cast<PyArray_Descr*>(object);
  if (PyDataType_ISBYTESWAPPED(descr) || !PyTypeNum_ISNUMBER(descr->type_num)) return DType::none;
  if (descr->metadata || PyDataType_HASFIELDS(descr)) return DType::none;
  return dtype_from_code(descr->type);
}

PyArray_Descr* new_descr(DType dtype) {
  return reinterpret_cast<PyArray_Descr*>(Py_NewRef(descr_of(dtype)));
}

LayoutRef layout_from(PyArrayObject* ndarray, int64_t offset) {
  const auto n = static_cast<size_t>(PyArray_NDIM(ndarray));
  return make_layout({PyArray_DIMS(ndarray), n}, {PyArray_STRIDES(ndarray), n}, offset,
                     static_cast<int>(PyArray_ITEMSIZE(ndarray)));
}

DType dtype_of_ndarray(PyArrayObject* ndarray) {
  return dtype_of_descr(as_object(PyArray_DESCR(ndarray)));
}

PyObject* numpy_scalar(DType dtype, const char* data) {
  if (dtype == DType::float64) {
    PyObject* const scalar = PyDoubleArrType_Type.tp_alloc(&PyDoubleArrType_Type, 0);
    if (scalar)
      std::memcpy(&reinterpret_cast<PyDoubleScalarObject*>(scalar)->obval, data, sizeof(double));
    return scalar;
  }
  return PyArray_Scalar(const_cast<char*>(data), reinterpret_cast<PyArray_Descr*>(descr_of(dtype)),
                        nullptr);
}

PyObject* scalar_of_value(const Value& value) {
  if (!value.node()->is_materialized()) evaluate(value.node());
  return numpy_scalar(value.dtype(), data_of(value.node()));
}

// ---------------------------------------------------------------- the buffer protocol

namespace {

// What a Py_buffer of ours holds on to.
struct BufferView {
  Storage* storage;
  LayoutRef layout;
};
BufferView* spare_view = nullptr;  // one that was released: most buffers live one at a time

constexpr const char* formats[n_dtypes] = {"?", "b", "B", "h", "H", "i",  "I",
                                           "l", "L", "e", "f", "d", "Zf", "Zd"};

int buffer_error(Py_buffer* buffer, const char* text) {
  buffer->obj = nullptr;
  PyErr_SetString(PyExc_ValueError, text);  // NumPy's class
  return -1;
}

int fill_buffer(ArrayObject* array, Py_buffer* buffer, int flags) {
  const Layout& layout = layout_of(array->handle);
  if ((flags & PyBUF_WRITABLE) && !array->handle.writeable)
    return buffer_error(buffer, "buffer source array is read-only");
  if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS && !layout.c_contiguous)
    return buffer_error(buffer, "ndarray is not C-contiguous");
  if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && !layout.f_contiguous())
    return buffer_error(buffer, "ndarray is not Fortran contiguous");
  if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !layout.c_contiguous &&
      !layout.f_contiguous())
    return buffer_error(buffer, "ndarray is not contiguous");
  if ((flags & PyBUF_STRIDES) != PyBUF_STRIDES && !layout.c_contiguous)
    return buffer_error(buffer, "ndarray is not C-contiguous");
  if (!note_export(array)) return -1;
  BufferView view{nullptr, LayoutRef::share(&layout)};
  const Because because("array");
  buffer->buf = export_memory(array->handle)->data + layout.offset;
  view.storage = array->handle.storage;
  buffer->obj = Py_NewRef(as_object(array));
  buffer->itemsize = layout.itemsize;
  buffer->len = layout.size * layout.itemsize;
  buffer->readonly = !array->handle.writeable;
  buffer->ndim = (flags & PyBUF_ND) ? layout.ndim : 1;  // plain bytes, as of NumPy's
  buffer->format = (flags & PyBUF_FORMAT)
                       ? const_cast<char*>(formats[static_cast<int>(array->handle.dtype)])
                       : nullptr;
  buffer->shape = (flags & PyBUF_ND) ? const_cast<Py_ssize_t*>(view.layout->shape_) : nullptr;
  buffer->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? view.layout->strides_ : nullptr;
  buffer->suboffsets = nullptr;
  BufferView* const spare = std::exchange(spare_view, nullptr);
  if (spare) *spare = std::move(view);
  buffer->internal = spare ? spare : new BufferView(std::move(view));
  return 0;
}

int get_buffer(PyObject* self, Py_buffer* buffer, int flags) {
  if (!is_exact_array(self)) return buffer_error(buffer, "lazynp: not an array");
  buffer->obj = nullptr;
  if (PyObject* const host = as_array(self)->host)
    return is_read_back_from_buffer(host) ? PyObject_GetBuffer(host, buffer, flags) : -1;
  return guarded_status([&] { return fill_buffer(as_array(self), buffer, flags); });
}

void release_buffer(PyObject*, Py_buffer* buffer) {
  auto* const view = static_cast<BufferView*>(buffer->internal);
  if (!view) return;
  end_export(*view->storage);
  view->layout = {};
  delete std::exchange(spare_view, view);
}

// ---------------------------------------------------------------- numbers and text

// As NumPy prints it; looking at a watched array is no detachment.
template <PyObject* (*convert)(PyObject*)> PyObject* to_text(PyObject* self) {
  const Because because("text");
  ArrayObject* const array = as_array(self);
  const Owned ndarray(array->host ? Py_NewRef(array->host)
                                  : guarded([&] { return exported_ndarray(array); }));
  return ndarray ? convert(ndarray.get()) : nullptr;
}

bool is_plain_scalar_array(PyObject* self) {
  return is_native_array(self) && layout_of(as_array(self)->handle).ndim == 0;
}

// A 0-d array as NumPy scalar; watching is noted unless the value only steers control flow.
PyObject* scalar_of_array(PyObject* self, bool is_control_flow = false) {
  return guarded([&]() -> PyObject* {
    const Value value = Value::share(value_of(self));
    if (!is_control_flow && !note_detached(value.node())) return nullptr;
    return scalar_of_value(value);
  });
}

// Complex arrays refuse what complex scalars warn of.
template <PyObject* (*convert)(PyObject*)> PyObject* to_number(PyObject* self) {
  const Because because("number");
  const bool is_like_scalar =
      is_plain_scalar_array(self) && !is_complex(as_array(self)->handle.dtype);
  const Owned source(is_like_scalar ? scalar_of_array(self) : to_numpy(self));
  return source ? convert(source.get()) : nullptr;
}

int to_bool(PyObject* self) {
  const Because because("bool");
  Owned source;
  if (is_native_array(self) && layout_of(as_array(self)->handle).size == 1) {
    // Control flow on watched values is silent, and does not export.
    const int truth = guarded_status([&] {
      const Value value = Value::share(value_of(self));
      const Owned scalar(scalar_of_value(value));
      return scalar ? PyObject_IsTrue(scalar.get()) : -1;
    });
    return truth;
  }
  const Owned stand_in(is_native_array(self) ? as_phantom(self) : to_numpy(self));
  return stand_in ? PyObject_IsTrue(stand_in.get()) : -1;
}

PyObject* to_index(PyObject* self) {
  if (is_plain_scalar_array(self) && !is_integer(as_array(self)->handle.dtype)) {
    PyErr_SetString(PyExc_TypeError,
                    "only integer scalar arrays can be converted to a scalar index");
    return nullptr;
  }
  return to_number<PyNumber_Index>(self);
}

PyObject* to_complex(PyObject* self, PyObject*) {
  const Because because("number");
  const Owned source(is_plain_scalar_array(self) ? scalar_of_array(self) : to_numpy(self));
  return source ? PyObject_CallOneArg(as_object(&PyComplex_Type), source.get()) : nullptr;
}

PyObject* format(PyObject* self, PyObject* specification) {
  const Because because("text");
  const Owned ndarray(to_numpy(self));
  return ndarray ? PyObject_CallMethod(ndarray.get(), "__format__", "O", specification) : nullptr;
}

PyObject* iterate(PyObject* self) {
  const PyObject* const host = as_array(self)->host;
  const int ndim = host ? PyArray_NDIM(reinterpret_cast<const PyArrayObject*>(host))
                        : layout_of(as_array(self)->handle).ndim;
  if (ndim == 0) {
    PyErr_SetString(PyExc_TypeError, "iteration over a 0-d array");
    return nullptr;
  }
  return PySeqIter_New(self);
}

// ---------------------------------------------------------------- copies and pickles

PyObject* copied(PyObject* self) {
  if (as_array(self)->host) {
    PyObject* const copy =
        PyArray_NewCopy(reinterpret_cast<PyArrayObject*>(as_array(self)->host), NPY_KEEPORDER);
    return copy ? wrap_host(copy) : nullptr;
  }
  return guarded([&] {
    const Layout& layout = layout_of(as_array(self)->handle);
    return own_copy(as_array(self), dense_like(layout, layout.itemsize));
  });
}

PyObject* array_copy(PyObject* self, PyObject*) { return copied(self); }

// What the object takes, and the elements where they are its own.
PyObject* array_sizeof(PyObject* self, PyObject*) {
  int64_t n_bytes = sizeof(ArrayObject);  // NumPy counts the room for shape and strides, too
  if (PyObject* const host = as_array(self)->host) {
    const Owned size(PyObject_CallMethod(host, "__sizeof__", nullptr));
    if (!size) return nullptr;
    n_bytes += PyLong_AsLongLong(size.get());
  } else if (!as_array(self)->base) {
    const Layout& layout = layout_of(as_array(self)->handle);
    n_bytes += layout.size * layout.itemsize + 16 * layout.ndim;
  }
  return PyLong_FromLongLong(n_bytes);
}

PyObject* array_deepcopy(PyObject* self, PyObject* memo) {
  if (!as_array(self)->host) return copied(self);
  const Owned copy_of_host(PyObject_CallMethod(as_array(self)->host, "__deepcopy__", "O", memo));
  return copy_of_host ? from_numpy(copy_of_host.get(), true) : nullptr;
}

// Whether the elements lie in memory that somebody handed to pickle.loads(..., buffers=...).
bool lies_in_given_buffer(PyObject* ndarray) {
  PyObject* owner = ndarray;
  while (owner && PyArray_Check(owner))
    owner = PyArray_BASE(reinterpret_cast<PyArrayObject*>(owner));
  return owner && !PyBytes_Check(owner) && !PyByteArray_Check(owner);
}

// What pickles call: the array that owns the ndarray's elements, or shares the buffer given.
PyObject* restore_array(PyObject*, PyObject* ndarray) {
  if (PyArray_Check(ndarray)) {
    // NumPy's copy of empty strings has room for one character.
    const bool has_bytes = PyArray_ITEMSIZE(reinterpret_cast<PyArrayObject*>(ndarray)) > 0;
    return from_numpy(ndarray, !has_bytes || lies_in_given_buffer(ndarray));
  }
  PyErr_Format(PyExc_TypeError, "lazynp: _restore_array needs a numpy.ndarray; got %s",
               Py_TYPE(ndarray)->tp_name);
  return nullptr;
}
PyMethodDef restore_definition = {"_restore_array", restore_array, METH_O,
                                  "Rebuilds a pickled array."};
PyObject* restore_function = nullptr;

PyObject* array_reduce_ex(PyObject* self, PyObject*) {
  const Because because("pickle");
  const Owned ndarray(to_numpy(self));
  return ndarray ? Py_BuildValue("O(O)", restore_function, ndarray.get()) : nullptr;
}
PyObject* array_reduce(PyObject* self, PyObject*) { return array_reduce_ex(self, nullptr); }

// ---------------------------------------------------------------- protocols of other libraries

PyObject* array_array(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const Because because("array");
  if (n == 0 && !names) return to_numpy(self);
  return call_exported("__array__", self, args, n, names);
}

PyObject* array_dlpack(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const Because because("array");
  return call_exported("__dlpack__", self, args, n, names);
}

PyObject* array_dlpack_device(PyObject*, PyObject*) { return Py_BuildValue("ii", 1, 0); }  // kDLCPU

PyObject* array_contains(PyObject* self, PyObject* value) {
  const Owned equal(PyObject_RichCompare(self, value, Py_EQ));
  return equal ? PyObject_CallMethod(equal.get(), "any", nullptr) : nullptr;
}

int contains(PyObject* self, PyObject* value) {
  const Owned any(array_contains(self, value));
  return any ? PyObject_IsTrue(any.get()) : -1;
}

}  // namespace

PyMethodDef conversion_methods[] = {
    {"__array__", as_method(array_array), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"__array_ufunc__", as_method(array_ufunc), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"__array_function__", as_method(array_function), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"__array_namespace__", as_method(array_namespace), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"to_device", as_method(to_device), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"__dlpack__", as_method(array_dlpack), METH_FASTCALL | METH_KEYWORDS, nullptr},
    {"__dlpack_device__", array_dlpack_device, METH_NOARGS, nullptr},
    {"__complex__", to_complex, METH_NOARGS, nullptr},
    {"__format__", format, METH_O, nullptr},
    {"__copy__", array_copy, METH_NOARGS, nullptr},
    {"__sizeof__", array_sizeof, METH_NOARGS, nullptr},
    {"__deepcopy__", array_deepcopy, METH_O, nullptr},
    {"__reduce__", array_reduce, METH_NOARGS, nullptr},
    {"__reduce_ex__", array_reduce_ex, METH_O, nullptr},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
     "ndarray[shape, dtype] for type hints."},
    {nullptr, nullptr, 0, nullptr},
};

const PyType_Slot conversion_slots[] = {
    {Py_bf_getbuffer, as_slot(get_buffer)},
    {Py_bf_releasebuffer, as_slot(release_buffer)},
    {Py_nb_bool, as_slot(to_bool)},
    {Py_nb_int, as_slot(to_number<PyNumber_Long>)},
    {Py_nb_float, as_slot(to_number<PyNumber_Float>)},
    {Py_nb_index, as_slot(to_index)},
    {Py_sq_contains, as_slot(contains)},
    {Py_tp_iter, as_slot(iterate)},
    {Py_tp_repr, as_slot(to_text<PyObject_Repr>)},
    {Py_tp_str, as_slot(to_text<PyObject_Str>)},
    {Py_tp_hash, as_slot(PyObject_HashNotImplemented)},
    {0, nullptr},
};

bool init_conversions(PyObject* module) {
  PyType_Slot slots[] = {{Py_tp_dealloc, as_slot(export_dealloc)},
                         {Py_tp_doc, const_cast<char*>("Keeps the memory of an exported array.")},
                         {0, nullptr}};
  PyType_Spec spec = {"lazynp._Export", sizeof(ExportObject), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  export_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!export_type) return false;
  const Owned module_name(PyModule_GetNameObject(module));
  restore_function =
      module_name ? PyCFunction_NewEx(&restore_definition, nullptr, module_name.get()) : nullptr;
  return restore_function && PyModule_AddObjectRef(module, "_restore_array", restore_function) == 0;
}

}  // namespace lazynp::python
