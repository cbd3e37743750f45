// Matrix products without a BLAS, in NumPy's order of additions.
#include <algorithm>
#include <vector>

#include "csrc/cpu/blas_library.h"
#include "csrc/cpu/matrix.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

// In what an element is summed. Integers wrap, so their sums are unsigned.
template <class T> struct Sum {
  using type = T;
};
template <class T>
  requires std::is_integral_v<T>
struct Sum<T> {
  using type = std::make_unsigned_t<T>;
};
template <> struct Sum<bool> {
  using type = uint8_t;
};
template <> struct Sum<Half> {
  using type = float;
};
template <class T> using SumOf = typename Sum<T>::type;

template <class T> SumOf<T> to_sum(T x) {
  if constexpr (std::is_same_v<T, bool>)
    return x ? 1 : 0;
  else
    return static_cast<SumOf<T>>(x);
}
template <class T> T from_sum(SumOf<T> x) {
  if constexpr (std::is_same_v<T, bool>)
    return x != 0;
  else
    return static_cast<T>(x);
}

template <class T> void add_product(SumOf<T>& sum, SumOf<T> a, SumOf<T> b) {
  if constexpr (std::is_same_v<T, bool>)
    sum |= a & b;
  else if constexpr (is_complex_type<T>)
    sum = {sum.real() + (a.real() * b.real() - a.imag() * b.imag()),
           sum.imag() + (a.real() * b.imag() + a.imag() * b.real())};
  else if constexpr (std::is_integral_v<T>)
    sum = static_cast<SumOf<T>>(sum + 1u * a * b);
  else
    sum += a * b;
}

constexpr int64_t panel_width = 64;

// Some columns of b, packed row by row.
template <class T>
void pack(const Matrix& b, int64_t first, int64_t width, std::vector<SumOf<T>>& panel) {
  panel.resize(static_cast<size_t>(b.rows * width));
  for (int64_t k = 0; k < b.rows; ++k) {
    const char* row = b.data + k * b.row_stride + first * b.column_stride;
    for (int64_t j = 0; j < width; ++j)
      panel[static_cast<size_t>(k * width + j)] = to_sum(load<T>(row + j * b.column_stride));
  }
}

template <class T>
void multiply_rows(const Matrix& a, const Matrix& b, const Matrix& out, int64_t begin,
                   int64_t end) {
  std::vector<SumOf<T>> panel;
  SumOf<T> sums[panel_width];
  for (int64_t first = 0; first < b.columns; first += panel_width) {
    const int64_t width = std::min(panel_width, b.columns - first);
    pack<T>(b, first, width, panel);
    for (int64_t i = begin; i < end; ++i) {
      std::fill(sums, sums + width, SumOf<T>(0));
      const char* row = a.data + i * a.row_stride;
      for (int64_t k = 0; k < a.columns; ++k) {
        const SumOf<T> factor = to_sum(load<T>(row + k * a.column_stride));
        const SumOf<T>* line = panel.data() + k * width;
        for (int64_t j = 0; j < width; ++j) add_product<T>(sums[j], factor, line[j]);
      }
      char* target = out.data + i * out.row_stride + first * out.column_stride;
      for (int64_t j = 0; j < width; ++j)
        store(target + j * out.column_stride, from_sum<T>(sums[j]));
    }
  }
}

void dot_in_double(const char* x, int64_t x_stride, const char* y, int64_t y_stride, int64_t n,
                   char* out) {
  std::complex<double> sum(0);
  for (int64_t i = 0; i < n; ++i) {
    const auto a = load<std::complex<float>>(x + i * x_stride),
               b = load<std::complex<float>>(y + i * y_stride);
    sum += std::complex<double>(a.real() * b.real() + a.imag() * b.imag(),
                                a.real() * b.imag() - a.imag() * b.real());
  }
  store(out, std::complex<float>(sum));
}

template <class T>
void plain_dot(const char* x, int64_t x_stride, const char* y, int64_t y_stride, int64_t n,
               char* out, Conjugation conjugation) {
  if constexpr (std::is_same_v<T, std::complex<float>>)
    if (conjugation == Conjugation::of_gufunc)
      return dot_in_double(x, x_stride, y, y_stride, n, out);
  SumOf<T> sum(0);
  for (int64_t i = 0; i < n; ++i) {
    T factor = load<T>(x + i * x_stride);
    if constexpr (is_complex_type<T>)
      if (conjugation != Conjugation::none) factor = T(factor.real(), -factor.imag());
    add_product<T>(sum, to_sum(factor), to_sum(load<T>(y + i * y_stride)));
  }
  store(out, from_sum<T>(sum));
}

// A stride that BLAS's dot accepts, in elements, else 0.
BlasInt blas_step(int64_t stride, int64_t itemsize) {
  return stride > 0 && stride % itemsize == 0 ? stride / itemsize : 0;
}

}  // namespace

void plain_product(const KernelCall& call, DType dtype, const Matrix& a, const Matrix& b,
                   const Matrix& out) {
  with_type_of(dtype, [&]<class T>() {
    // A chunk of rows packs b once, so that it should hold some rows.
    const int64_t grain =
        std::max<int64_t>(grain_for(a.columns * b.columns), std::min<int64_t>(a.rows, 16));
    parallel_for(call, a.rows, grain,
                 [&](int64_t begin, int64_t end) { multiply_rows<T>(a, b, out, begin, end); });
  });
}

void vector_dot(DType dtype, const char* x, int64_t x_stride, const char* y, int64_t y_stride,
                int64_t n, char* out, Conjugation conjugation) {
  with_type_of(dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T> || is_complex_type<T>) {
      const BlasInt step_x = blas_step(x_stride, sizeof(T)),
                    step_y = blas_step(y_stride, sizeof(T));
      const Blas<T>* library = blas<T>();
      if (library && step_x && step_y) {
        if constexpr (std::is_floating_point_v<T>) {
          store(out, static_cast<T>(0.0 + library->dot(n, x, step_x, y, step_y)));
        } else {
          T sum(0);
          const auto dot = conjugation != Conjugation::none ? library->dotc : library->dotu;
          dot(n, x, step_x, y, step_y, &sum);
          store(out, T(0) + sum);
        }
        return;
      }
    }
    plain_dot<T>(x, x_stride, y, y_stride, n, out, conjugation);
  });
}

}  // namespace lazynp
