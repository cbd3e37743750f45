// The pending sub-graph of some roots: its nodes, the key of its structure, its graph for the
// passes.
#pragma once
#include <span>
#include <vector>

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
void make_key(std::span<Node* const> nodes, PlanKey& key);
PlanGraph plan_graph(std::span<Node* const> nodes);

}  // namespace lazynp
