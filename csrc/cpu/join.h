// Copies of several arrays behind one another along an axis.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// attributes: axis (None: 0, the inputs are 1-d). All inputs have the output's dtype.
void concatenate_kernel(const KernelCall& call);

}  // namespace lazynp
