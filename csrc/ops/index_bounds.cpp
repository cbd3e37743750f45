// The kernel's own check, where recording needs it.
#include "csrc/ops/index_bounds.h"

#include "csrc/cpu/gather.h"

namespace lazynp {

void check_index_bounds(const char* data, const Layout& layout, int64_t extent, int axis) {
  check_indices(data, layout, extent, axis);
}

}  // namespace lazynp
