// Value: a counted reference to a node, with what rules and callers need to build graphs.
#pragma once
#include <vector>

#include "csrc/graph/node.h"

namespace lazynp {

class Value {
 public:
  Value() = default;
  static Value adopt(Node* node) {
    Value v;
    v.node_ = Ref<Node>::adopt(node);
    return v;
  }
  static Value share(Node* node) {
    Value v;
    v.node_ = Ref<Node>::share(node);
    return v;
  }
  Node* node() const { return node_.get(); }
  Node* release() { return node_.release(); }
  explicit operator bool() const { return bool(node_); }
  DType dtype() const { return node_->dtype; }
  int ndim() const { return node_->layout->ndim; }
  int64_t size() const { return node_->layout->size; }
  Shape shape() const { return node_->layout->shape(); }
  const Layout& layout() const { return *node_->layout; }

 private:
  Ref<Node> node_;
};
using Values = std::vector<Value>;

// A materialized leaf. The layout describes where the elements lie in `buffer`.
Value leaf(BufferRef buffer, DType dtype, LayoutRef layout);
// 0-d constants: raw bytes of `dtype`, or a Python-like number that adapts (Weak).
Value constant(DType dtype, const void* bytes, Weak weak = Weak::no);
Value constant(double number);   // weak real
Value constant(int64_t number);  // weak integer
inline Value constant(int number) { return constant(static_cast<int64_t>(number)); }

std::vector<Node*> topological_order(std::span<Node* const> roots);

}  // namespace lazynp
