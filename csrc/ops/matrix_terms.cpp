#include "csrc/ops/matrix_terms.h"

#include <numeric>

namespace lazynp {

Value adjoint(const Value& x) {
  Axes axes(static_cast<size_t>(x.ndim()));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[axes.size() - 2], axes[axes.size() - 1]);
  return conjugate(transpose(x, axes));
}

Value as_matrix(const Value& x) { return as_column(as_column(x)); }
Value as_column(const Value& x) { return insert_axis(x, x.ndim()); }
Value as_row(const Value& x) { return insert_axis(x, x.ndim() - 1); }

Value without_last_axis(const Value& x) {
  return reshape(x, x.shape().first(static_cast<size_t>(x.ndim() - 1)));
}

Value triangles(int64_t rows, int64_t columns, DType dtype, double below, double diagonal,
                double above) {
  const int64_t shape[] = {rows, columns};
  BufferRef buffer = allocate_buffer(rows * columns * size_of(DType::float64));
  auto* const numbers = reinterpret_cast<double*>(buffer->data);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      numbers[i * columns + j] = i == j ? diagonal : i > j ? below : above;
  return astype(leaf(std::move(buffer), DType::float64, c_layout(shape, 8)), dtype);
}

Value diagonal_matrix(const Value& x) {
  const int64_t n = x.shape().back();
  return as_column(x) * triangles(n, n, x.dtype(), 0, 1, 0);
}

Value hermitian_part(const Value& x) { return (x + adjoint(x)) * constant(0.5); }

Value imaginary(const Value& x) {
  const double unit[] = {0, 1};
  return x * constant(DType::complex128, unit, Weak::complex);
}

Value reciprocal_gaps(const Value& x) {
  const Value gaps = as_row(x) - as_column(x);
  const Value differs = apply("not_equal", {gaps, constant(0)});
  const Value divisor = apply("where", {differs, gaps, constant(1)});
  return astype(differs, x.dtype()) / divisor;
}

}  // namespace lazynp
