// The block of einsum, which fills a file of its own.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

OpSpec einsum_op();

}  // namespace lazynp
