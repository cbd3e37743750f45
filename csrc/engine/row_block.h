// A run as some rows of its groups see it.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "csrc/engine/run_plan.h"

namespace lazynp {

inline constexpr int64_t row_block_bytes = 128 << 10;  // of one operand: some fit a level-2 cache

inline const Layout& space_of(const Run& run, const Group& group) {
  return *run.slots[static_cast<size_t>(group.space)].layout;
}

// Rows are the outermost axis in memory, so that a block of them is a block of memory.
inline bool has_outer_rows(const Layout& layout) {
  for (int i = 1; i < layout.ndim; ++i)
    if (layout.shape_[i] > 1 && std::abs(layout.strides_[i]) > std::abs(layout.strides_[0]))
      return false;
  return true;
}

// The run as a block of rows sees it.
class RowBlock {
 public:
  RowBlock(const Run& run, size_t first, size_t end) : run_(run), block_(run) {
    const auto& groups = run.plan->groups;
    n_rows_ = space_of(run, groups[first]).shape_[0];
    const int ndim = space_of(run, groups[first]).ndim;
    for (size_t g = first; g < end; ++g) {
      const Group& group = groups[g];
      for (int i : group.memory_nodes) add(i, ndim);
      for (int i : group.outputs) add_output(i);
      add(group.space, ndim);
    }
  }

  Run& rows(int64_t begin, int64_t end) {
    layouts_.clear();
    for (int i : sliced_) {
      const Slot& whole = run_.slots[static_cast<size_t>(i)];
      Slot& slot = block_.slot(i);
      slot = whole;
      int64_t shape[max_ndim];
      std::copy(whole.layout->shape_, whole.layout->shape_ + whole.layout->ndim, shape);
      shape[0] = end - begin;
      layouts_.push_back(
          std::make_unique<LocalLayout>(Shape{shape, whole.layout->ndim}, whole.layout->strides(),
                                        whole.layout->offset, whole.layout->itemsize));
      slot.layout = layouts_.back()->get();
      if (whole.data) slot.data = whole.data + begin * whole.layout->strides_[0];
    }
    return block_;
  }

 private:
  void add(int i, int ndim) {
    const Layout& layout = *run_.slots[static_cast<size_t>(i)].layout;
    if (layout.ndim == ndim && layout.shape_[0] == n_rows_) add_output(i);
  }
  void add_output(int i) {
    if (std::find(sliced_.begin(), sliced_.end(), i) == sliced_.end()) sliced_.push_back(i);
  }

  const Run& run_;
  Run block_;
  int64_t n_rows_ = 0;
  std::vector<int> sliced_;
  std::vector<std::unique_ptr<LocalLayout>> layouts_;
};

}  // namespace lazynp
