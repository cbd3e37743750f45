// Attributes of an array: shape, strides, dtype, views by attribute, and raw addresses.
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "csrc/python/array_parts.h"
#include "csrc/python/protocols.h"
#include "csrc/python/record_state.h"
#include "csrc/python/write_warnings.h"

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
  if (answer == ndarray.get()) return Py_NewRef(self);
  PyObject* const view = from_numpy(answer, true);
  const bool is_view = PyArray_BASE(reinterpret_cast<PyArrayObject*>(answer)) != nullptr;
  if (view && is_view && is_hosted_array(view)) {
    PyObject* const base = as_array(self)->base;
    Py_XSETREF(as_array(view)->base, Py_NewRef(base && is_array(base) ? base : self));
  }
  return view;
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
      set_warns_on_write(as_array(self), false);
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

// A numpy.ndarray of the same elements, whose base has the memory of ours: NumPy checks new strides
// against it.
PyObject* on_memory_of_base(PyObject* self) {
  Owned ndarray(to_numpy(self));
  PyObject* const base = as_array(self)->base;
  if (!ndarray || !base || !is_native_array(base)) return ndarray.release();
  auto* const array = reinterpret_cast<PyArrayObject*>(ndarray.get());
  Owned whole(to_numpy(base));
  Owned view(!whole ? nullptr
                    : PyArray_NewFromDescr(&PyArray_Type, new_descr(as_array(self)->handle.dtype),
                                           PyArray_NDIM(array), PyArray_DIMS(array),
                                           PyArray_STRIDES(array), PyArray_DATA(array),
                                           PyArray_FLAGS(array), nullptr));
  if (!view ||
      PyArray_SetBaseObject(reinterpret_cast<PyArrayObject*>(view.get()), whole.release()) < 0)
    return nullptr;
  return view.release();
}

int set_strides(PyObject* self, PyObject* value, void*) {
  if (host_of(self) || !value) return set_through_phantom(self, "strides", value);
  const Owned ndarray(on_memory_of_base(self));
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

// All of the memory, in C order.
PyObject* make_base(ArrayObject* array) {
  const Layout& layout = layout_of(array->handle);
  std::vector<int> axes(static_cast<size_t>(layout.ndim));
  std::iota(axes.begin(), axes.end(), 0);
  std::ranges::stable_sort(axes, [&](int i, int k) {
    return std::abs(layout.strides_[i]) > std::abs(layout.strides_[k]);
  });
  PyObject* const base = make_array_view(array, transposed(layout, axes), array->handle.dtype);
  if (!base) return nullptr;
  Py_CLEAR(as_array(base)->base);
  Py_XSETREF(array->base, Py_NewRef(base));
  return base;
}

PyObject* get_base(PyObject* self, void*) {
  if (as_array(self)->base == base_to_be_made())
    return guarded([&] { return make_base(as_array(self)); });
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

// What is made of it keeps our array alive, not only the memory that NumPy holds.
PyObject* get_ctypes(PyObject* self, void*) {
  Owned of_numpy(address_by_numpy(self, "ctypes"));
  if (!of_numpy || !host_of(self)) return of_numpy.release();
  const Owned address(PyObject_GetAttrString(of_numpy.get(), "data"));
  return address ? PyObject_CallFunctionObjArgs(as_object(Py_TYPE(of_numpy.get())), self,
                                                address.get(), nullptr)
                 : nullptr;
}

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
    return clear_error(), false;
  const bool is_same = PyArray_EquivTypes(descr, read);
  Py_DECREF(read);
  return is_same;
}

// NumPy makes plain bytes of records that it reads from the struct, for want of a buffer.
bool is_read_back_from_struct(PyObject* host) {
  PyArray_Descr* const descr = PyArray_DESCR(reinterpret_cast<PyArrayObject*>(host));
  if (!PyDataType_HASFIELDS(descr) || is_read_back_from_buffer(host)) return true;
  clear_error();
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
  if (PyTuple_GET_SIZE(args) == 0) Py_RETURN_NONE;
  if (!layout_of_object(self).c_contiguous && !layout_of_object(self).f_contiguous()) {
    PyErr_SetString(PyExc_ValueError, "resize only works on single-segment arrays");
    return nullptr;
  }
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

// What NumPy's arrays answer, by which isinstance(x, numpy.ndarray) of a library's Python code is
// true. Type checks in C ask the type itself.
PyObject* get_class(PyObject*, void*) { return Py_NewRef(as_object(&PyArray_Type)); }

// In the words of Python.
int refuse_class(PyObject*, PyObject* value, void*) {
  if (!value)
    PyErr_SetString(PyExc_TypeError, "can't delete __class__ attribute");
  else if (!PyType_Check(value))
    PyErr_Format(PyExc_TypeError, "__class__ must be set to a class, not '%s' object",
                 Py_TYPE(value)->tp_name);
  else
    PyErr_SetString(
        PyExc_TypeError,
        "__class__ assignment only supported for mutable types or ModuleType subclasses");
  return -1;
}

// In NumPy's words, which name its own class.
int refuse_setting(PyObject*, PyObject*, void* name) {
  PyErr_Format(PyExc_AttributeError, "attribute '%s' of 'numpy.ndarray' objects is not writable",
               static_cast<const char*>(name));
  return -1;
}

}  // namespace

#define READ_ONLY(name, get) {name, get, refuse_setting, nullptr, const_cast<char*>(name)}

PyMethodDef attribute_methods[] = {
    {"setflags", as_method(array_setflags), METH_VARARGS | METH_KEYWORDS, nullptr},
    {"resize", as_method(array_resize), METH_VARARGS | METH_KEYWORDS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef array_attributes[] = {
    {"shape", get_shape, set_shape, nullptr, nullptr},
    {"strides", get_strides, set_strides, nullptr, nullptr},
    {"dtype", get_dtype, set_dtype, nullptr, nullptr},
    READ_ONLY("ndim", get_ndim),
    READ_ONLY("size", get_size),
    READ_ONLY("itemsize", get_itemsize),
    READ_ONLY("nbytes", get_nbytes),
    READ_ONLY("T", get_transposed),
    READ_ONLY("mT", get_matrix_transposed),
    {"real", get_real, set_real, nullptr, nullptr},
    {"imag", get_imag, set_imag, nullptr, nullptr},
    READ_ONLY("base", get_base),
    READ_ONLY("flags", get_flags),
    READ_ONLY("data", get_data),
    READ_ONLY("ctypes", get_ctypes),
    READ_ONLY("device", get_device),
    {"__class__", get_class, refuse_class, nullptr, nullptr},
    READ_ONLY("__array_interface__", get_interface),
    READ_ONLY("__array_struct__", get_struct),
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

}  // namespace lazynp::python
