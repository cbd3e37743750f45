// Lines divided around their kth elements.
#include "csrc/cpu/partition.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/cpu/lines.h"
#include "csrc/cpu/sort.h"

namespace lazynp {

namespace {

HostPartition host_partition;

std::vector<int64_t> positions_of(const Operand& kth, int64_t extent) {
  std::vector<int64_t> positions(static_cast<size_t>(kth.layout->size));
  const int64_t stride = kth.layout->ndim ? kth.layout->strides_[0] : 0;
  for (size_t i = 0; i < positions.size(); ++i) {
    const auto position = load<int64_t>(kth.data + static_cast<int64_t>(i) * stride);
    positions[i] = position < 0 ? position + extent : position;
    if (positions[i] < 0 || positions[i] >= extent)
      fail(ErrorClass::value, "kth(=" + std::to_string(positions[i]) + ") out of bounds (" +
                                  std::to_string(extent) + ")");
  }
  return positions;
}

// Smaller elements before each of the positions, in rising order: what is left of one need not be
// looked at again.
template <class Iterator, class Before>
void divide(Iterator begin, Iterator end, std::vector<int64_t> positions, Before before) {
  std::ranges::sort(positions);
  Iterator from = begin;
  for (const int64_t position : positions) {
    const Iterator at = begin + position;
    if (at < from) continue;
    std::nth_element(from, at, end, before);
    from = at + 1;
  }
}

// NaN comes last.
template <class T> bool sorts_before(T a, T b) { return less(a, b) || (is_nan(b) && !is_nan(a)); }

template <class T> using Held = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

template <class T> std::vector<Held<T>> line_at(const char* from, int64_t stride, int64_t n) {
  std::vector<Held<T>> line(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i)
    line[static_cast<size_t>(i)] = static_cast<Held<T>>(load<T>(from + i * stride));
  return line;
}

template <class T> void write_line(char* to, int64_t stride, const std::vector<T>& line) {
  for (size_t i = 0; i < line.size(); ++i) store(to + static_cast<int64_t>(i) * stride, line[i]);
}

void check_memory(bool had_memory) {
  if (!had_memory) fail(ErrorClass::memory, "lazynp: partition: out of memory");
}

}  // namespace

void set_host_partition(HostPartition functions) { host_partition = functions; }

void partition_kernel(const KernelCall& call) {
  const Operand &x = call.inputs[0], &out = call.output;
  const int axis = axis_of(call);
  const int64_t n = x.layout->shape_[axis];
  const std::vector<int64_t> kth = positions_of(call.inputs[1], n);
  if (out.layout->size == 0) return;
  if (host_partition.partition) {
    copy_elements(out.data, out.layout->strides(), x.data, x.layout->strides(), x.layout->shape(),
                  x.layout->itemsize);
    return check_memory(host_partition.partition(out, kth, axis));
  }
  with_type_of(x.dtype, [&]<class T>() {
    for_each_line(call, axis, 4, [&](const char* from, char* to) {
      auto line = line_at<T>(from, x.layout->strides_[axis], n);
      divide(line.begin(), line.end(), kth, sorts_before<Held<T>>);
      write_line(to, out.layout->strides_[axis], line);
    });
  });
}

void argpartition_kernel(const KernelCall& call) {
  const Operand &x = call.inputs[0], &out = call.output;
  const int axis = axis_of(call);
  const int64_t n = x.layout->shape_[axis];
  const std::vector<int64_t> kth = positions_of(call.inputs[1], n);
  if (out.layout->size == 0) return;
  if (host_partition.argpartition)
    return check_memory(host_partition.argpartition(x, kth, axis, out));
  with_type_of(x.dtype, [&]<class T>() {
    for_each_line(call, axis, 4, [&](const char* from, char* to) {
      const auto line = line_at<T>(from, x.layout->strides_[axis], n);
      std::vector<int64_t> order(line.size());
      std::iota(order.begin(), order.end(), int64_t{0});
      divide(order.begin(), order.end(), kth, [&](int64_t a, int64_t b) {
        return sorts_before(line[static_cast<size_t>(a)], line[static_cast<size_t>(b)]);
      });
      write_line(to, out.layout->strides_[axis], order);
    });
  });
}

}  // namespace lazynp
