// Leaves, constants and walks.
#include "csrc/graph/value.h"

namespace lazynp {

Value leaf(BufferRef buffer, DType dtype, LayoutRef layout) {
  Node* node = allocate_node();
  node->dtype = dtype;
  node->buffer = buffer.release();
  node->layout = layout.release();
  return Value::adopt(node);
}

Value constant(DType dtype, const void* bytes, Weak weak) {
  Node* node = allocate_node();
  node->dtype = dtype;
  node->weak = weak;
  node->layout = scalar_layout(size_of(dtype)).release();
  std::memcpy(node->value.bytes, bytes, static_cast<size_t>(size_of(dtype)));
  return Value::adopt(node);
}

Value constant(double number) { return constant(DType::float64, &number, Weak::real); }
Value constant(int64_t number) { return constant(DType::int64, &number, Weak::integer); }

std::vector<Node*> topological_order(std::span<Node* const> roots) {
  constexpr uint32_t entered = UINT32_MAX;
  std::vector<Node*> order, stack(roots.rbegin(), roots.rend());
  const uint32_t mark = next_mark();
  while (!stack.empty()) {
    Node* node = stack.back();
    if (node->mark == mark) {
      stack.pop_back();
      if (node->index == entered) {
        node->index = static_cast<uint32_t>(order.size());
        order.push_back(node);
      }
      continue;
    }
    node->mark = mark;
    node->index = entered;
    for (int i = node->n_inputs - 1; i >= 0; --i)
      if (node->inputs[i]->mark != mark) stack.push_back(node->inputs[i]);
  }
  return order;
}

}  // namespace lazynp
