// Other layouts of the same memory.
#include "csrc/ops/families.h"

namespace lazynp {

std::vector<OpSpec> layout_ops() { return {}; }

}  // namespace lazynp
