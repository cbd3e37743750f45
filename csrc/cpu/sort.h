// Order along an axis. NaN comes last; complex numbers compare by real, then imaginary part.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

enum class SortKind : uint8_t { quick, stable };  // NumPy's heapsort is its quicksort
inline constexpr int n_sort_kinds = 2;
SortKind sort_kind(const Attributes& attributes);  // of (axis, kind, stable)

// NumPy's own sorts of contiguous elements, set once at start where Python is there: they decide
// the order of equal elements (-0 and 0, or the indices of argsort's default kind).
struct HostSort {
  int (*sort)(void* elements, intptr_t n, void* array) = nullptr;
  int (*argsort)(void* elements, intptr_t* indices, intptr_t n, void* array) = nullptr;
};
void set_host_sort(DType dtype, SortKind kind, HostSort functions);
const HostSort& host_sort(DType dtype, SortKind kind);

void sort_kernel(const KernelCall& call);     // attributes: axis (None: 1-d), kind, ...
void argsort_kernel(const KernelCall& call);  // the output is int64
void searchsorted_kernel(
    const KernelCall& call);  // attributes: side; inputs: sorted 1-d array, values

}  // namespace lazynp
