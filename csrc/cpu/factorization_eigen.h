// Factorizations where no LAPACK was found. Signs of vectors and last bits are Eigen's. Compiled
// for real and for complex numbers apart: it is the longest text of all for the compiler.
#pragma once
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/Householder>
#include <Eigen/LU>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <limits>
#include <vector>

#include "csrc/cpu/factorization.h"

namespace lazynp {

template <class T> class WithEigen final : public Factorization<T> {
  using typename Factorization<T>::Real;
  using typename Factorization<T>::Complex;
  template <class E> using Dense = Eigen::Matrix<E, Eigen::Dynamic, Eigen::Dynamic>;
  template <class E> using Columns = Eigen::Map<Dense<E>>;
  template <class E> using Vector = Eigen::Map<Eigen::Matrix<E, Eigen::Dynamic, 1>>;
  static constexpr bool is_real = std::is_floating_point_v<T>;

 public:
  bool lu(int64_t n, T* a, int64_t* pivots) override {
    Columns<T> matrix(a, n, n);
    bool is_regular = true;
    for (int64_t k = 0; k < n; ++k) {
      int64_t step = 0;
      matrix.col(k).tail(n - k).cwiseAbs().maxCoeff(&step);
      pivots[k] = k + step + 1;
      if (step) matrix.row(k).swap(matrix.row(k + step));
      if (matrix(k, k) == T(0)) {
        is_regular = false;
        continue;
      }
      const int64_t rest = n - k - 1;
      matrix.col(k).tail(rest) /= matrix(k, k);
      matrix.bottomRightCorner(rest, rest).noalias() -=
          matrix.col(k).tail(rest) * matrix.row(k).tail(rest);
    }
    return is_regular;
  }

  bool solve(int64_t n, int64_t n_rhs, T* a, T* b) override {
    std::vector<int64_t> pivots(static_cast<size_t>(n));
    if (!lu(n, a, pivots.data())) return false;
    const Columns<T> matrix(a, n, n);
    Columns<T> x(b, n, n_rhs);
    for (int64_t k = 0; k < n; ++k) x.row(k).swap(x.row(pivots[static_cast<size_t>(k)] - 1));
    matrix.template triangularView<Eigen::UnitLower>().solveInPlace(x);
    matrix.template triangularView<Eigen::Upper>().solveInPlace(x);
    return true;
  }

  bool cholesky(char triangle, int64_t n, T* a) override {
    Columns<T> matrix(a, n, n);
    if (triangle == 'L') {
      const Eigen::LLT<Dense<T>, Eigen::Lower> factor(matrix);
      matrix = factor.matrixLLT();
      return factor.info() == Eigen::Success;
    }
    const Eigen::LLT<Dense<T>, Eigen::Upper> factor(matrix);
    matrix = factor.matrixLLT();
    return factor.info() == Eigen::Success;
  }

  bool eigh(bool vectors, char triangle, int64_t n, T* a, Real* w) override {
    if (n == 0) return true;
    Columns<T> matrix(a, n, n);
    const Dense<T> lower = triangle == 'L' ? Dense<T>(matrix) : Dense<T>(matrix.adjoint());
    const Eigen::SelfAdjointEigenSolver<Dense<T>> solver(
        lower, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
    if (solver.info() != Eigen::Success) return false;
    Vector<Real>(w, n) = solver.eigenvalues();
    if (vectors) matrix = solver.eigenvectors();
    return true;
  }

  bool eig(bool vectors, int64_t n, T* a, Complex* w, Complex* v) override {
    using Solver = std::conditional_t<is_real, Eigen::EigenSolver<Dense<T>>,
                                      Eigen::ComplexEigenSolver<Dense<T>>>;
    if (n == 0) return true;
    const Columns<T> matrix(a, n, n);
    if (!matrix.allFinite()) return false;
    const Solver solver(matrix, vectors);
    if (solver.info() != Eigen::Success) return false;
    Vector<Complex>(w, n) = solver.eigenvalues();
    if (vectors) Columns<Complex>(v, n, n) = solver.eigenvectors();
    return true;
  }

  bool svd(char job, int64_t m, int64_t n, T* a, Real* s, T* u, T* vt) override {
    const int64_t k = std::min(m, n);
    if (k == 0) return true;
    const Columns<T> matrix(a, m, n);
    if (!matrix.allFinite()) return false;
    const unsigned options = job == 'N'   ? 0u
                             : job == 'S' ? Eigen::ComputeThinU | Eigen::ComputeThinV
                                          : Eigen::ComputeFullU | Eigen::ComputeFullV;
    const Eigen::JacobiSVD<Dense<T>> factors(matrix, options);
    Vector<Real>(s, k) = factors.singularValues();
    if (job == 'N') return true;
    Columns<T>(u, m, factors.matrixU().cols()) = factors.matrixU();
    Columns<T>(vt, factors.matrixV().cols(), n) = factors.matrixV().adjoint();
    return true;
  }

  bool qr(int64_t m, int64_t n, T* a, T* tau) override {
    if (std::min(m, n) == 0) return true;
    Columns<T> matrix(a, m, n);
    const Eigen::HouseholderQR<Dense<T>> factors(matrix);
    matrix = factors.matrixQR();
    Vector<T>(tau, std::min(m, n)) = factors.hCoeffs().conjugate();
    return true;
  }

  bool q(int64_t m, int64_t columns, int64_t k, int64_t, T* a, const T* tau) override {
    Columns<T> matrix(a, m, columns);
    const Dense<T> vectors = matrix.leftCols(k);
    const Eigen::Matrix<T, Eigen::Dynamic, 1> factors =
        Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, 1>>(tau, k);
    Dense<T> product = Dense<T>::Identity(m, columns);
    if (k > 0) product.applyOnTheLeft(Eigen::householderSequence(vectors, factors));
    matrix = product;
    return true;
  }

  bool least_squares(int64_t m, int64_t n, int64_t n_rhs, T* a, T* b, Real* s, Real rcond,
                     int64_t& rank) override {
    const int64_t k = std::min(m, n);
    Columns<T> whole(b, std::max(m, n), n_rhs);
    rank = 0;
    if (k == 0) {
      whole.setZero();
      return true;
    }
    const Columns<T> matrix(a, m, n);
    if (!matrix.allFinite()) return false;
    const Eigen::JacobiSVD<Dense<T>> factors(matrix, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const auto& values = factors.singularValues();
    Vector<Real>(s, k) = values;
    if (rcond < 0) rcond = std::numeric_limits<Real>::epsilon();
    while (rank < k && values(rank) > rcond * values(0)) ++rank;
    const Dense<T> wanted = whole.topRows(m);
    Dense<T> parts = factors.matrixU().leftCols(rank).adjoint() * wanted;
    for (int64_t i = 0; i < rank; ++i) parts.row(i) /= values(i);
    const Dense<T> solution = factors.matrixV().leftCols(rank) * parts;
    const Dense<T> rest = wanted - matrix * solution;
    whole.setZero();
    whole.topRows(n) = solution;
    // The rows below hold what is left over, as long as the residuals are.
    if (m > n)
      for (int64_t j = 0; j < n_rhs; ++j) whole(n, j) = rest.col(j).norm();
    return true;
  }
};

template <class T> std::unique_ptr<Factorization<T>> eigen_factorization() {
  return std::make_unique<WithEigen<T>>();
}

}  // namespace lazynp
