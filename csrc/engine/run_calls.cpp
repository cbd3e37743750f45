// Single ops whose bits depend on the calls that NumPy makes of its inner loop: the same calls.
//
// NumPy's iterator (nditer_constr.c, npyiter_find_buffering_setup) joins axes, and copies operands
// that cannot be walked with one stride into buffers of 8192 elements where that makes calls
// longer.
#include <algorithm>
#include <memory>

#include "csrc/engine/run_plan.h"
#include "csrc/engine/thread_pool.h"

namespace lazynp {

namespace {

constexpr int64_t buffer_elements = 8192;

const Loop& loop_of(const Instruction& instruction) {
  return instruction.op->kernel.loops[instruction.loop];
}

// Long calls are cut into tiles of a size that every vector loop divides.
struct CallsJob {
  Run& run;
  const Instruction& instruction;
  const Nest& nest;
  int64_t tile_size, tiles_per_call, calls_per_walk;

  int n_operands() const { return static_cast<int>(nest.operands.size()); }
  int64_t extent(int axis) const { return nest.ndim ? nest.extents[axis] : 1; }

  // Address of every operand where the walk number `outer` begins.
  void begin_of_walk(int64_t outer, char** addresses) const {
    for (int k = 0; k < n_operands(); ++k) addresses[k] = operand(k).data;
    for (int axis = nest.calls.first_axis - 1; axis >= 0; --axis) {
      const int64_t i = outer % nest.extents[axis];
      outer /= nest.extents[axis];
      for (int k = 0; k < n_operands(); ++k) addresses[k] += i * operand(k).strides[axis];
    }
  }
  const NestOperand& operand(int k) const { return nest.operands[static_cast<size_t>(k)]; }
  int64_t inner_stride(int k) const { return nest.ndim ? operand(k).strides[nest.ndim - 1] : 0; }
  // A single element for the whole walk.
  bool stands_still(int k) const {
    for (int axis = nest.calls.first_axis; axis < nest.ndim; ++axis)
      if (operand(k).strides[axis] != 0) return false;
    return true;
  }

  // Copies elements [begin, begin + n) of a walk into `tile`, or back.
  void copy(int k, char* walk, int64_t begin, int64_t n, char* tile, bool back) const {
    const NestOperand& operand = this->operand(k);
    const int64_t inner = extent(nest.ndim - 1), stride = inner_stride(k);
    const int64_t size = operand.itemsize;
    for (int64_t done = 0; done < n;) {
      int64_t rest = (begin + done) / inner;
      const int64_t first = (begin + done) % inner, length = std::min(inner - first, n - done);
      char* memory = walk + first * stride;
      for (int axis = nest.ndim - 2; axis >= nest.calls.first_axis; --axis) {
        memory += rest % nest.extents[axis] * operand.strides[axis];
        rest /= nest.extents[axis];
      }
      copy_elements(back ? memory : tile, {back ? &stride : &size, 1}, back ? tile : memory,
                    {back ? &size : &stride, 1}, {&length, 1}, operand.itemsize);
      tile += length * size;
      done += length;
    }
  }

  void run_tile(const BoundLoop& loop, char* const* walk, int64_t begin, int64_t n,
                char* tiles) const {
    char* arguments[max_loop_inputs + 1];
    intptr_t strides[max_loop_inputs + 1];
    const int output = instruction.n_arguments - 1;
    for (int a = 0; a <= output; ++a) {
      const int k = instruction.arguments[a].index;
      strides[a] = inner_stride(k);
      arguments[a] = walk[k] + begin * strides[a];
      if (!operand(k).buffered) continue;
      arguments[a] = tiles + a * tile_size * 16;
      if (!stands_still(k)) strides[a] = operand(k).itemsize;
      if (a != output) copy(k, walk[k], begin, strides[a] ? n : 1, arguments[a], false);
    }
    const intptr_t count = n;
    loop.function(arguments, &count, strides, loop.data);
    run.note_float_flags(instruction.op->may_warn ? instruction.node : -1);
    const int k = instruction.arguments[output].index;
    if (operand(k).buffered) copy(k, walk[k], begin, n, arguments[output], true);
  }

  // Tiles [begin, end), counted call by call and walk by walk.
  void work(int64_t begin, int64_t end) const {
    const BoundLoop loop = bind_loop(*instruction.op, instruction.loop);
    const std::unique_ptr<char[]> tiles(
        new char[static_cast<size_t>(tile_size * 16 * (max_loop_inputs + 1))]);
    std::vector<char*> walk(nest.operands.size());
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t call = tile / tiles_per_call, in_call = tile % tiles_per_call * tile_size;
      const int64_t call_begin = call % calls_per_walk * nest.calls.n_per_call;
      const int64_t n_call = std::min(nest.calls.n_per_call, nest.calls.n_walked - call_begin);
      if (in_call >= n_call) continue;
      begin_of_walk(call / calls_per_walk, walk.data());
      run_tile(loop, walk.data(), call_begin + in_call, std::min(tile_size, n_call - in_call),
               tiles.get());
    }
  }
};

}  // namespace

Calls divide_into_calls(Nest& nest) {
  // cost: 1 + the number of operands copied; chosen is what makes cost per element least.
  const int last = nest.ndim - 1;
  std::vector<int> n_axes(nest.operands.size(), 1);  // that one stride walks along
  double cost = 1;
  for (const NestOperand& operand : nest.operands) cost += !operand.aligned;
  int64_t size = nest.inner(), best_size = size, core = 1;
  double best_cost = cost;
  int best = 0;  // counted from the innermost axis
  for (int i = 1; i < nest.ndim && (size < buffer_elements || cost == 1); ++i) {
    const int axis = last - i;
    for (size_t k = 0; k < nest.operands.size(); ++k) {
      const NestOperand& operand = nest.operands[k];
      if (n_axes[k] != i) continue;
      if (operand.strides[axis + 1] * nest.extents[axis + 1] == operand.strides[axis])
        ++n_axes[k];
      else
        cost += operand.aligned;
    }
    const int64_t inner_size = size;
    size *= nest.extents[axis];
    const int64_t in_buffer = cost > 1 ? std::min(size, buffer_elements) : size;
    if (cost * static_cast<double>(best_size) > best_cost * static_cast<double>(in_buffer))
      continue;
    best = i;
    best_cost = cost;
    best_size = size;
    core = inner_size;
  }
  Calls calls{std::max(last - best, 0), best_size, best_size};
  bool any_buffered = false;
  for (size_t k = 0; k < nest.operands.size(); ++k)
    any_buffered |= nest.operands[k].buffered = !nest.operands[k].aligned || n_axes[k] <= best;
  if (any_buffered && best_size > buffer_elements) calls.n_per_call = buffer_elements / core * core;
  return calls;
}

bool depends_on_calls(const Group& group) {
  if (group.instructions.size() != 1) return false;
  const Loop& loop = loop_of(group.instructions[0]);
  return loop.sees != Sees::elements && loop.host && engine_config.use_host_loops;
}

void run_calls(Run& run, const Group& group, const Layout& space) {
  SmallVector<const Slot*, 8> slots;
  for (int i : group.memory_nodes) slots.push_back(&run.slot(i));
  Nest nest;
  make_nest(nest, space, space, slots, 0);  // fresh memory, in the order of all inputs
  const Calls& calls = nest.calls;
  const int64_t tile_size = tile_elements();
  const CallsJob job{run,
                     group.instructions[0],
                     nest,
                     tile_size,
                     (calls.n_per_call + tile_size - 1) / tile_size,
                     (calls.n_walked + calls.n_per_call - 1) / calls.n_per_call};
  const int64_t n_tiles = space.size / calls.n_walked * job.calls_per_walk * job.tiles_per_call;
  const int64_t per_tile = std::min(tile_size, calls.n_per_call);
  parallel_for(n_tiles, std::max<int64_t>(1, elements_per_chunk(group, space.size) / per_tile),
               [&](int64_t begin, int64_t end) { job.work(begin, end); });
}

}  // namespace lazynp
