// Reverse mode: one walk finds the nodes between the xs and y, one walk back applies their rules.
#include "csrc/autodiff/gradient.h"

#include "csrc/autodiff/region_gradient.h"
#include "csrc/base/error.h"
#include "csrc/ops/op_spec.h"

namespace lazynp {
namespace {

constexpr int32_t off_path = -1;

bool is_watched(const Node& node) { return node.flags & NodeFlags::watched; }
bool ends_history(const Node& node) { return !node.op || (node.flags & NodeFlags::watched_leaf); }

// The watched nodes that y is computed from, inputs first. `operands` holds the position of every
// operand of every node, `off_path` where no gradient can pass.
struct Path {
  std::vector<Node*> nodes;
  std::vector<uint32_t> first_operand;
  std::vector<int32_t> operands;
  std::vector<int32_t> targets;  // position of each x, `off_path` where y does not depend on it
  std::vector<bool> is_target;

  std::span<const int32_t> operands_of(size_t i) const {
    return {operands.data() + first_operand[i], first_operand[i + 1] - first_operand[i]};
  }
};

bool carries_gradient(const Node& node) { return is_watched(node) && is_inexact(node.dtype); }

// Depth first without recursion. Positions go to Node::index, which is valid until the next walk.
uint32_t collect_watched_nodes(Node* y, std::vector<Node*>& nodes) {
  const uint32_t mark = next_mark();
  struct Step {
    Node* node;
    uint32_t next;
  };
  std::vector<Step> stack;
  auto enter = [&](Node* node) {
    if (node->mark == mark || !is_watched(*node)) return;
    node->mark = mark;
    stack.push_back({node, 0});
  };
  enter(y);
  while (!stack.empty()) {
    Step& step = stack.back();
    Node* node = step.node;
    if (ends_history(*node) || step.next == node->n_inputs) {
      node->index = static_cast<uint32_t>(nodes.size());
      nodes.push_back(node);
      stack.pop_back();
    } else {
      enter(node->inputs[step.next++]);
    }
  }
  return mark;
}

Path find_path(const Value& y, std::span<const Value> xs) {
  Path path;
  const uint32_t mark = collect_watched_nodes(y.node(), path.nodes);
  path.is_target.resize(path.nodes.size());
  for (const Value& x : xs) {
    const bool is_found = x.node()->mark == mark;
    path.targets.push_back(is_found ? static_cast<int32_t>(x.node()->index) : off_path);
    if (is_found) path.is_target[x.node()->index] = true;
  }
  std::vector<bool> leads_to_target(path.is_target);
  path.first_operand.push_back(0);
  for (size_t i = 0; i < path.nodes.size(); ++i) {
    const Node& node = *path.nodes[i];
    for (const Node* input : ends_history(node) ? std::span<Node* const>() : node.operands()) {
      const bool is_useful = input->mark == mark && carries_gradient(*input) &&
                             leads_to_target[input->index] && is_inexact(node.dtype);
      path.operands.push_back(is_useful ? static_cast<int32_t>(input->index) : off_path);
      if (is_useful) leads_to_target[i] = true;
    }
    path.first_operand.push_back(static_cast<uint32_t>(path.operands.size()));
  }
  return path;
}

Value real_part(const Value& z) {
  const DType dtype = z.dtype() == DType::complex64 ? DType::float32 : DType::float64;
  const Layout& layout = z.layout();
  return view(z, make_layout(layout.shape(), layout.strides(), layout.offset, size_of(dtype)),
              dtype);
}

// Gives a gradient the shape and dtype of the value that it belongs to.
Value fitted(Value gradient, const Node& like) {
  if (!same_shape(gradient.layout(), *like.layout)) {
    int64_t common[max_ndim];
    int ndim = 0;
    LNP_ASSERT(broadcast_shapes(gradient.shape(), like.layout->shape(), common, ndim));
    if (gradient.size() >= like.layout->size)
      gradient = sum_to_shape(gradient, like.layout->shape());
    if (!same_shape(gradient.layout(), *like.layout))
      gradient = broadcast_to(gradient, like.layout->shape());
  }
  if (is_complex(gradient.dtype()) && !is_complex(like.dtype)) gradient = real_part(gradient);
  return gradient.dtype() == like.dtype ? gradient : astype(gradient, like.dtype);
}

// The gradient of one node as it comes together.
struct Sum {
  Value whole;
  std::vector<RegionGradient> parts;

  void add(Value gradient) { whole = whole ? whole + gradient : std::move(gradient); }
  bool is_zero() const { return !whole && parts.empty(); }
  Value finish(const Node& node) {
    if (parts.empty()) return whole;
    Value total = add_parts(node, std::move(whole), parts);
    parts.clear();
    return total;
  }
};

[[noreturn]] void fail_without_rule(const OpSpec& op) {
  std::string text = std::string("lazynp: ") + op.name + ": has no gradient";
  if (op.no_gradient) text += std::string(": ") + op.no_gradient;
  fail(ErrorClass::no_gradient, text + "; use lazynp.stop_gradient on its input if zero is meant");
}

Values apply_rule(const Node& node, const Value& gy) {
  if (!node.op->gradient) fail_without_rule(*node.op);
  Values inputs;
  for (Node* input : node.operands()) inputs.push_back(Value::share(input));
  const Value output = Value::share(const_cast<Node*>(&node));
  return node.op->gradient({inputs, output, gy, node.attributes, node});
}

void pass_back(const Path& path, size_t i, const Value& gy, std::vector<Sum>& sums) {
  const Node& node = *path.nodes[i];
  const std::span<const int32_t> operands = path.operands_of(i);
  bool has_useful_operand = false;
  for (const int32_t position : operands) has_useful_operand |= position != off_path;
  if (!has_useful_operand) return;

  if (node.op->kind == OpKind::view) {
    ViewGradient gradient = view_gradient(node, gy);
    Sum& sum = sums[operands[0]];
    if (gradient.whole) sum.add(fitted(std::move(gradient.whole), *node.inputs[0]));
    for (RegionGradient& part : gradient.parts) sum.parts.push_back(std::move(part));
    return;
  }
  const Values contributions =
      node.op->kind == OpKind::write ? write_gradient(node, gy) : apply_rule(node, gy);
  LNP_ASSERT(contributions.size() == operands.size());
  for (size_t k = 0; k < operands.size(); ++k) {
    if (operands[k] == off_path || !contributions[k]) continue;
    sums[operands[k]].add(fitted(contributions[k], *node.inputs[k]));
  }
}

// Gradient nodes carry the recording line of the node that they belong to.
class RecordAtSourceOf {
 public:
  explicit RecordAtSourceOf(const Node& node) : saved_(record_context.source) {
    if (node.source) record_context.source = node.source;
  }
  ~RecordAtSourceOf() { record_context.source = saved_; }
  RecordAtSourceOf(const RecordAtSourceOf&) = delete;
  RecordAtSourceOf& operator=(const RecordAtSourceOf&) = delete;

 private:
  uint32_t saved_;
};

// A view of a view is a view of the base: no gradient arrives at the one between.
void refuse_unwatched_view(const Node& x) {
  if (!x.op || x.op->kind != OpKind::view || ends_history(x)) return;
  fail(ErrorClass::lazy,
       "lazynp: gradients: an x of shape " + shape_text(x.layout->shape()) +
           " is a view that was not watched itself; call lazynp.watch(x) before computing y, or "
           "take the gradient with respect to its base");
}

void check_cotangent(const Value& y, const Value& gy) {
  if (!gy || same_shape(gy.layout(), y.layout())) return;
  fail(ErrorClass::value, "lazynp: gradients: gy must have the shape of y; got " +
                              shape_text(gy.shape()) + " and " + shape_text(y.shape()));
}

Value zeros_like(const Node& node) { return full(node.layout->shape(), node.dtype, constant(0)); }

constexpr uint8_t leaf_flags = NodeFlags::watched | NodeFlags::watched_leaf;

// The same value as a node without inputs where it is there already, else a copy that is to be
// made.
Value same_value(const Value& x) {
  const Node& node = *x.node();
  if (node.buffer && node.layout->dense) {
    return leaf(BufferRef::share(node.buffer), node.dtype, LayoutRef::share(node.layout));
  }
  return copy(x);
}

Value new_leaf(const Value& x) {
  Value result = same_value(x);
  result.node()->flags |= leaf_flags;
  return result;
}

}  // namespace

void check_watchable(DType dtype) {
  if (is_inexact(dtype)) return;
  fail(ErrorClass::type,
       std::string("lazynp: watch: gradients need a floating or complex dtype; got ") +
           info(dtype).name + "; convert with astype(float) first");
}

Value watch(const Value& x) {
  check_watchable(x.dtype());
  return new_leaf(x);
}

Value watch_argument(const Value& x) {
  check_watchable(x.dtype());
  return is_watched(*x.node()) ? copy(x) : new_leaf(x);
}

void check_watched(std::span<const Value> xs) {
  for (size_t i = 0; i < xs.size(); ++i) {
    if (is_watched(*xs[i].node())) continue;
    fail(ErrorClass::history_released,
         "lazynp: gradients: xs[" + std::to_string(i) + "] of shape " + shape_text(xs[i].shape()) +
             " is not watched, so what was computed from it kept no history; call lazynp.watch(x) "
             "before computing y");
  }
  for (const Value& x : xs) refuse_unwatched_view(*x.node());
}

Value without_history(const Value& x) {
  Value result = same_value(x);
  result.node()->flags &= static_cast<uint8_t>(~leaf_flags);
  return result;
}

Values gradients(const Value& y, std::span<const Value> xs, const Value& gy) {
  check_watched(xs);
  check_cotangent(y, gy);
  const Path path = find_path(y, xs);
  std::vector<Sum> sums(path.nodes.size());
  if (!sums.empty() && carries_gradient(*y.node())) {
    const Value start = gy ? gy : full(y.shape(), y.dtype(), constant(1));
    sums.back().add(fitted(start, *y.node()));
  }
  for (size_t i = path.nodes.size(); i-- > 0;) {
    if (sums[i].is_zero()) continue;
    const RecordAtSourceOf position(*path.nodes[i]);
    const Value total = sums[i].finish(*path.nodes[i]);
    sums[i].whole = path.is_target[i] ? total : Value();
    if (!ends_history(*path.nodes[i])) pass_back(path, i, total, sums);
  }
  Values results;
  for (size_t k = 0; k < xs.size(); ++k) {
    const int32_t position = path.targets[k];
    const bool is_connected = position != off_path && sums[position].whole;
    results.push_back(is_connected ? sums[position].whole : zeros_like(*xs[k].node()));
  }
  return results;
}

void end_watch(std::span<const Value> leaves, std::span<const Value> results) {
  std::vector<Node*> order;
  for (const Value& result : results) collect_watched_nodes(result.node(), order);
  for (const Value& x : leaves) {
    if (x.node()->flags & NodeFlags::watched_leaf)
      x.node()->flags &= static_cast<uint8_t>(~leaf_flags);
  }
  for (Node* node : order) {
    if (ends_history(*node)) continue;
    bool is_still_watched = false;
    for (const Node* input : node->operands()) is_still_watched |= is_watched(*input);
    if (is_still_watched) continue;
    node->flags &= static_cast<uint8_t>(~NodeFlags::watched);
    if (node->buffer) forget_inputs(node);
  }
}

}  // namespace lazynp
