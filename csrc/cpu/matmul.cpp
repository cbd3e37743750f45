// Matrix products: BLAS where NumPy uses it, with the same calls and so the same bits.
#include "csrc/cpu/matmul.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/base/dense_strides.h"
#include "csrc/base/memory_order.h"
#include "csrc/cpu/blas_library.h"
#include "csrc/cpu/matrix.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

// Rows of contiguous elements that do not overlap: what BLAS takes as a row-major matrix.
bool is_row_major(const Matrix& m, int64_t itemsize) {
  if (m.column_stride != itemsize || m.row_stride % itemsize != 0) return false;
  const int64_t step = m.row_stride / itemsize;
  return step >= m.columns && step <= max_blas_int;
}
bool is_blasable(const Matrix& m, int64_t itemsize) {
  return is_row_major(m, itemsize) || is_row_major(m.transposed(), itemsize);
}
// A vector whose elements lie at positive whole steps.
bool is_blas_vector(int64_t stride, int64_t itemsize) {
  return stride % itemsize == 0 && stride / itemsize >= 1;
}

// How BLAS, told that everything is row-major, reads an operand.
struct BlasOperand {
  BlasTranspose transpose;
  BlasInt leading;
};
BlasOperand blas_operand(const Matrix& m, int64_t itemsize) {
  if (is_row_major(m, itemsize)) return {not_transposed, m.row_stride / itemsize};
  return {is_transposed, m.column_stride / itemsize};
}

// Both matrices blasable, no extent 1 or 0. A matrix times its own transpose is symmetric: syrk.
template <class T>
void matrix_matrix(const Blas<T>& library, const Matrix& a, const Matrix& b, const Matrix& out) {
  constexpr int64_t size = sizeof(T);
  const BlasOperand left = blas_operand(a, size), right = blas_operand(b, size);
  const BlasInt leading = out.row_stride / size;
  const bool is_own_transpose =
      a.data == b.data && a.rows == b.columns && a.row_stride == b.column_stride &&
      a.column_stride == b.row_stride && left.transpose != right.transpose;
  if (!is_own_transpose) {
    library.gemm(row_major, left.transpose, right.transpose, a.rows, b.columns, a.columns,
                 Blas<T>::one(), a.data, left.leading, b.data, right.leading, Blas<T>::zero(),
                 out.data, leading);
    return;
  }
  library.syrk(row_major, upper, left.transpose, a.rows, a.columns, Blas<T>::one(), a.data,
               left.transpose == not_transposed ? left.leading : right.leading, Blas<T>::zero(),
               out.data, leading);
  copy_upper_triangle_down(reinterpret_cast<T*>(out.data), a.rows, leading);
}

// matrix @ vector, the matrix blasable.
template <class T>
void matrix_vector(const Blas<T>& library, const Matrix& a, const char* x, int64_t x_stride,
                   char* y, int64_t y_stride) {
  constexpr int64_t size = sizeof(T);
  const bool rows_lie_together = is_row_major(a, size);
  library.gemv(rows_lie_together ? column_major : row_major, is_transposed, a.columns, a.rows,
               Blas<T>::one(), a.data, (rows_lie_together ? a.row_stride : a.column_stride) / size,
               x, x_stride / size, Blas<T>::zero(), y, y_stride / size);
}

// Dense copy whose faster axis is the one of the smaller stride.
Matrix packed(const Matrix& m, int64_t itemsize, std::vector<char>& memory) {
  memory.resize(static_cast<size_t>(m.rows * m.columns * itemsize));
  const bool transposed = std::abs(m.row_stride) < std::abs(m.column_stride);
  Matrix copy = m;
  copy.data = memory.data();
  copy.row_stride = transposed ? itemsize : itemsize * m.columns;
  copy.column_stride = transposed ? itemsize * m.rows : itemsize;
  const int64_t shape[] = {m.rows, m.columns}, from[] = {m.row_stride, m.column_stride},
                to[] = {copy.row_stride, copy.column_stride};
  copy_elements(copy.data, to, m.data, from, shape, static_cast<int>(itemsize));
  return copy;
}

bool has_extent(const Matrix& a, const Matrix& b, int64_t extent) {
  return a.rows == extent || a.columns == extent || b.columns == extent;
}

// One product of a stack, with the choices of NumPy's matmul loops.
template <class T>
void blas_product(const KernelCall& call, const Blas<T>& library, const Matrix& a, const Matrix& b,
                  const Matrix& out) {
  constexpr int64_t size = sizeof(T);
  const DType dtype = dtype_of<T>;
  if (has_extent(a, b, 0)) return plain_product(call, dtype, a, b, out);
  if (has_extent(a, b, 1)) {
    if (a.rows == 1 && b.columns == 1)
      vector_dot(dtype, a.data, a.column_stride, b.data, b.row_stride, a.columns, out.data);
    else if (a.columns == 1 && (a.rows == 1 || b.columns == 1))
      plain_product(call, dtype, a, b, out);
    else if (a.rows == 1 && is_blasable(b, size) && is_blas_vector(a.column_stride, size))
      matrix_vector(library, b.transposed(), a.data, a.column_stride, out.data, out.column_stride);
    else if (b.columns == 1 && is_blasable(a, size) && is_blas_vector(b.row_stride, size))
      matrix_vector(library, a, b.data, b.row_stride, out.data, out.row_stride);
    else
      plain_product(call, dtype, a, b, out);
    return;
  }
  std::vector<char> memory_a, memory_b;
  matrix_matrix(library, is_blasable(a, size) ? a : packed(a, size, memory_a),
                is_blasable(b, size) ? b : packed(b, size, memory_b), out);
}

template <class T>
void product_of_type(const KernelCall& call, const Matrix& a, const Matrix& b, const Matrix& out) {
  if constexpr (std::is_floating_point_v<T> || is_complex_type<T>) {
    if (const Blas<T>* library = blas<T>()) return blas_product(call, *library, a, b, out);
    if (!has_extent(a, b, 0)) return eigen_product(dtype_of<T>, a, b, out);
  }
  plain_product(call, dtype_of<T>, a, b, out);
}

bool is_aligned(const Operand& x) {
  const int64_t alignment = info(x.dtype).alignment;
  if (reinterpret_cast<uintptr_t>(x.data) % static_cast<uintptr_t>(alignment) != 0) return false;
  for (int i = 0; i < x.layout->ndim; ++i)
    if (x.layout->shape_[i] > 1 && x.layout->strides_[i] % alignment != 0) return false;
  return true;
}

// An operand with strides of its own: what NumPy's iterator makes of it.
struct StridedOperand {
  char* data;
  int ndim;
  const int64_t* shape;
  int64_t strides[max_ndim];
  std::vector<char> memory;

  explicit StridedOperand(const Operand& x)
      : data(x.data), ndim(x.layout->ndim), shape(x.layout->shape_) {
    const Layout& layout = *x.layout;
    std::copy(layout.strides_, layout.strides_ + ndim, strides);
    if (is_aligned(x)) return;
    const auto dense =
        dense_strides(layout.shape(), stride_order(layout.strides()), layout.itemsize);
    memory.resize(static_cast<size_t>(layout.size * layout.itemsize));
    data = memory.data();
    std::ranges::copy(dense, strides);
    copy_elements(data, dense, x.data, layout.strides(), layout.shape(), layout.itemsize);
  }
  int64_t extent(int axis) const { return shape[axis]; }
  // NumPy passes stride 0 for axes of length 1.
  int64_t stride(int axis) const { return shape[axis] == 1 ? 0 : strides[axis]; }
};

// body(a, b, out) with the addresses of every combination of parts whose own axes are the last
// ones.
template <class Body>
void for_each_part(const KernelCall& call, const StridedOperand& a, int core_a,
                   const StridedOperand& b, int core_b, int core_out, Body body) {
  const Layout& out = *call.output.layout;
  if (out.size == 0) return;
  Walk<3> walk;
  for (int axis = 0; axis < out.ndim - core_out; ++axis) {
    const int from_end = out.ndim - core_out - axis;  // stacks are aligned at their last axes
    const int axis_a = a.ndim - core_a - from_end, axis_b = b.ndim - core_b - from_end;
    walk.add_axis(out.shape_[axis], {axis_a < 0 ? 0 : a.stride(axis_a),
                                     axis_b < 0 ? 0 : b.stride(axis_b), out.strides_[axis]});
  }
  walk.seek(0);
  for (int64_t i = 0; i < walk.size(); ++i, walk.next())
    body(a.data + walk.offset(0), b.data + walk.offset(1), call.output.data + walk.offset(2));
}

struct Vector {
  char* data;
  int64_t stride;
};

// matrix @ x by BLAS, or every row as a dot product, as NumPy's matvec and vecmat decide.
template <class T>
void matrix_times_vector(const Matrix& a, const Vector& x, const Vector& y, bool conjugates_x) {
  if constexpr (std::is_floating_point_v<T> || is_complex_type<T>) {
    constexpr int64_t size = sizeof(T);
    const Blas<T>* const library = blas<T>();
    if (library && a.columns > 0 && is_blasable(a, size) && is_blas_vector(x.stride, size)) {
      if (!conjugates_x) return matrix_vector(*library, a, x.data, x.stride, y.data, y.stride);
      const auto [transpose, leading] = blas_operand(a.transposed(), size);
      library->gemm(row_major, is_conjugated, transpose, 1, a.rows, a.columns, Blas<T>::one(),
                    x.data, x.stride / size, a.transposed().data, leading, Blas<T>::zero(), y.data,
                    a.rows);
      return;
    }
  }
  for (int64_t i = 0; i < a.rows; ++i)
    vector_dot(dtype_of<T>, x.data, x.stride, a.data + i * a.row_stride, a.column_stride, a.columns,
               y.data + i * y.stride, conjugates_x ? Conjugation::of_gufunc : Conjugation::none);
}

// Stacks of products of a matrix and a vector; vecmat's matrix is read as its transpose, and its
// vector conjugated. Which operand is the matrix says `matrix_at`.
void matrices_times_vectors(const KernelCall& call, int matrix_at) {
  const bool is_vecmat = matrix_at == 1;
  const StridedOperand a(call.inputs[0]), b(call.inputs[1]);
  const StridedOperand &m = is_vecmat ? b : a, &x = is_vecmat ? a : b;
  const int rows = is_vecmat ? m.ndim - 1 : m.ndim - 2, columns = 2 * m.ndim - 3 - rows;
  const int64_t step = x.stride(x.ndim - 1),
                step_out = call.output.layout->strides_[call.output.layout->ndim - 1];
  with_type_of(call.output.dtype, [&]<class T>() {
    for_each_part(
        call, a, is_vecmat ? 1 : 2, b, is_vecmat ? 2 : 1, 1,
        [&](char* first, char* second, char* out) {
          char *const matrix = is_vecmat ? second : first, *const vector =
                                                               is_vecmat ? first : second;
          matrix_times_vector<T>(
              {matrix, m.extent(rows), m.extent(columns), m.stride(rows), m.stride(columns)},
              {vector, step}, {out, step_out}, is_vecmat && is_complex_type<T>);
        });
  });
}

}  // namespace

void vecdot_kernel(const KernelCall& call) {
  const StridedOperand a(call.inputs[0]), b(call.inputs[1]);
  const int last_a = a.ndim - 1, last_b = b.ndim - 1;
  for_each_part(call, a, 1, b, 1, 0, [&](char* x, char* y, char* out) {
    vector_dot(call.output.dtype, x, a.stride(last_a), y, b.stride(last_b), a.extent(last_a), out,
               Conjugation::of_gufunc);
  });
}

void matvec_kernel(const KernelCall& call) { matrices_times_vectors(call, 0); }
void vecmat_kernel(const KernelCall& call) { matrices_times_vectors(call, 1); }

void matmul_kernel(const KernelCall& call) {
  const StridedOperand a(call.inputs[0]), b(call.inputs[1]);
  const Layout& out_layout = *call.output.layout;
  const int last_a = a.ndim - 1, last_b = b.ndim - 1, last = out_layout.ndim - 1;
  const bool a_is_row = a.ndim == 1, b_is_column = b.ndim == 1;
  Matrix left{a.data, a_is_row ? 1 : a.extent(last_a - 1), a.extent(last_a),
              a_is_row ? 0 : a.stride(last_a - 1), a.stride(last_a)};
  Matrix right{b.data, b.extent(b_is_column ? 0 : last_b - 1), b_is_column ? 1 : b.extent(last_b),
               b.stride(b_is_column ? 0 : last_b - 1), b_is_column ? 0 : b.stride(last_b)};
  Matrix out{call.output.data, left.rows, right.columns, 0, 0};
  int core = 0;
  if (!b_is_column) out.column_stride = out_layout.strides_[last - core++];
  if (!a_is_row) out.row_stride = out_layout.strides_[last - core++];
  const int core_a = a_is_row ? 1 : 2, core_b = b_is_column ? 1 : 2;
  with_type_of(call.output.dtype, [&]<class T>() {
    for_each_part(call, a, core_a, b, core_b, core, [&](char* x, char* y, char* z) {
      left.data = x;
      right.data = y;
      out.data = z;
      product_of_type<T>(call, left, right, out);
    });
  });
}

}  // namespace lazynp
