// Integers counted, and whether a sequence rises.
#include "csrc/cpu/counting.h"

#include <algorithm>

#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

// One thread: sums of weights depend on the order.
template <class T, class Amount> void count(const KernelCall& call, Amount amount) {
  const Operand& x = call.inputs[0];
  T* const bins = reinterpret_cast<T*>(call.output.data);
  const int64_t n = x.layout->shape_[0], stride = x.layout->strides_[0],
                n_bins = call.output.layout->shape_[0];
  std::fill(bins, bins + n_bins, T{0});
  for (int64_t i = 0; i < n; ++i) {
    const auto bin = load<int64_t>(x.data + i * stride);
    if (static_cast<uint64_t>(bin) >= static_cast<uint64_t>(n_bins))
      fail(ErrorClass::value, bin < 0 ? "'list' argument must have no negative elements"
                                      : "lazynp: bincount: a number beyond the last bin");
    bins[bin] += amount(i);
  }
}

}  // namespace

void bincount_kernel(const KernelCall& call) {
  if (call.inputs.size() == 1) return count<int64_t>(call, [](int64_t) { return int64_t{1}; });
  const Operand& weights = call.inputs[1];
  const int64_t stride = weights.layout->strides_[0];
  count<double>(call, [&](int64_t i) { return load<double>(weights.data + i * stride); });
}

void monotonicity_kernel(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const int64_t n = x.layout->shape_[0], stride = x.layout->strides_[0];
  const auto at = [&](int64_t i) { return load<double>(x.data + i * stride); };
  int64_t i = 1;
  while (i < n && at(i) == at(0)) ++i;
  int64_t result = 1;
  if (i < n) {
    const bool rises = at(i - 1) < at(i);
    result = rises ? 1 : -1;
    for (++i; i < n && result; ++i)
      if (rises ? at(i - 1) > at(i) : at(i - 1) < at(i)) result = 0;
  }
  store(call.output.data, result);
}

}  // namespace lazynp
