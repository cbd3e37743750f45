// Byte strides of memory without gaps, for layouts in place (LocalLayout) and others.
#pragma once
#include <span>
#include <vector>

#include "csrc/base/layout.h"

namespace lazynp {

// The axes lie in `order`, outermost first. An extent of zero counts as one, as NumPy has it.
std::vector<int64_t> dense_strides(Shape shape, std::span<const int> order, int itemsize);
std::vector<int64_t> c_strides(Shape shape, int itemsize);
std::vector<int64_t> f_strides(Shape shape, int itemsize);

}  // namespace lazynp
