// Map groups: every tile of the output computed once, in parallel.
#include <algorithm>
#include <memory>

#include "csrc/engine/run_plan.h"
#include "csrc/engine/small_tile.h"
#include "csrc/engine/thread_pool.h"

namespace lazynp {

namespace {

// Addresses of all operands at outer index `outer`, the others 0.
void outer_addresses(const Nest& nest, int64_t outer, char** addresses) {
  for (size_t k = 0; k < nest.operands.size(); ++k) addresses[k] = nest.operands[k].data;
  for (int axis = nest.tile_axis - 1; axis >= 0; --axis) {
    const int64_t i = outer % nest.extents[axis];
    outer /= nest.extents[axis];
    for (size_t k = 0; k < nest.operands.size(); ++k)
      addresses[k] += i * nest.operands[k].strides[axis];
  }
}

struct MapJob {
  Run& run;
  const Group& group;
  const Nest& nest;
  int64_t n_indices;       // of the tile axis
  int64_t n_per_tile;      // of them
  int64_t n_tiles_in_row;  // ceil(n_indices / n_per_tile)

  MapJob(Run& run, const Group& group, const Nest& nest)
      : run(run),
        group(group),
        nest(nest),
        n_indices(nest.ndim ? nest.extents[nest.tile_axis] : 1),
        n_per_tile(std::min(n_indices, tile_elements(group) / nest.per_index)),
        n_tiles_in_row((n_indices + n_per_tile - 1) / n_per_tile) {}

  int64_t n_tiles() const { return nest.n_outer() * n_tiles_in_row; }
  int64_t elements_per_tile() const { return n_per_tile * nest.per_index; }

  // Tiles [begin, end), counted row by row.
  void work(int64_t begin, int64_t end) const {
    TileRunner runner(run, group, nest);
    const size_t n_operands = nest.operands.size();
    SmallVector<char*, 8> row(n_operands), addresses(n_operands);
    int64_t current_row = -1;
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t outer = tile / n_tiles_in_row, first = tile % n_tiles_in_row * n_per_tile;
      if (outer != current_row) outer_addresses(nest, current_row = outer, row.data());
      for (size_t k = 0; k < n_operands; ++k)
        addresses[k] = row[k] + (nest.ndim ? first * nest.operands[k].strides[nest.tile_axis] : 0);
      runner.run(addresses.data(), std::min(n_per_tile, n_indices - first) * nest.per_index);
    }
  }
};

bool runs_backwards(const Layout& layout) {
  for (int i = 0; i < layout.ndim; ++i)
    if (layout.shape_[i] > 1 && layout.strides_[i] < 0) return true;
  return false;
}

// NumPy computes what is assigned to a region into memory of its own, and its loops give other bits
// for negative strides.
bool is_computed_apart(const Run& run, const Group& group) {
  const auto goes_back = [&](int i) {
    return runs_backwards(*run.slots[static_cast<size_t>(i)].layout);
  };
  return group.kind == GroupKind::write && uses_host_loops(group) &&
         std::ranges::any_of(group.memory_nodes, goes_back);
}

void run_tiles(Run& run, const Group& group, const Layout& space) {
  if (space.size <= tile_elements() && SmallTile::fits(run, group, space)) {
    SmallTile(run, group, space).run();
    return;
  }
  if (depends_on_calls(group)) return run_calls(run, group, space);
  SmallVector<const Slot*, 8> slots;
  for (int i : group.memory_nodes) slots.push_back(&run.slot(i));
  Nest nest;
  make_nest(nest, space, space, slots, 0);
  widen_tiles(nest, group);
  const MapJob job(run, group, nest);
  parallel_for(
      job.n_tiles(),
      std::max<int64_t>(1, elements_per_chunk(group, space.size) / job.elements_per_tile()),
      [&](int64_t begin, int64_t end) { job.work(begin, end); });
}

void run_apart(Run& run, const Group& group) {
  Slot& seed = run.slot(group.seed);
  const Slot region = seed;
  const Layout& own = *run.nodes[group.seed]->inputs[1]->layout;
  const std::unique_ptr<char[]> memory(new char[static_cast<size_t>(own.size * own.itemsize)]);
  seed = {memory.get(), memory.get(), &own, nullptr};
  run_tiles(run, group, own);
  seed = region;
  copy_elements(region.data, region.layout->strides(), memory.get(), own.strides(), own.shape(),
                own.itemsize);
}

}  // namespace

void run_map(Run& run, const Group& group, const Layout& space) {
  if (space.size == 0) return;
  if (is_computed_apart(run, group)) return run_apart(run, group);
  run_tiles(run, group, space);
}

}  // namespace lazynp
