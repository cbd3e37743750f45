// Running folds along an axis, element after element, as NumPy's accumulate.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// attributes: axis (None: of a 1-d array). Input and output have one dtype.
void cumsum_kernel(const KernelCall& call);
void cumprod_kernel(const KernelCall& call);

}  // namespace lazynp
