// Order.
#include "csrc/ops/families.h"

namespace lazynp {

std::vector<OpSpec> sorting_ops() { return {}; }

}  // namespace lazynp
