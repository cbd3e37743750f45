#include "csrc/ops/pullback.h"

#include <algorithm>

#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

PullBack pull_back = nullptr;

namespace {

constexpr int n_batches_at = 0;  // attribute

Value recorded(std::span<const Value> inputs, int64_t n_batches) {
  static const OpSpec& op = op_named("with_pullback");
  return apply(op, inputs, AttributeWriter().integer(n_batches).finish());
}

Inference infer_same(Values& inputs, const Attributes*) {
  return {inputs[0].dtype(), dense_like(inputs[0].layout(), size_of(inputs[0].dtype()))};
}

// Inputs: y, the xs, the token.
Values pullback_gradient(const GradientArguments& d) {
  const auto xs = d.inputs.subspan(1, d.inputs.size() - 2);
  Values gradients(d.inputs.size());
  if (xs.empty()) {
    gradients[0] = d.gy;
    return gradients;
  }
  const RecordContext before = record_context;
  const Values found = pull_back(d.inputs.back().node()->buffer->owner, d.gy, xs,
                                 d.attributes->integer(n_batches_at));
  record_context = before;
  std::copy(found.begin(), found.end(), gradients.begin() + 1);
  return gradients;
}

Value batch_value(const BatchArguments& b) {
  Values inputs(b.inputs.begin(), b.inputs.end());
  for (size_t i = 0; i + 1 < inputs.size(); ++i)
    if (!b.is_batched[i])
      inputs[i] = broadcast_to(inputs[i], batched_shape(b.size, inputs[i].shape()));
  return recorded(inputs, b.node.attributes->integer(n_batches_at) + 1);
}

}  // namespace

Value with_pullback(const Value& y, std::span<const Value> xs, const Value& token) {
  Values inputs{y};
  inputs.insert(inputs.end(), xs.begin(), xs.end());
  inputs.push_back(token);
  return recorded(inputs, 0);
}

std::vector<OpSpec> pullback_ops() {
  return {
      OpSpec{
          .name = "with_pullback",
          .doc = "The first input, whose gradient goes to the others as the host says.",
          .kind = OpKind::structured,
          .n_inputs = -1,
          .attributes = {{"n_batches", AttributeType::integer}},
          .run = [](const KernelCall&) {},
          .infer = infer_same,
          .is_part = true,
          .gradient = pullback_gradient,
          .batch = batch_value,
          .updates_input = 0,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 0.5,
      },
  };
}

}  // namespace lazynp
