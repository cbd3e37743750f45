// Folds of any elementwise op with two operands: over axes, running along one, and over segments.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// KernelCall::host is the loop that is folded. It sees the calls that NumPy makes of it.

// Inputs: elements, then the value to begin with (none: the first elements), then which elements
// take part (of the elements' shape). Attributes: axes (None: all), keepdims, whether NumPy casts.
void fold_kernel(const KernelCall& call);
// Attributes: axis.
void accumulate_kernel(const KernelCall& call);
// Inputs: elements, where segments begin. Attributes: axis.
void reduceat_kernel(const KernelCall& call);

}  // namespace lazynp
