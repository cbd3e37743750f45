// Kernels of the ops on matrices: solving, factoring, eigenvalues. Stacks one matrix at a time.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

void determinant_kernel(const KernelCall& call);
void sign_and_logarithm_kernel(const KernelCall& call);
void inverse_kernel(const KernelCall& call);
void solve_kernel(const KernelCall& call);
void solve_vector_kernel(const KernelCall& call);
void cholesky_lower_kernel(const KernelCall& call);
void cholesky_upper_kernel(const KernelCall& call);

void eigh_lower_kernel(const KernelCall& call);
void eigh_upper_kernel(const KernelCall& call);
void eigvalsh_lower_kernel(const KernelCall& call);
void eigvalsh_upper_kernel(const KernelCall& call);
void eig_kernel(const KernelCall& call);
void eigvals_kernel(const KernelCall& call);

void singular_values_kernel(const KernelCall& call);
void svd_reduced_kernel(const KernelCall& call);
void svd_full_kernel(const KernelCall& call);
void qr_factor_kernel(const KernelCall& call);
void orthogonal_factor_kernel(const KernelCall& call);
void qr_reduced_kernel(const KernelCall& call);
void qr_complete_kernel(const KernelCall& call);
void least_squares_kernel(const KernelCall& call);

}  // namespace lazynp
