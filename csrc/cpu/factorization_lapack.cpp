// Factorizations by LAPACK, in the calls that NumPy makes, so that signs and last bits are its own.
#include <algorithm>
#include <utility>
#include <vector>

#include "csrc/cpu/blas_library.h"
#include "csrc/cpu/factorization.h"

namespace lazynp {

namespace {

template <class T> class WithLapack final : public Factorization<T> {
  using typename Factorization<T>::Real;
  using typename Factorization<T>::Complex;
  static constexpr bool is_real = Lapack<T>::is_real;

 public:
  explicit WithLapack(const Lapack<T>& library) : library_(library) {}

  bool lu(int64_t n, T* a, int64_t* pivots) override {
    const BlasInt lda = leading(n);
    library_.getrf(&n, &n, a, &lda, pivots, &info_);
    return info_ == 0;
  }

  bool solve(int64_t n, int64_t n_rhs, T* a, T* b) override {
    iwork_.resize(static_cast<size_t>(n));
    const BlasInt lda = leading(n);
    library_.gesv(&n, &n_rhs, a, &lda, iwork_.data(), b, &lda, &info_);
    return info_ == 0;
  }

  bool cholesky(char triangle, int64_t n, T* a) override {
    const BlasInt lda = leading(n);
    library_.potrf(&triangle, &n, a, &lda, &info_);
    return info_ == 0;
  }

  bool eigh(bool vectors, char triangle, int64_t n, T* a, Real* w) override {
    const char job = vectors ? 'V' : 'N';
    const BlasInt lda = leading(n);
    return with_workspace([&](BlasInt n_work, BlasInt n_rwork, BlasInt n_iwork) {
      if constexpr (is_real)
        library_.syevd(&job, &triangle, &n, a, &lda, w, work_.data(), &n_work, iwork_.data(),
                       &n_iwork, &info_);
      else
        library_.syevd(&job, &triangle, &n, a, &lda, w, work_.data(), &n_work, rwork_.data(),
                       &n_rwork, iwork_.data(), &n_iwork, &info_);
    });
  }

  bool eig(bool vectors, int64_t n, T* a, Complex* w, Complex* v) override {
    const char left = 'N', right = vectors ? 'V' : 'N';
    const BlasInt ld = leading(n);
    const auto size = static_cast<size_t>(n);
    if constexpr (is_real) {
      std::vector<T> real(size), imaginary(size), columns(vectors ? size * size : 1);
      const bool works = with_workspace([&](BlasInt n_work, BlasInt, BlasInt) {
        library_.geev(&left, &right, &n, a, &ld, real.data(), imaginary.data(), nullptr, &ld,
                      columns.data(), &ld, work_.data(), &n_work, &info_);
      });
      for (size_t i = 0; works && i < size; ++i) w[i] = {real[i], imaginary[i]};
      if (works && vectors) pair_columns(size, imaginary.data(), columns.data(), v);
      return works;
    } else {
      return with_workspace(
          [&](BlasInt n_work, BlasInt, BlasInt) {
            library_.geev(&left, &right, &n, a, &ld, w, nullptr, &ld, v, &ld, work_.data(), &n_work,
                          rwork_.data(), &info_);
          },
          2 * n);
    }
  }

  bool svd(char job, int64_t m, int64_t n, T* a, Real* s, T* u, T* vt) override {
    const BlasInt k = std::min(m, n), lda = leading(m), ldu = leading(m),
                  ldvt = leading(job == 'S' ? k : n);
    const BlasInt n_rwork = job == 'N' ? 7 * k : 5 * k * k + 5 * k;
    return with_workspace(
        [&](BlasInt n_work, BlasInt, BlasInt) {
          if constexpr (is_real)
            library_.gesdd(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work_.data(), &n_work,
                           iwork_.data(), &info_);
          else
            library_.gesdd(&job, &m, &n, a, &lda, s, u, &ldu, vt, &ldvt, work_.data(), &n_work,
                           rwork_.data(), iwork_.data(), &info_);
        },
        n_rwork, 8 * k);
  }

  bool qr(int64_t m, int64_t n, T* a, T* tau) override {
    const BlasInt lda = leading(m);
    least_work_ = leading(n);
    return with_workspace([&](BlasInt n_work, BlasInt, BlasInt) {
      library_.geqrf(&m, &n, a, &lda, tau, work_.data(), &n_work, &info_);
    });
  }

  bool q(int64_t m, int64_t columns, int64_t k, int64_t n, T* a, const T* tau) override {
    const BlasInt lda = leading(m);
    least_work_ = is_real ? leading(n) : 1;
    return with_workspace([&](BlasInt n_work, BlasInt, BlasInt) {
      library_.orgqr(&m, &columns, &k, a, &lda, tau, work_.data(), &n_work, &info_);
    });
  }

  bool least_squares(int64_t m, int64_t n, int64_t n_rhs, T* a, T* b, Real* s, Real rcond,
                     int64_t& rank) override {
    const BlasInt lda = leading(m), ldb = leading(std::max(m, n));
    return with_workspace([&](BlasInt n_work, BlasInt, BlasInt) {
      if constexpr (is_real)
        library_.gelsd(&m, &n, &n_rhs, a, &lda, b, &ldb, s, &rcond, &rank, work_.data(), &n_work,
                       iwork_.data(), &info_);
      else
        library_.gelsd(&m, &n, &n_rhs, a, &lda, b, &ldb, s, &rcond, &rank, work_.data(), &n_work,
                       rwork_.data(), iwork_.data(), &info_);
    });
  }

 private:
  static BlasInt leading(int64_t rows) { return std::max<BlasInt>(rows, 1); }

  // LAPACK says first how much memory it works best with; how it blocks, and so its last bits,
  // depend on what it gets. Sizes that it does not say are given.
  template <class Call> bool with_workspace(Call call, BlasInt n_rwork = 1, BlasInt n_iwork = 1) {
    work_.resize(1);
    rwork_.resize(static_cast<size_t>(std::max<BlasInt>(n_rwork, 1)));
    iwork_.resize(static_cast<size_t>(std::max<BlasInt>(n_iwork, 1)));
    if (n_rwork <= 1) rwork_[0] = 0;
    if (n_iwork <= 1) iwork_[0] = 0;
    call(-1, -1, -1);
    const BlasInt least = std::exchange(least_work_, 1);
    if (info_ != 0) return false;
    const BlasInt n_work = std::max(static_cast<BlasInt>(std::real(work_[0])), least);
    if (n_rwork <= 1) n_rwork = std::max<BlasInt>(static_cast<BlasInt>(rwork_[0]), 1);
    if (n_iwork <= 1) n_iwork = std::max<BlasInt>(iwork_[0], 1);
    work_.resize(static_cast<size_t>(n_work));
    rwork_.resize(static_cast<size_t>(n_rwork));
    iwork_.resize(static_cast<size_t>(n_iwork));
    call(n_work, n_rwork, n_iwork);
    return info_ == 0;
  }

  // Real geev leaves the real and imaginary parts of a conjugate pair in two columns.
  static void pair_columns(size_t n, const T* imaginary, const T* columns, Complex* v) {
    for (size_t j = 0; j < n; ++j)
      if (imaginary[j] == 0) {
        for (size_t i = 0; i < n; ++i) v[j * n + i] = {columns[j * n + i], 0};
      } else {
        for (size_t i = 0; i < n; ++i) {
          const T re = columns[j * n + i], im = columns[(j + 1) * n + i];
          v[j * n + i] = {re, im};
          v[(j + 1) * n + i] = {re, -im};
        }
        ++j;
      }
  }

  const Lapack<T>& library_;
  BlasInt info_ = 0, least_work_ = 1;
  std::vector<T> work_;
  std::vector<Real> rwork_;
  std::vector<BlasInt> iwork_;
};

}  // namespace

template <class T> std::unique_ptr<Factorization<T>> factorization() {
  if (const Lapack<T>* library = lapack<T>()) return std::make_unique<WithLapack<T>>(*library);
  return eigen_factorization<T>();
}

template std::unique_ptr<Factorization<float>> factorization();
template std::unique_ptr<Factorization<double>> factorization();
template std::unique_ptr<Factorization<std::complex<float>>> factorization();
template std::unique_ptr<Factorization<std::complex<double>>> factorization();

}  // namespace lazynp
