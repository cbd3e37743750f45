// The order of axes in memory that several operands share, and dense layouts in a given order.
#include "csrc/base/memory_order.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "csrc/base/dense_strides.h"

namespace lazynp {

void iterator_order(std::span<const Layout* const> operands, int ndim, int* order) {
  const auto stride_of = [&](const Layout* layout, int axis) -> int64_t {
    const int own = axis - (ndim - layout->ndim);
    return own < 0 || layout->shape_[own] == 1 ? 0 : std::abs(layout->strides_[own]);
  };
  for (int i = 0; i < ndim; ++i) order[i] = ndim - 1 - i;
  for (int i = 1; i < ndim; ++i) {
    const int axis = order[i];
    int position = i;
    for (int j = i - 1; j >= 0; --j) {
      bool ambiguous = true, swap = false;
      for (const Layout* operand : operands) {
        const int64_t outer = stride_of(operand, axis), inner = stride_of(operand, order[j]);
        if (outer == 0 || inner == 0) continue;
        if (inner <= outer)
          swap = false;
        else if (ambiguous)
          swap = true;
        ambiguous = false;
      }
      if (ambiguous) continue;
      if (!swap) break;
      position = j;
    }
    for (int j = i; j > position; --j) order[j] = order[j - 1];
    order[position] = axis;
  }
}

std::vector<int> common_memory_order(std::span<const Layout* const> layouts, int ndim) {
  std::vector<int> order(static_cast<size_t>(ndim));
  iterator_order(layouts, ndim, order.data());
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<int> stride_order(Strides strides) {
  std::vector<int> order(strides.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return std::abs(strides[static_cast<size_t>(a)]) > std::abs(strides[static_cast<size_t>(b)]);
  });
  return order;
}

LayoutRef layout_in_order(Shape shape, std::span<const int> order, int itemsize) {
  checked_size(shape, itemsize);
  return make_layout(shape, dense_strides(shape, order, itemsize), 0, itemsize);
}

}  // namespace lazynp
