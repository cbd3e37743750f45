// Lines divided around their kth elements.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// NumPy's own, set once at start where Python is there: its order on either side of the kth is that
// of its algorithm. A dense array is partitioned along an axis in place, or its order is written to
// `order`. False: out of memory.
struct HostPartition {
  bool (*partition)(const Operand& array, std::span<const int64_t> kth, int axis) = nullptr;
  bool (*argpartition)(const Operand& array, std::span<const int64_t> kth, int axis,
                       const Operand& order) = nullptr;
};
void set_host_partition(HostPartition functions);

void partition_kernel(const KernelCall& call);     // x, kth; attributes: axis, kind
void argpartition_kernel(const KernelCall& call);  // the output is int64; axis None: x is 1-d

}  // namespace lazynp
