// Small work: the instructions of a group called once each.
#include "csrc/engine/small_tile.h"

namespace lazynp {

namespace {

bool is_aligned(const Slot& slot, int64_t stride) {
  const int64_t alignment = slot.layout->itemsize == 16 ? 8 : slot.layout->itemsize;
  return ((reinterpret_cast<int64_t>(slot.data) | stride) & (alignment - 1)) == 0;
}

}  // namespace

bool SmallTile::fits(const Run& run, const Group& group, const Layout& space) {
  for (int i : group.memory_nodes) {
    const Slot& slot = run.slots[static_cast<size_t>(i)];
    const Layout& layout = *slot.layout;
    if (&layout == &space && space.fresh) continue;
    if (space.ndim == 1 && layout.ndim <= 1) {
      if (!is_aligned(slot, layout.ndim ? layout.strides_[0] : 0)) return false;
    } else if (layout.size != 1 && !(space.fresh && layout.fresh && layout.size == space.size)) {
      return false;
    } else if (layout.size == 1 && !is_aligned(slot, 0)) {
      return false;
    }
  }
  return space.fresh || space.ndim == 1;
}

SmallTile::SmallTile(Run& run, const Group& group, const Layout& space)
    : run_(run),
      group_(group),
      n_(space.size),
      register_bytes_(space.size * 16),
      one_axis_(space.ndim == 1),
      registers_(local_) {
  const int64_t n_bytes = register_bytes_ * (group.n_registers + 1);  // and one to spare
  if (n_bytes <= static_cast<int64_t>(sizeof local_)) return;
  heap_.reset(new char[static_cast<size_t>(n_bytes + 64)]);
  registers_ = heap_.get() + (64 - reinterpret_cast<uintptr_t>(heap_.get()) % 64) % 64;
}

void SmallTile::run() {
  const auto row_of = [&](const Instruction& instruction, const Loop& loop, int a) {
    const bool is_output = a + 1 == instruction.n_arguments;
    const DType dtype = is_output ? loop.output : loop.inputs[a];
    return row(instruction.arguments[a], size_of(dtype), is_output);
  };
  const auto argument_row = [&](size_t k, int a) {
    const Instruction& instruction = group_.instructions[k];
    return row_of(instruction, instruction.op->kernel.loops[instruction.loop], a);
  };
  const auto call = [&](size_t k) {
    const Instruction& instruction = group_.instructions[k];
    const Loop& loop = instruction.op->kernel.loops[instruction.loop];
    char* arguments[max_loop_inputs + 1];
    intptr_t strides[max_loop_inputs + 1];
    for (int a = 0; a < instruction.n_arguments; ++a) {
      const Row operand = row_of(instruction, loop, a);
      arguments[a] = operand.data;
      strides[a] = operand.stride;
    }
    const BoundLoop bound = bind_loop(*instruction.op, instruction.loop);
    const intptr_t count = n_;
    bound.function(arguments, &count, strides, bound.data);
    run_.note_float_flags(instruction.op->may_warn ? instruction.node : -1);
  };
  char* const spare = registers_ + group_.n_registers * register_bytes_;
  run_instructions(group_.instructions, n_, spare, run_.float_flags != nullptr, argument_row, call);
}

}  // namespace lazynp
