// The order of axes in memory that several operands share, and dense layouts in a given order.
#include "csrc/base/memory_order.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "csrc/base/dense_strides.h"

namespace lazynp {

namespace {
// How axes i and j of the operands compare: 1 where i must lie further out, -1 where j, 0
// undecided. Operands that disagree are laid out in C order.
int compare_axes(std::span<const Layout* const> layouts, int i, int j) {
  int result = 0;
  for (const Layout* layout : layouts) {
    if (layout->shape_[i] == 1 || layout->shape_[j] == 1) continue;
    const int64_t stride_i = std::abs(layout->strides_[i]),
                  stride_j = std::abs(layout->strides_[j]);
    if (stride_i == 0 || stride_j == 0) continue;
    if (stride_i <= stride_j) return -1;
    result = 1;
  }
  return result;
}
}  // namespace

std::vector<int> common_memory_order(std::span<const Layout* const> layouts, int ndim) {
  std::vector<int> order(static_cast<size_t>(ndim));
  for (int i = 0; i < ndim; ++i) order[static_cast<size_t>(i)] = i;
  for (int i = 1; i < ndim; ++i) {  // stable insertion sort that steps over undecided pairs
    const int moving = order[static_cast<size_t>(i)];
    int position = i;
    for (int k = i - 1; k >= 0; --k) {
      const int comparison = compare_axes(layouts, moving, order[static_cast<size_t>(k)]);
      if (comparison < 0) break;
      if (comparison > 0) position = k;
    }
    order.erase(order.begin() + i);
    order.insert(order.begin() + position, moving);
  }
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
