// Batching rules: an op that was recorded for one element, for a whole batch.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

// ---- what any op can do ----
std::vector<int64_t> batched_shape(int64_t size, Shape shape);
// The op applied to each element, and the results joined.
Value batch_each(const BatchArguments& b);
// Inputs that broadcast before their last `n_core` axes (none: 0 each) as they do in one element.
Values aligned_inputs(const BatchArguments& b, std::span<const int> n_core = {});
// Ops with the signature of a generalized ufunc, whose stacks broadcast; all results.
Values batch_stacks(const BatchArguments& b);

// ---- rules that blocks name ----
Value batch_along_axis(const BatchArguments& b);  // the first attribute is the axis of all inputs
Value batch_along_axis_of_first(
    const BatchArguments& b);                        // of the first input; others: not batched
Value batch_arg_reduction(const BatchArguments& b);  // axis (None: all), keepdims
Value batch_fold(const BatchArguments& b);
// Only this input may be batched, for which any axes do.
Value batch_first_alone(const BatchArguments& b);
Value batch_second_alone(const BatchArguments& b);
Value batch_take(const BatchArguments& b);
Value batch_gather(const BatchArguments& b);
Value batch_scatter(const BatchArguments& b);
Value batch_masked(const BatchArguments& b);  // inputs: x, a mask that is not batched, values
Value batch_matmul(const BatchArguments& b);
Value batch_dot(const BatchArguments& b);
Value batch_vdot(const BatchArguments& b);
Value batch_einsum(const BatchArguments& b);

}  // namespace lazynp
