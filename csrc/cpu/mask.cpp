// Elements chosen by truth: read, replaced, and where they are.
#include "csrc/cpu/mask.h"

#include <algorithm>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

template <class T> inline bool is_true(const char* address) {
  const T x = load<T>(address);
  if constexpr (std::is_same_v<T, Half>)
    return (x.bits & 0x7fff) != 0;
  else
    return x != T(0);
}

// Calls visit(i) for every true element among n; positions are collected without branches, but that
// eight false ones that lie side by side are passed over.
template <class T, class Visit>
void for_true_elements(const char* data, int64_t stride, int64_t n, Visit visit) {
  constexpr int64_t block = 512;
  uint16_t positions[block];
  for (int64_t begin = 0; begin < n; begin += block) {
    const int64_t length = std::min(block, n - begin);
    const char* start = data + begin * stride;
    int64_t count = 0, i = 0;
    const auto collect = [&](int64_t end) {
      for (; i < end; ++i) {
        positions[count] = static_cast<uint16_t>(i);
        count += is_true<T>(start + i * stride);
      }
    };
    const auto eight = [&](int64_t k) { return load<uint64_t>(start + i + k); };
    while (sizeof(T) == 1 && stride == 1 && i + 32 <= length) {
      if ((eight(0) | eight(8) | eight(16) | eight(24)) == 0) {
        i += 32;
        continue;
      }
      for (int k = 0; k < 4; ++k) {
        if (eight(0) == 0)
          i += 8;
        else
          collect(i + 8);
      }
    }
    collect(length);
    for (int64_t k = 0; k < count; ++k) visit(begin + positions[k]);
  }
}

// Whether one stride leads through the first `ndim` axes in C order.
bool runs_on(const Layout& layout, int ndim) {
  for (int i = 0; i + 1 < ndim; ++i)
    if (layout.strides_[i] != layout.strides_[i + 1] * layout.shape_[i + 1]) return false;
  return true;
}

// The positions of a mask in C order, in segments that threads count and then visit on their own.
// A second array of the same leading shape walks along.
class MaskWalk {
 public:
  MaskWalk(const Operand& mask, const Layout* other) : mask_(mask.data) {
    const Layout& layout = *mask.layout;
    const int last = layout.ndim - 1;
    if (last > 0 && other && runs_on(layout, last + 1) &&
        runs_on(*other, last + 1)) {  // one long line
      length_ = layout.size;
      stride_ = layout.strides_[last];
      other_stride_ = other->strides_[last];
      cut_lines();
      return;
    }
    for (int i = 0; i < last; ++i)
      lines_.add_axis(layout.shape_[i], {layout.strides_[i], other ? other->strides_[i] : 0});
    if (last >= 0) {
      length_ = layout.shape_[last];
      stride_ = layout.strides_[last];
      other_stride_ = other ? other->strides_[last] : 0;
    }
    cut_lines();
  }
  int64_t n_segments() const { return lines_.size() * segments_per_line_; }
  int64_t segment_length() const { return segment_; }
  int64_t other_stride() const { return other_stride_; }
  int64_t first_position(int64_t segment) const {
    return segment / segments_per_line_ * length_ + segment % segments_per_line_ * segment_;
  }

  // Calls visit(mask address, elements, offset in the other array) for segments [begin, end).
  template <class Visit> void for_segments(int64_t begin, int64_t end, Visit visit) const {
    Walk<2> line = lines_;
    for (int64_t s = begin; s < end; ++s) {
      line.seek(s / segments_per_line_);
      const int64_t start = s % segments_per_line_ * segment_;
      visit(s, mask_ + line.offset(0) + start * stride_, std::min(segment_, length_ - start),
            line.offset(1) + start * other_stride_);
    }
  }
  int64_t stride() const { return stride_; }

 private:
  void cut_lines() {
    segment_ = std::min<int64_t>(std::max<int64_t>(length_, 1), elements_per_chunk);
    segments_per_line_ = (length_ + segment_ - 1) / segment_;
  }
  const char* mask_;
  Walk<2> lines_;
  int64_t length_ = 1, stride_ = 0, other_stride_ = 0, segment_ = 1, segments_per_line_ = 1;
};

// How many elements are true before each segment.
template <class T>
std::vector<int64_t> ranks(const KernelCall& call, const MaskWalk& walk, int64_t expected) {
  std::vector<int64_t> counts(static_cast<size_t>(walk.n_segments()) + 1);
  parallel_for(
      call, walk.n_segments(), grain_for(walk.segment_length()), [&](int64_t begin, int64_t end) {
        walk.for_segments(begin, end, [&](int64_t s, const char* mask, int64_t n, int64_t) {
          int64_t count = 0;
          if (std::is_same_v<T, bool> && walk.stride() == 1)
            count = n_true(mask, n);
          else if (walk.stride() == sizeof(T))
            for (int64_t i = 0; i < n; ++i)
              count += is_true<T>(mask + i * static_cast<int64_t>(sizeof(T)));
          else
            for (int64_t i = 0; i < n; ++i) count += is_true<T>(mask + i * walk.stride());
          counts[static_cast<size_t>(s) + 1] = count;
        });
      });
  for (size_t s = 1; s < counts.size(); ++s) counts[s] += counts[s - 1];
  if (counts.back() != expected)
    fail(ErrorClass::value, "lazynp: a mask has " + std::to_string(counts.back()) +
                                " true elements; got " + std::to_string(expected) +
                                " as their number; count them when the mask is final");
  return counts;
}

// Calls move(offset in the other array, rank) for every true element.
template <class Move>
void for_true(const KernelCall& call, const MaskWalk& walk, int64_t expected, Move move) {
  const std::vector<int64_t> before = ranks<bool>(call, walk, expected);
  parallel_for(
      call, walk.n_segments(), grain_for(walk.segment_length()), [&](int64_t begin, int64_t end) {
        walk.for_segments(begin, end, [&](int64_t s, const char* mask, int64_t n, int64_t other) {
          int64_t rank = before[static_cast<size_t>(s)];
          for_true_elements<bool>(mask, walk.stride(), n, [&](int64_t i) {
            move(other + i * walk.other_stride(), rank++);
          });
        });
      });
}

// The axes of x behind the mask's.
struct Rest {
  Shape shape;
  Strides x_strides, packed_strides;
  int64_t n_elements = 1;

  Rest(const Layout& x, const Layout& packed, int mask_ndim)
      : shape(x.shape().subspan(static_cast<size_t>(mask_ndim))),
        x_strides(x.strides().subspan(static_cast<size_t>(mask_ndim))),
        packed_strides(packed.strides().subspan(1)) {
    for (int64_t extent : shape) n_elements *= extent;
  }
};

}  // namespace

int64_t n_true(const char* bools, int64_t n) {
  constexpr int64_t lanes = 64, most_steps = 255;  // that a byte can count
  int64_t count = 0, i = 0;
  while (i + lanes <= n) {
    uint8_t counts[lanes] = {};
    const int64_t end = i + lanes * std::min(most_steps, (n - i) / lanes);
    for (; i < end; i += lanes)
      for (int64_t k = 0; k < lanes; ++k) counts[k] += bools[i + k] != 0;
    for (const uint8_t c : counts) count += c;
  }
  for (; i < n; ++i) count += bools[i] != 0;
  return count;
}

void compress_mask_kernel(const KernelCall& call) {
  const Operand &x = call.inputs[0], &mask = call.inputs[1];
  const Layout& out = *call.output.layout;
  const MaskWalk walk(mask, x.layout);
  const Rest rest(*x.layout, out, mask.layout->ndim);
  const int64_t step = out.strides_[0];
  with_size_of(out.itemsize, [&]<class T>() {
    if (rest.n_elements == 1)
      for_true(call, walk, out.shape_[0], [&](int64_t from, int64_t rank) {
        store(call.output.data + rank * step, load<T>(x.data + from));
      });
    else
      for_true(call, walk, out.shape_[0], [&](int64_t from, int64_t rank) {
        copy_elements(call.output.data + rank * step, rest.packed_strides, x.data + from,
                      rest.x_strides, rest.shape, out.itemsize);
      });
  });
}

void mask_assign_kernel(const KernelCall& call) {
  const Operand &mask = call.inputs[1], &values = call.inputs[2];
  const Layout& out = *call.output.layout;
  const MaskWalk walk(mask, &out);
  const Rest rest(out, *values.layout, mask.layout->ndim);
  const int64_t step = values.layout->strides_[0];
  with_size_of(out.itemsize, [&]<class T>() {
    if (rest.n_elements == 1)
      for_true(call, walk, values.layout->shape_[0], [&](int64_t to, int64_t rank) {
        store(call.output.data + to, load<T>(values.data + rank * step));
      });
    else
      for_true(call, walk, values.layout->shape_[0], [&](int64_t to, int64_t rank) {
        copy_elements(call.output.data + to, rest.x_strides, values.data + rank * step,
                      rest.packed_strides, rest.shape, out.itemsize);
      });
  });
}

void nonzero_kernel(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const int ndim = x.layout->ndim;
  const MaskWalk walk(x, nullptr);
  const Layout& out = *call.output.layout;
  const int64_t rank_step = out.strides_[0], axis_step = ndim > 0 ? out.strides_[1] : 0;
  with_type_of(x.dtype, [&]<class T>() {
    const std::vector<int64_t> before = ranks<T>(call, walk, out.shape_[0]);
    parallel_for(
        call, walk.n_segments(), grain_for(walk.segment_length()), [&](int64_t begin, int64_t end) {
          walk.for_segments(begin, end, [&](int64_t s, const char* data, int64_t n, int64_t) {
            int64_t coordinates[max_ndim];
            int64_t position = walk.first_position(s);
            for (int axis = ndim - 1; axis >= 0; --axis) {
              coordinates[axis] = position % x.layout->shape_[axis];
              position /= x.layout->shape_[axis];
            }
            char* row = call.output.data + before[static_cast<size_t>(s)] * rank_step;
            const int64_t first =
                coordinates[ndim - 1];  // within one line only the last coordinate moves
            for_true_elements<T>(data, walk.stride(), n, [&](int64_t i) {
              for (int axis = 0; axis + 1 < ndim; ++axis)
                store(row + axis * axis_step, coordinates[axis]);
              store(row + (ndim - 1) * axis_step, first + i);
              row += rank_step;
            });
          });
        });
  });
}

}  // namespace lazynp
