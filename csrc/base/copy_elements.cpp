// Strided copies: axes sorted by stride and merged, so that the inner loop is as long as it can be.
#include "csrc/base/copy_elements.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace lazynp {

namespace {

struct Axis {
  int64_t n, to, from;
};

// Axes of length 1 go, the smallest destination stride comes first, axes that run on are merged.
int merge_axes(Axis* axes, int n_axes) {
  const auto is_before = [](const Axis& a, const Axis& b) {
    return std::abs(a.to) < std::abs(b.to);
  };
  std::reverse(axes, axes + n_axes);  // as they mostly should be
  for (int i = 1; i < n_axes; ++i)
    std::rotate(std::upper_bound(axes, axes + i, axes[i], is_before), axes + i, axes + i + 1);
  int kept = 0;
  for (int i = 0; i < n_axes; ++i) {
    Axis& last = axes[kept - (kept > 0)];
    if (kept > 0 && axes[i].to == last.to * last.n && axes[i].from == last.from * last.n)
      last.n *= axes[i].n;
    else
      axes[kept++] = axes[i];
  }
  return kept;
}

template <int itemsize> void copy_row(char* to, const char* from, const Axis& row) {
  for (int64_t i = 0; i < row.n; ++i, to += row.to, from += row.from)
    std::memcpy(to, from, itemsize);
}

using RowCopy = void (*)(char*, const char*, const Axis&);

RowCopy row_copy(int itemsize) {
  switch (itemsize) {
    case 1: return copy_row<1>;
    case 2: return copy_row<2>;
    case 4: return copy_row<4>;
    case 8: return copy_row<8>;
    default: return copy_row<16>;
  }
}

}  // namespace

void copy_elements(char* to, Strides to_strides, const char* from, Strides from_strides,
                   Shape shape, int itemsize) {
  Axis axes[max_ndim + 1];
  int n_axes = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return;
    if (shape[i] != 1) axes[n_axes++] = {shape[i], to_strides[i], from_strides[i]};
  }
  n_axes = merge_axes(axes, n_axes);
  if (n_axes == 0) {
    std::memcpy(to, from, static_cast<size_t>(itemsize));
    return;
  }
  const Axis& row = axes[0];
  const bool contiguous = row.to == itemsize && row.from == itemsize;
  const RowCopy copy = row_copy(itemsize);
  int64_t position[max_ndim] = {};
  for (;;) {
    if (contiguous)
      std::memcpy(to, from, static_cast<size_t>(row.n * itemsize));
    else
      copy(to, from, row);
    int axis = 1;
    for (; axis < n_axes; ++axis) {
      to += axes[axis].to;
      from += axes[axis].from;
      if (++position[axis] < axes[axis].n) break;
      to -= axes[axis].to * axes[axis].n;
      from -= axes[axis].from * axes[axis].n;
      position[axis] = 0;
    }
    if (axis == n_axes) return;
  }
}

}  // namespace lazynp
