// Consecutive groups over the same rows, run block by block of rows instead of one after the other.
//
// A softmax is a maximum per row, an exponential with its sum per row, and a division: three
// groups, each of which would walk through memory once. Rows do not depend on each other, so all
// three can run on a few rows while these are in the cache. Every element is computed as before.
#include <algorithm>

#include "csrc/engine/row_block.h"
#include "csrc/engine/thread_pool.h"

namespace lazynp {

namespace {

constexpr int64_t smallest_bytes = 1 << 20;  // below this everything is in the cache anyway

bool reduces_rows(const Run& run, const Group& group) {
  return axes_mask(*run.nodes[group.seed]->attributes, 0, space_of(run, group).ndim) & 1;
}

class Chain {
 public:
  Chain(const Run& run, size_t first) : run_(run), first_(first) {}

  size_t end() {
    const auto& groups = run_.plan->groups;
    size_t end = first_;
    while (end < groups.size() && joins(groups[end])) ++end;
    return std::max(end, first_ + 1);
  }

 private:
  bool joins(const Group& group) {
    if (group.kind != GroupKind::map && group.kind != GroupKind::reduce) return false;
    if (depends_on_calls(group)) return false;
    const Layout& space = space_of(run_, group);
    if (space.ndim < 2 || (n_rows_ && (space.shape_[0] != n_rows_ || space.ndim != ndim_)))
      return false;
    if (!n_rows_ && (space.shape_[0] < 2 || space.size * space.itemsize < smallest_bytes))
      return false;
    if (!has_outer_rows(space) || (group.kind == GroupKind::reduce && reduces_rows(run_, group)))
      return false;
    for (int i : group.memory_nodes)
      if (!is_row_aligned(i, space)) return false;
    if (group.donated_input >= 0 && is_viewed(group.donated_input)) return false;
    n_rows_ = space.shape_[0];
    ndim_ = space.ndim;
    read_.insert(read_.end(), group.memory_nodes.begin(), group.memory_nodes.end());
    produced_.insert(produced_.end(), group.outputs.begin(), group.outputs.end());
    return true;
  }

  bool is_produced(int i) const {
    return std::find(produced_.begin(), produced_.end(), i) != produced_.end();
  }

  // Groups before read other rows of it than they would overwrite.
  bool is_viewed(int i) const {
    return std::any_of(read_.begin(), read_.end(),
                       [&](int r) { return run_.plan_node(r).shows == i; });
  }

  // What the chain itself computes has to be read row by row, and not through a view.
  bool is_row_aligned(int i, const Layout& space) const {
    const int shown = run_.plan_node(i).shows;
    if (shown >= 0 && is_produced(shown)) return false;
    if (!is_produced(i)) return true;
    const Layout& layout = *run_.slots[static_cast<size_t>(i)].layout;
    return layout.ndim == space.ndim && layout.shape_[0] == space.shape_[0];
  }

  const Run& run_;
  size_t first_;
  int64_t n_rows_ = 0;
  int ndim_ = 0;
  std::vector<int> produced_, read_;
};

}  // namespace

size_t row_block_end(const Run& run, size_t first) { return Chain(run, first).end(); }

void run_row_blocks(Run& run, size_t first, size_t end) {
  const auto& groups = run.plan->groups;
  const Layout& space = space_of(run, groups[first]);
  const int64_t n_rows = space.shape_[0],
                row_bytes = std::max<int64_t>(space.size / n_rows * space.itemsize, 1);
  const int64_t rows_per_block = std::clamp<int64_t>(row_block_bytes / row_bytes, 1, n_rows);
  parallel_for(n_rows, rows_per_block * 4, [&](int64_t begin, int64_t stop) {
    RowBlock block(run, first, end);
    for (int64_t row = begin; row < stop; row += rows_per_block) {
      Run& part = block.rows(row, std::min(stop, row + rows_per_block));
      for (size_t g = first; g < end; ++g) {
        if (groups[g].kind == GroupKind::map)
          run_map(part, groups[g], *part.slot(groups[g].space).layout);
        else
          run_reduce(part, groups[g]);
      }
    }
  });
}

}  // namespace lazynp
