// Sampled functions: interpolated between the samples, and correlated.
#include "csrc/cpu/sampled.h"

#include <algorithm>
#include <vector>

#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

template <class T> std::vector<T> vector_of(const Operand& x) {
  std::vector<T> values(static_cast<size_t>(x.layout->shape_[0]));
  const int64_t stride = x.layout->strides_[0];
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = load<T>(x.data + static_cast<int64_t>(i) * stride);
  return values;
}

// ---------------------------------------------------------------- interpolation

// One part (a real number, or one of a complex one) of the samples.
struct Samples1d {
  std::vector<double> x, y, slopes;  // slopes may be left out
  double left, right;
  bool is_complex_part, is_imaginary;

  // Of complex samples NumPy multiplies by the reciprocal.
  double new_slope(size_t j) const {
    const double dy = y[j + 1] - y[j], dx = x[j + 1] - x[j];
    return is_complex_part ? dy * (1.0 / dx) : dy / dx;
  }
  double slope(size_t j) const { return slopes.empty() ? new_slope(j) : slopes[j]; }

  // `before`: the interval found for the position before, where the search begins.
  double at(double position, int64_t& before) const {
    const auto last = static_cast<int64_t>(x.size()) - 1;
    if (last == 0) return position < x[0] ? left : position > x[0] ? right : y[0];
    if (position != position) return is_imaginary ? 0 : position;
    before = interval_of(position, before);
    if (before < 0) return left;
    if (before > last) return right;
    const auto j = static_cast<size_t>(before);
    if (before == last || x[j] == position) return y[j];
    const double m = slope(j);
    const double from_left = m * (position - x[j]) + y[j];
    if (from_left == from_left) return from_left;
    const double from_right = m * (position - x[j + 1]) + y[j + 1];
    return from_right != from_right && y[j] == y[j + 1] ? y[j] : from_right;
  }
  // Else the answers depend on where the searches begin.
  bool is_sorted() const {
    for (size_t i = 1; i < x.size(); ++i)
      if (!(x[i - 1] <= x[i])) return false;
    return true;
  }

 private:
  double sample(int64_t i) const { return x[static_cast<size_t>(i)]; }

  // The last sample that does not lie beyond the position; -1 or n outside.
  int64_t interval_of(double position, int64_t before) const {
    constexpr int64_t near = 8, fewest_for_search = 5;
    const auto n = static_cast<int64_t>(x.size());
    if (position > sample(n - 1)) return n;
    if (position < sample(0)) return -1;
    int64_t low = 0, high = n;
    if (n < fewest_for_search) {
      for (low = 1; low < n && position >= sample(low);) ++low;
      return low - 1;
    }
    const int64_t middle = std::clamp<int64_t>(before, 1, n - 3);
    if (position < sample(middle)) {
      if (!(position < sample(middle - 1))) return middle - 1;
      high = middle - 1;
      if (middle > near && position >= sample(middle - near)) low = middle - near;
    } else {
      if (position < sample(middle + 1)) return middle;
      if (position < sample(middle + 2)) return middle + 1;
      low = middle + 2;
      if (middle < n - near - 1 && position < sample(middle + near)) high = middle + near;
    }
    while (low < high) {
      const int64_t half = low + (high - low) / 2;
      if (position >= sample(half))
        low = half + 1;
      else
        high = half;
    }
    return low - 1;
  }
};

// `offset`: of the part in an element of fp, in bytes.
Samples1d samples_of(const KernelCall& call, int64_t offset) {
  const Operand& fp = call.inputs[2];
  Samples1d samples{vector_of<double>(call.inputs[1]),
                    vector_of<double>({fp.data + offset, DType::float64, fp.layout}),
                    {},
                    0,
                    0,
                    is_complex(fp.dtype),
                    offset != 0};
  const size_t last = samples.x.size() - 1;
  samples.left = call.attributes->has(0) ? call.attributes->real(0) : samples.y[0];
  samples.right = call.attributes->has(1) ? call.attributes->real(1) : samples.y[last];
  if (offset) {  // a real limit has no imaginary part
    if (call.attributes->has(0)) samples.left = 0;
    if (call.attributes->has(1)) samples.right = 0;
  }
  if (static_cast<int64_t>(last + 1) <= call.inputs[0].layout->size)
    for (size_t j = 0; j < last; ++j) samples.slopes.push_back(samples.new_slope(j));
  return samples;
}

void interpolate(const KernelCall& call, const Samples1d& samples, int64_t offset) {
  const Operand& x = call.inputs[0];
  Walk<2> walk;
  for (int i = 0; i < x.layout->ndim; ++i)
    walk.add_axis(x.layout->shape_[i], {x.layout->strides_[i], call.output.layout->strides_[i]});
  const int64_t grain =
      samples.is_sorted() ? elements_per_chunk / 16 : std::max<int64_t>(walk.size(), 1);
  parallel_for(call, walk.size(), grain, [&](int64_t begin, int64_t end) {
    Walk<2> here = walk;
    here.seek(begin);
    int64_t interval = 0;
    for (int64_t i = begin; i < end; ++i, here.next())
      store(call.output.data + here.offset(1) + offset,
            samples.at(load<double>(x.data + here.offset(0)), interval));
  });
}

}  // namespace

void interp_kernel(const KernelCall& call) {
  const bool has_two_parts = is_complex(call.output.dtype);
  for (int64_t part = 0; part <= (has_two_parts ? 1 : 0); ++part) {
    const int64_t offset = part * static_cast<int64_t>(sizeof(double));
    interpolate(call, samples_of(call, offset), offset);
  }
}

// ---------------------------------------------------------------- correlation

namespace {

HostDot host_dots[n_dtypes];

template <class T> using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

// Booleans: whether any pair is true. Halves are summed in float.
template <class T> Stored<T> dot(const Stored<T>* x, const Stored<T>* y, int64_t n) {
  if constexpr (std::is_same_v<T, bool>) {
    for (int64_t i = 0; i < n; ++i)
      if (x[i] && y[i]) return 1;
    return 0;
  } else if constexpr (std::is_same_v<T, Half>) {
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<float>(x[i]) * static_cast<float>(y[i]);
    return Half(sum);
  } else if constexpr (std::is_integral_v<T>) {
    uint64_t sum = 0;
    for (int64_t i = 0; i < n; ++i)
      sum += static_cast<uint64_t>(x[i]) * static_cast<uint64_t>(y[i]);
    return static_cast<T>(sum);
  } else {
    T sum{};
    for (int64_t i = 0; i < n; ++i) sum += x[i] * y[i];
    return sum;
  }
}

constexpr int64_t longest_summed_in_order = 11;  // where NumPy does not call its dot

template <class T> class Correlation {
 public:
  Correlation(const KernelCall& call)
      : long_(vector_of<T>(call.inputs[0])),
        short_(vector_of<T>(call.inputs[1])),
        long_stride_(stride_of(call.inputs[0])),
        short_stride_(stride_of(call.inputs[1])),
        host_(host_dots[static_cast<int>(call.output.dtype)]) {}

  // The sum for the short vector put at `shift`, as far as the two overlap.
  Stored<T> at(int64_t shift) const {
    const auto n_long = static_cast<int64_t>(long_.size()),
               n_short = static_cast<int64_t>(short_.size());
    const int64_t first = std::max<int64_t>(-shift, 0),
                  n = std::min(n_short, n_long - shift) - first;
    const bool is_whole = n == n_short;
    const Stored<T>*x = data(long_) + shift + first, *y = data(short_) + first;
    const bool in_order = std::is_floating_point_v<T> && is_whole && n <= longest_summed_in_order;
    if (!host_ || in_order) return dot<T>(x, y, n);
    Stored<T> sum;
    host_(const_cast<Stored<T>*>(x), long_stride_, const_cast<Stored<T>*>(y), short_stride_, &sum,
          n, nullptr);
    return sum;
  }
  int64_t n_short() const { return static_cast<int64_t>(short_.size()); }

 private:
  using Memory = std::vector<Stored<T>>;
  // A single element keeps its stride in NumPy, which decides whether BLAS is called.
  static int64_t stride_of(const Operand& x) {
    return x.layout->shape_[0] == 1 ? x.layout->strides_[0] : static_cast<int64_t>(sizeof(T));
  }
  template <class U> static Memory vector_of(const Operand& x) {
    const auto values = lazynp::vector_of<U>(x);
    return Memory(values.begin(), values.end());
  }
  static const Stored<T>* data(const Memory& memory) { return memory.data(); }
  Memory long_, short_;
  int64_t long_stride_, short_stride_;
  HostDot host_;
};

}  // namespace

void set_host_dot(DType dtype, HostDot function) { host_dots[static_cast<int>(dtype)] = function; }

void correlate_kernel(const KernelCall& call) {
  const Layout& out = *call.output.layout;
  const int64_t n_long = call.inputs[0].layout->shape_[0],
                n_short = call.inputs[1].layout->shape_[0];
  // How far the first position lies before the one where the short vector is inside.
  const int64_t n_before = out.shape_[0] == n_long - n_short + 1 ? 0
                           : out.shape_[0] == n_long             ? n_short / 2
                                                                 : n_short - 1;
  with_type_of(call.output.dtype, [&]<class T>() {
    const Correlation<T> correlation(call);
    parallel_for(call, out.shape_[0], grain_for(n_short), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        store(call.output.data + i * out.strides_[0], correlation.at(i - n_before));
    });
  });
}

}  // namespace lazynp
