// Folds in NumPy's order, through the calls that NumPy makes of the op's loop.
#include "csrc/cpu/fold.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/base/memory_order.h"
#include "csrc/cpu/lines.h"

namespace lazynp {

namespace {

constexpr int64_t numpy_buffer_elements = 8192;

void call_loop(const KernelCall& call, char* first, int64_t first_stride, char* second,
               int64_t second_stride, char* result, int64_t result_stride, int64_t n) {
  char* arguments[3] = {first, second, result};
  const intptr_t count = n, strides[3] = {first_stride, second_stride, result_stride};
  if (n > 0) call.host(arguments, &count, strides, call.host_data);
}

bool is_aligned(const Operand& operand) {
  const auto alignment = static_cast<uintptr_t>(info(operand.dtype).alignment);
  auto bits = reinterpret_cast<uintptr_t>(operand.data);
  for (const int64_t stride : operand.layout->strides()) bits |= static_cast<uintptr_t>(stride);
  return bits % alignment == 0;
}

// ---------------------------------------------------------------- over axes

enum { result_at, elements_at, mask_at, n_operands };

struct Axis {
  int64_t extent, strides[n_operands];
  bool is_reduced;
};

class Fold {
 public:
  explicit Fold(const KernelCall& call)
      : call_(call),
        elements_(call.inputs[0]),
        size_(elements_.layout->itemsize),
        has_start_(call.inputs.size() > 1),
        has_mask_(call.inputs.size() > 2),
        is_copied_(!is_aligned(elements_)) {
    describe_axes();
    const bool is_cast = call.attributes->has(2) && call.attributes->boolean(2);
    first_inner_ = static_cast<int>(axes_.size());
    while (first_inner_ > 0 && axes_[static_cast<size_t>(first_inner_ - 1)].is_reduced)
      run_length_ *= axes_[static_cast<size_t>(--first_inner_)].extent;
    const int64_t row = axes_.empty() ? 1 : std::max<int64_t>(axes_.back().extent, 1);
    const bool is_one_row = run_length_ == row && !is_cast;
    block_ = is_one_row                    ? run_length_
             : row < numpy_buffer_elements ? numpy_buffer_elements / row * row
             : is_cast                     ? numpy_buffer_elements
                                           : row;
    keeps_inner_ = !axes_.empty() && !axes_.back().is_reduced;
    if (keeps_inner_) --first_inner_;
  }

  void run() {
    begin_results();
    if (elements_.layout->size == 0) return;
    // The longest kept axis is shared out: which thread folds a result changes no bit of it.
    size_t shared = axes_.size();
    for (size_t i = 0; i < axes_.size(); ++i)
      if (!axes_[i].is_reduced &&
          (shared == axes_.size() || axes_[i].extent > axes_[shared].extent))
        shared = i;
    if (shared == axes_.size()) return run_part(shared, 0, 1);
    const int64_t extent = axes_[shared].extent;
    // Parts of rows are as long as one call of the loop is worth.
    const bool are_rows = shared + 1 == axes_.size();
    const int64_t grain = grain_for(elements_.layout->size / extent);
    parallel_for(call_, extent, are_rows ? std::max<int64_t>(grain, 512) : grain,
                 [&](int64_t begin, int64_t end) { run_part(shared, begin, end); });
  }

 private:
  uint64_t reduced_axes() const {
    if (!call_.attributes->has(0)) return ~uint64_t{0};
    uint64_t axes = 0;
    for (const int64_t axis : call_.attributes->integers(0)) axes |= uint64_t{1} << axis;
    return axes;
  }

  // From the outermost axis to the innermost, as NumPy's iterator walks over all operands; those
  // are joined that all of them walk through alike.
  void describe_axes() {
    const Layout &in = *elements_.layout, &out = *call_.output.layout;
    const uint64_t reduced = reduced_axes();
    int64_t strides[n_operands][max_ndim] = {};
    int own = 0;
    for (int i = 0; i < in.ndim; ++i) {
      const bool is_reduced = reduced >> i & 1;
      strides[result_at][i] = is_reduced ? 0 : out.strides_[out.ndim == in.ndim ? i : own];
      own += !is_reduced;
      strides[elements_at][i] = in.strides_[i];
      if (has_mask_) strides[mask_at][i] = call_.inputs[2].layout->strides_[i];
    }
    const auto ndim = static_cast<size_t>(in.ndim);
    const LocalLayout result(in.shape(), {strides[result_at], ndim}, 0, size_),
        mask(in.shape(), {strides[mask_at], ndim}, 0, 1);
    const Layout* const layouts[n_operands] = {result.get(), elements_.layout, mask.get()};
    int order[max_ndim];
    iterator_order({layouts, has_mask_ ? 3u : 2u}, in.ndim, order);
    for (int k = in.ndim; k-- > 0;) {
      const int i = order[k];
      if (in.shape_[i] == 1) continue;
      Axis axis{in.shape_[i], {}, (reduced >> i & 1) != 0};
      bool joins = !axes_.empty() && axes_.back().is_reduced == axis.is_reduced;
      for (int operand = 0; operand < n_operands; ++operand) {
        axis.strides[operand] = strides[operand][i];
        joins = joins && axes_.back().strides[operand] == axis.strides[operand] * axis.extent;
      }
      if (joins) axis.extent *= axes_.back().extent, axes_.pop_back();
      axes_.push_back(axis);
    }
  }

  // The value to begin with, or a copy of the first elements, which are left out then.
  void begin_results() {
    const Layout &in = *elements_.layout, &out = *call_.output.layout;
    const uint64_t reduced = reduced_axes();
    int64_t strides[max_ndim] = {};
    if (!has_start_)
      for (int i = 0, own = 0; i < in.ndim; ++i) {
        const bool is_reduced = reduced >> i & 1;
        if (out.ndim == in.ndim)
          strides[i] = is_reduced ? 0 : in.strides_[i];
        else if (!is_reduced)
          strides[own++] = in.strides_[i];
      }
    const char* const from = has_start_ ? call_.inputs[1].data : elements_.data;
    copy_elements(call_.output.data, out.strides(), from, {strides, out.shape().size()},
                  out.shape(), static_cast<int>(size_));
  }

  struct Place {
    char* data[n_operands];
    bool is_first;  // of the elements that go into its results
  };
  struct Buffers {
    std::vector<char> elements, mask;
  };

  // Everything at [begin, end) of the axis `shared`.
  void run_part(size_t shared, int64_t begin, int64_t end) const {
    std::vector<Axis> axes = axes_;
    Place start{{call_.output.data, elements_.data, has_mask_ ? call_.inputs[2].data : nullptr},
                !has_start_};
    if (shared < axes.size()) {
      axes[shared].extent = end - begin;
      for (int i = 0; i < n_operands; ++i) start.data[i] += begin * axes[shared].strides[i];
    }
    Buffers buffers;
    visit(axes, 0, start, buffers);
  }

  void visit(std::span<const Axis> axes, int level, const Place& place, Buffers& buffers) const {
    if (level == first_inner_) {
      const auto inner = axes.subspan(static_cast<size_t>(level));
      return keeps_inner_ ? update_row(inner[0], place, buffers) : fold_run(inner, place, buffers);
    }
    const Axis& axis = axes[static_cast<size_t>(level)];
    Place here = place;
    for (int64_t i = 0; i < axis.extent; ++i) {
      here.is_first = place.is_first && (i == 0 || !axis.is_reduced);
      visit(axes, level + 1, here, buffers);
      for (int k = 0; k < n_operands; ++k) here.data[k] += axis.strides[k];
    }
  }

  // Runs of elements that take part, as NumPy's loop with a mask sees them.
  void combine(char* result, int64_t result_stride, char* data, int64_t stride, const char* mask,
               int64_t mask_stride, int64_t n) const {
    if (!has_mask_)
      return call_loop(call_, result, result_stride, data, stride, result, result_stride, n);
    for (int64_t i = 0; i < n;) {
      const int64_t begin = i;
      while (i < n && mask[i * mask_stride]) ++i;
      call_loop(call_, result + begin * result_stride, result_stride, data + begin * stride, stride,
                result + begin * result_stride, result_stride, i - begin);
      while (i < n && !mask[i * mask_stride]) ++i;
    }
  }

  // The innermost axis is kept: its results are updated element by element.
  void update_row(const Axis& axis, const Place& place, Buffers& buffers) const {
    if (place.is_first) return;
    char* data = place.data[elements_at];
    int64_t stride = axis.strides[elements_at];
    if (is_copied_) {
      copy_to(buffers.elements, data, stride, axis.extent, size_);
      data = buffers.elements.data();
      stride = size_;
    }
    combine(place.data[result_at], axis.strides[result_at], data, stride, place.data[mask_at],
            axis.strides[mask_at], axis.extent);
  }

  static void copy_to(std::vector<char>& buffer, const char* from, int64_t stride, int64_t n,
                      int64_t size) {
    buffer.resize(static_cast<size_t>(n * size));
    copy_elements(buffer.data(), {&size, 1}, from, {&stride, 1}, {&n, 1}, static_cast<int>(size));
  }

  // The reduced axes at the end: call by call, as NumPy divides them.
  void fold_run(std::span<const Axis> axes, const Place& place, Buffers& buffers) const {
    for (int64_t begin = 0; begin < run_length_; begin += block_) {
      const int64_t n = std::min(block_, run_length_ - begin), skipped = place.is_first && !begin;
      const int64_t row = axes.empty() ? 1 : axes.back().extent;
      Place at = place;
      if (!axes.empty()) seek(axes, begin, at);
      const bool is_in_place = !is_copied_ && begin % row + n <= row;
      int64_t stride = axes.empty() ? 0 : axes.back().strides[elements_at],
              mask_stride = axes.empty() ? 0 : axes.back().strides[mask_at];
      if (!is_in_place) {
        gather(axes, begin, n, elements_at, size_, place, buffers.elements);
        at.data[elements_at] = buffers.elements.data();
        stride = size_;
        if (has_mask_) gather(axes, begin, n, mask_at, 1, place, buffers.mask);
        at.data[mask_at] = buffers.mask.data();
        mask_stride = 1;
      }
      combine(place.data[result_at], 0, at.data[elements_at] + skipped * stride, stride,
              at.data[mask_at] + skipped * mask_stride, mask_stride, n - skipped);
    }
  }

  static void seek(std::span<const Axis> axes, int64_t position, Place& place) {
    for (size_t k = axes.size(); k-- > 0; position /= axes[k].extent)
      for (int i = 0; i < n_operands; ++i)
        place.data[i] += position % axes[k].extent * axes[k].strides[i];
  }

  static void gather(std::span<const Axis> axes, int64_t begin, int64_t n, int operand,
                     int64_t size, const Place& place, std::vector<char>& buffer) {
    buffer.resize(static_cast<size_t>(n * size));
    for (int64_t done = 0; done < n;) {
      Place at = place;
      int64_t row = 1, stride = 0, column = 0;
      if (!axes.empty()) {
        seek(axes, begin + done, at);
        row = axes.back().extent;
        stride = axes.back().strides[operand];
        column = (begin + done) % row;
      }
      const int64_t count = std::min(n - done, row - column);
      copy_elements(buffer.data() + done * size, {&size, 1}, at.data[operand], {&stride, 1},
                    {&count, 1}, static_cast<int>(size));
      done += count;
    }
  }

  const KernelCall& call_;
  const Operand& elements_;
  int64_t size_;
  bool has_start_, has_mask_;
  bool is_copied_;  // unaligned elements are copied before the loop sees them
  std::vector<Axis> axes_;
  int first_inner_ = 0;  // axes before it are walked through; those from it on are one run
  bool keeps_inner_ = false;
  int64_t run_length_ = 1, block_ = 1;
};

// ---------------------------------------------------------------- along one axis

// Calls body(elements, stride, results) for each line along `axis`; unaligned lines are copied.
template <class Body> void for_lines(const KernelCall& call, int axis, Body body) {
  const Operand& x = call.inputs[0];
  const int64_t n = x.layout->shape_[axis], stride = x.layout->strides_[axis],
                size = x.layout->itemsize;
  if (is_aligned(x))
    return for_each_line(call, axis, 1, [&](char* line, char* to) { body(line, stride, to); });
  for_each_line(call, axis, 1, [&](char* line, char* to) {
    std::vector<char> copied(static_cast<size_t>(n * size));
    copy_elements(copied.data(), {&size, 1}, line, {&stride, 1}, {&n, 1}, static_cast<int>(size));
    body(copied.data(), size, to);
  });
}

}  // namespace

void fold_kernel(const KernelCall& call) { Fold(call).run(); }

void accumulate_kernel(const KernelCall& call) {
  const Layout& out = *call.output.layout;
  if (out.size == 0) return;
  const int axis = axis_of(call);
  const int64_t n = out.shape_[axis], to_stride = out.strides_[axis];
  for_lines(call, axis, [&](char* from, int64_t stride, char* to) {
    std::memcpy(to, from, out.itemsize);
    call_loop(call, to, to_stride, from + stride, stride, to + to_stride, to_stride, n - 1);
  });
}

void reduceat_kernel(const KernelCall& call) {
  const Layout& out = *call.output.layout;
  if (out.size == 0) return;
  const int axis = axis_of(call);
  const int64_t n = call.inputs[0].layout->shape_[axis], n_segments = out.shape_[axis];
  const auto start_of = [&](int64_t i) {
    return load<int64_t>(call.inputs[1].data + i * call.inputs[1].layout->strides_[0]);
  };
  for_lines(call, axis, [&](char* from, int64_t stride, char* to) {
    for (int64_t i = 0; i < n_segments; ++i, to += out.strides_[axis]) {
      const int64_t start = start_of(i), end = i + 1 < n_segments ? start_of(i + 1) : n;
      std::memcpy(to, from + start * stride, out.itemsize);
      call_loop(call, to, 0, from + (start + 1) * stride, stride, to, 0, end - start - 1);
    }
  });
}

}  // namespace lazynp
