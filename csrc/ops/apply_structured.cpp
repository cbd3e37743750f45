// Recording ops with a kernel of their own, of one result or of several.
#include <algorithm>

#include "csrc/ops/gufunc.h"
#include "csrc/ops/new_node.h"
#include "csrc/ops/several_results.h"

namespace lazynp {

namespace {

Value new_structured(const OpSpec& op, const Values& inputs, Inference inferred,
                     AttributesRef attributes) {
  std::vector<Node*> nodes;
  nodes.reserve(inputs.size());
  for (const Value& input : inputs) nodes.push_back(input.node());
  Node* node = new_node(op, inferred.dtype, std::move(inferred.layout), nodes);
  node->attributes = attributes.release();
  return Value::adopt(node);
}

Value apply_gufunc(const OpSpec& op, std::span<const Value> given, int loop,
                   AttributesRef attributes) {
  Values inputs(given.begin(), given.end());
  std::vector<Inference> results = infer_gufunc(op, inputs, loop);
  if (results.size() == 1)
    return new_structured(op, inputs, std::move(results[0]), std::move(attributes));
  PackedResults packed = pack_results(op, results, attributes.get());
  return new_structured(op, inputs, std::move(packed.whole), std::move(packed.attributes));
}

// As NumPy chooses for generalized ufuncs: the loop of just these dtypes, else the first that takes
// them safely. Casts the inputs.
uint8_t cast_to_structured_loop(const OpSpec& op, Values& inputs) {
  const auto& loops = op.kernel.loops;
  const auto is_exact = [&](const Loop& loop) {
    return std::ranges::equal(inputs, std::span(loop.inputs, inputs.size()), {}, &Value::dtype);
  };
  const auto exact = std::ranges::find_if(loops, is_exact);
  const uint8_t loop = exact != loops.end() ? static_cast<uint8_t>(exact - loops.begin())
                                            : first_safe_loop(op, inputs, false, no_loop);
  if (loop == no_loop) unsupported_types(op);
  for (size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = converted(inputs[i].node(), loops[loop].inputs[i]);
  return loop;
}

}  // namespace

Value apply_structured(const OpSpec& op, std::span<const Value> given, AttributesRef attributes) {
  if (!op.infer) return apply_gufunc(op, given, -1, std::move(attributes));
  Values inputs(given.begin(), given.end());
  for (Value& input : inputs)
    if (input.node()->weak != Weak::no)
      input = converted(input.node(), default_dtype(input.node()->weak));
  const uint8_t loop = op.kernel.loops.empty() ? uint8_t{0} : cast_to_structured_loop(op, inputs);
  Inference inferred = op.infer(inputs, attributes.get());
  Value value = new_structured(op, inputs, std::move(inferred), std::move(attributes));
  value.node()->loop = loop;
  return value;
}

Values apply_results(const OpSpec& op, std::span<const Value> inputs, int loop) {
  if (op.lower_results) return op.lower_results(inputs);
  if (op.rewrite)
    if (Value other = op.rewrite(inputs, nullptr)) return {other};
  const Value whole = apply_gufunc(op, inputs, loop, default_attributes(op));
  return op.gufunc.n_results > 1 ? results_of(whole) : Values{whole};
}

}  // namespace lazynp
