// Matrix products where no BLAS was found.
#include <Eigen/Core>

#include "csrc/cpu/matrix.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

template <class T> using Strides2d = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
template <class T> using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Memory that Eigen can read where it lies: aligned to T, strides in whole elements.
template <class T> bool is_mappable(const Matrix& m) {
  const auto fits = [](int64_t stride) { return stride % static_cast<int64_t>(sizeof(T)) == 0; };
  return reinterpret_cast<uintptr_t>(m.data) % alignof(T) == 0 && fits(m.row_stride) &&
         fits(m.column_stride);
}

template <class T> Dense<T> gathered(const Matrix& m) {
  Dense<T> dense(m.rows, m.columns);
  for (int64_t i = 0; i < m.rows; ++i)
    for (int64_t j = 0; j < m.columns; ++j)
      dense(i, j) = load<T>(m.data + i * m.row_stride + j * m.column_stride);
  return dense;
}

template <class T> auto mapped(const Matrix& m) {
  constexpr auto size = static_cast<int64_t>(sizeof(T));
  return Eigen::Map<Dense<T>, Eigen::Unaligned, Strides2d<T>>(
      reinterpret_cast<T*>(m.data), m.rows, m.columns,
      Strides2d<T>(m.row_stride / size, m.column_stride / size));
}

template <class T> void product(const Matrix& a, const Matrix& b, const Matrix& out) {
  if (is_mappable<T>(a) && is_mappable<T>(b))
    mapped<T>(out).noalias() = mapped<T>(a) * mapped<T>(b);
  else
    mapped<T>(out).noalias() = gathered<T>(a) * gathered<T>(b);
}

}  // namespace

void eigen_product(DType dtype, const Matrix& a, const Matrix& b, const Matrix& out) {
  switch (dtype) {
    case DType::float32: return product<float>(a, b, out);
    case DType::float64: return product<double>(a, b, out);
    case DType::complex64: return product<std::complex<float>>(a, b, out);
    case DType::complex128: return product<std::complex<double>>(a, b, out);
    default: broken_invariant("a dtype that Eigen multiplies", __FILE__, __LINE__);
  }
}

}  // namespace lazynp
