// Elements chosen by index.
#include "csrc/ops/families.h"

namespace lazynp {

std::vector<OpSpec> indexing_ops() { return {}; }

}  // namespace lazynp
