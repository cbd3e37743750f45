// One short tile, without loop nest or threads: the cost of small work is the cost of this class.
#pragma once
#include <memory>

#include "csrc/engine/run_plan.h"

namespace lazynp {

class SmallTile {
 public:
  // Every operand is a single row: `space` has one axis, or all lie alike in memory.
  static bool fits(const Run& run, const Group& group, const Layout& space);

  SmallTile(Run& run, const Group& group, const Layout& space);
  void run();
  char* address(const Argument& argument) const;
  intptr_t stride(const Argument& argument, int itemsize) const;

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
