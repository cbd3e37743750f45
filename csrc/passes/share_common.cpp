// Computes equal expressions once: nodes with the same op, loop, attributes and inputs are one.
#include <map>
#include <tuple>

#include "csrc/passes/plan_graph.h"

namespace lazynp {

PlanGraph share_common(PlanGraph graph) {
  using Key = std::tuple<const OpSpec*, uint8_t, DType, std::vector<int>>;
  std::map<Key, int> seen;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    PlanNode& node = graph.nodes[i];
    for (int& input : node.inputs)
      if (graph.nodes[static_cast<size_t>(input)].replaced_by >= 0)
        input = graph.nodes[static_cast<size_t>(input)].replaced_by;
    // Ops with attributes are left alone: the plan does not know their values.
    if (node.kind != PlanNodeKind::elementwise || node.keep) continue;
    auto [found, is_new] =
        seen.emplace(Key{node.op, node.loop, node.dtype, node.inputs}, static_cast<int>(i));
    if (is_new) continue;
    const PlanNode& twin = graph.nodes[static_cast<size_t>(found->second)];
    if (twin.edges == node.edges) node.replaced_by = found->second;
  }
  return graph;
}

}  // namespace lazynp
