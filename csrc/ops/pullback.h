// Values whose gradient is not that of the ops they were computed with, but what the host says.
#pragma once
#include "csrc/graph/value.h"

namespace lazynp {

// Gradients with respect to xs of sum(y * gy), by an object of the host; empty Values are zero.
// `n_batches`: so many axes in front of all of them are those of batches around what was recorded.
using PullBack = Values (*)(void* object, const Value& gy, std::span<const Value> xs,
                            int64_t n_batches);
extern PullBack pull_back;  // the host fills it in

// The value of y as a node of its own, which no pass takes for another. `token` is a leaf, whose
// buffer's owner is what pull_back is called with. Without xs the gradient goes to y as it is.
Value with_pullback(const Value& y, std::span<const Value> xs, const Value& token);

}  // namespace lazynp
