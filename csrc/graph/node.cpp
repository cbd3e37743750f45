// Life of nodes: free list, iterative destruction, accounting of pending memory.
#include "csrc/graph/node.h"

#include <cstdlib>
#include <new>
#include <vector>

namespace lazynp {

RecordContext record_context;
PendingBytes pending_bytes;

namespace {

constexpr size_t max_free_nodes = 8192;
int64_t live_nodes = 0;
uint64_t last_sequence = 0;

std::vector<Node*>& free_list() {
  static auto* list = new std::vector<Node*>;  // nodes may die after static destructors
  return *list;
}

int64_t value_bytes(const Node* node) { return node->layout->size * node->layout->itemsize; }

// Accounting that ends with the node.
void forget_accounting(Node* node) {
  if (node->flags & orphaned) pending_bytes.orphaned -= node->buffer ? node->buffer->n_bytes : 0;
}

}  // namespace

Node* allocate_node() {
  auto& nodes = free_list();
  Node* node;
  if (!nodes.empty()) {
    node = nodes.back();
    nodes.pop_back();
  } else {
    node = static_cast<Node*>(std::malloc(sizeof(Node)));
    if (!node) throw std::bad_alloc();
  }
  // In two halves: compilers then use vector stores, where the whole becomes a slow `rep stos`.
  constexpr size_t half = sizeof(Node) / 2;
  std::memset(static_cast<void*>(node), 0, half);
  std::memset(reinterpret_cast<char*>(node) + half, 0, sizeof(Node) - half);
  node->references = 1;
  node->sequence = ++last_sequence;
  node->inputs = node->inline_inputs;
  node->source = record_context.source;
  node->error_state = record_context.error_state;
  ++live_nodes;
  return node;
}

// Nodes that lost their last reference wait in a list linked through `op`.
void free_nodes(Node* first) {
  Node* waiting = first;
  first->op = nullptr;
  while (waiting) {
    Node* node = waiting;
    waiting = reinterpret_cast<Node*>(const_cast<OpSpec*>(node->op));
    forget_accounting(node);
    for (int i = 0; i < node->n_inputs; ++i) {
      Node* input = node->inputs[i];
      if (--input->references == 0) {
        input->op = reinterpret_cast<const OpSpec*>(waiting);
        waiting = input;
      }
    }
    if (node->inputs != node->inline_inputs) std::free(node->inputs);
    if (node->attributes) release_attributes(node->attributes);
    if (node->region) drop_reference(node->region);
    if (node->layout) drop_reference(node->layout);
    Buffer* buffer = node->buffer;
    --live_nodes;
    auto& nodes = free_list();
    if (nodes.size() < max_free_nodes)
      nodes.push_back(node);
    else
      std::free(node);
    if (buffer) drop_reference(buffer);  // last: a foreign owner may run code of its own
  }
}

int64_t n_live_nodes() { return live_nodes; }

uint32_t next_mark() {
  static uint32_t mark = 0;
  return ++mark;
}

void handle_attached(Node* node) {
  if (node->n_handles == UINT16_MAX) return;  // sticks: such a value counts as shown for ever
  if (node->n_handles++ == 0) {
    if (node->flags & orphaned) {
      node->flags &= static_cast<uint8_t>(~orphaned);
      pending_bytes.orphaned -= node->buffer ? node->buffer->n_bytes : 0;
    }
    if (!node->is_materialized()) pending_bytes.shown += value_bytes(node);
  }
}

void handle_detached(Node* node) {
  if (node->n_handles == 0 || node->n_handles == UINT16_MAX) return;
  if (--node->n_handles == 0) {
    if (!node->is_materialized()) {
      pending_bytes.shown -= value_bytes(node);
    } else if (node->buffer && node->references > 1) {
      node->flags |= orphaned;
      pending_bytes.orphaned += node->buffer->n_bytes;
    }
  }
}

void set_buffer(Node* node, Buffer* buffer) {
  add_reference(buffer);
  if (node->n_handles && !node->is_materialized()) pending_bytes.shown -= value_bytes(node);
  node->buffer = buffer;
}

Buffer* take_buffer(Node* node) {
  if (node->flags & orphaned) {
    node->flags &= static_cast<uint8_t>(~orphaned);
    pending_bytes.orphaned -= node->buffer->n_bytes;
  }
  Buffer* buffer = node->buffer;
  node->buffer = nullptr;
  if (node->n_handles && !node->is_materialized()) pending_bytes.shown += value_bytes(node);
  return buffer;
}

void forget_inputs(Node* node) {
  const int n = node->n_inputs;
  Node** inputs = node->inputs;
  Node* inline_copy[3];
  if (inputs == node->inline_inputs) {
    for (int i = 0; i < n; ++i) inline_copy[i] = inputs[i];
    inputs = inline_copy;
  }
  const bool on_heap = node->inputs != node->inline_inputs;
  node->n_inputs = 0;
  node->inputs = node->inline_inputs;
  for (int i = 0; i < n; ++i) drop_reference(inputs[i]);
  if (on_heap) std::free(inputs);
}

}  // namespace lazynp
