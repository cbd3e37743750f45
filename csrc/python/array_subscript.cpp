// a[key], a[key] = value, len(a).
#include "csrc/engine/evaluate.h"
#include "csrc/python/array_index.h"
#include "csrc/python/observation.h"
#include "csrc/python/record_state.h"
#include "csrc/python/write_warnings.h"

namespace lazynp::python {

// ---------------------------------------------------------------- basic indices

bool is_integer_index(PyObject* item) {
  if (PyLong_Check(item)) return !PyBool_Check(item);
  if (PyArray_IsScalar(item, Integer)) return true;
  if (is_lazy_scalar(item))  // without value it counts as an array
    return is_integer(value_of(item)->dtype) && !has_no_value(value_of(item));
  return PyIndex_Check(item) && !is_exact_array(item) && !PyArray_Check(item) &&
         !PySequence_Check(item) && !PyArray_IsScalar(item, Generic);
}

namespace {

bool out_of_bounds(int64_t index, int axis, int64_t extent) {
  PyErr_Format(PyExc_IndexError, "index %lld is out of bounds for axis %d with size %lld",
               static_cast<long long>(index), axis, static_cast<long long>(extent));
  return false;
}

bool add_slice(const Layout& layout, PyObject* item, int axis, BasicIndex& result) {
  Py_ssize_t start, stop, step;
  if (PySlice_Unpack(item, &start, &stop, &step) < 0) return false;
  const Py_ssize_t length = PySlice_AdjustIndices(layout.shape_[axis], &start, &stop, step);
  // NumPy does not move the start of an empty slice.
  if (length > 0) result.offset += start * layout.strides_[axis];
  result.shape[result.ndim] = length;
  result.strides[result.ndim++] = layout.strides_[axis] * step;
  return true;
}

}  // namespace

bool add_integer(const Layout& layout, PyObject* item, int axis, BasicIndex& result) {
  const bool is_plain = PyLong_CheckExact(item);
  const Owned number(is_plain ? Py_NewRef(item) : PyNumber_Index(item));
  const int64_t index = number ? PyLong_AsLong(number.get()) : -1;
  if (index == -1 && PyErr_Occurred()) {
    if (is_plain && PyErr_ExceptionMatches(PyExc_OverflowError))
      PyErr_SetString(PyExc_IndexError,
                      "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and "
                      "integer or boolean arrays are valid indices");
    return false;
  }
  const int64_t extent = layout.shape_[axis];
  if (index < -extent || index >= extent) return out_of_bounds(index, axis, extent);
  result.offset += (index < 0 ? index + extent : index) * layout.strides_[axis];
  return true;
}

bool add_slice_like(const Layout& layout, PyObject* item, int& axis, int n_rest,
                    BasicIndex& result) {
  if (PySlice_Check(item)) return add_slice(layout, item, axis++, result);
  if (item == Py_None) {
    result.shape[result.ndim] = 1;
    result.strides[result.ndim++] = 0;
    return true;
  }
  add_axes(layout, axis, axis + n_rest, result);
  axis += n_rest;
  return true;
}

void add_axes(const Layout& layout, int from, int to, BasicIndex& result) {
  for (int axis = from; axis < to; ++axis) {
    result.shape[result.ndim] = layout.shape_[axis];
    result.strides[result.ndim++] = layout.strides_[axis];
  }
}

PyObject* numpy_getitem(PyObject* self, PyObject* key) {
  static PyObject* const getitem = ndarray_method("__getitem__");
  return fallback(getitem, {self, key});
}

int numpy_setitem(PyObject* self, PyObject* key, PyObject* value) {
  static PyObject* const setitem = ndarray_method("__setitem__");
  const Owned done(fallback(setitem, {self, key, value}));
  return done ? 0 : -1;
}

namespace {

enum class IndexKind { basic, advanced, error };

bool too_many_indices(int ndim, int n_indices) {
  PyErr_Format(PyExc_IndexError,
               "too many indices for array: array is %d-dimensional, but %d were indexed", ndim,
               n_indices);
  return false;
}

// How many axes the items use up; -1 where one is not basic, -2 after two Ellipsis.
int n_indexed_axes(PyObject* const* items, Py_ssize_t n) {
  int n_axes = 0, n_ellipses = 0;
  for (Py_ssize_t i = 0; i < n; ++i) {
    if (PySlice_Check(items[i]) || is_integer_index(items[i]))
      ++n_axes;
    else if (items[i] == Py_Ellipsis)
      ++n_ellipses;
    else if (items[i] != Py_None)
      return -1;
  }
  return n_ellipses > 1 ? -2 : n_axes;
}

IndexKind parse_basic(const Layout& layout, PyObject* key, BasicIndex& result) {
  PyObject* const* items = &key;
  Py_ssize_t n_items = 1;
  if (PyTuple_Check(key)) {
    items = &PyTuple_GET_ITEM(key, 0);
    n_items = PyTuple_GET_SIZE(key);
  }
  const int n_axes = n_indexed_axes(items, n_items);
  if (n_axes == -1) return IndexKind::advanced;
  if (n_axes == -2) {
    PyErr_SetString(PyExc_IndexError, "an index can only have a single ellipsis ('...')");
    return IndexKind::error;
  }
  if (n_axes > layout.ndim) return too_many_indices(layout.ndim, n_axes), IndexKind::error;
  if (layout.ndim - n_axes + n_items > max_ndim) return IndexKind::advanced;  // NumPy's error
  result.offset = layout.offset;
  result.is_element = n_items == n_axes && n_axes == layout.ndim;
  int axis = 0;
  for (Py_ssize_t i = 0; i < n_items; ++i) {
    PyObject* const item = items[i];
    if (PySlice_Check(item)) result.is_element = false;
    if (PySlice_Check(item) || item == Py_None || item == Py_Ellipsis) {
      if (!add_slice_like(layout, item, axis, layout.ndim - n_axes, result))
        return IndexKind::error;
    } else if (!add_integer(layout, item, axis++, result)) {
      return IndexKind::error;
    }
  }
  add_axes(layout, axis, layout.ndim, result);
  return IndexKind::basic;
}

// ---------------------------------------------------------------- reading

// One element; `rule` gives its offset in a layout.
template <class Rule> PyObject* derive_element(ArrayObject* array, Rule rule) {
  if (Node* const value = separate_value(array->handle)) [[unlikely]] {
    const int64_t offset = rule(*value->layout);
    return wrap_scalar(view(Value::share(value),
                            make_layout({}, {}, offset, value->layout->itemsize), value->dtype));
  }
  return element_at(array, rule(layout_of(array->handle)));
}

// Axis 0 at `index`, which lies within it.
PyObject* along_first_axis(ArrayObject* array, int64_t index) {
  const auto offset = [index](const Layout& layout) {
    return layout.offset + index * layout.strides_[0];
  };
  if (layout_of(array->handle).ndim == 1) return derive_element(array, offset);
  return derive_view(array, [&](const Layout& layout) {
    return make_layout(layout.shape().subspan(1), layout.strides().subspan(1), offset(layout),
                       layout.itemsize);
  });
}

PyObject* subscript(PyObject* self, PyObject* key) {
  ArrayObject* const array = as_array(self);
  if (array->host) return numpy_getitem(self, key);
  return guarded([&]() -> PyObject* {
    const Layout& layout = layout_of(array->handle);
    if (PyLong_CheckExact(key) && layout.ndim >= 1) {
      const Py_ssize_t index = PyLong_AsSsize_t(key), extent = layout.shape_[0];
      if (index >= 0 && index < extent) [[likely]]
        return along_first_axis(array, index);
      if (index < 0 && index >= -extent && !(index == -1 && PyErr_Occurred()))
        return along_first_axis(array, index + extent);
      clear_error();
    }
    BasicIndex index;
    switch (parse_basic(layout, key, index)) {
      case IndexKind::error: return nullptr;
      case IndexKind::advanced: return read_advanced(array, key);
      case IndexKind::basic: break;
    }
    const auto indexed = [&](const Layout& from) -> BasicIndex& {
      if (&from != &layout) parse_basic(from, key, index = BasicIndex());
      return index;
    };
    if (index.is_element)
      return derive_element(array, [&](const Layout& from) { return indexed(from).offset; });
    return derive_view(array,
                       [&](const Layout& from) { return indexed(from).layout(from.itemsize); });
  });
}

PyObject* item(PyObject* self, Py_ssize_t index) {
  ArrayObject* const array = as_array(self);
  if (array->host) {
    const Owned key(PyLong_FromSsize_t(index));
    return key ? numpy_getitem(self, key.get()) : nullptr;
  }
  const Layout& layout = layout_of(array->handle);
  if (layout.ndim == 0) return too_many_indices(0, 1), nullptr;
  if (index < 0 || index >= layout.shape_[0])
    return out_of_bounds(index, 0, layout.shape_[0]), nullptr;
  return guarded([&] { return along_first_axis(array, index); });
}

Py_ssize_t length(PyObject* self) {
  ArrayObject* const array = as_array(self);
  if (array->host) return PyObject_Size(array->host);
  const Layout& layout = layout_of(array->handle);
  if (layout.ndim > 0) return layout.shape_[0];
  PyErr_SetString(PyExc_TypeError, "len() of unsized object");
  return -1;
}

// ---------------------------------------------------------------- writing

bool is_number(PyObject* object) {
  return PyFloat_Check(object) || PyLong_Check(object) || PyComplex_Check(object) ||
         PyArray_IsScalar(object, Generic);
}

// A Python float or numpy.float64, which is one, too.
inline bool is_float(PyObject* object) {
  return PyFloat_CheckExact(object) || Py_TYPE(object) == &PyDoubleArrType_Type;
}

// One element of `dtype`, converted by NumPy's own rules for stores.
bool pack(DType dtype, PyObject* number, Scalar& packed) {
  if (dtype == DType::float64 && is_float(number)) {
    packed.real = PyFloat_AS_DOUBLE(number);
    return true;
  }
  packed = {};
  return PyArray_Pack(reinterpret_cast<PyArray_Descr*>(descr_of(dtype)), &packed, number) == 0;
}

// Memory that may be written at this moment: SHARED, or a version that nobody else holds.
char* memory_to_write(ArrayObject* array) {
  if (is_shared(array->handle)) return array->handle.storage->current->buffer->data;
  char* const first = writable_in_place(array->handle);
  return first ? first - layout_of(array->handle).offset : nullptr;
}

int assign_element(ArrayObject* array, int64_t offset, PyObject* value) {
  const DType dtype = array->handle.dtype;
  Scalar packed;
  if (!pack(dtype, value, packed)) return -1;
  if (char* const memory = memory_to_write(array)) {
    if (array->handle.storage) ++array->handle.storage->generation;
    std::memcpy(memory + offset, packed.bytes, static_cast<size_t>(size_of(dtype)));
    return 0;
  }
  begin_record(write_op());
  write_part(array->handle, make_layout({}, {}, offset, size_of(dtype)), dtype,
             constant(dtype, packed.bytes));
  end_write(array, false);
  return 0;
}

// The element that `a[k] += b` stores after its in-place operator is already there.
bool is_region_itself(const ArrayObject* array, const Layout& region, PyObject* value) {
  if (!is_native_array(value)) return false;
  const Handle& other = as_array(value)->handle;
  if (!other.storage || other.storage != array->handle.storage ||
      other.dtype != array->handle.dtype)
    return false;
  const Layout& layout = layout_of(other);
  return layout.offset == region.offset && same_shape(layout, region) &&
         same_layout(layout, region);
}

// Lets NumPy turn anything (sequences, text, foreign arrays) into an array of the wanted dtype.
// `__array__` is not asked for a copy: what it hands out is copied here where others may hold it.
Operandness converted_by_numpy(PyObject* operand, DType dtype, Value& value, bool& must_run_now) {
  Owned ndarray(PyArray_FromAny(operand,
                                reinterpret_cast<PyArray_Descr*>(Py_NewRef(descr_of(dtype))), 0, 0,
                                NPY_ARRAY_FORCECAST | NPY_ARRAY_ENSUREARRAY, nullptr));
  if (!ndarray && is_array_like_refused()) {
    clear_error();
    static PyObject* const asarray = numpy_name("asarray");
    const Owned ours(fallback(asarray, {operand, descr_of(dtype)}));
    return ours ? to_value(ours.get(), value, must_run_now) : Operandness::error;
  }
  if (!ndarray) return Operandness::error;
  auto* const made = reinterpret_cast<PyArrayObject*>(ndarray.get());
  const bool is_alone = Py_REFCNT(ndarray.get()) == 1 &&
                        PyArray_CHKFLAGS(made, NPY_ARRAY_OWNDATA) &&
                        (PyList_CheckExact(operand) || PyTuple_CheckExact(operand));
  const Owned array(is_alone ? adopt_numpy(ndarray.get()) : from_numpy(ndarray.get(), false));
  if (!array) return Operandness::error;
  value = Value::share(value_of(array.get()));
  return Operandness::native;
}

bool is_native_source(PyObject* operand) {
  if (is_native_array(operand) || is_lazy_scalar(operand)) return true;
  return PyArray_CheckExact(operand) &&
         dtype_of_descr(as_object(PyArray_DESCR(reinterpret_cast<PyArrayObject*>(operand)))) !=
             DType::none;
}

}  // namespace

PyObject* element_at(ArrayObject* array, int64_t offset) {
  Node* base = base_value(array->handle);
  const DType dtype = array->handle.dtype;
  if (!base->buffer || base->flags & (watched | watched_leaf)) [[unlikely]] {
    if (base->flags & (watched | watched_leaf) || !is_cheap_to_run(base)) {
      begin_record(view_op());
      return wrap_scalar(
          view(Value::share(base), make_layout({}, {}, offset, size_of(dtype)), dtype));
    }
    const Value keep = Value::share(base);
    const Because because("scalar", "getitem");
    evaluate(base);
    return numpy_scalar(dtype, base->buffer->data + offset);
  }
  return numpy_scalar(dtype, base->buffer->data + offset);
}

bool warn_discarded_imaginary_part(DType from, DType to) {
  if (!is_complex(from) || is_complex(to) || to == DType::boolean) return true;
  static PyObject* const exceptions = PyImport_ImportModule("numpy.exceptions");
  static PyObject* const warning =
      exceptions ? PyObject_GetAttrString(exceptions, "ComplexWarning") : nullptr;
  return warning &&
         PyErr_WarnEx(warning, "Casting complex values to real discards the imaginary part", 1) ==
             0;
}

bool warn_of_real_dtype(const OpSpec& op, std::span<const Value> inputs,
                        const Attributes* attributes) {
  if (op.n_inputs != 1 || inputs.size() != 1 || !is_complex(inputs[0].dtype()) || !attributes)
    return true;
  for (size_t i = 0; i < op.attributes.size(); ++i) {
    const int k = static_cast<int>(i);
    if (op.attributes[i].type == AttributeType::dtype && attributes->has(k))
      return warn_discarded_imaginary_part(inputs[0].dtype(), attributes->dtype(k));
  }
  return true;
}

bool require_writeable(ArrayObject* array, const char* text) {
  if (array->handle.writeable) return true;
  if (warns_on_write(array)) return warn_of_write(array);
  PyErr_SetString(PyExc_ValueError, text);
  return false;
}

void end_write(ArrayObject* array, bool now) {
  if (!is_shared(array->handle)) end_record(Value::share(base_value(array->handle)), now);
}

Operandness stored_value(PyObject* operand, DType dtype, Value& value, bool& must_run_now) {
  if (is_number(operand)) {
    Scalar packed;
    if (!pack(dtype, operand, packed)) return Operandness::error;
    value = constant(dtype, packed.bytes);
    return Operandness::native;
  }
  if (!is_native_source(operand)) return converted_by_numpy(operand, dtype, value, must_run_now);
  const Operandness answer = to_value(operand, value, must_run_now);
  if (answer != Operandness::native || value.dtype() == dtype) return answer;
  if (!warn_discarded_imaginary_part(value.dtype(), dtype)) return Operandness::error;
  must_run_now |= begin_record(cast_op());
  value = astype(value, dtype);
  return answer;
}

namespace {

// `value` with no more axes than `region`; NumPy's error where it does not broadcast to it.
Value fitted_to(const Layout& region, Value value) {
  if (value.node()->is_constant()) return value;
  Shape shape = value.shape();
  while (shape.size() > region.ndim && shape.front() == 1) shape = shape.subspan(1);
  bool fits = shape.size() <= region.ndim;
  const size_t extra = fits ? region.ndim - shape.size() : 0;
  for (size_t i = 0; fits && i < shape.size(); ++i)
    fits = shape[i] == 1 || shape[i] == region.shape_[i + extra];
  if (!fits)
    fail(ErrorClass::value, "could not broadcast input array from shape " + shape_text(shape) +
                                " into shape " + shape_text(region.shape()));
  return shape.size() == value.shape().size() ? value : reshape(value, shape);
}

void store_region(ArrayObject* array, LayoutRef region, Value value, bool now) {
  Handle& handle = array->handle;
  if (now) {
    end_record(value, true);
    if (!is_shared(handle)) value = settled(std::move(value));
  }
  const bool eager = begin_record(write_op());
  const Layout& whole = layout_of(handle);
  const bool covers_base = !handle.view && region->offset == whole.offset &&
                           same_shape(*region, whole) && same_layout(*region, whole);
  if (covers_base && !is_shared(handle)) {
    if (!value.node()->is_constant()) value = broadcast_to(value, whole.shape());
    replace_current(handle, std::move(value));
  } else {
    const Because because("shared");  // lazy otherwise
    write_part(handle, std::move(region), handle.dtype, std::move(value));
  }
  end_write(array, eager);
}

bool is_sequence_of_pythons(PyObject* operand) {
  return PyList_Check(operand) || PyTuple_Check(operand) || PyRange_Check(operand);
}

// NumPy writes the elements of a sequence one by one: those before the one that cannot be converted
// stay written. It refuses a sequence that is nested deeper than the region has axes.
int assign_by_numpy(ArrayObject* array, LayoutRef region, PyObject* sequence) {
  const Owned part(make_array_view(array, std::move(region), array->handle.dtype));
  const Owned memory(part ? to_numpy(part.get()) : nullptr);
  return memory ? PyArray_CopyObject(reinterpret_cast<PyArrayObject*>(memory.get()), sequence) : -1;
}

// After a failed conversion of `operand`, whose exception is set.
int assign_until_error(ArrayObject* array, LayoutRef region, PyObject* operand) {
  const bool is_partial = is_sequence_of_pythons(operand) &&
                          PyErr_ExceptionMatches(PyExc_Exception) &&
                          !PyErr_ExceptionMatches(PyExc_MemoryError);
  if (!is_partial) return -1;
  clear_error();
  return assign_by_numpy(array, std::move(region), operand);
}

}  // namespace

int assign_region(ArrayObject* array, LayoutRef region, PyObject* operand) {
  Value value;
  bool now = false;
  if (stored_value(operand, array->handle.dtype, value, now) == Operandness::error)
    return assign_until_error(array, std::move(region), operand);
  if (value.shape().size() > region->ndim && is_sequence_of_pythons(operand))
    return assign_by_numpy(array, std::move(region), operand);
  value = fitted_to(*region, std::move(value));
  store_region(array, std::move(region), std::move(value), now);
  return 0;
}

namespace {

bool is_scalar_value(PyObject* object) {
  return is_lazy_scalar(object) ||
         (is_native_array(object) && layout_of(as_array(object)->handle).ndim == 0);
}

int assign_subscript(PyObject* self, PyObject* key, PyObject* value) {
  ArrayObject* const array = as_array(self);
  if (!value) {
    PyErr_SetString(PyExc_ValueError, "cannot delete array elements");
    return -1;
  }
  if (array->host) return numpy_setitem(self, key, value);
  if (!require_writeable(array)) return -1;
  return guarded_status([&] {
    const Layout& layout = layout_of(array->handle);
    if (PyLong_CheckExact(key) && layout.ndim == 1 && is_float(value)) {
      const Py_ssize_t position = PyLong_AsSsize_t(key);
      if (position >= 0 && position < layout.shape_[0]) [[likely]]
        return assign_element(array, layout.offset + position * layout.strides_[0], value);
      clear_error();
    }
    BasicIndex index;
    switch (parse_basic(layout, key, index)) {
      case IndexKind::error: return -1;
      case IndexKind::basic: break;
      case IndexKind::advanced: return write_advanced(array, key, value);
    }
    if (index.is_element && is_number(value)) return assign_element(array, index.offset, value);
    if (index.is_element && !is_scalar_value(value)) return numpy_setitem(self, key, value);
    LayoutRef region = index.layout(layout.itemsize);
    if (is_region_itself(array, *region, value)) return 0;
    return assign_region(array, std::move(region), value);
  });
}

int assign_item(PyObject* self, Py_ssize_t index, PyObject* value) {
  const Owned key(PyLong_FromSsize_t(index));
  return key ? assign_subscript(self, key.get(), value) : -1;
}

// Without it operator.concat would add.
PyObject* refuse_to_concatenate(PyObject*, PyObject*) {
  PyErr_SetString(PyExc_TypeError,
                  "Concatenation operation is not implemented for NumPy arrays, use "
                  "np.concatenate() instead. Please do not rely on this error; it may not be given "
                  "on all Python implementations.");
  return nullptr;
}

}  // namespace

const PyType_Slot subscript_slots[] = {
    {Py_mp_subscript, as_slot(subscript)},
    {Py_mp_ass_subscript, as_slot(assign_subscript)},
    {Py_mp_length, as_slot(length)},
    {Py_sq_length, as_slot(length)},
    {Py_sq_item, as_slot(item)},
    {Py_sq_ass_item, as_slot(assign_item)},
    {Py_sq_concat, as_slot(refuse_to_concatenate)},
    {0, nullptr},
};

}  // namespace lazynp::python
