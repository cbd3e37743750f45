// Arrays put together.
#include "csrc/ops/families.h"

namespace lazynp {

std::vector<OpSpec> joining_ops() { return {}; }

}  // namespace lazynp
