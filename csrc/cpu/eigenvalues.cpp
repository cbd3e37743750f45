// Eigenvalues and eigenvectors of stacks of matrices.
#include "csrc/cpu/factorization.h"
#include "csrc/cpu/linear_solvers.h"
#include "csrc/cpu/matrix_stacks.h"

namespace lazynp {

namespace {

void hermitian(const KernelCall& call, char triangle, bool vectors) {
  const MatrixStacks stacks = vectors ? MatrixStacks(call, {2, 1, 2}) : MatrixStacks(call, {2, 1});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    using Real = typename Factorization<T>::Real;
    const auto solver = factorization<T>();
    const int64_t n = stacks[0].extent(0);
    std::vector<T> a(n_elements(n, n));
    std::vector<Real> w(n_elements(n, 1));
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], n);
      if (solver->eigh(vectors, triangle, n, a.data(), w.data())) {
        copy_out(data[1], w.data(), stacks[1], n);
        if (vectors) copy_out(data[2], a.data(), stacks[2], n);
        return;
      }
      has_failed = true;
      fill_with_nan<Real>(data[1], stacks[1]);
      if (vectors) fill_with_nan<T>(data[2], stacks[2]);
    });
  });
  report_failure(has_failed);
}

void general(const KernelCall& call, bool vectors) {
  const MatrixStacks stacks = vectors ? MatrixStacks(call, {2, 1, 2}) : MatrixStacks(call, {2, 1});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    using Complex = typename Factorization<T>::Complex;
    const auto solver = factorization<T>();
    const int64_t n = stacks[0].extent(0);
    std::vector<T> a(n_elements(n, n));
    std::vector<Complex> w(n_elements(n, 1)), v(vectors ? n_elements(n, n) : 1);
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], n);
      if (solver->eig(vectors, n, a.data(), w.data(), v.data())) {
        copy_out(data[1], w.data(), stacks[1], n);
        if (vectors) copy_out(data[2], v.data(), stacks[2], n);
        return;
      }
      has_failed = true;
      fill_with_nan<Complex>(data[1], stacks[1]);
      if (vectors) fill_with_nan<Complex>(data[2], stacks[2]);
    });
  });
  report_failure(has_failed);
}

}  // namespace

void eigh_lower_kernel(const KernelCall& call) { hermitian(call, 'L', true); }
void eigh_upper_kernel(const KernelCall& call) { hermitian(call, 'U', true); }
void eigvalsh_lower_kernel(const KernelCall& call) { hermitian(call, 'L', false); }
void eigvalsh_upper_kernel(const KernelCall& call) { hermitian(call, 'U', false); }
void eig_kernel(const KernelCall& call) { general(call, true); }
void eigvals_kernel(const KernelCall& call) { general(call, false); }

}  // namespace lazynp
