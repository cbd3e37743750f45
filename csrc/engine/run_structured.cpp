// Structured ops: hands the operands to the op's own kernel.
#include <cfenv>
#include <deque>

#include "csrc/engine/run_plan.h"
#include "csrc/engine/thread_pool.h"
#include "csrc/ops/several_results.h"

namespace lazynp {

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
  const bool has_loops = !node->op->kernel.loops.empty();
  const BoundLoop loop = has_loops ? bind_loop(*node->op, node->loop) : BoundLoop{};
  node->op->run({inputs,
                 {output.data, node->dtype, output.layout},
                 node->attributes,
                 results,
                 parallel_for,
                 loop.function,
                 loop.data});
  if (node->op->may_warn) run.note_float_flags(group.seed);
}

}  // namespace lazynp
