// Elements chosen by truth: read, replaced, and where they are.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

int64_t n_true(const char* bools, int64_t n);  // side by side; all but 0 are true

void compress_mask_kernel(const KernelCall& call);  // x, mask (over x's leading axes)
void mask_assign_kernel(const KernelCall& call);    // x, mask, values: one block per true element
void nonzero_kernel(const KernelCall& call);        // x; the output is (count, x.ndim) int64

}  // namespace lazynp
