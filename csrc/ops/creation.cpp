// Arrays from attributes alone.
#include "csrc/ops/families.h"

namespace lazynp {

std::vector<OpSpec> creation_ops() { return {}; }

}  // namespace lazynp
