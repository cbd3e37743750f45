// Gradients of views and of writes into a part of an array.
#pragma once
#include "csrc/graph/value.h"

namespace lazynp {

// A part of an array's memory and the gradient that arrives there.
struct RegionGradient {
  LayoutRef region;  // in the buffer of the array whose gradient is collected
  Value gradient;    // same shape as the region, no element shown twice
};

// What the gradient of a view adds to the gradient of its base: one value of the base's shape where
// the view shows all of it in another order, else parts.
struct ViewGradient {
  Value whole;
  std::vector<RegionGradient> parts;
};
ViewGradient view_gradient(const Node& view, const Value& gy);

// Gradients of a write node with respect to its base and to the written value.
Values write_gradient(const Node& write, const Value& gy);

// `whole` (may be empty: zero) plus every part; `like` is the array whose gradient this is.
Value add_parts(const Node& like, Value whole, std::span<const RegionGradient> parts);

}  // namespace lazynp
