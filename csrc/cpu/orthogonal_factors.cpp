// Singular values, orthogonal factors and least squares of stacks of matrices.
#include "csrc/cpu/factorization.h"
#include "csrc/cpu/linear_solvers.h"
#include "csrc/cpu/matrix_stacks.h"

namespace lazynp {

namespace {

template <class T> void set_identity(std::vector<T>& matrix, int64_t n) {
  std::ranges::fill(matrix, T(0));
  for (int64_t i = 0; i < n; ++i) matrix[static_cast<size_t>(i * (n + 1))] = T(1);
}

// LAPACK leaves the vectors of an empty matrix alone; NumPy makes them identities.
template <class T>
bool decompose(Factorization<T>& factors, char job, int64_t m, int64_t n, std::vector<T>& a,
               std::vector<typename Factorization<T>::Real>& s, std::vector<T>& u,
               std::vector<T>& vt) {
  if (!factors.svd(job, m, n, a.data(), s.data(), u.data(), vt.data())) return false;
  if (job == 'A' && std::min(m, n) == 0) {
    set_identity(u, m);
    set_identity(vt, n);
  }
  return true;
}

void svd(const KernelCall& call, char job) {
  const bool vectors = job != 'N';
  const MatrixStacks stacks =
      vectors ? MatrixStacks(call, {2, 2, 1, 2}) : MatrixStacks(call, {2, 1});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    using Real = typename Factorization<T>::Real;
    const auto factors = factorization<T>();
    const int64_t m = stacks[0].extent(0), n = stacks[0].extent(1), k = std::min(m, n);
    const int64_t rows_of_vt = job == 'S' ? k : n;
    std::vector<T> a(n_elements(m, n)), u(vectors ? n_elements(m, m) : 1),
        vt(vectors ? n_elements(n, n) : 1);
    std::vector<Real> s(n_elements(k, 1));
    const size_t place = vectors ? 2 : 1;
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], m);
      const bool works = decompose(*factors, job, m, n, a, s, u, vt);
      has_failed |= !works;
      if (works)
        copy_out(data[place], s.data(), stacks[place], k);
      else
        fill_with_nan<Real>(data[place], stacks[place]);
      if (!vectors) return;
      if (works) {
        copy_out(data[1], u.data(), stacks[1], m);
        copy_out(data[3], vt.data(), stacks[3], rows_of_vt);
      } else {
        fill_with_nan<T>(data[1], stacks[1]);
        fill_with_nan<T>(data[3], stacks[3]);
      }
    });
  });
  report_failure(has_failed);
}

// The factor Q from the Householder vectors in `a`.
void make_q(const KernelCall& call) {
  const MatrixStacks stacks(call, {2, 1, 2});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    const auto factors = factorization<T>();
    const int64_t m = stacks[0].extent(0), n = stacks[0].extent(1), k = std::min(m, n);
    const int64_t columns = stacks[2].extent(1);
    std::vector<T> q(n_elements(m, columns)), tau(n_elements(std::max(stacks[1].extent(0), k), 1));
    stacks.for_each([&](char* const* data) {
      copy_in(q.data(), data[0], stacks[0], m, columns);
      copy_in(tau.data(), data[1], stacks[1], k);
      if (factors->q(m, columns, k, n, q.data(), tau.data()))
        return copy_out(data[2], q.data(), stacks[2], m);
      has_failed = true;
      fill_with_nan<T>(data[2], stacks[2]);
    });
  });
  report_failure(has_failed);
}

template <class T> typename Factorization<T>::Real sum_of_squares(const T* x, int64_t n) {
  typename Factorization<T>::Real sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<T>)
      sum += x[i] * x[i];
    else
      sum += x[i].real() * x[i].real() + x[i].imag() * x[i].imag();
  }
  return sum;
}

}  // namespace

void singular_values_kernel(const KernelCall& call) { svd(call, 'N'); }
void svd_reduced_kernel(const KernelCall& call) { svd(call, 'S'); }
void svd_full_kernel(const KernelCall& call) { svd(call, 'A'); }

// Results: the matrix with R and the Householder vectors in it, and their factors.
void qr_factor_kernel(const KernelCall& call) {
  const MatrixStacks stacks(call, {2, 2, 1});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    const auto factors = factorization<T>();
    const int64_t m = stacks[0].extent(0), n = stacks[0].extent(1);
    std::vector<T> a(n_elements(m, n)), tau(n_elements(std::min(m, n), 1), T(0));
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], m);
      const bool works = factors->qr(m, n, a.data(), tau.data());
      has_failed |= !works;
      if (!works) copy_in(a.data(), data[0], stacks[0], m);
      copy_out(data[1], a.data(), stacks[1], m);
      if (works)
        copy_out(data[2], tau.data(), stacks[2], std::min(m, n));
      else
        fill_with_nan<T>(data[2], stacks[2]);
    });
  });
  report_failure(has_failed);
}

void orthogonal_factor_kernel(const KernelCall& call) {
  const MatrixStacks stacks(call, {2, 2});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    const auto factors = factorization<T>();
    const int64_t m = stacks[0].extent(0), n = stacks[0].extent(1), k = std::min(m, n);
    std::vector<T> a(n_elements(m, n)), tau(n_elements(k, 1), T(0));
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], m);
      if (factors->qr(m, n, a.data(), tau.data()) && factors->q(m, k, k, n, a.data(), tau.data()))
        return copy_out(data[1], a.data(), stacks[1], m);
      has_failed = true;
      fill_with_nan<T>(data[1], stacks[1]);
    });
  });
  report_failure(has_failed);
}

void qr_reduced_kernel(const KernelCall& call) { make_q(call); }
void qr_complete_kernel(const KernelCall& call) { make_q(call); }

// Results: solution, sums of squared residuals, rank, singular values.
void least_squares_kernel(const KernelCall& call) {
  const MatrixStacks stacks(call, {2, 2, 0, 2, 1, 0, 1});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    using Real = typename Factorization<T>::Real;
    const auto factors = factorization<T>();
    const int64_t m = stacks[0].extent(0), n = stacks[0].extent(1), n_rhs = stacks[1].extent(1),
                  rows = std::max(m, n);
    std::vector<T> a(n_elements(m, n)), b(n_elements(rows, n_rhs));
    std::vector<Real> s(n_elements(std::min(m, n), 1));
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], m);
      copy_in(b.data(), data[1], stacks[1], rows);
      int64_t rank = -1;
      const bool works = factors->least_squares(m, n, n_rhs, a.data(), b.data(), s.data(),
                                                load<Real>(data[2]), rank);
      has_failed |= !works;
      store<int32_t>(data[5], works ? static_cast<int32_t>(rank) : -1);
      if (!works) {
        fill_with_nan<T>(data[3], stacks[3]);
        fill_with_nan<Real>(data[4], stacks[4]);
        fill_with_nan<Real>(data[6], stacks[6]);
        return;
      }
      copy_out(data[3], b.data(), stacks[3], rows);
      copy_out(data[6], s.data(), stacks[6], std::min(m, n));
      if (m < n || rank != n) return fill_with_nan<Real>(data[4], stacks[4]);
      for (int64_t j = 0; j < n_rhs; ++j)
        store<Real>(data[4] + j * stacks[4].stride(0), sum_of_squares(b.data() + j * m + n, m - n));
    });
  });
  report_failure(has_failed);
}

}  // namespace lazynp
