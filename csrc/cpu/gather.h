// Elements chosen by integers: read, replaced or added to.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

inline constexpr size_t max_index_arrays = 16;

// Where the axes of the index arrays stand in the result, by attributes (axes, position): at
// `position`, or (None) NumPy's rule: in place of adjacent axes, else first.
int index_position(const Attributes& attributes);

// Throws NumPy's IndexError for the first of these int64 indices that lies outside [-extent,
// extent).
void check_indices(const char* data, const Layout& layout, int64_t extent, int axis);

void take_kernel(const KernelCall& call);            // x, indices; attributes: axis, mode
void gather_kernel(const KernelCall& call);          // x, indices...; attributes: axes, position
void scatter_assign_kernel(const KernelCall& call);  // x, values, indices...; attributes as gather
void scatter_add_kernel(const KernelCall& call);     // the same; duplicates add up, in order
void fold_at_kernel(const KernelCall& call);         // the same with the op that is folded

}  // namespace lazynp
