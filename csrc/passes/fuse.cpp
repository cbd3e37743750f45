// Groups nodes that can run tile by tile without storing what lies between them.
//
// Backwards: an elementwise node joins the group of its consumers when they all read it element
// for element and lie in one group. When it also has later readers, it still joins the group that
// reads it first (exp and its sum in a softmax): it is computed there once and stored.
#include <algorithm>

#include "csrc/passes/plan_graph.h"

namespace lazynp {

namespace {

struct Use {
  int consumer;
  Edge edge;
};

std::vector<std::vector<Use>> uses_of(const PlanGraph& graph) {
  std::vector<std::vector<Use>> uses(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const PlanNode& node = graph.nodes[i];
    if (node.replaced_by >= 0) continue;
    if (node.shows >= 0) {
      uses[static_cast<size_t>(node.shows)].push_back({static_cast<int>(i), Edge::broadcast});
      continue;
    }
    for (size_t k = 0; k < node.inputs.size(); ++k)
      uses[static_cast<size_t>(node.inputs[k])].push_back({static_cast<int>(i), node.edges[k]});
  }
  return uses;
}

// Ops whose bits follow the calls that NumPy makes of its loop: these are known for one op alone.
bool runs_alone(const PlanGraph& graph, const PlanNode& node) {
  if (node.kind != PlanNodeKind::elementwise) return false;
  switch (node.op->kernel.loops[node.loop].sees) {
    case Sees::elements: return false;
    case Sees::second_stride: return !graph.nodes[static_cast<size_t>(node.inputs[1])].is_constant;
    case Sees::calls: return true;
  }
  return false;
}

bool reads_elementwise(const PlanGraph& graph, const Use& use) {
  const PlanNode& consumer = graph.nodes[static_cast<size_t>(use.consumer)];
  if (use.edge != Edge::same_shape || runs_alone(graph, consumer)) return false;
  return consumer.kind == PlanNodeKind::elementwise || consumer.kind == PlanNodeKind::reduction ||
         consumer.kind == PlanNodeKind::write;
}

// Groups are numbered by their seed, so that numbers follow the order of recording.
int group_for(const PlanGraph& graph, const PlanNode& node, const std::vector<Use>& uses,
              int self) {
  if (node.kind != PlanNodeKind::elementwise || uses.empty() || runs_alone(graph, node))
    return self;
  int first = graph.nodes[static_cast<size_t>(uses[0].consumer)].group, last = first;
  bool all_elementwise = true;
  for (const Use& use : uses) {
    const int group = graph.nodes[static_cast<size_t>(use.consumer)].group;
    // A view of this node needs it in memory, whoever reads the view.
    if (group == no_group) return self;
    first = std::min(first, group);
    last = std::max(last, group);
    all_elementwise &= reads_elementwise(graph, use);
  }
  if (first == last) return all_elementwise ? first : self;
  // Several groups: join the earliest when it reads every use of ours there element for element;
  // the others find the value in memory.
  if (graph.nodes[static_cast<size_t>(first)].kind == PlanNodeKind::write) return self;
  for (const Use& use : uses)
    if (graph.nodes[static_cast<size_t>(use.consumer)].group == first &&
        !reads_elementwise(graph, use))
      return self;
  return first;
}

}  // namespace

PlanGraph fuse(PlanGraph graph) {
  const auto uses = uses_of(graph);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    PlanNode& node = graph.nodes[i];
    if (node.replaced_by >= 0 || node.kind == PlanNodeKind::source || node.shows >= 0) continue;
    node.group = group_for(graph, node, uses[i], static_cast<int>(i));
  }
  return graph;
}

}  // namespace lazynp
