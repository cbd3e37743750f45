// What every elementwise op with two operands of one dtype folds to: the methods of NumPy's ufuncs.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

enum class FoldKind : uint8_t { reduce, accumulate, reduceat, at };

// The ops that `op` folds to, one for each kind; none where no loop gives what it takes.
std::vector<OpSpec> folds_of(const OpSpec& op);
void give_gradients_to_folds(std::span<OpSpec> ops);     // where a block of `ops` has the rule
const OpSpec* fold_of(const OpSpec& op, FoldKind kind);  // nullptr: it has none

// The dtype in which elements of `dtype` are folded; none: NumPy refuses it. `to_truth`: a fold of
// truth values takes any dtype.
DType fold_dtype(const OpSpec& op, DType dtype, bool to_truth);

// `start` may be empty: the first elements; a mask needs one.
struct FoldArguments {
  Value elements, start, mask;
  std::span<const int> axes;
  bool keepdims = false;
};
Value fold(const OpSpec& op, const FoldArguments& arguments, DType dtype);
Value accumulate(const OpSpec& op, const Value& elements, int axis, DType dtype);
// `starts` lie within the axis.
Value reduceat(const OpSpec& op, const Value& elements, const Value& starts, int axis, DType dtype);

}  // namespace lazynp
