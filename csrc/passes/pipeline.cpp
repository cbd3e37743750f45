// The passes in the order in which they run.
#include "csrc/passes/plan_graph.h"

namespace lazynp {

std::span<const Pass> pipeline() {
  static constexpr Pass passes[] = {
      {"share_common", share_common},
      {"fuse", fuse},
  };
  return passes;
}

}  // namespace lazynp
