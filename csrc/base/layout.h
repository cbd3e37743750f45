// Where the elements of an array lie: byte offset, shape and byte strides. Immutable, shared.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "csrc/base/dtype.h"
#include "csrc/base/ref.h"

namespace lazynp {

inline constexpr int max_ndim = 64;

struct Layout {
  uint32_t references;
  uint8_t ndim;
  uint8_t itemsize;
  bool c_contiguous;  // elements in C order without gaps (offset may be non-zero)
  bool dense;         // elements fill size*itemsize bytes from `offset`, in some axis order
  bool fresh;         // exactly what c_layout makes: offset 0, canonical strides
  int64_t size;       // number of elements
  int64_t offset;     // bytes from the start of the buffer
  int64_t* strides_;  // behind the shape, in the same block
  int64_t shape_[1];  // ndim entries, then ndim strides

  std::span<const int64_t> shape() const { return {shape_, ndim}; }
  std::span<const int64_t> strides() const { return {strides_, ndim}; }
  bool f_contiguous() const;
};

void add_reference(const Layout* layout);
void drop_reference(const Layout* layout);
using LayoutRef = Ref<const Layout>;
inline void add_reference(const Layout* layout) { ++const_cast<Layout*>(layout)->references; }
void free_layout(Layout* layout);
inline void drop_reference(const Layout* layout) {
  if (--const_cast<Layout*>(layout)->references == 0) free_layout(const_cast<Layout*>(layout));
}

using Shape = std::span<const int64_t>;
using Strides = std::span<const int64_t>;

// Fresh C-contiguous memory. Throws ValueError where the size in bytes overflows.
LayoutRef c_layout(Shape shape, int itemsize);
// Any affine description; flags are computed.
LayoutRef make_layout(Shape shape, Strides strides, int64_t offset, int itemsize);
// Dense memory whose axes lie in the order of `like`'s strides (NumPy's order='K').
LayoutRef dense_like(const Layout& like, int itemsize);
LayoutRef f_layout(Shape shape, int itemsize);
LayoutRef scalar_layout(int itemsize);  // shared 0-d layouts
inline bool same_shape(const Layout& a, const Layout& b) {
  if (&a == &b) return true;
  if (a.ndim != b.ndim) return false;
  for (int i = 0; i < a.ndim; ++i)
    if (a.shape_[i] != b.shape_[i]) return false;
  return true;
}
// A layout in place, for code that runs without the runtime lock and may not touch the free list.
class LocalLayout {
 public:
  LocalLayout(Shape shape, Strides strides, int64_t offset, int itemsize);
  LocalLayout(const LocalLayout&) = delete;
  const Layout& operator*() const { return *reinterpret_cast<const Layout*>(block_); }
  const Layout* get() const { return reinterpret_cast<const Layout*>(block_); }

 private:
  alignas(Layout) char block_[sizeof(Layout) + 2 * sizeof(int64_t) * max_ndim];
};
bool same_layout(const Layout& a, const Layout& b);  // shape and strides (offset ignored)
bool may_overlap(const Layout& a, const Layout& b);  // byte ranges within one buffer
// Views: the same buffer seen otherwise. `reshaped` is empty where NumPy would have to copy; shapes
// may hold one -1. All throw NumPy's errors.
LayoutRef reshaped(const Layout& layout, Shape shape);
LayoutRef transposed(const Layout& layout, std::span<const int> axes);  // empty axes: reversed
LayoutRef broadcast(const Layout& layout, Shape shape);
int normalized_axis(int64_t axis, int ndim);  // AxisError
struct ByteRange {
  int64_t begin, end;
};
ByteRange byte_range(const Layout& layout);  // half-open, relative to the buffer
std::string shape_text(Shape shape);         // "(3,4)", "(3,)", "()"
// NumPy's broadcasting of shapes; false when incompatible. `out` has max_ndim entries.
bool broadcast_shapes(Shape a, Shape b, int64_t* out, int& ndim);
int64_t checked_size(Shape shape, int itemsize);  // elements; ValueError on overflow

}  // namespace lazynp
