// Life of nodes: free list, iterative destruction, accounting of pending memory.
#include "csrc/graph/node.h"

#include <cstdlib>
#include <new>

namespace lazynp {

RecordContext record_context;
RecordHooks record_hooks;
int64_t orphaned_bytes = 0;
NodePool node_pool;

namespace {

constexpr int max_free_nodes = 8192;

// Accounting that ends with the node.
void forget_accounting(Node* node) {
  if (node->flags & orphaned) orphaned_bytes -= node->buffer ? node->buffer->n_bytes : 0;
}

}  // namespace

Node* new_node_memory() {
  void* const memory = std::malloc(sizeof(Node));
  if (!memory) throw std::bad_alloc();
  return static_cast<Node*>(memory);
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
    --node_pool.n_live;
    if (node_pool.n_free < max_free_nodes) {
      node->op = reinterpret_cast<const OpSpec*>(node_pool.free_list);
      node_pool.free_list = node;
      ++node_pool.n_free;
    } else {
      std::free(node);
    }
    if (buffer) drop_reference(buffer);  // last: a foreign owner may run code of its own
  }
}

uint32_t next_mark() {
  static uint32_t mark = 0;
  return ++mark;
}

void end_orphanage(Node* node) {
  node->flags &= static_cast<uint8_t>(~orphaned);
  orphaned_bytes -= node->buffer ? node->buffer->n_bytes : 0;
}

void begin_orphanage(Node* node) {
  node->flags |= orphaned;
  orphaned_bytes += node->buffer->n_bytes;
}

void set_buffer(Node* node, Buffer* buffer) {
  add_reference(buffer);
  node->buffer = buffer;
}

Buffer* take_buffer(Node* node) {
  if (node->flags & orphaned) end_orphanage(node);
  Buffer* buffer = node->buffer;
  node->buffer = nullptr;
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
