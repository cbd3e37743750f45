// Order along an axis. NaN comes last; complex numbers compare by real, then imaginary part.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

void sort_kernel(const KernelCall& call);           // attributes: axis (None: 1-d), kind, ...
void argsort_kernel(const KernelCall& call);        // stable; the output is int64
void searchsorted_kernel(const KernelCall& call);   // attributes: side; inputs: sorted 1-d array, values

}  // namespace lazynp
