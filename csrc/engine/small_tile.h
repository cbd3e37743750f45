// One short tile, without loop nest or threads: the cost of small work is the cost of this class.
#pragma once
#include <memory>

#include "csrc/engine/register_chain.h"
#include "csrc/engine/run_plan.h"

namespace lazynp {

class SmallTile {
 public:
  // Every operand is a single row: `space` has one axis, or all lie alike in memory.
  static bool fits(const Run& run, const Group& group, const Layout& space);

  SmallTile(Run& run, const Group& group, const Layout& space);
  void run();
  Row row(const Argument& argument, int itemsize, bool is_output) const {
    if (argument.is_register) return {registers_ + argument.index * register_bytes_, itemsize};
    const int node = group_.memory_nodes[static_cast<size_t>(argument.index)];
    const Slot& slot = run_.slots[static_cast<size_t>(node)];
    const Layout& layout = *slot.layout;
    // A single element is NumPy's row of one, and so is a result without dimensions: loops may take
    // another way where a stride is 0.
    const bool stays = layout.size == 1 && !is_output && (n_ > 1 || layout.ndim == 0);
    return {slot.data, stays ? 0 : one_axis_ ? layout.strides_[0] : itemsize};
  }

 private:
  Run& run_;
  const Group& group_;
  int64_t n_, register_bytes_;
  bool one_axis_;
  char* registers_;
  std::unique_ptr<char[]> heap_;
  alignas(64) char local_[4096];
};

}  // namespace lazynp
