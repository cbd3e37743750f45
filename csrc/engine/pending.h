// The pending sub-graph of some roots: its nodes, the key of its structure, its graph for the
// passes.
#pragma once
#include <span>
#include <vector>

#include "csrc/engine/plan.h"
#include "csrc/graph/node.h"
#include "csrc/passes/plan_graph.h"

namespace lazynp {

struct PendingNodes {
  std::vector<Node*> nodes;  // sorted; materialized inputs included
  bool meets_in_flight = false;
};

struct PlanKey {
  std::vector<uint64_t> storage;
  std::span<const uint64_t> words;
  uint64_t hash;
};

bool is_view(const Node* node);
void collect(std::span<Node* const> roots, PendingNodes& pending);
// One word for each node from the last to the first, followed by the positions of its inputs.
void make_key(std::span<Node* const> nodes, PlanKey& key);
// Whether the pending graph of `root` is what `plan` was made for; then `pending` holds its nodes.
// Cheaper than collect() and make_key(). False: they find out.
bool matches(const Plan& plan, Node* root, PendingNodes& pending);
PlanGraph plan_graph(std::span<Node* const> nodes);

}  // namespace lazynp
