// The pending graph in the order of recording, as the passes see it: no shapes, no values.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "csrc/ops/op_spec.h"

namespace lazynp {

enum class PlanNodeKind : uint8_t { source, view, elementwise, reduction, structured, write };

// How a node reads an input.
enum class Edge : uint8_t {
  same_shape,  // element for element: may be fused
  broadcast,   // through memory, with strides of its own
};

inline constexpr int no_group = -1;

struct PlanNode {
  PlanNodeKind kind;
  DType dtype;
  uint8_t loop = 0;
  bool keep = false;       // somebody outside the plan needs the value
  bool donatable = false;  // sources: we may reuse the memory after the last use
  bool is_constant = false;
  const OpSpec* op = nullptr;
  std::vector<int> inputs;
  std::vector<Edge> edges;  // one per input
  int shows = -1;           // views: the node whose memory this one shows
  int twin = -1;            // reductions: an earlier one of the same axes of the same input
  bool like_twin = false;   // with the same layout, too
  // set by the passes; share_common makes a twin with another layout show the first one's memory
  int group = no_group;
  bool in_memory = false;    // has an address (sources, views, outputs, values other groups read)
  int replaced_by = -1;      // share_common: the node that has the same value
  std::vector<int> views{};  // the views that show this node's memory

  // The node that was computed for this one, `self`, and perhaps for others.
  int computed_as(int self) const {
    if (replaced_by >= 0) return replaced_by;
    return twin >= 0 && shows >= 0 ? shows : self;
  }
};

struct PlanGraph {
  std::vector<PlanNode> nodes;
};

// ---- passes: each has one file in csrc/passes and changes the graph, nothing else ----
struct Pass {
  const char* name;
  PlanGraph (*run)(PlanGraph graph);
};
std::span<const Pass> pipeline();
PlanGraph share_common(PlanGraph graph);  // one node for equal computations
PlanGraph fuse(PlanGraph graph);          // groups of nodes that run tile by tile

}  // namespace lazynp
