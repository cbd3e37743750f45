// Matrix products: BLAS where NumPy uses it, with the same calls and so the same bits.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// inputs a, b of one dtype; the output's last two axes (one or none for 1-d inputs) are
// C-contiguous.
void matmul_kernel(const KernelCall& call);
void dot_kernel(const KernelCall& call);
// Stacks of vectors and matrices: (n),(n)->() and (n),(n,m)->(m), whose first operand is
// conjugated, and (m,n),(n)->(m).
void vecdot_kernel(const KernelCall& call);
void vecmat_kernel(const KernelCall& call);
void matvec_kernel(const KernelCall& call);
// Vectors of one length; the first is conjugated.
void vdot_kernel(const KernelCall& call);

}  // namespace lazynp
