// Stacks of matrices as the operands of a kernel, and copies of them that lie column by column.
#pragma once
#include <algorithm>
#include <cfenv>
#include <limits>
#include <vector>

#include "csrc/cpu/strided.h"
#include "csrc/ops/kernel.h"

namespace lazynp {

// One operand: the last axes are its own, the others are the stack.
struct PartOperand {
  Operand operand;
  int n_core;

  int64_t extent(int axis) const {  // of its own axes
    return operand.layout->shape_[operand.layout->ndim - n_core + axis];
  }
  int64_t stride(int axis) const {
    return operand.layout->strides_[operand.layout->ndim - n_core + axis];
  }
  // Of the axis `i` of a stack of `n_stack` axes.
  int64_t stack_stride(int i, int n_stack) const {
    const int own = i - (n_stack - (operand.layout->ndim - n_core));
    return own < 0 || operand.layout->shape_[own] == 1 ? 0 : operand.layout->strides_[own];
  }
};

// The operands of a call, inputs first, and the walk over the matrices of their stacks.
class MatrixStacks {
 public:
  // `n_core`: how many axes are the own ones of every input and result.
  MatrixStacks(const KernelCall& call, std::initializer_list<int> n_core) {
    const int* next = n_core.begin();
    for (const Operand& input : call.inputs) operands_.push_back({input, *next++});
    if (call.results.empty()) operands_.push_back({call.output, *next});
    for (const Operand& result : call.results) operands_.push_back({result, *next++});
  }
  const PartOperand& operator[](size_t i) const { return operands_[i]; }

  // body(addresses): of the first element of each operand's matrix.
  template <class Body> void for_each(Body body) const {
    const PartOperand& result = operands_.back();
    const Layout& layout = *result.operand.layout;
    const int n_stack = layout.ndim - result.n_core;
    int64_t n = 1, at[max_ndim] = {};
    for (int i = 0; i < n_stack; ++i) n *= layout.shape_[i];
    std::vector<char*> addresses;
    for (const PartOperand& x : operands_) addresses.push_back(x.operand.data);
    for (int64_t k = 0; k < n; ++k) {
      body(addresses.data());
      for (int axis = n_stack; axis-- > 0;) {
        const bool wraps = ++at[axis] == layout.shape_[axis];
        const int64_t steps = wraps ? 1 - at[axis] : 1;
        for (size_t i = 0; i < operands_.size(); ++i)
          addresses[i] += steps * operands_[i].stack_stride(axis, n_stack);
        if (!wraps) break;
        at[axis] = 0;
      }
    }
  }

 private:
  std::vector<PartOperand> operands_;
};

// Column by column, `leading` elements from one column to the next. Vectors are one column.
template <class T>
void copy_in(T* columns, const char* data, const PartOperand& x, int64_t leading,
             int64_t n_columns = INT64_MAX) {
  const bool is_matrix = x.n_core == 2;
  const int64_t n = is_matrix ? std::min(x.extent(1), n_columns) : 1;
  for (int64_t j = 0; j < n; ++j)
    for (int64_t i = 0; i < x.extent(0); ++i)
      columns[j * leading + i] =
          load<T>(data + i * x.stride(0) + (is_matrix ? j * x.stride(1) : 0));
}
template <class T>
void copy_out(char* data, const T* columns, const PartOperand& x, int64_t leading) {
  const bool is_matrix = x.n_core == 2;
  for (int64_t i = 0; i < x.extent(0); ++i)
    for (int64_t j = 0; j < (is_matrix ? x.extent(1) : 1); ++j)
      store<T>(data + i * x.stride(0) + (is_matrix ? j * x.stride(1) : 0),
               columns[j * leading + i]);
}

template <class T> T nan_of() {
  if constexpr (std::is_floating_point_v<T>) {
    return std::numeric_limits<T>::quiet_NaN();
  } else {
    constexpr auto nan = std::numeric_limits<typename T::value_type>::quiet_NaN();
    return {nan, nan};
  }
}
template <class T> void fill_with_nan(char* data, const PartOperand& x) {
  for (int64_t i = 0; i < (x.n_core > 0 ? x.extent(0) : 1); ++i)
    for (int64_t j = 0; j < (x.n_core == 2 ? x.extent(1) : 1); ++j)
      store<T>(data + (x.n_core > 0 ? i * x.stride(0) : 0) + (x.n_core == 2 ? j * x.stride(1) : 0),
               nan_of<T>());
}

// What happens inside a factorization is no event; that one failed is an invalid value, as in
// NumPy, whose functions make LinAlgError of it.
inline void report_failure(bool has_failed) {
  if (has_failed)
    std::feraiseexcept(FE_INVALID);
  else
    std::feclearexcept(FE_ALL_EXCEPT);
}

// Calls body.template operator()<T>() with the type of the matrices.
template <class Body> void with_matrix_type(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::float32: return body.template operator()<float>();
    case DType::float64: return body.template operator()<double>();
    case DType::complex64: return body.template operator()<std::complex<float>>();
    case DType::complex128: return body.template operator()<std::complex<double>>();
    default: broken_invariant("a dtype of matrices", __FILE__, __LINE__);
  }
}

inline size_t n_elements(int64_t rows, int64_t columns) {
  return static_cast<size_t>(std::max<int64_t>(rows * columns, 1));
}

}  // namespace lazynp
