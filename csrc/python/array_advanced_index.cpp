// a[key] and a[key] = value where the key holds integer arrays or masks.
#include <algorithm>
#include <vector>

#include "csrc/cpu/mask.h"
#include "csrc/engine/evaluate.h"
#include "csrc/ops/index_bounds.h"
#include "csrc/python/array_index.h"
#include "csrc/python/observation.h"
#include "csrc/python/record_state.h"

namespace lazynp::python {

namespace {

// ---------------------------------------------------------------- what the key means

// The part of the array that slices leave (`region`, in the base's buffer), and the axes of that
// part that are indexed, each with an array of int64.
struct AdvancedIndex {
  LayoutRef region;
  Values indices;
  std::vector<int64_t> axes;
  struct Bounds {
    size_t index;
    int64_t extent;
    int axis;
  };
  std::vector<Bounds> bounds;  // not checked yet
  int64_t position = 0;        // where the axes of the indices go, among the other axes
  bool now = false;            // an index is read from SHARED memory
};

// Thrown where only NumPy knows what the key means, or how to refuse it.
struct LeaveToNumPy {};

bool is_slice_like(PyObject* item) {
  return PySlice_Check(item) || item == Py_None || item == Py_Ellipsis;
}

// Integers, or truth: an array of ours for anything that NumPy takes as an index array.
Value index_value(PyObject* item, bool& now) {
  if (is_native_array(item) || is_lazy_scalar(item) || PyArray_CheckExact(item)) {
    Value value;
    if (to_value(item, value, now) != Operandness::native) throw LeaveToNumPy{};
    return value;
  }
  const bool is_sequence =
      PyList_CheckExact(item) || PyTuple_CheckExact(item) || PyRange_Check(item);
  if (!is_sequence) throw LeaveToNumPy{};
  const Owned ndarray(PyArray_FROM_O(item));
  if (!ndarray) {
    clear_error();
    throw LeaveToNumPy{};
  }
  auto* const array = reinterpret_cast<PyArrayObject*>(ndarray.get());
  // An empty sequence is float64 for everybody else.
  const Owned integers(PyArray_SIZE(array) == 0 ? PyArray_Cast(array, NPY_INT64)
                                                : Py_NewRef(ndarray.get()));
  const Owned ours(integers ? from_numpy(integers.get(), false) : nullptr);
  if (!ours || !is_native_array(ours.get())) {
    clear_error();
    throw LeaveToNumPy{};
  }
  return Value::share(value_of(ours.get()));
}

AttributesRef count_attribute(int64_t count) { return AttributeWriter().integer(count).finish(); }

// The positions where the mask is true: one array for each of its axes.
void add_positions(const Value& mask, int first_axis, AdvancedIndex& result) {
  const Value rows = positions_of_true(mask);
  const Layout& layout = rows.layout();
  for (int i = 0; i < mask.ndim(); ++i) {
    const int64_t shape[1] = {layout.shape_[0]}, strides[1] = {layout.strides_[0]};
    result.indices.push_back(view(
        rows, make_layout(shape, strides, layout.offset + i * layout.strides_[1], layout.itemsize),
        rows.dtype()));
    result.axes.push_back(first_axis + i);
  }
}

// Indices are checked where they are written down; the data stays lazy. What stands for a batch is
// checked when it is used.
void check_bounds(const AdvancedIndex& index) {
  for (const AdvancedIndex::Bounds& bounds : index.bounds) {
    const Value& values = index.indices[bounds.index];
    if (has_no_value(values.node())) continue;
    const Because because("index");
    evaluate(values.node());
    check_index_bounds(data_of(values.node()), values.layout(), bounds.extent, bounds.axis);
  }
}

struct KeyItems {
  PyObject* const* items;
  Py_ssize_t n;
};
KeyItems items_of(PyObject* const& key) {
  if (PyTuple_Check(key)) return {&PyTuple_GET_ITEM(key, 0), PyTuple_GET_SIZE(key)};
  return {&key, 1};
}

// The axes that an item indexes: 1 for integers and integer arrays, the mask's own number for
// masks.
struct ParsedItem {
  PyObject* object;
  Value value;  // of arrays
  int n_axes = 0;
};

std::vector<ParsedItem> parse_items(PyObject* const& key, bool& now) {
  const KeyItems key_items = items_of(key);
  std::vector<ParsedItem> parsed;
  bool has_array = false;
  for (Py_ssize_t i = 0; i < key_items.n; ++i) {
    PyObject* const object = key_items.items[i];
    ParsedItem item{object, {}, 0};
    if (is_slice_like(object)) {
      item.n_axes = PySlice_Check(object) ? 1 : 0;
    } else if (is_integer_index(object)) {
      item.n_axes = 1;
    } else {
      item.value = index_value(object, now);
      const bool is_mask = item.value.dtype() == DType::boolean;
      const bool is_number =
          item.value.ndim() == 0 && (is_mask || !has_no_value(item.value.node()));
      if ((!is_mask && !is_integer(item.value.dtype())) || is_number) throw LeaveToNumPy{};
      item.n_axes = is_mask ? item.value.ndim() : 1;
      has_array = true;
    }
    parsed.push_back(std::move(item));
  }
  if (!has_array) throw LeaveToNumPy{};
  return parsed;
}

// Slices shape the region; integers and arrays are collected with the axes they index there.
AdvancedIndex parse_advanced(const Layout& layout, PyObject* const& key) {
  AdvancedIndex result;
  const std::vector<ParsedItem> items = parse_items(key, result.now);
  int n_axes = 0, n_ellipses = 0;
  for (const ParsedItem& item : items) {
    n_axes += item.n_axes;
    n_ellipses += item.object == Py_Ellipsis;
  }
  if (n_axes > layout.ndim || n_ellipses > 1 ||
      layout.ndim + static_cast<int>(items.size()) > max_ndim)
    throw LeaveToNumPy{};
  BasicIndex region;
  region.offset = layout.offset;
  int axis = 0;
  bool is_adjacent = true, has_ended = false;
  int64_t n_others_before = -1;
  const auto start_indices = [&] {
    if (has_ended) is_adjacent = false;
    if (n_others_before < 0)
      n_others_before = region.ndim - static_cast<int64_t>(result.axes.size());
  };
  for (const ParsedItem& item : items) {
    if (is_slice_like(item.object)) {
      has_ended = n_others_before >= 0;
      const int n_rest = item.object == Py_Ellipsis ? layout.ndim - n_axes : 0;
      if (!add_slice_like(layout, item.object, axis, n_rest, region))
        fail(ErrorClass::index, "a Python exception is set");
      continue;
    }
    start_indices();
    const int first = region.ndim, first_axis = axis;
    add_axes(layout, axis, axis + item.n_axes, region);
    axis += item.n_axes;
    if (!item.value) {
      BasicIndex element;
      if (!add_integer(layout, item.object, first_axis, element))
        fail(ErrorClass::index, "a Python exception is set");
      const int64_t index =
          layout.strides_[first_axis] ? element.offset / layout.strides_[first_axis] : 0;
      result.indices.push_back(
          copy_as(constant(DType::int64, &index), scalar_layout(8), DType::int64));
      result.axes.push_back(first);
    } else if (item.value.dtype() == DType::boolean) {
      for (int i = 0; i < item.n_axes; ++i)
        if (item.value.shape()[static_cast<size_t>(i)] != layout.shape_[first_axis + i])
          throw LeaveToNumPy{};
      add_positions(item.value, first, result);
    } else {
      result.bounds.push_back({result.indices.size(), layout.shape_[first_axis], first_axis});
      result.indices.push_back(settled(astype(item.value, DType::int64)));
      result.axes.push_back(first);
    }
  }
  add_axes(layout, axis, layout.ndim, region);
  result.region = region.layout(layout.itemsize);
  result.position = is_adjacent ? n_others_before : 0;
  return result;
}

AttributesRef gather_attributes(const AdvancedIndex& index) {
  return AttributeWriter().integers(index.axes).integer(index.position).finish();
}

Value part_of(ArrayObject* array, const LayoutRef& region) {
  Handle& handle = array->handle;
  const Value base = Value::share(base_value(handle));
  const Layout& whole = *base.node()->layout;
  if (handle.dtype == base.dtype() && region->offset == whole.offset &&
      same_shape(*region, whole) && same_layout(*region, whole))
    return base;
  return view(base, region, handle.dtype);
}

// A mask over the leading axes and nothing else.
Value lone_mask(const Layout& layout, PyObject* const& key, bool& now) {
  const KeyItems items = items_of(key);
  if (items.n != 1 || is_slice_like(items.items[0]) || is_integer_index(items.items[0])) return {};
  Value mask = index_value(items.items[0], now);
  if (mask.dtype() != DType::boolean || mask.ndim() == 0 || mask.ndim() > layout.ndim) return {};
  for (int i = 0; i < mask.ndim(); ++i)
    if (mask.shape()[static_cast<size_t>(i)] != layout.shape_[i]) throw LeaveToNumPy{};
  return mask;
}

LayoutRef own_region(const ArrayObject* array) {
  return LayoutRef::share(&layout_of(array->handle));
}

// ---------------------------------------------------------------- reading

PyObject* read_recorded(const OpSpec& op, std::span<const Value> inputs, AttributesRef attributes,
                        bool now, const AdvancedIndex* index = nullptr) {
  now |= begin_record(op);
  Value value = apply(op, inputs, std::move(attributes));
  if (index) check_bounds(*index);
  end_record(value, now);
  const bool is_part = index && std::ranges::all_of(index->indices, [](const Value& indices) {
                         return indices.ndim() == 0;
                       });
  PyObject* const result = wrap_result(std::move(value), true);
  // At numbers without value NumPy would give a view, which this copy must not be taken for.
  if (result && is_part && is_native_array(result)) as_array(result)->handle.writeable = false;
  // NumPy gathers with the indexed axes first, and answers a view of that.
  if (result && index && index->position > 0 && is_native_array(result))
    as_array(result)->base = Py_NewRef(base_to_be_made());
  return result;
}

PyObject* read_masked(ArrayObject* array, const Value& mask, bool now) {
  static const OpSpec& op = op_named("compress_mask");
  const int64_t count = count_true(mask);
  const Value inputs[2] = {part_of(array, own_region(array)), mask};
  return read_recorded(op, inputs, count_attribute(count), now);
}

// ---------------------------------------------------------------- writing

// The inputs are let go before anything runs, so that the old version may be written over.
void store_part(ArrayObject* array, LayoutRef region, const OpSpec& op, Values inputs,
                AttributesRef attributes, bool now, const AdvancedIndex* index = nullptr) {
  now |= begin_record(op);
  Value changed = apply(op, std::span<const Value>(inputs), std::move(attributes));
  if (index) check_bounds(*index);
  const bool is_base = inputs[0].node() == base_value(array->handle);
  inputs.clear();
  if (is_base)
    replace_current(array->handle, std::move(changed));
  else
    write_part(array->handle, std::move(region), array->handle.dtype, std::move(changed));
  end_write(array, now);
}

// One value for all: a selection, which needs no count.
bool store_selected(ArrayObject* array, const Value& mask, const Value& value, bool now) {
  if (value.size() != 1 || value.ndim() > 1) return false;
  static const OpSpec& op = op_named("where");
  const Layout& layout = layout_of(array->handle);
  int64_t shape[max_ndim];
  for (int i = 0; i < layout.ndim; ++i) shape[i] = i < mask.ndim() ? layout.shape_[i] : 1;
  const LayoutRef region = own_region(array);
  Values inputs{reshape(mask, {shape, layout.ndim}), value.ndim() ? reshape(value, {}) : value,
                part_of(array, region)};
  now |= begin_record(op);
  Value selected = apply(op, std::span<const Value>(inputs));
  inputs.clear();
  write(array->handle, std::move(selected));
  end_write(array, now);
  return true;
}

int store_masked(ArrayObject* array, const Value& mask, PyObject* operand, bool now) {
  Value value;
  if (stored_value(operand, array->handle.dtype, value, now) != Operandness::native) return -1;
  if (now) value = settled(std::move(value));
  if (store_selected(array, mask, value, now)) return 0;
  static const OpSpec& op = op_named("mask_assign");
  const int64_t count = count_true(mask);
  LayoutRef region = own_region(array);
  Values inputs{part_of(array, region), mask, std::move(value)};
  store_part(array, std::move(region), op, std::move(inputs), count_attribute(count), now);
  return 0;
}

void scatter(ArrayObject* array, const AdvancedIndex& index, const OpSpec& op, Value value,
             bool now) {
  Values inputs{part_of(array, index.region), std::move(value)};
  inputs.insert(inputs.end(), index.indices.begin(), index.indices.end());
  store_part(array, index.region, op, inputs, gather_attributes(index), now, &index);
}

}  // namespace

int64_t count_true(const Value& mask) {
  const Because because("mask");
  evaluate(mask.node());
  if (mask.dtype() == DType::boolean && mask.layout().c_contiguous)
    return n_true(data_of(mask.node()), mask.size());
  static const OpSpec& op = op_named("count_nonzero");
  const Value count = apply(op, {mask});
  evaluate(count.node());
  int64_t number;
  std::memcpy(&number, data_of(count.node()), sizeof number);
  return number;
}

Value positions_of_true(const Value& mask) {
  static const OpSpec& op = op_named("nonzero");
  return apply(op, std::span(&mask, 1), count_attribute(count_true(mask)));
}

// The key with Python integers in place of integer arrays without axes, which are integers to
// NumPy, except that what they read is a copy; nullptr: it has none.
PyObject* without_scalar_arrays(PyObject* key) {
  const KeyItems items = items_of(key);
  const auto is_scalar_array = [](PyObject* item) {
    return is_native_array(item) && layout_of(as_array(item)->handle).ndim == 0 &&
           is_integer(as_array(item)->handle.dtype) && !has_no_value(value_of(item));
  };
  if (std::none_of(items.items, items.items + items.n, is_scalar_array)) return nullptr;
  Owned plain(PyTuple_New(items.n));
  for (Py_ssize_t i = 0; plain && i < items.n; ++i) {
    PyObject* const item = items.items[i];
    PyObject* const index = is_scalar_array(item) ? PyNumber_Index(item) : Py_NewRef(item);
    if (!index) return nullptr;
    PyTuple_SET_ITEM(plain.get(), i, index);
  }
  return plain.release();
}

// A key that is one truth value chooses along a new first axis: the mask of that axis, or nullptr.
PyObject* mask_of_scalar(PyObject* key) {
  const KeyItems items = items_of(key);
  if (items.n != 1) return nullptr;
  PyObject* const item = items.items[0];
  const bool is_scalar = PyBool_Check(item) || PyArray_IsScalar(item, Bool) ||
                         is_lazy_scalar(item) ||
                         (is_native_array(item) && layout_of(as_array(item)->handle).ndim == 0);
  Value mask;
  bool now = false;
  if (!is_scalar || to_value(item, mask, now) != Operandness::native) return nullptr;
  if (mask.dtype() != DType::boolean || mask.ndim() > 0) return nullptr;
  const int64_t one[] = {1};
  return wrap(mask.node()->is_constant() ? full(one, DType::boolean, mask) : reshape(mask, one));
}

PyObject* read_advanced(ArrayObject* array, PyObject* key) {
  if (const Owned mask{mask_of_scalar(key)}) {
    const Owned whole(PyObject_GetItem(as_object(array), Py_None));
    return whole ? PyObject_GetItem(whole.get(), mask.get()) : nullptr;
  }
  if (PyErr_Occurred()) return nullptr;
  if (const Owned plain{without_scalar_arrays(key)}) {
    const Owned part(PyObject_GetItem(as_object(array), plain.get()));
    if (!part || !is_native_array(part.get())) return Py_XNewRef(part.get());
    const Layout& layout = layout_of(as_array(part.get())->handle);
    return own_copy(as_array(part.get()), dense_like(layout, layout.itemsize));
  }
  if (PyErr_Occurred()) return nullptr;
  try {
    bool now = is_shared(array->handle);
    if (const Value mask = lone_mask(layout_of(array->handle), key, now))
      return read_masked(array, mask, now);
    const AdvancedIndex index = parse_advanced(layout_of(array->handle), key);
    static const OpSpec& op = op_named("gather");
    Values inputs{part_of(array, index.region)};
    inputs.insert(inputs.end(), index.indices.begin(), index.indices.end());
    return read_recorded(op, inputs, gather_attributes(index), now | index.now, &index);
  } catch (const LeaveToNumPy&) {
    return numpy_getitem(as_object(array), key);
  }
}

int write_advanced(ArrayObject* array, PyObject* key, PyObject* operand) {
  if (const Owned mask{mask_of_scalar(key)}) {
    const Owned whole(PyObject_GetItem(as_object(array), Py_None));
    return whole ? PyObject_SetItem(whole.get(), mask.get(), operand) : -1;
  }
  if (PyErr_Occurred()) return -1;
  if (const Owned plain{without_scalar_arrays(key)})
    return PyObject_SetItem(as_object(array), plain.get(), operand);
  if (PyErr_Occurred()) return -1;
  try {
    bool now = false;
    if (const Value mask = lone_mask(layout_of(array->handle), key, now))
      return store_masked(array, mask, operand, now);
    const AdvancedIndex index = parse_advanced(layout_of(array->handle), key);
    now |= index.now;
    Value value;
    if (stored_value(operand, array->handle.dtype, value, now) != Operandness::native) return -1;
    static const OpSpec& op = op_named("scatter_assign");
    scatter(array, index, op, now ? settled(std::move(value)) : std::move(value), now);
    return 0;
  } catch (const LeaveToNumPy&) {
    return numpy_setitem(as_object(array), key, operand);
  }
}

bool update_advanced(ArrayObject* array, PyObject* key, const OpSpec& op, Value value, bool now) {
  try {
    const AdvancedIndex index = parse_advanced(layout_of(array->handle), key);
    now |= index.now;
    scatter(array, index, op, now ? settled(std::move(value)) : std::move(value), now);
    return true;
  } catch (const LeaveToNumPy&) {
    return false;
  }
}

}  // namespace lazynp::python
