// Sampled functions: interpolated between the samples, and correlated.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// x, xp, fp in float64 (fp also complex128); attributes: left, right (None: the outermost fp).
void interp_kernel(const KernelCall& call);

// NumPy's sum of products of two contiguous vectors, set once at start where Python is there.
using HostDot = void (*)(void* x1, intptr_t stride1, void* x2, intptr_t stride2, void* result,
                         intptr_t n, void* array);
void set_host_dot(DType dtype, HostDot function);
// Two vectors of one dtype, the first not shorter; attributes: mode, by the output's length.
void correlate_kernel(const KernelCall& call);

}  // namespace lazynp
