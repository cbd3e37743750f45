// Determinants, inverses, linear systems and Cholesky factors of stacks of matrices.
#include <cmath>

#include "csrc/cpu/factorization.h"
#include "csrc/cpu/linear_solvers.h"
#include "csrc/cpu/matrix_stacks.h"

namespace lazynp {

namespace {

template <class T> using RealOf = typename Factorization<T>::Real;

// As NumPy multiplies: no care for infinities.
template <class T> T product(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return a * b;
  else
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

template <class T> struct SignAndLogarithm {
  T sign;
  RealOf<T> logarithm;
};

// Of the matrix whose LU factors are given.
template <class T>
SignAndLogarithm<T> of_diagonal(int64_t n, const T* factors, const int64_t* pivots) {
  bool is_odd = false;
  for (int64_t i = 0; i < n; ++i) is_odd ^= pivots[i] != i + 1;
  SignAndLogarithm<T> result{T(is_odd ? -1 : 1), 0};
  for (int64_t i = 0; i < n; ++i) {
    const T x = factors[i * (n + 1)];
    const RealOf<T> size = std::abs(x);
    if constexpr (std::is_floating_point_v<T>) {
      if (x < 0) result.sign = -result.sign;
    } else {
      result.sign = product(result.sign, T(x.real() / size, x.imag() / size));
    }
    result.logarithm += std::log(size);
  }
  return result;
}

template <class T> class Determinants {
 public:
  explicit Determinants(const PartOperand& a)
      : a_(a), n_(a.extent(0)), matrix_(n_elements(n_, n_)), pivots_(n_elements(n_, 1)) {}

  SignAndLogarithm<T> of(const char* data) {
    copy_in(matrix_.data(), data, a_, n_);
    if (!factorization_->lu(n_, matrix_.data(), pivots_.data()))
      return {T(0), -std::numeric_limits<RealOf<T>>::infinity()};
    return of_diagonal(n_, matrix_.data(), pivots_.data());
  }

 private:
  const PartOperand& a_;
  int64_t n_;
  std::unique_ptr<Factorization<T>> factorization_ = factorization<T>();
  std::vector<T> matrix_;
  std::vector<int64_t> pivots_;
};

// `n_core` of the right-hand sides; 0: none, the identity.
void solve_all(const KernelCall& call, int n_core) {
  const MatrixStacks stacks =
      n_core ? MatrixStacks(call, {2, n_core, n_core}) : MatrixStacks(call, {2, 2});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    const auto solver = factorization<T>();
    const size_t last = n_core ? 2 : 1;
    const PartOperand& x = stacks[last];
    const int64_t n = x.extent(0), n_rhs = x.n_core == 2 ? x.extent(1) : 1;
    std::vector<T> a(n_elements(n, n)), b(n_elements(n, n_rhs));
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], n);
      if (n_core) {
        copy_in(b.data(), data[1], stacks[1], n);
      } else {
        std::ranges::fill(b, T(0));
        for (int64_t i = 0; i < n; ++i) b[static_cast<size_t>(i * (n + 1))] = T(1);
      }
      if (solver->solve(n, n_rhs, a.data(), b.data())) return copy_out(data[last], b.data(), x, n);
      has_failed = true;
      fill_with_nan<T>(data[last], x);
    });
  });
  report_failure(has_failed);
}

void cholesky(const KernelCall& call, char triangle) {
  const MatrixStacks stacks(call, {2, 2});
  bool has_failed = false;
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    const auto factors = factorization<T>();
    const int64_t n = stacks[0].extent(0);
    std::vector<T> a(n_elements(n, n));
    stacks.for_each([&](char* const* data) {
      copy_in(a.data(), data[0], stacks[0], n);
      if (!factors->cholesky(triangle, n, a.data())) {
        has_failed = true;
        return fill_with_nan<T>(data[1], stacks[1]);
      }
      for (int64_t j = 0; j < n; ++j)
        for (int64_t i = 0; i < n; ++i)
          if (triangle == 'L' ? i < j : i > j) a[static_cast<size_t>(j * n + i)] = T(0);
      copy_out(data[1], a.data(), stacks[1], n);
    });
  });
  report_failure(has_failed);
}

}  // namespace

void determinant_kernel(const KernelCall& call) {
  const MatrixStacks stacks(call, {2, 0});
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    Determinants<T> determinants(stacks[0]);
    stacks.for_each([&](char* const* data) {
      const SignAndLogarithm<T> found = determinants.of(data[0]);
      store<T>(data[1], product(found.sign, T(std::exp(found.logarithm))));
    });
  });
}

void sign_and_logarithm_kernel(const KernelCall& call) {
  const MatrixStacks stacks(call, {2, 0, 0});
  with_matrix_type(call.inputs[0].dtype, [&]<class T>() {
    Determinants<T> determinants(stacks[0]);
    stacks.for_each([&](char* const* data) {
      const SignAndLogarithm<T> found = determinants.of(data[0]);
      store<T>(data[1], found.sign);
      store<RealOf<T>>(data[2], found.logarithm);
    });
  });
}

void inverse_kernel(const KernelCall& call) { solve_all(call, 0); }
void solve_kernel(const KernelCall& call) { solve_all(call, 2); }
void solve_vector_kernel(const KernelCall& call) { solve_all(call, 1); }
void cholesky_lower_kernel(const KernelCall& call) { cholesky(call, 'L'); }
void cholesky_upper_kernel(const KernelCall& call) { cholesky(call, 'U'); }

}  // namespace lazynp
