// Reading subscripts: what the files array_subscript.cpp and array_advanced_index.cpp share.
#pragma once
#include "csrc/python/array_parts.h"

namespace lazynp::python {

// What integers, slices, None and Ellipsis select, in the buffer of the indexed array.
struct BasicIndex {
  int ndim = 0;
  int64_t offset = 0;
  int64_t shape[max_ndim], strides[max_ndim];
  bool is_element = false;  // an integer for every axis: NumPy gives a scalar

  LayoutRef layout(int itemsize) const {
    const auto n = static_cast<size_t>(ndim);
    return make_layout({shape, n}, {strides, n}, offset, itemsize);
  }
};

bool is_integer_index(PyObject* item);
// These add to `result`; false: a Python exception is set.
bool add_integer(const Layout& layout, PyObject* item, int axis, BasicIndex& result);
// A slice, None or Ellipsis (for `n_rest` axes); moves `axis` on.
bool add_slice_like(const Layout& layout, PyObject* item, int& axis, int n_rest,
                    BasicIndex& result);
void add_axes(const Layout& layout, int from, int to, BasicIndex& result);

// Keys with integer arrays or masks.
PyObject* read_advanced(ArrayObject* array, PyObject* key);
int write_advanced(ArrayObject* array, PyObject* key, PyObject* value);
// The elements at integer arrays become op(element, value), one after the other (`op` scatters).
// False: only NumPy knows what the key means. Throws.
bool update_advanced(ArrayObject* array, PyObject* key, const OpSpec& op, Value value, bool now);

// How many elements are not zero; evaluates.
int64_t count_true(const Value& mask);
// Their positions, one row each.
Value positions_of_true(const Value& mask);

// NumPy's own, through the fallback.
PyObject* numpy_getitem(PyObject* self, PyObject* key);
int numpy_setitem(PyObject* self, PyObject* key, PyObject* value);

}  // namespace lazynp::python
