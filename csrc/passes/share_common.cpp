// Computes equal expressions once: elementwise nodes with the same op, loop and inputs are one, and
// so are reductions that are known to be the same.
#include <algorithm>
#include <map>
#include <tuple>

#include "csrc/passes/plan_graph.h"

namespace lazynp {

namespace {

// The node whose memory node i shows.
int owner(const PlanGraph& graph, int i) {
  const int shown = graph.nodes[static_cast<size_t>(i)].shows;
  return shown < 0 ? i : shown;
}

using Pair = std::pair<int, int>;

// Arrays that have to stay two, because an op that reads both would see that they are one: NumPy
// multiplies x by its own transpose with another function of BLAS.
std::vector<Pair> told_apart(const PlanGraph& graph) {
  std::vector<Pair> pairs;
  for (const PlanNode& node : graph.nodes) {
    if (!node.op || !node.op->tells_inputs_apart || node.inputs.size() != 2) continue;
    const Pair pair{owner(graph, node.inputs[0]), owner(graph, node.inputs[1])};
    if (pair.first != pair.second) pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace

PlanGraph share_common(PlanGraph graph) {
  using Key = std::tuple<const OpSpec*, uint8_t, DType, std::vector<int>>;
  std::map<Key, int> seen;
  const std::vector<Pair> apart = told_apart(graph);
  const auto stands_for = [&](int i) {
    const int other = graph.nodes[static_cast<size_t>(i)].replaced_by;
    return other < 0 ? i : other;
  };
  const auto must_differ = [&](int i, int j) {
    return std::any_of(apart.begin(), apart.end(), [&](const Pair& pair) {
      const int a = stands_for(pair.first), b = stands_for(pair.second);
      return (a == i && b == j) || (a == j && b == i);
    });
  };
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    PlanNode& node = graph.nodes[i];
    for (int& input : node.inputs)
      if (graph.nodes[static_cast<size_t>(input)].replaced_by >= 0)
        input = graph.nodes[static_cast<size_t>(input)].replaced_by;
    if (node.shows >= 0) node.shows = stands_for(node.shows);
    if (node.keep) continue;
    if (node.twin >= 0) {
      const int first = owner(graph, stands_for(node.twin));
      if (!must_differ(static_cast<int>(i), first))
        (node.like_twin ? node.replaced_by : node.shows) = first;
    }
    // Other ops with attributes are left alone: the plan does not know their values.
    if (node.kind != PlanNodeKind::elementwise) continue;
    auto [found, is_new] =
        seen.emplace(Key{node.op, node.loop, node.dtype, node.inputs}, static_cast<int>(i));
    if (is_new) continue;
    const PlanNode& twin = graph.nodes[static_cast<size_t>(found->second)];
    if (twin.edges == node.edges && !must_differ(static_cast<int>(i), found->second))
      node.replaced_by = found->second;
  }
  return graph;
}

}  // namespace lazynp
