// The order of axes in memory that several operands share, and dense layouts in a given order.
#pragma once
#include <span>
#include <vector>

#include "csrc/base/layout.h"

namespace lazynp {

// The order of axes, innermost first, in which NumPy's iterator walks over operands: that of their
// strides; where they disagree, and for axes without stride, C order.
void iterator_order(std::span<const Layout* const> operands, int ndim, int* order);
// The order of axes, outermost first, in which several operands lie in memory (NumPy's order='K').
std::vector<int> common_memory_order(std::span<const Layout* const> layouts, int ndim);
// The order of axes by the strides of one operand alone; those without stride are innermost.
std::vector<int> stride_order(Strides strides);
// Dense memory of `shape` whose axes lie in `order`, outermost first.
LayoutRef layout_in_order(Shape shape, std::span<const int> order, int itemsize);

}  // namespace lazynp
