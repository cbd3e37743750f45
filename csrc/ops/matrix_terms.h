// What gradients of ops on stacks of matrices are written with. All of it acts on the last two
// axes.
#pragma once
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/rules.h"
#include "csrc/ops/several_results.h"

namespace lazynp {

// What the ops have in common that LAPACK computes: a singular or endless case raises.
inline OpSpec factorization(OpSpec op) {
  op.kind = OpKind::structured;
  op.may_warn = op.may_raise = true;
  op.cost = 1000;
  return op;
}

inline Value product(const Value& a, const Value& b) { return apply("matmul", {a, b}); }
Value adjoint(const Value& x);    // transposed and conjugated
Value as_matrix(const Value& x);  // a stack of numbers as matrices of one element
Value as_column(const Value& x);  // a stack of vectors
Value as_row(const Value& x);
Value without_last_axis(const Value& x);  // of length 1
// A matrix of three numbers: below the diagonal, on it and above.
Value triangles(int64_t rows, int64_t columns, DType dtype, double below, double diagonal,
                double above);
Value diagonal_matrix(const Value& x);  // of a stack of vectors
Value hermitian_part(const Value& x);   // (x + xᴴ) / 2
Value imaginary(const Value& x);        // i x
// 1 / (x_j - x_i), and 0 where the two are equal.
Value reciprocal_gaps(const Value& x);

}  // namespace lazynp
