// Collecting what is pending, and what plans are looked up by.
#include "csrc/engine/pending.h"

#include <algorithm>

#include "csrc/engine/evaluate.h"
#include "csrc/ops/structure.h"

namespace lazynp {

namespace {

Edge edge_between(const Node* node, int k) {
  const Node* input = node->inputs[k];
  const Layout* space = node->layout;
  switch (node->op->kind) {
    case OpKind::elementwise: break;
    case OpKind::reduction: return Edge::same_shape;
    case OpKind::write:
      if (k == 0) return Edge::broadcast;
      space = node->region;
      break;
    default: return Edge::broadcast;
  }
  return same_shape(*input->layout, *space) ? Edge::same_shape : Edge::broadcast;
}

bool is_kept(const Node* node) { return node->references > node->uses; }

// Memory that this run may reuse: nobody outside the graph sees the value or needs it for a
// gradient.
bool is_donatable(const Node* node) {
  return engine_config.donate && node->buffer && node->references == node->uses &&
         node->buffer->references == 1 && is_ours(node->buffer) &&
         !(node->flags & (watched_leaf | read_by_gradient));
}

PlanNodeKind plan_kind(OpKind kind) {
  switch (kind) {
    case OpKind::elementwise: return PlanNodeKind::elementwise;
    case OpKind::reduction: return PlanNodeKind::reduction;
    case OpKind::view: return PlanNodeKind::view;
    case OpKind::write: return PlanNodeKind::write;
    default: return PlanNodeKind::structured;
  }
}

}  // namespace

namespace {

// Whether two pending reductions are the same.
bool is_twin(const Node* a, const Node* b) {
  const auto axes = [](const Node* node) {
    return axes_mask(*node->attributes, 0, node->inputs[0]->layout->ndim);
  };
  return a->op == b->op && a->inputs[0] == b->inputs[0] && a->loop == b->loop &&
         a->dtype == b->dtype && ((a->flags ^ b->flags) & cast_while_reduced) == 0 &&
         axes(a) == axes(b);
}

bool is_pending_reduction(const Node* node) {
  return !node->is_materialized() && node->op->kind == OpKind::reduction;
}

// Where among `nodes` the reduction i was recorded before, not long ago; and whether with the same
// layout.
struct Twin {
  int index = -1;
  bool is_alike = false;
  // In keys, where the place of a second input is free.
  uint32_t word() const {
    return index < 0 ? UINT32_MAX : static_cast<uint32_t>(index) | uint32_t{is_alike} << 31;
  }
};
Twin twin_of(std::span<Node* const> nodes, size_t i) {
  constexpr size_t farthest = 32;
  for (size_t j = i - std::min(i, farthest); j < i; ++j)
    if (is_pending_reduction(nodes[j]) && is_twin(nodes[j], nodes[i]))
      return {static_cast<int>(j), same_layout(*nodes[j]->layout, *nodes[i]->layout)};
  return {};
}

}  // namespace

bool is_view(const Node* node) { return node->op && node->op->kind == OpKind::view; }

void collect(std::span<Node* const> roots, PendingNodes& pending) {
  const uint32_t mark = next_mark();
  auto& nodes = pending.nodes;
  nodes.clear();
  pending.meets_in_flight = false;
  const auto visit = [&](Node* node, uint32_t uses) {
    if (node->mark == mark) {
      node->uses += uses;
      return;
    }
    node->mark = mark;
    node->uses = uses;
    nodes.push_back(node);
    if (!node->is_materialized() && (node->flags & in_flight)) pending.meets_in_flight = true;
  };
  for (Node* root : roots) visit(root, 0);
  // Breadth first: the list is its own queue.
  for (size_t next = 0; next < nodes.size(); ++next) {
    Node* const node = nodes[next];
    if (node->is_materialized()) continue;
    for (int k = 0; k < node->n_inputs; ++k) visit(node->inputs[k], 1);
  }
  // Mostly newest first already; the order of recording is the reverse.
  std::reverse(nodes.begin(), nodes.end());
  const auto earlier = [](const Node* a, const Node* b) { return a->sequence < b->sequence; };
  if (nodes.size() <= 32) {
    for (size_t i = 1; i < nodes.size(); ++i) {
      Node* const node = nodes[i];
      size_t j = i;
      for (; j > 0 && earlier(node, nodes[j - 1]); --j) nodes[j] = nodes[j - 1];
      nodes[j] = node;
    }
  } else if (!std::is_sorted(nodes.begin(), nodes.end(), earlier)) {
    std::sort(nodes.begin(), nodes.end(), earlier);
  }
  for (size_t i = 0; i < nodes.size(); ++i) nodes[i]->index = static_cast<uint32_t>(i);
}

namespace {
uint64_t mix(uint64_t hash, uint64_t word) {
  const auto product = static_cast<unsigned __int128>(hash ^ word) * 0x9E3779B97F4A7C15ull;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
}  // namespace

namespace {

uint64_t structure_of_pending(const Node* node) {
  uint64_t edges = 0;
  const bool is_elementwise = node->op->kind == OpKind::elementwise;
  for (int k = 0; k < node->n_inputs && k < 16; ++k)
    if (!is_elementwise || node->inputs[k]->layout != node->layout)  // else Edge::same_shape
      edges |= static_cast<uint64_t>(edge_between(node, k)) << k;
  return structure_word(*node->op, node->dtype, node->loop, node->n_inputs, edges);
}
inline uint64_t word_of_pending(Node* node) {
  if (!node->structure) node->structure = structure_of_pending(node);
  return node->structure | static_cast<uint64_t>(is_kept(node)) << structure_kept_bit;
}
inline uint64_t word_of_source(const Node* node) {
  return static_cast<uint64_t>(node->dtype) << 16 |
         static_cast<uint64_t>(is_donatable(node)) << 24 |
         static_cast<uint64_t>(node->is_constant()) << 25;
}

}  // namespace

void make_key(std::span<Node* const> nodes, PlanKey& key) {
  size_t n_words = 0;
  for (const Node* node : nodes) n_words += 1 + static_cast<size_t>(node->n_inputs + 1) / 2;
  if (key.storage.size() < n_words) key.storage.resize(2 * n_words);
  uint64_t* word = key.storage.data();
  for (size_t i = nodes.size(); i-- > 0;) {
    Node* const node = nodes[i];
    if (node->is_materialized()) {
      *word++ = word_of_source(node);
      continue;
    }
    *word++ = word_of_pending(node);
    const int n = node->n_inputs;
    for (int k = 0; k < n; k += 2)
      *word++ = node->inputs[k]->index |
                static_cast<uint64_t>(k + 1 < n ? node->inputs[k + 1]->index : UINT32_MAX) << 32;
    if (node->op->kind == OpKind::reduction)  // of one input
      word[-1] = node->inputs[0]->index | static_cast<uint64_t>(twin_of(nodes, i).word()) << 32;
  }
  key.words = {key.storage.data(), static_cast<size_t>(word - key.storage.data())};
  uint64_t hash = 0x243F6A8885A308D3ull;
  for (uint64_t w : key.words) hash = mix(hash, w);
  key.hash = hash;
}

// Follows the key from the root: all readers of a node come before it, so its uses are known.
bool matches(const Plan& plan, Node* root, PendingNodes& pending) {
  const size_t n_nodes = plan.graph.nodes.size();
  auto& nodes = pending.nodes;
  nodes.assign(n_nodes, nullptr);
  nodes[n_nodes - 1] = root;
  root->uses = 0;
  const uint64_t* word = plan.key.data();
  uint64_t last_sequence = UINT64_MAX;
  const auto stands_at = [&nodes](uint64_t position, Node* input) {
    Node*& place = nodes[position];
    if (!place) {
      place = input;
      input->uses = 1;
      return true;
    }
    ++input->uses;
    return place == input;
  };
  for (size_t i = n_nodes; i-- > 0;) {
    Node* const node = nodes[i];
    // Nodes stand in the order of recording; one that stood at two places would break it.
    if (!node || node->sequence >= last_sequence) return false;
    last_sequence = node->sequence;
    if (node->is_materialized()) {
      if (word_of_source(node) != *word++) return false;
      continue;
    }
    if (word_of_pending(node) != *word++ || node->flags & in_flight) return false;
    const int n = node->n_inputs;
    for (int k = 0; k < n; k += 2, ++word) {
      if (!stands_at(*word & UINT32_MAX, node->inputs[k])) return false;
      if (k + 1 < n && !stands_at(*word >> 32, node->inputs[k + 1])) return false;
    }
  }
  return std::ranges::all_of(plan.twins, [&](int i) {
    const PlanNode& planned = plan.graph.nodes[static_cast<size_t>(i)];
    const Node *a = nodes[static_cast<size_t>(planned.twin)], *b = nodes[static_cast<size_t>(i)];
    return is_twin(a, b) && same_layout(*a->layout, *b->layout) == planned.like_twin;
  });
}

PlanGraph plan_graph(std::span<Node* const> nodes) {
  PlanGraph graph;
  graph.nodes.reserve(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Node* const node = nodes[i];
    PlanNode p{};
    p.dtype = node->dtype;
    if (node->is_materialized()) {
      p.kind = PlanNodeKind::source;
      p.donatable = is_donatable(node);
      p.is_constant = node->is_constant();
    } else {
      p.kind = plan_kind(node->op->kind);
      p.loop = node->loop;
      p.op = node->op;
      p.keep = is_kept(node) && p.kind != PlanNodeKind::view;
      for (int k = 0; k < node->n_inputs; ++k) {
        p.inputs.push_back(static_cast<int>(node->inputs[k]->index));
        p.edges.push_back(edge_between(node, k));
      }
      if (p.kind == PlanNodeKind::view) p.shows = p.inputs[0];
      if (p.kind == PlanNodeKind::reduction) {
        const Twin twin = twin_of(nodes, i);
        p.twin = twin.index;
        p.like_twin = twin.is_alike;
      }
    }
    graph.nodes.push_back(std::move(p));
  }
  // Who holds a view needs its base.
  for (size_t i = 0; i < nodes.size(); ++i)
    if (graph.nodes[i].kind == PlanNodeKind::view && is_kept(nodes[i])) {
      PlanNode& base = graph.nodes[static_cast<size_t>(graph.nodes[i].inputs[0])];
      base.keep = true;
      base.donatable = false;
    }
  if (!engine_config.fuse)
    for (PlanNode& p : graph.nodes)
      for (Edge& edge : p.edges) edge = Edge::broadcast;
  return graph;
}

}  // namespace lazynp
