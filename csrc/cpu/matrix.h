// Two-dimensional strided operands of the product kernels.
#pragma once
#include <cstdint>

#include "csrc/ops/kernel.h"

namespace lazynp {

struct Matrix {
  char* data;
  int64_t rows, columns;
  int64_t row_stride, column_stride;  // bytes

  Matrix transposed() const { return {data, columns, rows, column_stride, row_stride}; }
};

// Completes a symmetric matrix of which only the upper triangle was computed.
template <class T> void copy_upper_triangle_down(T* data, int64_t n, int64_t leading) {
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = i + 1; j < n; ++j) data[j * leading + i] = data[i * leading + j];
}

// out = a @ b with loops that add in index order, as NumPy's loops without BLAS do; float16 is
// summed in float. Shares rows out with parallel_for.
void plain_product(const KernelCall& call, DType dtype, const Matrix& a, const Matrix& b,
                   const Matrix& out);

// out = a @ b for float32, float64 and their complex types, with Eigen.
void eigen_product(DType dtype, const Matrix& a, const Matrix& b, const Matrix& out);

// The sum of products of two vectors, as NumPy's dot functions compute it. The conjugating one of
// its gufuncs adds complex64 up in double where BLAS does not do it; vdot does not.
enum class Conjugation : uint8_t { none, of_vdot, of_gufunc };
void vector_dot(DType dtype, const char* x, int64_t x_stride, const char* y, int64_t y_stride,
                int64_t n, char* out, Conjugation conjugation = Conjugation::none);

}  // namespace lazynp
