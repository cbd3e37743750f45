// Order along an axis: radix sort of integer keys for long lines, comparison sorts otherwise.
#include "csrc/cpu/sort.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

// ---------------------------------------------------------------- order
// NaN is greater than any number. Complex numbers: those with a NaN part come after the others.
template <class T> bool sorts_before(T a, T b) {
  if constexpr (is_complex_type<T>) {
    const bool a_has_nan = a.imag() != a.imag(), b_has_nan = b.imag() != b.imag();
    if (a.real() < b.real()) return !a_has_nan || b_has_nan;
    if (a.real() > b.real()) return b_has_nan && !a_has_nan;
    if (a.real() == b.real() || (a.real() != a.real() && b.real() != b.real()))
      return a.imag() < b.imag() || (b_has_nan && !a_has_nan);
    return b.real() != b.real();
  } else {
    return less(a, b) || (is_nan(b) && !is_nan(a));
  }
}

// ---------------------------------------------------------------- integer keys
template <class T> inline constexpr bool has_key = !is_complex_type<T>;
template <class T> struct KeyOf { using type = std::make_unsigned_t<T>; };
template <> struct KeyOf<bool> { using type = uint8_t; };
template <> struct KeyOf<Half> { using type = uint16_t; };
template <> struct KeyOf<float> { using type = uint32_t; };
template <> struct KeyOf<double> { using type = uint64_t; };
template <class T> using Key = typename KeyOf<T>::type;

// Unsigned integers in the order of the numbers (-0 before 0).
template <class T> Key<T> key_of(T x) {
  constexpr auto sign = static_cast<Key<T>>(Key<T>{1} << (8 * sizeof(T) - 1));
  const auto bits = std::bit_cast<Key<T>>(x);
  if constexpr (is_floating_type<T>) return static_cast<Key<T>>(bits & sign ? ~bits : bits | sign);
  else if constexpr (std::is_signed_v<T>) return static_cast<Key<T>>(bits ^ sign);
  else return bits;
}
template <class T> T from_key(Key<T> key) {
  constexpr auto sign = static_cast<Key<T>>(Key<T>{1} << (8 * sizeof(T) - 1));
  if constexpr (is_floating_type<T>) return std::bit_cast<T>(static_cast<Key<T>>(key & sign ? key ^ sign : ~key));
  else if constexpr (std::is_signed_v<T>) return std::bit_cast<T>(static_cast<Key<T>>(key ^ sign));
  else return std::bit_cast<T>(key);
}
// Keys in which all elements that compare equal are equal.
template <class T> Key<T> stable_key_of(T x) {
  if constexpr (is_floating_type<T>) {
    if (is_nan(x)) return static_cast<Key<T>>(~Key<T>{0});
    if (static_cast<T>(x) == T(0.0f)) return key_of(T(0.0f));
  }
  return key_of(x);
}

// ---------------------------------------------------------------- radix sort
struct Nothing {};

// Stable, by bytes from the least significant; `payload` (unless Nothing) moves along. Bytes in
// which all keys agree cost one pass over the counts only.
template <class K, class P> struct RadixSort {
  std::vector<K> keys, spare_keys;
  std::vector<P> payload, spare_payload;
  static constexpr bool has_payload = !std::is_same_v<P, Nothing>;

  explicit RadixSort(size_t n) : keys(n), spare_keys(n), payload(has_payload ? n : 0), spare_payload(has_payload ? n : 0) {}

  void sort() {
    constexpr size_t n_bytes = sizeof(K);
    std::vector<std::array<size_t, 256>> counts(n_bytes);
    for (auto& histogram : counts) histogram.fill(0);
    for (K key : keys)
      for (size_t b = 0; b < n_bytes; ++b) ++counts[b][digit(key, b)];
    for (size_t b = 0; b < n_bytes; ++b) {
      if (counts[b][digit(keys[0], b)] == keys.size()) continue;
      scatter(counts[b], b);
    }
  }

 private:
  static size_t digit(K key, size_t b) { return static_cast<size_t>(key >> (8 * b)) & 255; }

  void scatter(std::array<size_t, 256>& positions, size_t b) {
    size_t start = 0;
    for (size_t& position : positions) start += std::exchange(position, start);
    for (size_t i = 0; i < keys.size(); ++i) {
      const size_t target = positions[digit(keys[i], b)]++;
      spare_keys[target] = keys[i];
      if constexpr (has_payload) spare_payload[target] = payload[i];
    }
    keys.swap(spare_keys);
    payload.swap(spare_payload);
  }
};

constexpr size_t shortest_for_radix = 512;

// ---------------------------------------------------------------- one line
template <class T> void sort_contiguous(T* line, size_t n, bool stable) {
  // NaNs go to the end as they are; what is left has a total order.
  size_t n_numbers = n;
  if constexpr (is_floating_type<T>)
    n_numbers = static_cast<size_t>(std::stable_partition(line, line + n, [](T x) { return !is_nan(x); }) - line);
  if constexpr (has_key<T>) {
    if (n_numbers >= shortest_for_radix && !(stable && is_floating_type<T>)) {
      RadixSort<Key<T>, Nothing> radix(n_numbers);
      std::transform(line, line + n_numbers, radix.keys.begin(), key_of<T>);
      radix.sort();
      std::transform(radix.keys.begin(), radix.keys.end(), line, from_key<T>);
      return;
    }
  }
  if (stable) std::stable_sort(line, line + n_numbers, sorts_before<T>);
  else std::sort(line, line + n_numbers, sorts_before<T>);
}

template <class T> void argsort_contiguous(const std::vector<T>& line, std::vector<int64_t>& indices) {
  const size_t n = line.size();
  indices.resize(n);
  if constexpr (has_key<T>) {
    if (n >= shortest_for_radix) {
      RadixSort<Key<T>, int64_t> radix(n);
      std::transform(line.begin(), line.end(), radix.keys.begin(), stable_key_of<T>);
      for (size_t i = 0; i < n; ++i) radix.payload[i] = static_cast<int64_t>(i);
      radix.sort();
      indices.swap(radix.payload);
      return;
    }
  }
  for (size_t i = 0; i < n; ++i) indices[i] = static_cast<int64_t>(i);
  std::stable_sort(indices.begin(), indices.end(), [&](int64_t a, int64_t b) {
    return sorts_before(line[static_cast<size_t>(a)], line[static_cast<size_t>(b)]);
  });
}

// ---------------------------------------------------------------- all lines
// Calls body(input line, output line) for every line along the axis.
template <class Body> void for_each_line(const KernelCall& call, int axis, Body body) {
  const Layout &in = *call.inputs[0].layout, &out = *call.output.layout;
  Walk<2> walk;
  for (int i = 0; i < in.ndim; ++i)
    if (i != axis) walk.add_axis(in.shape_[i], {in.strides_[i], out.strides_[i]});
  parallel_for(call, walk.size(), grain_for(in.shape_[axis] * 16), [&](int64_t begin, int64_t end) {
    Walk<2> here = walk;
    here.seek(begin);
    for (int64_t i = begin; i < end; ++i, here.next())
      body(call.inputs[0].data + here.offset(0), call.output.data + here.offset(1));
  });
}

int axis_of(const KernelCall& call) {
  const int64_t axis = call.attributes->has(0) ? call.attributes->integer(0) : 0;
  return static_cast<int>(axis < 0 ? axis + call.inputs[0].layout->ndim : axis);
}

template <class T> void gather_line(const char* from, int64_t stride, std::vector<T>& line) {
  for (size_t i = 0; i < line.size(); ++i) line[i] = load<T>(from + static_cast<int64_t>(i) * stride);
}

// std::vector<bool> has no elements in memory; booleans sort as bytes.
template <class T> using Sortable = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

}  // namespace

void sort_kernel(const KernelCall& call) {
  if (call.output.layout->size == 0) return;
  const int axis = axis_of(call);
  const int64_t n = call.output.layout->shape_[axis];
  const int64_t from_stride = call.inputs[0].layout->strides_[axis], to_stride = call.output.layout->strides_[axis];
  const std::string_view kind = call.attributes->has(1) ? call.attributes->string(1) : std::string_view();
  const bool stable = kind == "stable" || kind == "mergesort" || (call.attributes->has(2) && call.attributes->boolean(2));
  with_type_of(call.output.dtype, [&]<class Stored>() {
    using T = Sortable<Stored>;
    for_each_line(call, axis, [&](const char* from, char* to) {
      if (to_stride == static_cast<int64_t>(sizeof(T))) {
        T* line = reinterpret_cast<T*>(to);
        for (int64_t i = 0; i < n; ++i) line[i] = static_cast<T>(load<Stored>(from + i * from_stride));
        sort_contiguous(line, static_cast<size_t>(n), stable);
        return;
      }
      std::vector<T> line(static_cast<size_t>(n));
      gather_line(from, from_stride, line);
      sort_contiguous(line.data(), line.size(), stable);
      for (int64_t i = 0; i < n; ++i) store(to + i * to_stride, line[static_cast<size_t>(i)]);
    });
  });
}

void argsort_kernel(const KernelCall& call) {
  if (call.output.layout->size == 0) return;
  const int axis = axis_of(call);
  const int64_t n = call.output.layout->shape_[axis];
  const int64_t from_stride = call.inputs[0].layout->strides_[axis], to_stride = call.output.layout->strides_[axis];
  with_type_of(call.inputs[0].dtype, [&]<class Stored>() {
    using T = Sortable<Stored>;
    for_each_line(call, axis, [&](const char* from, char* to) {
      std::vector<T> line(static_cast<size_t>(n));
      std::vector<int64_t> indices;
      for (size_t i = 0; i < line.size(); ++i) line[i] = static_cast<T>(load<Stored>(from + static_cast<int64_t>(i) * from_stride));
      argsort_contiguous(line, indices);
      for (int64_t i = 0; i < n; ++i) store(to + i * to_stride, indices[static_cast<size_t>(i)]);
    });
  });
}

namespace {

// NumPy's binary search: the bounds are kept while the keys grow, so that sorted keys are found
// quickly and unsorted arrays give the same answers as NumPy's.
template <class T, bool right> class Search {
 public:
  Search(const char* sorted, int64_t n, int64_t stride) : sorted_(sorted), n_(n), stride_(stride), high_(n) {}

  int64_t position(T key) {
    if (started_ && before(last_, key)) {
      high_ = n_;
    } else {
      low_ = 0;
      high_ = high_ < n_ ? high_ + 1 : n_;
    }
    started_ = true;
    last_ = key;
    while (low_ < high_) {
      const int64_t middle = low_ + ((high_ - low_) >> 1);
      if (before(load<T>(sorted_ + middle * stride_), key)) low_ = middle + 1;
      else high_ = middle;
    }
    return low_;
  }

 private:
  static bool before(T a, T b) { return right ? !sorts_before(b, a) : sorts_before(a, b); }
  const char* sorted_;
  int64_t n_, stride_, low_ = 0, high_;
  T last_{};
  bool started_ = false;
};

template <class T, bool right> void search_all(const KernelCall& call) {
  const Operand &sorted = call.inputs[0], &keys = call.inputs[1];
  const Layout& layout = *keys.layout;
  Walk<1> walk;
  for (int i = 0; i < layout.ndim; ++i) walk.add_axis(layout.shape_[i], {layout.strides_[i]});
  // One thread: in an array that is not sorted the answers depend on the keys before.
  Search<T, right> search(sorted.data, sorted.layout->shape_[0], sorted.layout->strides_[0]);
  walk.seek(0);
  for (int64_t i = 0; i < walk.size(); ++i, walk.next())
    store(call.output.data + i * static_cast<int64_t>(sizeof(int64_t)), search.position(load<T>(keys.data + walk.offset(0))));
}

}  // namespace

void searchsorted_kernel(const KernelCall& call) {
  if (call.output.layout->size == 0) return;
  const bool right = call.attributes->has(0) && call.attributes->string(0) == "right";
  with_type_of(call.inputs[0].dtype, [&]<class T>() {
    right ? search_all<T, true>(call) : search_all<T, false>(call);
  });
}

}  // namespace lazynp
