// Arrays that are computed from a few numbers, by NumPy's formulas.
#include "csrc/cpu/fill.h"

#include <algorithm>
#include <cmath>

#include "csrc/cpu/strided.h"

namespace lazynp {

Number number_attribute(const Attributes& attributes, int i, double otherwise) {
  if (!attributes.has(i)) return {true, static_cast<int64_t>(otherwise), otherwise};
  if (attributes.type(i) == AttributeType::real) return {false, 0, attributes.real(i)};
  const int64_t value = attributes.integer(i);
  return {true, value, static_cast<double>(value)};
}

NumberRange range_attributes(const Attributes& a) {
  const Number first = number_attribute(a, 0, 0), step = number_attribute(a, 2, 1);
  if (!a.has(1)) return {{true, 0, 0}, first, step};
  return {first, number_attribute(a, 1, 0), step};
}

Number operator+(const Number& a, const Number& b) {
  if (!a.is_integer || !b.is_integer) return {false, 0, a.real + b.real};
  const auto sum =
      static_cast<int64_t>(static_cast<uint64_t>(a.integer) + static_cast<uint64_t>(b.integer));
  return {true, sum, static_cast<double>(sum)};
}

namespace {

// As assigning a Python number to an element of the array.
template <class T> T from_number(const Number& x) {
  if constexpr (std::is_same_v<T, bool>)
    return x.is_integer ? x.integer != 0 : x.real != 0;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(x.is_integer ? x.integer : static_cast<int64_t>(x.real));
  else if constexpr (std::is_same_v<T, Half>)
    return half_from_double(x.real);
  else
    return T(x.real);
}

template <class T> T from_double(double x) {
  if constexpr (std::is_same_v<T, bool>)
    return x != 0;
  else if constexpr (std::is_same_v<T, Half>)
    return half_from_double(x);
  else if constexpr (is_complex_type<T>)
    return {static_cast<typename T::value_type>(x), 0};
  else
    return static_cast<T>(x);
}

// Element i of a row that starts with `first` and `second`; the multiple is rounded before the sum.
template <class T> struct Progression {
  using Step = std::conditional_t<std::is_same_v<T, Half>, float, T>;
  Step first, step;

  Progression(T start, T second) {
    if constexpr (std::is_integral_v<T>) {
      first = start;
      step = static_cast<T>(static_cast<uint64_t>(second) - static_cast<uint64_t>(start));
    } else {
      first = static_cast<Step>(start);
      step = static_cast<Step>(second) - first;
    }
  }
  T at(int64_t i) const {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<uint64_t>(first) +
                            static_cast<uint64_t>(i) * static_cast<uint64_t>(step));
    } else if constexpr (is_complex_type<T>) {
      using Real = typename T::value_type;
      return {first.real() + static_cast<Real>(i) * step.real(),
              first.imag() + static_cast<Real>(i) * step.imag()};
    } else {
      return T(first + static_cast<Step>(i) * step);
    }
  }
};

template <class T> void fill_arange(const KernelCall& call) {
  const NumberRange range = range_attributes(*call.attributes);
  const T first = from_number<T>(range.start), second = from_number<T>(range.start + range.step);
  const Progression<T> progression(first, second);
  auto* out = reinterpret_cast<T*>(call.output.data);
  parallel_for(call, call.output.layout->size, elements_per_chunk, [&](int64_t begin, int64_t end) {
    int64_t i = begin;
    for (; i < std::min<int64_t>(end, 2); ++i) out[i] = i == 0 ? first : second;
    if constexpr (std::is_integral_v<T>) {  // sums wrap like products, and are faster
      auto value = static_cast<uint64_t>(progression.at(i));
      for (; i < end; ++i, value += static_cast<uint64_t>(progression.step))
        out[i] = static_cast<T>(value);
    } else {
      for (; i < end; ++i) out[i] = progression.at(i);
    }
  });
}

struct Line {
  double start, stop, delta, step, divisor;
  bool by_fraction;  // the step underflows: the index is divided first

  double at(int64_t i) const {
    const auto x = static_cast<double>(i);
    return (by_fraction ? x / divisor * delta : x * step) + start;
  }
};

template <class T> void fill_linspace(const KernelCall& call) {
  const Attributes& a = *call.attributes;
  const int64_t n = call.output.layout->size;
  const bool endpoint = !a.has(3) || a.boolean(3);
  Line line{number_attribute(a, 0, 0).real, number_attribute(a, 1, 0).real, 0, 0, 0, false};
  line.delta = line.stop - line.start;
  line.divisor = static_cast<double>(endpoint ? n - 1 : n);
  line.step = line.divisor > 0 ? line.delta / line.divisor : line.delta;
  line.by_fraction = line.divisor > 0 && line.step == 0;
  auto* out = reinterpret_cast<T*>(call.output.data);
  parallel_for(call, n, elements_per_chunk, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const double x = endpoint && n > 1 && i == n - 1 ? line.stop : line.at(i);
      out[i] =
          from_double<T>(std::is_integral_v<T> && !std::is_same_v<T, bool> ? std::floor(x) : x);
    }
  });
}

// Rows of zeros with ones from column `first(row)` to before `last(row)`.
template <class Bounds> void fill_rows(const KernelCall& call, Bounds bounds) {
  const int64_t rows = call.output.layout->shape_[0], columns = call.output.layout->shape_[1];
  with_type_of(call.output.dtype, [&]<class T>() {
    auto* out = reinterpret_cast<T*>(call.output.data);
    parallel_for(call, rows, grain_for(columns), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        T* row = out + i * columns;
        const auto [first, last] = bounds(i, columns);
        std::fill(row, row + first, from_double<T>(0));
        std::fill(row + first, row + last, from_double<T>(1));
        std::fill(row + last, row + columns, from_double<T>(0));
      }
    });
  });
}

}  // namespace

void arange_kernel(const KernelCall& call) {
  with_type_of(call.output.dtype, [&]<class T>() { fill_arange<T>(call); });
}

void linspace_kernel(const KernelCall& call) {
  with_type_of(call.output.dtype, [&]<class T>() { fill_linspace<T>(call); });
}

void eye_kernel(const KernelCall& call) {
  const int64_t k = call.attributes->has(2) ? call.attributes->integer(2) : 0;
  fill_rows(call, [k](int64_t i, int64_t columns) {
    const bool inside = k < columns && i + k >= 0 && i + k < columns;
    return inside ? std::pair(i + k, i + k + 1) : std::pair<int64_t, int64_t>(0, 0);
  });
}

void triangle_kernel(const KernelCall& call) {
  const int64_t k = call.attributes->has(2) ? call.attributes->integer(2) : 0;
  fill_rows(call, [k](int64_t i, int64_t columns) {
    return std::pair<int64_t, int64_t>(
        0, k >= columns ? columns : std::clamp<int64_t>(i + k + 1, 0, columns));
  });
}

}  // namespace lazynp
