// Index of the first extreme element along an axis; NaN counts as the extreme.
#include "csrc/cpu/arg_reduce.h"

#include <algorithm>
#include <vector>

#include "csrc/base/cpu_level.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

template <class T, bool largest> bool precedes(T candidate, T best) {
  return largest ? less(best, candidate) : less(candidate, best);
}

// Of n elements; stops at the first NaN.
template <class T, bool largest> struct Best {
  T value;
  int64_t index;
};
template <class T, bool largest>
Best<T, largest> best_of(const char* data, int64_t n, int64_t stride) {
  Best<T, largest> best{load<T>(data), 0};
  if (is_nan(best.value)) return best;
  for (int64_t i = 1; i < n; ++i) {
    const T x = load<T>(data + i * stride);
    if (is_nan(x)) return {x, i};
    if (precedes<T, largest>(x, best.value)) best = {x, i};
  }
  return best;
}

// The extreme of a block and whether it holds a NaN, with GCC's vectors: each lane keeps its own.
template <class T> struct BlockExtreme {
  T value;
  bool has_nan;
};
template <class T> struct VectorOf {
  typedef T type __attribute__((vector_size(32)));
};
template <class T, bool largest>
[[gnu::always_inline]] inline BlockExtreme<T> scan_block(const char* data, int64_t n) {
  using Vector = typename VectorOf<T>::type;
  constexpr int64_t step = static_cast<int64_t>(sizeof(T)),
                    n_lanes = static_cast<int64_t>(sizeof(Vector)) / step;
  const T first = load<T>(data);
  Vector even = first - Vector{}, odd = even;
  auto unordered = even != even;
  int64_t i = 0;
  for (; i + 2 * n_lanes <= n; i += 2 * n_lanes) {
    Vector a, b;
    std::memcpy(&a, data + i * step, sizeof a);
    std::memcpy(&b, data + (i + n_lanes) * step, sizeof b);
    unordered |= (a != a) | (b != b);
    even = (largest ? a > even : a < even) ? a : even;
    odd = (largest ? b > odd : b < odd) ? b : odd;
  }
  BlockExtreme<T> result{first, first != first};
  const auto add = [&](T x) {
    result.value = (largest ? x > result.value : x < result.value) ? x : result.value;
  };
  for (int64_t j = 0; j < n_lanes; ++j) {
    add(even[j]);
    add(odd[j]);
    result.has_nan |= unordered[j] != 0;
  }
  for (; i < n; ++i) {
    const T x = load<T>(data + i * step);
    result.has_nan |= x != x;
    add(x);
  }
  return result;
}
template <class T, bool largest> BlockExtreme<T> scan_block_baseline(const char* data, int64_t n) {
  return scan_block<T, largest>(data, n);
}
#if defined(__x86_64__)
template <class T, bool largest>
[[gnu::target("arch=x86-64-v3")]] BlockExtreme<T> scan_block_v3(const char* data, int64_t n) {
  return scan_block<T, largest>(data, n);
}
#endif

template <class T, bool largest> BlockExtreme<T> block_extreme(const char* data, int64_t n) {
#if defined(__x86_64__)
  if (cpu_level() >= CpuLevel::v3) return scan_block_v3<T, largest>(data, n);
#endif
  return scan_block_baseline<T, largest>(data, n);
}

template <class T> int64_t first_equal(const char* data, T value) {
  int64_t i = 0;
  while (load<T>(data + i * static_cast<int64_t>(sizeof(T))) != value) ++i;
  return i;
}

// Contiguous arithmetic types: the index is looked for only in blocks that hold a better element.
template <class T, bool largest> Best<T, largest> best_of_contiguous(const char* data, int64_t n) {
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
    constexpr int64_t block = 4096 / static_cast<int64_t>(sizeof(T));
    Best<T, largest> best{load<T>(data), 0};
    if (is_nan(best.value)) return best;
    for (int64_t begin = 0; begin < n; begin += block) {
      const int64_t count = std::min(block, n - begin);
      const char* start = data + begin * static_cast<int64_t>(sizeof(T));
      const BlockExtreme<T> found = block_extreme<T, largest>(start, count);
      if (found.has_nan) {
        const auto first_nan = best_of<T, largest>(start, count, sizeof(T));
        return {first_nan.value, begin + first_nan.index};
      }
      if (precedes<T, largest>(found.value, best.value))
        best = {found.value, begin + first_equal(start, found.value)};
    }
    return best;
  } else {
    return best_of<T, largest>(data, n, sizeof(T));
  }
}

template <class T, bool largest>
Best<T, largest> best_on_line(const char* data, int64_t n, int64_t stride) {
  return stride == static_cast<int64_t>(sizeof(T)) ? best_of_contiguous<T, largest>(data, n)
                                                   : best_of<T, largest>(data, n, stride);
}

// Over the whole array in C order.
template <class T, bool largest> int64_t search_flat(const KernelCall& call) {
  const Operand& x = call.inputs[0];
  const Layout& layout = *x.layout;
  const bool is_line = layout.c_contiguous || layout.ndim <= 1;
  const int64_t n = is_line ? layout.size : layout.shape_[layout.ndim - 1];
  const int64_t stride = layout.c_contiguous ? layout.itemsize : layout.strides_[layout.ndim - 1];
  Walk<1> walk;
  if (!is_line)
    for (int axis = 0; axis + 1 < layout.ndim; ++axis)
      walk.add_axis(layout.shape_[axis], {layout.strides_[axis]});
  // Each chunk keeps its own best; chunks are joined in order.
  const bool split = is_line;
  const int64_t n_items = split ? n : walk.size();
  const int64_t chunk = split ? elements_per_chunk * 4 : grain_for(n);
  const int64_t n_chunks = (n_items + chunk - 1) / chunk;
  std::vector<Best<T, largest>> bests(static_cast<size_t>(n_chunks));
  parallel_for(call, n_chunks, 1, [&](int64_t first, int64_t last) {
    for (int64_t c = first; c < last; ++c) {
      const int64_t begin = c * chunk, end = std::min(n_items, begin + chunk);
      auto& best = bests[static_cast<size_t>(c)];
      if (split) {
        best = best_on_line<T, largest>(x.data + begin * stride, end - begin, stride);
        best.index += begin;
        continue;
      }
      Walk<1> here = walk;
      here.seek(begin);
      for (int64_t line = begin; line < end; ++line, here.next()) {
        auto found = best_on_line<T, largest>(x.data + here.offset(0), n, stride);
        found.index += line * n;
        if (line == begin ||
            (!is_nan(best.value) &&
             (is_nan(found.value) || precedes<T, largest>(found.value, best.value))))
          best = found;
      }
    }
  });
  Best<T, largest> best = bests[0];
  for (const auto& other : bests)
    if (!is_nan(best.value) &&
        (is_nan(other.value) || precedes<T, largest>(other.value, best.value)))
      best = other;
  return best.index;
}

// Lines along an axis that is not the innermost: a row of running bests, element by element.
template <class T, bool largest>
void search_rows(const char* data, int64_t n, int64_t stride, int64_t width, int64_t width_stride,
                 char* out, int64_t out_stride) {
  constexpr int64_t block = 256;
  T best[block];
  int64_t index[block];
  for (int64_t begin = 0; begin < width; begin += block) {
    const int64_t count = std::min(block, width - begin);
    const char* start = data + begin * width_stride;
    for (int64_t j = 0; j < count; ++j) {
      best[j] = load<T>(start + j * width_stride);
      index[j] = 0;
    }
    for (int64_t i = 1; i < n; ++i) {
      const char* row = start + i * stride;
      for (int64_t j = 0; j < count; ++j) {
        const T x = load<T>(row + j * width_stride);
        const bool wins = !is_nan(best[j]) && (is_nan(x) || precedes<T, largest>(x, best[j]));
        best[j] = wins ? x : best[j];
        index[j] = wins ? i : index[j];
      }
    }
    for (int64_t j = 0; j < count; ++j) store(out + (begin + j) * out_stride, index[j]);
  }
}

template <class T, bool largest> void search_axis(const KernelCall& call, int axis) {
  const Operand& x = call.inputs[0];
  const Layout& layout = *x.layout;
  const int64_t n = layout.shape_[axis], stride = layout.strides_[axis];
  // The output is C-contiguous; with or without the reduced axis its elements lie in the same
  // order.
  const bool innermost = axis == layout.ndim - 1;
  const int last = innermost ? -1 : layout.ndim - 1;
  Walk<2> walk;
  int64_t out_stride = sizeof(int64_t);
  std::array<int64_t, 2> axis_strides[max_ndim];
  for (int i = layout.ndim - 1; i >= 0; --i) {
    if (i == axis) continue;
    axis_strides[i] = {layout.strides_[i], out_stride};
    out_stride *= layout.shape_[i];
  }
  for (int i = 0; i < layout.ndim; ++i)
    if (i != axis && i != last) walk.add_axis(layout.shape_[i], axis_strides[i]);
  const int64_t width = innermost ? 1 : layout.shape_[last];
  parallel_for(call, walk.size(), grain_for(n * width), [&](int64_t begin, int64_t end) {
    Walk<2> here = walk;
    here.seek(begin);
    for (int64_t i = begin; i < end; ++i, here.next()) {
      const char* data = x.data + here.offset(0);
      char* out = call.output.data + here.offset(1);
      if (innermost)
        store(out, best_on_line<T, largest>(data, n, stride).index);
      else
        search_rows<T, largest>(data, n, stride, width, layout.strides_[last], out,
                                sizeof(int64_t));
    }
  });
}

template <bool largest> void search(const KernelCall& call) {
  const Layout& layout = *call.inputs[0].layout;
  if (call.output.layout->size == 0) return;
  with_type_of(call.inputs[0].dtype, [&]<class T>() {
    if (!call.attributes->has(0) || layout.ndim == 0) {
      store(call.output.data, search_flat<T, largest>(call));
      return;
    }
    const int64_t axis = call.attributes->integer(0);
    search_axis<T, largest>(call, static_cast<int>(axis < 0 ? axis + layout.ndim : axis));
  });
}

}  // namespace

void argmax_kernel(const KernelCall& call) { search<true>(call); }
void argmin_kernel(const KernelCall& call) { search<false>(call); }

}  // namespace lazynp
