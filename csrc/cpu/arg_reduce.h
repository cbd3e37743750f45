// Index of the first extreme element along an axis; NaN counts as the extreme.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// attributes: axis (None: of the flattened array), keepdims; the output is int64.
void argmax_kernel(const KernelCall& call);
void argmin_kernel(const KernelCall& call);

}  // namespace lazynp
