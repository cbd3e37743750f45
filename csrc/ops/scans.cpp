// Running folds.
#include "csrc/ops/families.h"

namespace lazynp {

std::vector<OpSpec> scans_ops() { return {}; }

}  // namespace lazynp
