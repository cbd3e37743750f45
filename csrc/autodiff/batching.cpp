// One walk over what depends on the placeholders, node by node in the order of recording.
#include "csrc/autodiff/batching.h"

#include <algorithm>
#include <unordered_map>

#include "csrc/base/error.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/rules.h"
#include "csrc/ops/several_results.h"

namespace lazynp {
namespace {

// What stands for a node. Of ops with several results there is no value of all, as the results of
// the batch lie in memory one after the other, not those of each element.
struct Batched {
  Value whole;
  Values results;
};

// The nodes without value behind `results`, in the order of recording.
std::vector<Node*> nodes_behind(std::span<const Value> results) {
  const uint32_t mark = next_mark();
  std::vector<Node*> nodes;
  const auto visit = [&](Node* node) {
    if (node->mark == mark || !has_no_value(node)) return;
    node->mark = mark;
    nodes.push_back(node);
  };
  for (const Value& result : results) visit(result.node());
  for (size_t next = 0; next < nodes.size(); ++next) {
    Node* const node = nodes[next];
    for (Node* input : node->operands()) visit(input);
  }
  std::ranges::sort(nodes, {}, &Node::sequence);
  return nodes;
}

// The layout of one element, over and over again.
LayoutRef repeated(const Layout& one, int64_t size) {
  Extents shape{size}, strides{one.size * one.itemsize};
  shape.insert(shape.end(), one.shape().begin(), one.shape().end());
  strides.insert(strides.end(), one.strides().begin(), one.strides().end());
  return make_layout(shape, strides, 0, one.itemsize);
}

// A part of each element: `part` lies in memory of the layout `one`, as each element of `all` does.
LayoutRef part_of_each(const Layout& all, const Layout& one, const Layout& part) {
  Extents shape{all.shape_[0]}, strides{all.strides_[0]};
  shape.insert(shape.end(), part.shape().begin(), part.shape().end());
  strides.insert(strides.end(), part.strides().begin(), part.strides().end());
  return make_layout(shape, strides, all.offset + part.offset - one.offset, part.itemsize);
}

bool has_layout_inside(const Layout& all, const Layout& one) {
  for (int i = 0; i < one.ndim; ++i)
    if (one.shape_[i] > 1 && all.strides_[i + 1] != one.strides_[i]) return false;
  return true;
}

bool is_view(const Value& x) { return x.node()->op && x.node()->op->kind == OpKind::view; }

// Nodes are recorded as those for one element were: line, errstate.
class RecordLike {
 public:
  explicit RecordLike(const Node& node) : saved_(record_context) {
    record_context = {node.source, node.error_state};
  }
  ~RecordLike() { record_context = saved_; }
  RecordLike(const RecordLike&) = delete;
  RecordLike& operator=(const RecordLike&) = delete;

 private:
  RecordContext saved_;
};

class Rewrite {
 public:
  explicit Rewrite(const Batch& batch) : size_(batch.size) {
    for (size_t i = 0; i < batch.placeholders.size(); ++i)
      known_[batch.placeholders[i].node()] = {batch.values[i], {}};
  }

  void add(const Node& node) {
    if (known_.count(&node)) return;
    std::vector<uint8_t> is_batched;
    for (const Node* input : node.operands()) is_batched.push_back(known_.count(input) > 0);
    if (std::ranges::count(is_batched, 0) == std::ssize(is_batched)) return;
    for (int i = 0; i < node.n_inputs; ++i)
      if (!is_batched[static_cast<size_t>(i)]) note_shared(*node.inputs[i]);
    may_raise_ |= node.op->may_raise || node.op->has_raising_loops;
    const RecordLike position(node);
    known_[&node] = rewritten(node, is_batched);
  }

  BatchedValues finish(std::span<const Value> results) const {
    BatchedValues found{{}, reads_shared_, may_raise_};
    for (const Value& result : results) {
      const auto at = known_.find(result.node());
      found.values.push_back(at == known_.end() ? Value() : at->second.whole);
    }
    return found;
  }

 private:
  void note_shared(const Node& input) {
    reads_shared_ |= (input.flags & shared_memory) ||
                     (input.n_inputs > 0 && (input.inputs[0]->flags & shared_memory));
  }

  Batched rewritten(const Node& node, std::span<const uint8_t> is_batched) const {
    switch (node.op->kind) {
      case OpKind::view: return {part(node), {}};
      case OpKind::write: return {written(node), {}};
      case OpKind::reduction: return {reduced(node), {}};
      default: break;
    }
    Values inputs;
    for (Node* input : node.operands()) inputs.push_back(batched_or_same(input));
    const BatchArguments b{node, inputs, is_batched, size_};
    if (node.op == &cast_op())
      return {copy_as(inputs[0], repeated(*node.layout, size_), node.dtype), {}};
    if (node.op->kind == OpKind::elementwise)
      return {apply_loop(*node.op, node.loop, aligned_inputs(b)), {}};
    if (node.op->gufunc.signature) {
      Values results = batch_stacks(b);
      return node.op->gufunc.n_results > 1 ? Batched{{}, std::move(results)}
                                           : Batched{results[0], {}};
    }
    Value whole = node.op->batch ? node.op->batch(b) : Value();
    return {whole ? std::move(whole) : batch_each(b), {}};
  }

  Value batched_or_same(Node* node) const {
    const auto at = known_.find(node);
    if (at == known_.end()) return Value::share(node);
    LNP_ASSERT(at->second.whole);  // of ops with several results there are views
    return at->second.whole;
  }

  // The batch of `node` in memory of its own, where each element lies as `node` does.
  Value in_own_memory(Node* node) const {
    Value x = batched_or_same(node);
    LayoutRef wanted = repeated(*node->layout, size_);
    if (!known_.count(node)) x = broadcast_to(x, wanted->shape());
    if (!is_view(x) && same_layout(x.layout(), *wanted)) return x;
    return copy_as(x, std::move(wanted), x.dtype());
  }

  Value part_of(const Value& all, const Layout& one, const Node& node) const {
    const Value x = has_layout_inside(all.layout(), one)
                        ? all
                        : copy_as(all, repeated(one, size_), all.dtype());
    return view(x, part_of_each(x.layout(), one, *node.layout), node.dtype);
  }

  Value part(const Node& node) const {
    const Node& base = *node.inputs[0];
    const Batched& all = known_.at(&base);
    if (all.whole) return part_of(all.whole, *base.layout, node);
    const std::vector<ResultPart> parts = result_parts(*base.op, base.attributes);
    size_t k = parts.size() - 1;
    while (k > 0 && base.layout->offset + parts[k].offset > node.layout->offset) --k;
    const LayoutRef one =
        make_layout(parts[k].shape, parts[k].strides, base.layout->offset + parts[k].offset,
                    size_of(parts[k].dtype));
    return part_of(all.results[k], *one, node);
  }

  Value written(const Node& node) const {
    const Value base = in_own_memory(node.inputs[0]);
    LayoutRef region = part_of_each(base.layout(), *node.inputs[0]->layout, *node.region);
    const Value value = batched_or_same(node.inputs[1]);  // has the region's shape
    return write_region(base, std::move(region), value, value.dtype());
  }

  Value reduced(const Node& node) const {
    AttributeWriter writer;
    Extents axes;
    for (const int axis : reduced_axes(node.attributes, 0, node.inputs[0]->layout->ndim))
      axes.push_back(axis + 1);
    writer.integers(axes);
    for (int i = 1; i < node.attributes->n_attributes; ++i) writer.copy_of(*node.attributes, i);
    return apply(*node.op, {batched_or_same(node.inputs[0])}, writer.finish());
  }

  int64_t size_;
  std::unordered_map<const Node*, Batched> known_;
  bool reads_shared_ = false, may_raise_ = false;
};

}  // namespace

BatchedValues batched(std::span<const Value> results, const Batch& batch) {
  Rewrite rewrite(batch);
  for (const Node* node : nodes_behind(results)) rewrite.add(*node);
  return rewrite.finish(results);
}

}  // namespace lazynp
