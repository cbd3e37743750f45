// Map groups: every tile of the output computed once, in parallel.
#include <algorithm>

#include "csrc/engine/run_plan.h"
#include "csrc/engine/thread_pool.h"

namespace lazynp {

namespace {

constexpr int64_t elements_per_chunk = 32768;   // below this, another thread costs more than it brings

// Addresses of all operands at outer index `outer`, innermost position 0.
void outer_addresses(const Nest& nest, int64_t outer, char** addresses) {
  for (size_t k = 0; k < nest.operands.size(); ++k) addresses[k] = nest.operands[k].data;
  for (int axis = nest.ndim - 2; axis >= 0; --axis) {
    const int64_t i = outer % nest.extents[axis];
    outer /= nest.extents[axis];
    for (size_t k = 0; k < nest.operands.size(); ++k) addresses[k] += i * nest.operands[k].strides[axis];
  }
}

struct MapJob {
  Run& run;
  const Group& group;
  const Nest& nest;
  int64_t tiles_per_row, tile_size;

  // Tiles [begin, end), counted row by row.
  void work(int64_t begin, int64_t end) {
    TileRunner runner(run, group, nest);
    std::vector<char*> row(nest.operands.size()), addresses(nest.operands.size());
    int64_t current_row = -1;
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t outer = tile / tiles_per_row, position = (tile % tiles_per_row) * tile_size;
      if (outer != current_row) outer_addresses(nest, current_row = outer, row.data());
      for (size_t k = 0; k < row.size(); ++k)
        addresses[k] = row[k] + (nest.ndim ? position * nest.operands[k].strides[nest.ndim - 1] : 0);
      runner.run(addresses.data(), std::min(tile_size, nest.inner() - position));
    }
  }
};

// Everything lies alike in memory: one row.
bool is_flat(const Run& run, const Group& group, const Layout& space) {
  for (int i : group.memory_nodes) {
    const Slot& slot = run.slots[static_cast<size_t>(i)];
    if (slot.layout->size == 1) continue;
    if (!(slot.layout == &space || (slot.layout->fresh && same_shape(*slot.layout, space)))) return false;
  }
  return space.fresh;
}

// One short tile: no nest, no threads. The cost of small work is the cost of this function.
void run_small(Run& run, const Group& group, int64_t n) {
  alignas(64) char local[4096];
  const int64_t register_bytes = n * 16;
  char* registers = local;
  std::unique_ptr<char[]> heap;
  if (register_bytes * group.n_registers > static_cast<int64_t>(sizeof local)) {
    heap.reset(new char[static_cast<size_t>(register_bytes * group.n_registers + 64)]);
    registers = heap.get() + (64 - reinterpret_cast<uintptr_t>(heap.get()) % 64) % 64;
  }
  for (const Instruction& instruction : group.instructions) {
    const Loop& loop = instruction.op->kernel.loops[instruction.loop];
    char* arguments[max_loop_inputs + 1];
    intptr_t strides[max_loop_inputs + 1];
    const int n_inputs = instruction.n_arguments - 1;
    for (int a = 0; a <= n_inputs; ++a) {
      const Argument& argument = instruction.arguments[a];
      strides[a] = size_of(a == n_inputs ? loop.output : loop.inputs[a]);
      if (argument.is_register) {
        arguments[a] = registers + argument.index * register_bytes;
      } else {
        const Slot& slot = run.slot(group.memory_nodes[static_cast<size_t>(argument.index)]);
        arguments[a] = slot.data;
        if (slot.layout->size == 1) strides[a] = 0;
      }
    }
    const BoundLoop bound = bind_loop(*instruction.op, instruction.loop);
    const intptr_t count = n;
    bound.function(arguments, &count, strides, bound.data);
    if (instruction.op->may_warn) run.note_float_flags(instruction.node);
  }
}

}  // namespace

void run_map(Run& run, const Group& group, const Layout& space) {
  if (space.size == 0) return;
  const int64_t tile_size = tile_elements();
  if (space.size <= tile_size && is_flat(run, group, space)) return run_small(run, group, space.size);
  std::vector<const Slot*> slots;
  for (int i : group.memory_nodes) slots.push_back(&run.slot(i));
  const Nest nest = make_nest(space, space, slots, 0);
  MapJob job{run, group, nest, (nest.inner() + tile_size - 1) / tile_size, tile_size};
  const int64_t n_tiles = nest.n_outer() * job.tiles_per_row;
  const int64_t elements_per_tile = std::min(tile_size, nest.inner());
  parallel_for(n_tiles, std::max<int64_t>(1, elements_per_chunk / elements_per_tile),
               [&](int64_t begin, int64_t end) { job.work(begin, end); });
}

}  // namespace lazynp
