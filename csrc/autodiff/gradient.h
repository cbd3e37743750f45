// Reverse mode: gradients are recorded as more nodes of the same graph; nothing runs.
#pragma once
#include "csrc/graph/value.h"

namespace lazynp {

// Throws TypeError unless the dtype is floating or complex.
void check_watchable(DType dtype);

// A leaf for gradients with the value of `x`: history before it is not followed, and what is
// computed from it keeps its inputs. Throws TypeError unless x is floating or complex.
Value watch(const Value& x);

// The same for the argument of a function that is being differentiated: when `x` itself depends on
// a watched value its history stays, so that an outer gradient passes through.
Value watch_argument(const Value& x);

// Gradients of sum(y * gy) with respect to each of `xs`, with the shape and dtype of x; zeros where
// y does not depend on x. An empty gy means ones. For complex values a gradient is the conjugate of
// the complex derivative, dL/d(re) + i dL/d(im) (PyTorch's convention; JAX returns its conjugate).
// The results depend on what is watched, so they can be differentiated again.
// Throws HistoryReleased when an x is not watched, NoGradient when an op on the way has no rule.
Values gradients(const Value& y, std::span<const Value> xs, const Value& gy = {});

// The same value, through which no gradient passes.
Value without_history(const Value& x);

// Throws HistoryReleased unless every x is watched, or depends on what is and is no mere view.
void check_watched(std::span<const Value> xs);

// Ends the watching of `leaves`. Of the values that `results` are computed from, those that depend
// on no watched leaf any more are let go: what has run forgets its inputs.
void end_watch(std::span<const Value> leaves, std::span<const Value> results);

}  // namespace lazynp
