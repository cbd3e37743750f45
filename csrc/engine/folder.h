// How elements are folded into one: the loop, what it begins with, and in which order.
#pragma once
#include <cstring>

#include "csrc/engine/run_plan.h"

namespace lazynp {

struct Folder {
  BoundLoop combine;
  DType dtype;       // of input and result
  bool pairwise;     // floating-point sums
  bool associative;  // may be split between threads
  bool has_identity;
  Scalar identity;

  int64_t itemsize() const { return size_of(dtype); }
  // accumulator = accumulator (combine) fold(n elements)
  void fold(char* accumulator, char* data, int64_t stride, int64_t n) const {
    char* arguments[3] = {accumulator, data, accumulator};
    const intptr_t count = n, strides[3] = {0, stride, 0};
    combine.function(arguments, &count, strides, combine.data);
  }
  // accumulators[i] = accumulators[i] (combine) data[i]
  void update(char* accumulators, int64_t accumulator_stride, char* data, int64_t stride,
              int64_t n) const {
    char* arguments[3] = {accumulators, data, accumulators};
    const intptr_t count = n, strides[3] = {accumulator_stride, stride, accumulator_stride};
    // A single element would look like a reduction; it is one, over one element.
    combine.function(arguments, &count, strides, combine.data);
  }
};

inline Scalar number_as(double number, DType dtype) {
  Scalar result{};
  char* arguments[2] = {reinterpret_cast<char*>(&number), result.bytes};
  const intptr_t n = 1, strides[2] = {0, 0};
  cast_op().kernel.loops[cast_loop(DType::float64, dtype)].native(arguments, &n, strides, nullptr);
  return result;
}

inline Scalar minus_zero(DType dtype) {
  Scalar zero = number_as(-0.0, dtype);
  if (dtype == DType::complex128) zero.complex[1] = -0.0;
  if (dtype == DType::complex64) std::memcpy(zero.bytes + 4, zero.bytes, 4);
  return zero;
}

inline Folder folder_of(const Node* node) {
  const OpSpec& op = *node->op;
  Folder folder{};
  folder.combine = bind_loop(*op.combine, node->loop);
  folder.dtype = node->dtype;
  const bool is_sum =
      op.reduction.has_identity && op.reduction.identity == 0 && !op.reduction.to_bool;
  folder.pairwise = is_sum && is_inexact(node->dtype);
  folder.associative = !is_inexact(node->dtype) || !op.reduction.has_identity;
  folder.has_identity = op.reduction.has_identity;
  if (folder.has_identity) folder.identity = number_as(op.reduction.identity, node->dtype);
  return folder;
}

// NumPy's pairwise split of n elements; a complex number counts as two.
inline int64_t pairwise_split(int64_t n, DType dtype) {
  if (is_complex(dtype)) return (n - n % 8) / 2;
  const int64_t half = n / 2;
  return half - half % 8;
}

}  // namespace lazynp
