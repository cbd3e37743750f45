// The BLAS that products use: NumPy's own OpenBLAS when it is loaded, else one opened by path.
#pragma once
#include <complex>
#include <cstdint>
#include <string>
#include <type_traits>

namespace lazynp {

using BlasInt = int64_t;
inline constexpr BlasInt max_blas_int = INT64_MAX - 1;
enum BlasOrder : int { row_major = 101, column_major = 102 };
enum BlasTranspose : int { not_transposed = 111, is_transposed = 112, is_conjugated = 113 };
enum BlasTriangle : int { upper = 121 };

// The CBLAS functions of one element type. Complex factors are passed by address.
template <class T> struct Blas {
  using Factor = std::conditional_t<std::is_floating_point_v<T>, T, const void*>;
  void (*gemm)(int order, int transpose_a, int transpose_b, BlasInt m, BlasInt n, BlasInt k,
               Factor alpha, const void* a, BlasInt lda, const void* b, BlasInt ldb, Factor beta,
               void* c, BlasInt ldc);
  void (*gemv)(int order, int transpose, BlasInt m, BlasInt n, Factor alpha, const void* a,
               BlasInt lda, const void* x, BlasInt step_x, Factor beta, void* y, BlasInt step_y);
  void (*syrk)(int order, int triangle, int transpose, BlasInt n, BlasInt k, Factor alpha,
               const void* a, BlasInt lda, Factor beta, void* c, BlasInt ldc);
  void (*axpy)(BlasInt n, Factor alpha, const void* x, BlasInt step_x, void* y, BlasInt step_y);
  T (*dot)(BlasInt n, const void* x, BlasInt step_x, const void* y, BlasInt step_y);  // real T
  void (*dotu)(BlasInt n, const void* x, BlasInt step_x, const void* y, BlasInt step_y,
               void* result);
  decltype(dotu) dotc;  // the first vector conjugated

  static Factor one() {
    static constexpr T value{1};
    if constexpr (std::is_floating_point_v<T>)
      return value;
    else
      return &value;
  }
  static Factor zero() {
    static constexpr T value{0};
    if constexpr (std::is_floating_point_v<T>)
      return value;
    else
      return &value;
  }
};

// The LAPACK functions of one element type, as Fortran calls them: everything by address, matrices
// column by column. The last argument tells whether it worked: 0.
template <class T> struct Lapack {
  static constexpr bool is_real = std::is_floating_point_v<T>;
  template <class Real, class Complex> using For = std::conditional_t<is_real, Real, Complex>;
  using R = decltype(std::abs(T()));
  using I = BlasInt;
  using Job = const char*;
  using N = const BlasInt*;
  void (*getrf)(N m, N n, T* a, N lda, I* pivots, I* info);
  void (*gesv)(N n, N n_rhs, T* a, N lda, I* pivots, T* b, N ldb, I* info);
  void (*potrf)(Job triangle, N n, T* a, N lda, I* info);
  For<void (*)(Job vectors, Job triangle, N n, T* a, N lda, R* w, T* work, N n_work, I* iwork,
               N n_iwork, I* info),
      void (*)(Job vectors, Job triangle, N n, T* a, N lda, R* w, T* work, N n_work, R* rwork,
               N n_rwork, I* iwork, N n_iwork, I* info)>
      syevd;
  For<void (*)(Job left, Job right, N n, T* a, N lda, R* w_real, R* w_imag, T* vl, N ldvl, T* vr,
               N ldvr, T* work, N n_work, I* info),
      void (*)(Job left, Job right, N n, T* a, N lda, T* w, T* vl, N ldvl, T* vr, N ldvr, T* work,
               N n_work, R* rwork, I* info)>
      geev;
  For<void (*)(Job job, N m, N n, T* a, N lda, R* s, T* u, N ldu, T* vt, N ldvt, T* work, N n_work,
               I* iwork, I* info),
      void (*)(Job job, N m, N n, T* a, N lda, R* s, T* u, N ldu, T* vt, N ldvt, T* work, N n_work,
               R* rwork, I* iwork, I* info)>
      gesdd;
  void (*geqrf)(N m, N n, T* a, N lda, T* tau, T* work, N n_work, I* info);
  void (*orgqr)(N m, N n, N k, T* a, N lda, const T* tau, T* work, N n_work, I* info);
  For<void (*)(N m, N n, N n_rhs, T* a, N lda, T* b, N ldb, R* s, const R* rcond, I* rank, T* work,
               N n_work, I* iwork, I* info),
      void (*)(N m, N n, N n_rhs, T* a, N lda, T* b, N ldb, R* s, const R* rcond, I* rank, T* work,
               N n_work, R* rwork, I* iwork, I* info)>
      gelsd;
};

// nullptr where no BLAS was found, or one without LAPACK.
template <class T> const Lapack<T>* lapack();
// nullptr where no BLAS was found; products then use Eigen and plain loops.
template <class T> const Blas<T>* blas();

// Opens this OpenBLAS (64-bit integers: `scipy_openblas64`) where NumPy's is not loaded.
void set_blas_path(const char* path);
// For tests: false makes every product run without a BLAS.
void use_blas(bool use);
// Where the BLAS in use comes from; empty: none.
std::string blas_path();

}  // namespace lazynp
