// Values that stand for each element of a batch while a function of one element is recorded.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

// It has no value: what depends on it can be recorded and not be run (has_no_value).
Value placeholder(Shape shape, DType dtype);

}  // namespace lazynp
