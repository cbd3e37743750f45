// NumPy's dot: BLAS for vectors and matrices, with NumPy's calls; element by element otherwise.
#include <algorithm>
#include <optional>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/base/dense_strides.h"
#include "csrc/cpu/blas_library.h"
#include "csrc/cpu/matmul.h"
#include "csrc/cpu/matrix.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

enum class Form : uint8_t { scalar, column, row, matrix };

// At most two axes, in memory that BLAS can read.
struct DotOperand {
  const Layout* layout;
  char* data;
  std::optional<LocalLayout> dense;  // of `memory`, where the operand was copied
  std::vector<char> memory;

  explicit DotOperand(const Operand& x) : layout(x.layout), data(x.data) {
    if (!is_readable()) copy_to(layout->f_contiguous() && !layout->c_contiguous);
  }
  int ndim() const { return layout->ndim; }
  int64_t extent(int axis) const { return layout->shape_[axis]; }
  int64_t stride(int axis) const { return layout->strides_[axis]; }
  bool is_contiguous() const { return layout->c_contiguous || layout->f_contiguous(); }

  Form form() const {
    const bool one_row = ndim() == 2 && extent(0) <= 1;
    if (ndim() == 0 || (ndim() == 1 && extent(0) <= 1) || (one_row && extent(1) == 1))
      return Form::scalar;
    if (ndim() == 1 || (!one_row && extent(1) == 1)) return Form::column;
    return one_row ? Form::row : Form::matrix;
  }
  void copy_to(bool fortran_order) {
    const auto strides = (fortran_order ? f_strides : c_strides)(layout->shape(), layout->itemsize);
    std::vector<char> copy(static_cast<size_t>(layout->size * layout->itemsize));
    copy_elements(copy.data(), strides, data, layout->strides(), layout->shape(), layout->itemsize);
    memory = std::move(copy);
    data = memory.data();
    layout = dense.emplace(layout->shape(), strides, 0, layout->itemsize).get();
  }
  void make_contiguous() {
    if (!is_contiguous()) copy_to(false);
  }

 private:
  bool is_readable() const {
    const int64_t size = layout->itemsize;
    if (reinterpret_cast<uintptr_t>(data) % static_cast<uintptr_t>(size) != 0) return false;
    for (int i = 0; i < ndim(); ++i)
      if (stride(i) < 0 || stride(i) % size != 0 || (stride(i) == 0 && extent(i) > 1)) return false;
    return true;
  }
};

BlasInt at_least_one(int64_t extent) { return std::max<int64_t>(extent, 1); }

template <class T> typename Blas<T>::Factor factor(const char* address) {
  if constexpr (std::is_floating_point_v<T>)
    return load<T>(address);
  else
    return address;
}

// One operand holds a single element.
template <class T>
void scale(const Blas<T>& library, DotOperand& a, DotOperand& b, const Operand& out) {
  constexpr int64_t size = sizeof(T);
  const bool first = a.form() == Form::scalar;
  const DotOperand &array = first ? b : a, &number = first ? a : b;
  const int64_t n = out.layout->size;
  if (n == 1) {
    const T x = load<T>(number.data), y = load<T>(array.data);
    if constexpr (std::is_floating_point_v<T>)
      store(out.data, x * y);
    else
      store(out.data, T(x.real() * y.real() - x.imag() * y.imag(),
                        x.real() * y.imag() + x.imag() * y.real()));
    return;
  }
  const auto alpha = factor<T>(number.data);
  const Form form = array.form();
  if (form != Form::matrix) {
    const int64_t stride = form == Form::row  ? array.stride(1)
                           : array.ndim() > 0 ? array.stride(0)
                                              : 0;
    library.axpy(n, alpha, array.data, stride / size, out.data, 1);
    return;
  }
  const int inner = array.extent(0) >= array.extent(1) ? 0 : 1, outer = 1 - inner;
  const Layout& target = *out.layout;
  for (int64_t i = 0; i < array.extent(outer); ++i)
    library.axpy(array.extent(inner), alpha, array.data + i * array.stride(outer),
                 array.stride(inner) / size, out.data + i * target.strides_[outer],
                 target.strides_[inner] / size);
}

template <class T>
void matrix_times_vector(const Blas<T>& library, DotOperand& matrix, const char* x,
                         int64_t x_stride, bool transpose, char* out) {
  matrix.make_contiguous();
  const bool c_order = matrix.layout->c_contiguous;
  library.gemv(c_order ? row_major : column_major, transpose ? is_transposed : not_transposed,
               matrix.extent(0), matrix.extent(1), Blas<T>::one(), matrix.data,
               at_least_one(matrix.extent(c_order ? 1 : 0)), x,
               x_stride / static_cast<int64_t>(sizeof(T)), Blas<T>::zero(), out, 1);
}

template <class T>
void matrix_times_matrix(const Blas<T>& library, DotOperand& a, DotOperand& b, char* out) {
  b.make_contiguous();
  a.make_contiguous();
  const bool a_is_f = a.layout->f_contiguous(), b_is_f = b.layout->f_contiguous();
  const BlasInt lda = at_least_one(a.extent(a_is_f ? 0 : 1)),
                ldb = at_least_one(b.extent(b_is_f ? 0 : 1));
  const int64_t rows = a.extent(0), columns = b.extent(1), depth = b.extent(0);
  const BlasInt leading = at_least_one(columns);
  const bool is_own_transpose = a.data == b.data && rows == columns && a.extent(1) == depth &&
                                a.stride(0) == b.stride(1) && a.stride(1) == b.stride(0) &&
                                a_is_f != b_is_f;
  if (!is_own_transpose) {
    library.gemm(row_major, a_is_f ? is_transposed : not_transposed,
                 b_is_f ? is_transposed : not_transposed, rows, columns, depth, Blas<T>::one(),
                 a.data, lda, b.data, ldb, Blas<T>::zero(), out, leading);
    return;
  }
  library.syrk(row_major, upper, a_is_f ? is_transposed : not_transposed, columns, depth,
               Blas<T>::one(), a.data, a_is_f ? ldb : lda, Blas<T>::zero(), out, leading);
  copy_upper_triangle_down(reinterpret_cast<T*>(out), columns, leading);
}

template <class T> void blas_dot(const KernelCall& call, const Blas<T>& library) {
  const Operand& out = call.output;
  std::memset(out.data, 0, static_cast<size_t>(out.layout->size) * sizeof(T));
  DotOperand a(call.inputs[0]), b(call.inputs[1]);
  const bool sums_nothing = a.ndim() > 0 && b.ndim() > 0 && a.extent(a.ndim() - 1) == 0;
  if (out.layout->size == 0 || sums_nothing) return;
  const Form form_a = a.form(), form_b = b.form();
  if (form_a == Form::scalar || form_b == Form::scalar) return scale(library, a, b, out);
  if (form_b == Form::column && form_a != Form::matrix)
    return vector_dot(dtype_of<T>, a.data, a.stride(form_a == Form::row), b.data, b.stride(0),
                      a.extent(a.ndim() - 1), out.data);
  if (form_a == Form::matrix && form_b != Form::matrix)
    return matrix_times_vector(library, a, b.data, b.stride(0), false, out.data);
  if (form_a != Form::matrix && form_b == Form::matrix)
    return matrix_times_vector(library, b, a.data, a.stride(form_a == Form::row), true, out.data);
  matrix_times_matrix(library, a, b, out.data);
}

// Every row of a with every column of b; the output is C-contiguous.
void dot_by_elements(const KernelCall& call) {
  const Operand &a = call.inputs[0], &b = call.inputs[1];
  const Layout &in_a = *a.layout, &in_b = *b.layout;
  const int sum_a = in_a.ndim - 1, sum_b = in_b.ndim > 1 ? in_b.ndim - 2 : 0;
  Walk<1> rows, columns;
  for (int i = 0; i < sum_a; ++i) rows.add_axis(in_a.shape_[i], {in_a.strides_[i]});
  for (int i = 0; i < in_b.ndim; ++i)
    if (i != sum_b) columns.add_axis(in_b.shape_[i], {in_b.strides_[i]});
  const int64_t n = in_a.shape_[sum_a], size = call.output.layout->itemsize,
                n_columns = columns.size();
  if (call.output.layout->size == 0) return;
  const auto row_range = [&](int64_t begin, int64_t end) {
    Walk<1> row = rows, column = columns;
    row.seek(begin);
    char* out = call.output.data + begin * n_columns * size;
    for (int64_t i = begin; i < end; ++i, row.next()) {
      column.seek(0);
      for (int64_t j = 0; j < n_columns; ++j, column.next(), out += size)
        vector_dot(a.dtype, a.data + row.offset(0), in_a.strides_[sum_a], b.data + column.offset(0),
                   in_b.strides_[sum_b], n, out);
    }
  };
  if (is_inexact(a.dtype) && a.dtype != DType::float16)
    row_range(0, rows.size());  // BLAS has threads of its own
  else
    parallel_for(call, rows.size(), grain_for(n * n_columns), row_range);
}

// A 0-d operand, without BLAS.
template <class T> void scale_by_elements(const KernelCall& call) {
  const bool first = call.inputs[0].layout->ndim == 0;
  const Operand &number = call.inputs[first ? 0 : 1], &array = call.inputs[first ? 1 : 0];
  Walk<1> walk;
  for (int i = 0; i < array.layout->ndim; ++i)
    walk.add_axis(array.layout->shape_[i], {array.layout->strides_[i]});
  if (walk.size() == 0) return;
  walk.seek(0);
  const T factor = load<T>(number.data);
  for (int64_t i = 0; i < walk.size(); ++i, walk.next())
    store(call.output.data + i * static_cast<int64_t>(sizeof(T)),
          static_cast<T>(factor * load<T>(array.data + walk.offset(0))));
}

Matrix as_matrix(const Operand& x, bool is_left) {
  const Layout& layout = *x.layout;
  if (layout.ndim == 2)
    return {x.data, layout.shape_[0], layout.shape_[1], layout.strides_[0], layout.strides_[1]};
  const Matrix column{x.data, layout.shape_[0], 1, layout.strides_[0], layout.itemsize};
  return is_left ? column.transposed() : column;
}

}  // namespace

void vdot_kernel(const KernelCall& call) {
  const Operand &a = call.inputs[0], &b = call.inputs[1];
  vector_dot(a.dtype, a.data, a.layout->strides_[0], b.data, b.layout->strides_[0],
             a.layout->shape_[0], call.output.data, Conjugation::of_vdot);
}

void dot_kernel(const KernelCall& call) {
  const int ndim_a = call.inputs[0].layout->ndim, ndim_b = call.inputs[1].layout->ndim;
  const bool at_most_matrices = ndim_a <= 2 && ndim_b <= 2;
  with_type_of(call.output.dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<T> || is_complex_type<T>) {
      if (at_most_matrices)
        if (const Blas<T>* library = blas<T>()) return blas_dot(call, *library);
      if (ndim_a == 0 || ndim_b == 0) return scale_by_elements<T>(call);
    }
    if (!at_most_matrices) return dot_by_elements(call);
    const Matrix a = as_matrix(call.inputs[0], true), b = as_matrix(call.inputs[1], false);
    const int64_t size = sizeof(T);
    const Matrix out{call.output.data, a.rows, b.columns, b.columns * size, size};
    if (call.output.layout->size == 0) return;
    if constexpr (std::is_floating_point_v<T> || is_complex_type<T>)
      if (a.columns > 0) return eigen_product(dtype_of<T>, a, b, out);
    plain_product(call, dtype_of<T>, a, b, out);
  });
}

}  // namespace lazynp
