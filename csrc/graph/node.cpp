// Life of nodes: free list, iterative destruction, accounting of pending memory.
#include "csrc/graph/node.h"

#include <cstdlib>
#include <new>

namespace lazynp {

RecordContext record_context;
PendingBytes pending_bytes;

namespace {

// Free nodes, linked through `op`.
constexpr int max_free_nodes = 8192;
Node* free_list = nullptr;
int n_free = 0;
int64_t live_nodes = 0;
uint64_t last_sequence = 0;

int64_t value_bytes(const Node* node) { return node->layout->size * node->layout->itemsize; }

// Accounting that ends with the node.
void forget_accounting(Node* node) {
  if (node->flags & orphaned) pending_bytes.orphaned -= node->buffer ? node->buffer->n_bytes : 0;
}

}  // namespace

Node* allocate_node() {
  Node* node = free_list;
  if (node) [[likely]] {
    free_list = reinterpret_cast<Node*>(const_cast<OpSpec*>(node->op));
    --n_free;
  } else {
    node = static_cast<Node*>(std::malloc(sizeof(Node)));
    if (!node) throw std::bad_alloc();
  }
  std::memset(static_cast<void*>(node), 0, sizeof(Node));
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
    if (n_free < max_free_nodes) {
      node->op = reinterpret_cast<const OpSpec*>(free_list);
      free_list = node;
      ++n_free;
    } else {
      std::free(node);
    }
    if (buffer) drop_reference(buffer);  // last: a foreign owner may run code of its own
  }
}

int64_t n_live_nodes() { return live_nodes; }

uint32_t next_mark() {
  static uint32_t mark = 0;
  return ++mark;
}

void first_handle_attached(Node* node) {
  if (node->flags & orphaned) {
    node->flags &= static_cast<uint8_t>(~orphaned);
    pending_bytes.orphaned -= node->buffer ? node->buffer->n_bytes : 0;
  }
  if (!node->is_materialized()) pending_bytes.shown += value_bytes(node);
}

void last_handle_detached(Node* node) {
  if (!node->is_materialized()) {
    pending_bytes.shown -= value_bytes(node);
  } else if (node->buffer && node->references > 1) {
    node->flags |= orphaned;
    pending_bytes.orphaned += node->buffer->n_bytes;
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
