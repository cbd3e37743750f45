// Solving and factoring one matrix that lies column by column: LAPACK, or Eigen where there is
// none.
#pragma once
#include <complex>
#include <cstdint>
#include <memory>

namespace lazynp {

// An object keeps its workspace from matrix to matrix. Matrices are destroyed or replaced; false:
// it did not work (a singular matrix, no convergence).
template <class T> class Factorization {
 public:
  using Real = decltype(std::abs(T()));
  using Complex = std::complex<Real>;
  virtual ~Factorization() = default;
  virtual bool lu(int64_t n, T* a, int64_t* pivots) = 0;  // pivots count from 1
  virtual bool solve(int64_t n, int64_t n_rhs, T* a, T* b) = 0;
  virtual bool cholesky(char triangle, int64_t n, T* a) = 0;  // 'L' or 'U'; the other one stays
  // Ascending; the vectors replace a.
  virtual bool eigh(bool vectors, char triangle, int64_t n, T* a, Real* w) = 0;
  virtual bool eig(bool vectors, int64_t n, T* a, Complex* w, Complex* v) = 0;
  // job: 'N' values alone, 'S' the leading vectors, 'A' all of them.
  virtual bool svd(char job, int64_t m, int64_t n, T* a, Real* s, T* u, T* vt) = 0;
  virtual bool qr(int64_t m, int64_t n, T* a, T* tau) = 0;  // Householder vectors below R
  // The first `columns` columns of Q, from k of those vectors.
  virtual bool q(int64_t m, int64_t columns, int64_t k, int64_t n, T* a, const T* tau) = 0;
  // b has max(m, n) rows and holds the solution after.
  virtual bool least_squares(int64_t m, int64_t n, int64_t n_rhs, T* a, T* b, Real* s, Real rcond,
                             int64_t& rank) = 0;
};

template <class T> std::unique_ptr<Factorization<T>> factorization();
template <class T> std::unique_ptr<Factorization<T>> eigen_factorization();

}  // namespace lazynp
