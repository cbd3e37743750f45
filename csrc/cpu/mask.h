// Elements chosen by truth: read, replaced, and where they are.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

void compress_mask_kernel(const KernelCall& call);  // x, mask (over x's leading axes)
void mask_assign_kernel(const KernelCall& call);    // x, mask, values: one block per true element
void nonzero_kernel(const KernelCall& call);        // x; the output is (count, x.ndim) int64

}  // namespace lazynp
