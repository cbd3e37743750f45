// Products of matrices.
#include "csrc/ops/families.h"

namespace lazynp {

std::vector<OpSpec> linear_algebra_ops() { return {}; }

}  // namespace lazynp
