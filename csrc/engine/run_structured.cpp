// Structured ops: hands the operands to the op's own kernel.
#include <cfenv>
#include <deque>

#include "csrc/engine/run_plan.h"
#include "csrc/engine/thread_pool.h"
#include "csrc/ops/several_results.h"

namespace lazynp {

namespace {

// The op's own, or that of the elementwise op that it folds.
BoundLoop loop_of(const Node& node, DType dtype) {
  if (!node.op->kernel.loops.empty()) return bind_loop(*node.op, node.loop);
  const OpSpec* const folded = node.op->combine;
  const uint8_t loop = folded ? folded->loop_of_dtype[static_cast<int>(dtype)] : uint8_t{255};
  return loop == 255 ? BoundLoop{} : bind_loop(*folded, loop);
}

}  // namespace

void run_structured(Run& run, const Group& group) {
  const Node* node = run.nodes[group.seed];
  const Slot& output = run.slot(group.seed);
  std::vector<Operand> inputs;
  for (int i : run.plan_node(group.seed).inputs) {
    const Slot& slot = run.slot(i);
    inputs.push_back({slot.data, run.plan_node(i).dtype, slot.layout});
  }
  std::deque<LocalLayout> layouts;
  std::vector<Operand> results;
  if (node->op->gufunc.n_results > 1)
    for (const ResultPart& part : result_parts(*node->op, node->attributes)) {
      layouts.emplace_back(part.shape, part.strides, 0, size_of(part.dtype));
      results.push_back({output.data + part.offset, part.dtype, layouts.back().get()});
    }
  const BoundLoop loop = inputs.empty() ? BoundLoop{} : loop_of(*node, inputs[0].dtype);
  node->op->run({inputs,
                 {output.data, node->dtype, output.layout},
                 node->attributes,
                 results,
                 parallel_for,
                 loop.function,
                 loop.data});
  run.note_float_flags(node->op->may_warn ? group.seed : -1);
}

}  // namespace lazynp
