// Byte strides of memory without gaps.
#include "csrc/base/dense_strides.h"

#include <algorithm>
#include <numeric>

namespace lazynp {

std::vector<int64_t> dense_strides(Shape shape, std::span<const int> order, int itemsize) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = itemsize;
  for (size_t i = order.size(); i-- > 0;) {
    const auto axis = static_cast<size_t>(order[i]);
    strides[axis] = stride;
    stride *= std::max<int64_t>(shape[axis], 1);
  }
  return strides;
}

std::vector<int64_t> c_strides(Shape shape, int itemsize) {
  std::vector<int> order(shape.size());
  std::iota(order.begin(), order.end(), 0);
  return dense_strides(shape, order, itemsize);
}

std::vector<int64_t> f_strides(Shape shape, int itemsize) {
  std::vector<int> order(shape.size());
  std::iota(order.rbegin(), order.rend(), 0);
  return dense_strides(shape, order, itemsize);
}

}  // namespace lazynp
