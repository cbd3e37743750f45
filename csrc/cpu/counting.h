// Integers counted, and whether a sequence rises.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

void bincount_kernel(const KernelCall& call);      // integers, perhaps weights
void monotonicity_kernel(const KernelCall& call);  // float64; the output is one int64

}  // namespace lazynp
