// Layouts: construction, flags, views of views, broadcasting.
#include "csrc/base/layout.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "csrc/base/error.h"

namespace lazynp {

namespace {

// Blocks for up to this many dimensions are kept on a free list.
constexpr int small_ndim = 4;
constexpr int max_free_layouts = 4096;
Layout* free_list = nullptr;  // linked through `strides_`
int n_free = 0;

size_t block_bytes(int ndim) {
  return sizeof(Layout) + 2 * sizeof(int64_t) * static_cast<size_t>(ndim);
}

Layout* allocate(int ndim, int itemsize) {
  Layout* layout = free_list;
  if (ndim <= small_ndim && layout) {
    free_list = reinterpret_cast<Layout*>(layout->strides_);
    --n_free;
  } else {
    layout = static_cast<Layout*>(std::malloc(block_bytes(std::max(ndim, small_ndim))));
    if (!layout) throw std::bad_alloc();
  }
  layout->references = 1;
  layout->ndim = static_cast<uint8_t>(ndim);
  layout->itemsize = static_cast<uint8_t>(itemsize);
  layout->strides_ = layout->shape_ + ndim;
  layout->offset = 0;
  layout->fresh = false;
  return layout;
}

// NumPy ignores the strides of axes of length 1 and everything of empty arrays.
bool is_c_contiguous(Shape shape, Strides strides, int itemsize) {
  for (int64_t extent : shape)
    if (extent == 0) return true;
  int64_t expected = itemsize;
  for (int i = static_cast<int>(shape.size()) - 1; i >= 0; --i) {
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

// The axes from the outermost (largest stride) to the innermost, stable.
void order_axes(Strides strides, int* order) {
  const int n = static_cast<int>(strides.size());
  for (int i = 0; i < n; ++i) order[i] = i;
  std::stable_sort(order, order + n,
                   [&](int a, int b) { return std::abs(strides[a]) > std::abs(strides[b]); });
}

bool is_dense(Shape shape, Strides strides, int itemsize) {
  int order[max_ndim];
  order_axes(strides, order);
  int64_t expected = itemsize;
  for (int64_t extent : shape)
    if (extent == 0) return true;
  for (int i = static_cast<int>(shape.size()) - 1; i >= 0; --i) {
    const int axis = order[i];
    if (shape[axis] == 1) continue;
    if (strides[axis] != expected) return false;
    expected *= shape[axis];
  }
  return true;
}

}  // namespace

void free_layout(Layout* layout) {
  if (layout->ndim <= small_ndim && n_free < max_free_layouts) {
    layout->strides_ = reinterpret_cast<int64_t*>(free_list);
    free_list = layout;
    ++n_free;
  } else {
    std::free(layout);
  }
}

bool Layout::f_contiguous() const {
  int64_t expected = itemsize;
  for (int64_t extent : shape())
    if (extent == 0) return true;
  for (int i = 0; i < ndim; ++i) {
    if (shape_[i] != 1 && strides_[i] != expected) return false;
    expected *= shape_[i];
  }
  return true;
}

int64_t checked_size(Shape shape, int itemsize) {
  if (shape.size() > max_ndim)
    fail(ErrorClass::value, "maximum supported dimension for an ndarray is currently 64, found " +
                                std::to_string(shape.size()));
  int64_t size = 1, n_bytes = itemsize;
  bool overflow = false;
  for (int64_t extent : shape) {
    if (extent < 0) fail(ErrorClass::value, "negative dimensions are not allowed");
    size *= extent == 0 ? 0 : 1;
    if (extent > 0) overflow |= __builtin_mul_overflow(n_bytes, extent, &n_bytes);
  }
  // NumPy refuses such shapes even when another extent is 0.
  if (overflow)
    fail(ErrorClass::value,
         "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible "
         "size.");
  if (size)
    for (int64_t extent : shape) size *= extent;
  return size;
}

LayoutRef c_layout(Shape shape, int itemsize) {
  const int ndim = static_cast<int>(shape.size());
  if (ndim == 0) return scalar_layout(itemsize);
  const int64_t size = checked_size(shape, itemsize);
  Layout* layout = allocate(ndim, itemsize);
  layout->size = size;
  layout->c_contiguous = layout->dense = layout->fresh = true;
  int64_t stride = itemsize;
  for (int i = ndim - 1; i >= 0; --i) {
    layout->shape_[i] = shape[i];
    layout->strides_[i] = stride;
    // NumPy's strides of an empty array take a zero extent as 1.
    stride *= std::max<int64_t>(shape[i], 1);
  }
  return LayoutRef::adopt(layout);
}

LayoutRef f_layout(Shape shape, int itemsize) {
  const int ndim = static_cast<int>(shape.size());
  const int64_t size = checked_size(shape, itemsize);
  Layout* layout = allocate(ndim, itemsize);
  layout->size = size;
  int64_t stride = itemsize;
  for (int i = 0; i < ndim; ++i) {
    layout->shape_[i] = shape[i];
    layout->strides_[i] = stride;
    stride *= std::max<int64_t>(shape[i], 1);
  }
  layout->c_contiguous = is_c_contiguous(layout->shape(), layout->strides(), itemsize);
  layout->dense = true;
  return LayoutRef::adopt(layout);
}

namespace {

// Fills in everything but the reference count.
void describe(Layout* layout, Shape shape, Strides strides, int64_t offset, int itemsize) {
  layout->ndim = static_cast<uint8_t>(shape.size());
  layout->itemsize = static_cast<uint8_t>(itemsize);
  layout->strides_ = layout->shape_ + shape.size();
  layout->fresh = false;
  layout->offset = offset;
  layout->size = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    layout->shape_[i] = shape[i];
    layout->strides_[i] = strides[i];
    layout->size *= shape[i];
  }
  layout->c_contiguous = is_c_contiguous(shape, strides, itemsize);
  layout->dense = layout->c_contiguous || is_dense(shape, strides, itemsize);
}

}  // namespace

LayoutRef make_layout(Shape shape, Strides strides, int64_t offset, int itemsize) {
  Layout* layout = allocate(static_cast<int>(shape.size()), itemsize);
  describe(layout, shape, strides, offset, itemsize);
  return LayoutRef::adopt(layout);
}

LocalLayout::LocalLayout(Shape shape, Strides strides, int64_t offset, int itemsize) {
  auto* layout = reinterpret_cast<Layout*>(block_);
  layout->references = 1;
  describe(layout, shape, strides, offset, itemsize);
}

LayoutRef dense_like(const Layout& like, int itemsize) {
  if (like.c_contiguous || like.ndim < 2) return c_layout(like.shape(), itemsize);
  int order[max_ndim];
  order_axes(like.strides(), order);
  int64_t strides[max_ndim];
  int64_t stride = itemsize;
  for (int i = like.ndim - 1; i >= 0; --i) {
    strides[order[i]] = stride;
    stride *= std::max<int64_t>(like.shape_[order[i]], 1);
  }
  return make_layout(like.shape(), {strides, like.ndim}, 0, itemsize);
}

LayoutRef scalar_layout(int itemsize) {
  static Layout* shared[17] = {};
  Layout*& layout = shared[itemsize];
  if (!layout) {
    layout = allocate(0, itemsize);
    layout->size = 1;
    layout->c_contiguous = layout->dense = layout->fresh = true;
  }
  return LayoutRef::share(layout);
}

bool same_layout(const Layout& a, const Layout& b) {
  if (&a == &b) return true;
  if (a.itemsize != b.itemsize || !same_shape(a, b)) return false;
  if (a.c_contiguous && b.c_contiguous) return true;
  for (int i = 0; i < a.ndim; ++i)
    if (a.shape_[i] > 1 && a.strides_[i] != b.strides_[i]) return false;
  return true;
}

ByteRange byte_range(const Layout& layout) {
  ByteRange range{layout.offset, layout.offset};
  if (layout.size == 0) return range;
  for (int i = 0; i < layout.ndim; ++i) {
    const int64_t reach = (layout.shape_[i] - 1) * layout.strides_[i];
    (reach < 0 ? range.begin : range.end) += reach;
  }
  range.end += layout.itemsize;
  return range;
}

bool may_overlap(const Layout& a, const Layout& b) {
  const ByteRange x = byte_range(a), y = byte_range(b);
  return x.begin < y.end && y.begin < x.end;
}

std::string shape_text(Shape shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i) text += ",";
    text += shape[i] < 0 ? "newaxis" : std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

bool broadcast_shapes(Shape a, Shape b, int64_t* out, int& ndim) {
  const int na = static_cast<int>(a.size()), nb = static_cast<int>(b.size());
  ndim = std::max(na, nb);
  for (int i = 0; i < ndim; ++i) {
    const int ia = i - (ndim - na), ib = i - (ndim - nb);
    const int64_t x = ia < 0 ? 1 : a[ia], y = ib < 0 ? 1 : b[ib];
    if (x != y && x != 1 && y != 1) return false;
    out[i] = x == 1 ? y : x;
  }
  return true;
}

int normalized_axis(int64_t axis, int ndim) {
  if (axis < -ndim || axis >= ndim)
    fail(ErrorClass::axis, "axis " + std::to_string(axis) +
                               " is out of bounds for array of dimension " + std::to_string(ndim));
  return static_cast<int>(axis < 0 ? axis + ndim : axis);
}

LayoutRef transposed(const Layout& layout, std::span<const int> axes) {
  int64_t shape[max_ndim], strides[max_ndim];
  if (!axes.empty() && axes.size() != layout.ndim)
    fail(ErrorClass::value, "axes don't match array");
  bool seen[max_ndim] = {};
  for (int i = 0; i < layout.ndim; ++i) {
    const int axis = axes.empty() ? layout.ndim - 1 - i : normalized_axis(axes[i], layout.ndim);
    if (seen[axis]) fail(ErrorClass::value, "repeated axis in transpose");
    seen[axis] = true;
    shape[i] = layout.shape_[axis];
    strides[i] = layout.strides_[axis];
  }
  return make_layout({shape, layout.ndim}, {strides, layout.ndim}, layout.offset, layout.itemsize);
}

LayoutRef broadcast(const Layout& layout, Shape shape) {
  const int ndim = static_cast<int>(shape.size()), extra = ndim - layout.ndim;
  int64_t strides[max_ndim];
  if (extra < 0)
    fail(ErrorClass::value, "input operand has more dimensions than allowed by the axis remapping");
  bool fits = true;
  for (int i = 0; fits && i < ndim; ++i) {
    const int from = i - extra;
    const int64_t extent = from < 0 ? 1 : layout.shape_[from];
    fits = extent == shape[i] || extent == 1;
    strides[i] = from < 0 || (extent == 1 && shape[i] != 1) ? 0 : layout.strides_[from];
  }
  if (!fits)
    fail(ErrorClass::value,
         "operands could not be broadcast together with remapped shapes [original->remapped]: " +
             shape_text(layout.shape()) + "  and requested shape " + shape_text(shape));
  return make_layout(shape, {strides, shape.size()}, layout.offset, layout.itemsize);
}

namespace {

// Replaces a -1 and checks the size; NumPy's texts.
int resolve_shape(const Layout& layout, Shape shape, int64_t* resolved) {
  const int ndim = static_cast<int>(shape.size());
  if (ndim > max_ndim)
    fail(ErrorClass::value, "maximum supported dimension for an ndarray is currently 64, found " +
                                std::to_string(ndim));
  int unknown = -1;
  int64_t known = 1;
  bool overflow = false;
  for (int i = 0; i < ndim; ++i) {
    resolved[i] = shape[i];
    if (shape[i] < 0) {
      if (unknown >= 0) fail(ErrorClass::value, "can only specify one unknown dimension");
      unknown = i;
    } else {
      overflow |= __builtin_mul_overflow(known, shape[i], &known);
    }
  }
  bool fits = !overflow;
  if (fits && unknown >= 0) {
    fits = known != 0 && layout.size % known == 0;
    if (fits) resolved[unknown] = layout.size / known;
  } else if (fits) {
    fits = known == layout.size;
  }
  if (!fits)
    fail(ErrorClass::value, "cannot reshape array of size " + std::to_string(layout.size) +
                                " into shape " + shape_text(shape));
  return ndim;
}

// Splits and joins axes without moving elements; false where that is impossible.
bool strides_without_copy(const Layout& layout, Shape shape, int64_t* strides) {
  int64_t old_shape[max_ndim], old_strides[max_ndim];
  int n_old = 0;
  for (int i = 0; i < layout.ndim; ++i)
    if (layout.shape_[i] != 1) {
      old_shape[n_old] = layout.shape_[i];
      old_strides[n_old++] = layout.strides_[i];
    }
  const int n_new = static_cast<int>(shape.size());
  int oi = 0, oj = 1, ni = 0, nj = 1;
  while (ni < n_new && oi < n_old) {
    int64_t np = shape[ni], op = old_shape[oi];
    while (np != op) {
      if (np < op)
        np *= shape[nj++];
      else
        op *= old_shape[oj++];
    }
    for (int k = oi; k < oj - 1; ++k)
      if (old_strides[k] != old_shape[k + 1] * old_strides[k + 1]) return false;
    strides[nj - 1] = old_strides[oj - 1];
    for (int k = nj - 1; k > ni; --k) strides[k - 1] = strides[k] * shape[k];
    ni = nj++;
    oi = oj++;
  }
  const int64_t last = ni >= 1 ? strides[ni - 1] : layout.itemsize;
  for (int k = ni; k < n_new; ++k) strides[k] = last;
  return true;
}

}  // namespace

LayoutRef reshaped(const Layout& layout, Shape shape) {
  int64_t resolved[max_ndim], strides[max_ndim];
  const int ndim = resolve_shape(layout, shape, resolved);
  const Shape target{resolved, static_cast<size_t>(ndim)};
  if (layout.c_contiguous || layout.size == 0) {
    LayoutRef dense = c_layout(target, layout.itemsize);
    if (layout.offset == 0) return dense;
    return make_layout(target, dense->strides(), layout.offset, layout.itemsize);
  }
  if (!strides_without_copy(layout, target, strides)) return {};
  return make_layout(target, {strides, static_cast<size_t>(ndim)}, layout.offset, layout.itemsize);
}

}  // namespace lazynp
