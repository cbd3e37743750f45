// Vectorization: what was recorded for one element, recorded again for a batch of them.
#pragma once
#include "csrc/graph/value.h"

namespace lazynp {

// Placeholders (ops/placeholder.h), and what stands in their place: with one more axis in front,
// whose extent is `size`.
struct Batch {
  Values placeholders, values;
  int64_t size;
};

struct BatchedValues {
  Values values;              // in the order asked for; empty where one depends on no placeholder
  bool reads_shared = false;  // memory that others may write: run it now
  bool may_raise = false;     // an op on the way looks at values, and may refuse them
};

// `results`, which were computed from the placeholders, for all elements: with one more axis in
// front. Nothing runs. What depends on placeholders of another batch stays as it is.
BatchedValues batched(std::span<const Value> results, const Batch& batch);

}  // namespace lazynp
