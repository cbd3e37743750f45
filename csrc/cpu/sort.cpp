// Order along an axis: radix sort of integer keys for long lines, comparison sorts otherwise.
#include "csrc/cpu/sort.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <utility>
#include <vector>

#include "csrc/cpu/lines.h"

namespace lazynp {

namespace {
HostSort host_sorts[n_dtypes][n_sort_kinds];
}

void set_host_sort(DType dtype, SortKind kind, HostSort functions) {
  host_sorts[static_cast<int>(dtype)][static_cast<int>(kind)] = functions;
}
const HostSort& host_sort(DType dtype, SortKind kind) {
  return host_sorts[static_cast<int>(dtype)][static_cast<int>(kind)];
}

SortKind sort_kind(const Attributes& attributes) {
  const std::string_view kind = attributes.has(1) ? attributes.string(1) : std::string_view();
  const bool is_stable =
      kind == "stable" || kind == "mergesort" || (attributes.has(2) && attributes.boolean(2));
  return is_stable ? SortKind::stable : SortKind::quick;
}

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
template <class T> struct KeyOf {
  using type = std::make_unsigned_t<T>;
};
template <> struct KeyOf<bool> {
  using type = uint8_t;
};
template <> struct KeyOf<Half> {
  using type = uint16_t;
};
template <> struct KeyOf<float> {
  using type = uint32_t;
};
template <> struct KeyOf<double> {
  using type = uint64_t;
};
template <class T> using Key = typename KeyOf<T>::type;

// Unsigned integers in the order of the numbers (-0 before 0).
template <class T> Key<T> key_of(T x) {
  constexpr auto sign = static_cast<Key<T>>(Key<T>{1} << (8 * sizeof(T) - 1));
  const auto bits = std::bit_cast<Key<T>>(x);
  if constexpr (is_floating_type<T>)
    return static_cast<Key<T>>(bits & sign ? ~bits : bits | sign);
  else if constexpr (std::is_signed_v<T>)
    return static_cast<Key<T>>(bits ^ sign);
  else
    return bits;
}
template <class T> T from_key(Key<T> key) {
  constexpr auto sign = static_cast<Key<T>>(Key<T>{1} << (8 * sizeof(T) - 1));
  if constexpr (is_floating_type<T>)
    return std::bit_cast<T>(static_cast<Key<T>>(key & sign ? key ^ sign : ~key));
  else if constexpr (std::is_signed_v<T>)
    return std::bit_cast<T>(static_cast<Key<T>>(key ^ sign));
  else
    return std::bit_cast<T>(key);
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

  explicit RadixSort(size_t n)
      : keys(n), spare_keys(n), payload(has_payload ? n : 0), spare_payload(has_payload ? n : 0) {}

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
    n_numbers = static_cast<size_t>(
        std::stable_partition(line, line + n, [](T x) { return !is_nan(x); }) - line);
  if constexpr (has_key<T>) {
    if (n_numbers >= shortest_for_radix && !(stable && is_floating_type<T>)) {
      RadixSort<Key<T>, Nothing> radix(n_numbers);
      std::transform(line, line + n_numbers, radix.keys.begin(), key_of<T>);
      radix.sort();
      std::transform(radix.keys.begin(), radix.keys.end(), line, from_key<T>);
      return;
    }
  }
  if (stable)
    std::stable_sort(line, line + n_numbers, sorts_before<T>);
  else
    std::sort(line, line + n_numbers, sorts_before<T>);
}

template <class T, class Index> void radix_argsort(const std::vector<T>& line, int64_t* indices) {
  RadixSort<Key<T>, Index> radix(line.size());
  std::transform(line.begin(), line.end(), radix.keys.begin(), stable_key_of<T>);
  std::iota(radix.payload.begin(), radix.payload.end(), Index{0});
  radix.sort();
  std::copy(radix.payload.begin(), radix.payload.end(), indices);
}

template <class T> void stable_argsort(const std::vector<T>& line, int64_t* indices) {
  if constexpr (has_key<T>) {
    if (line.size() >= shortest_for_radix)
      return line.size() <= UINT32_MAX ? radix_argsort<T, uint32_t>(line, indices)
                                       : radix_argsort<T, int64_t>(line, indices);
  }
  std::iota(indices, indices + line.size(), int64_t{0});
  std::stable_sort(indices, indices + line.size(), [&](int64_t a, int64_t b) {
    return sorts_before(line[static_cast<size_t>(a)], line[static_cast<size_t>(b)]);
  });
}

void check_host_sort(int status) {
  if (status < 0) fail(ErrorClass::memory, "lazynp: sort: out of memory");
}

// ---------------------------------------------------------------- all lines
// std::vector<bool> has no elements in memory; booleans sort as bytes.
template <class T> using Sortable = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

template <class Stored>
void gather_line(const char* from, int64_t stride, Sortable<Stored>* line, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    line[i] = static_cast<Sortable<Stored>>(load<Stored>(from + i * stride));
}

// Lines whose elements lie apart are sorted some at a time, neighbours together, so that every
// cache line is read and written once.
template <class Stored, class SortLine>
void sort_distant_lines(const KernelCall& call, int axis, SortLine sort_line) {
  using T = Sortable<Stored>;
  const Layout &in = *call.inputs[0].layout, &out = *call.output.layout;
  int across = axis;  // the axis of the nearest neighbours
  for (int i = 0; i < out.ndim; ++i)
    if (out.shape_[i] > 1 && out.strides_[i] < out.strides_[across]) across = i;
  const int64_t n = out.shape_[axis], n_across = across == axis ? 1 : out.shape_[across];
  constexpr int64_t memory = int64_t{1} << 20;  // of one group, where lines are not very long
  const int64_t most_lines =
      std::clamp<int64_t>(memory / (n * static_cast<int64_t>(sizeof(T))), 4, 64);
  const int64_t n_groups = (n_across + most_lines - 1) / most_lines;
  Walk<2> walk;
  for (int i = 0; i < in.ndim; ++i)
    if (i != axis && i != across) walk.add_axis(in.shape_[i], {in.strides_[i], out.strides_[i]});
  parallel_for(call, walk.size() * n_groups, grain_for(n * 16 * most_lines),
               [&](int64_t begin, int64_t end) {
                 std::vector<T> lines(static_cast<size_t>(n * most_lines));
                 Walk<2> here = walk;
                 for (int64_t item = begin; item < end; ++item) {
                   here.seek(item / n_groups);
                   const int64_t first = item % n_groups * most_lines,
                                 count = std::min(most_lines, n_across - first);
                   const char* from =
                       call.inputs[0].data + here.offset(0) + first * in.strides_[across];
                   char* to = call.output.data + here.offset(1) + first * out.strides_[across];
                   for (int64_t i = 0; i < n; ++i)
                     for (int64_t k = 0; k < count; ++k)
                       lines[static_cast<size_t>(k * n + i)] = static_cast<T>(
                           load<Stored>(from + i * in.strides_[axis] + k * in.strides_[across]));
                   for (int64_t k = 0; k < count; ++k) sort_line(lines.data() + k * n);
                   for (int64_t i = 0; i < n; ++i)
                     for (int64_t k = 0; k < count; ++k)
                       store(to + i * out.strides_[axis] + k * out.strides_[across],
                             lines[static_cast<size_t>(k * n + i)]);
                 }
               });
}

}  // namespace

void sort_kernel(const KernelCall& call) {
  if (call.output.layout->size == 0) return;
  const int axis = axis_of(call);
  const int64_t n = call.output.layout->shape_[axis];
  const SortKind kind = sort_kind(*call.attributes);
  // Equal bytes are the same, so that counting them is exact, and faster.
  const auto host =
      call.output.layout->itemsize == 1 ? nullptr : host_sort(call.output.dtype, kind).sort;
  with_type_of(call.output.dtype, [&]<class Stored>() {
    using T = Sortable<Stored>;
    const auto sort_line = [&](T* line) {
      if (host)
        check_host_sort(host(line, n, nullptr));
      else
        sort_contiguous(line, static_cast<size_t>(n), kind == SortKind::stable);
    };
    if (call.output.layout->strides_[axis] != static_cast<int64_t>(sizeof(T)))
      return sort_distant_lines<Stored>(call, axis, sort_line);
    for_each_line(call, axis, 16, [&](const char* from, char* to) {
      gather_line<Stored>(from, call.inputs[0].layout->strides_[axis], reinterpret_cast<T*>(to), n);
      sort_line(reinterpret_cast<T*>(to));
    });
  });
}

void argsort_kernel(const KernelCall& call) {
  if (call.output.layout->size == 0) return;
  const int axis = axis_of(call);
  const int64_t n = call.output.layout->shape_[axis];
  const int64_t from_stride = call.inputs[0].layout->strides_[axis],
                to_stride = call.output.layout->strides_[axis];
  const SortKind kind = sort_kind(*call.attributes);
  // Of the stable sorts NumPy's is the faster one for short integers.
  const bool uses_own = kind == SortKind::stable && call.inputs[0].layout->itemsize > 2;
  const auto host = uses_own ? nullptr : host_sort(call.inputs[0].dtype, kind).argsort;
  with_type_of(call.inputs[0].dtype, [&]<class Stored>() {
    for_each_line(call, axis, 16, [&](const char* from, char* to) {
      std::vector<Sortable<Stored>> line(static_cast<size_t>(n));
      gather_line<Stored>(from, from_stride, line.data(), n);
      const bool in_place = to_stride == sizeof(int64_t);
      std::vector<int64_t> memory(in_place ? 0 : line.size());
      int64_t* indices = in_place ? reinterpret_cast<int64_t*>(to) : memory.data();
      if (host) {
        static_assert(sizeof(intptr_t) == sizeof(int64_t));
        std::iota(indices, indices + n, int64_t{0});
        check_host_sort(host(line.data(), reinterpret_cast<intptr_t*>(indices), n, nullptr));
      } else {
        stable_argsort(line, indices);
      }
      if (!in_place)
        for (int64_t i = 0; i < n; ++i) store(to + i * to_stride, indices[i]);
    });
  });
}

namespace {

// NumPy's binary search: the bounds are kept while the keys grow, so that sorted keys are found
// quickly and unsorted arrays give the same answers as NumPy's.
template <class T, bool right> class Search {
 public:
  Search(const char* sorted, int64_t n, int64_t stride)
      : sorted_(sorted), n_(n), stride_(stride), high_(n) {}

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
      if (before(load<T>(sorted_ + middle * stride_), key))
        low_ = middle + 1;
      else
        high_ = middle;
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
    store(call.output.data + i * static_cast<int64_t>(sizeof(int64_t)),
          search.position(load<T>(keys.data + walk.offset(0))));
}

}  // namespace

void searchsorted_kernel(const KernelCall& call) {
  if (call.output.layout->size == 0) return;
  const bool right = call.attributes->has(0) && call.attributes->string(0) == "right";
  with_type_of(call.inputs[0].dtype,
               [&]<class T>() { right ? search_all<T, true>(call) : search_all<T, false>(call); });
}

}  // namespace lazynp
