// Elements at any address and stride, and walks over the axes that a kernel does not treat itself.
#pragma once
#include <array>
#include <cstring>
#include <type_traits>

#include "csrc/base/error.h"
#include "csrc/ops/attributes.h"
#include "csrc/ops/kernel.h"

namespace lazynp {

// Memory need not be aligned. A boolean array that is a view of bytes may hold any byte.
template <class T> inline T load(const char* address) {
  if constexpr (std::is_same_v<T, bool>) return *address != 0;
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}
template <class T> inline void store(char* address, T value) {
  std::memcpy(address, &value, sizeof value);
}

// Calls body.template operator()<T>() with the C++ type of `dtype`.
template <class Body> void with_type_of(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::boolean: return body.template operator()<bool>();
    case DType::int8: return body.template operator()<int8_t>();
    case DType::uint8: return body.template operator()<uint8_t>();
    case DType::int16: return body.template operator()<int16_t>();
    case DType::uint16: return body.template operator()<uint16_t>();
    case DType::int32: return body.template operator()<int32_t>();
    case DType::uint32: return body.template operator()<uint32_t>();
    case DType::int64: return body.template operator()<int64_t>();
    case DType::uint64: return body.template operator()<uint64_t>();
    case DType::float16: return body.template operator()<Half>();
    case DType::float32: return body.template operator()<float>();
    case DType::float64: return body.template operator()<double>();
    case DType::complex64: return body.template operator()<std::complex<float>>();
    case DType::complex128: return body.template operator()<std::complex<double>>();
    case DType::none: break;
  }
  broken_invariant("a native dtype", __FILE__, __LINE__);
}

// For kernels that only move elements: a type of the same size.
struct Bytes16 {
  uint64_t low, high;
};
template <class Body> void with_size_of(int itemsize, Body&& body) {
  switch (itemsize) {
    case 1: return body.template operator()<uint8_t>();
    case 2: return body.template operator()<uint16_t>();
    case 4: return body.template operator()<uint32_t>();
    case 8: return body.template operator()<uint64_t>();
    case 16: return body.template operator()<Bytes16>();
  }
  broken_invariant("itemsize is 1, 2, 4, 8 or 16", __FILE__, __LINE__);
}

template <class T> inline constexpr bool is_complex_type = false;
template <class T> inline constexpr bool is_complex_type<std::complex<T>> = true;
template <class T>
inline constexpr bool is_floating_type =
    std::is_same_v<T, Half> || std::is_same_v<T, float> || std::is_same_v<T, double>;

template <class T> inline bool is_nan(T x) {
  if constexpr (is_complex_type<T>)
    return x.real() != x.real() || x.imag() != x.imag();
  else if constexpr (std::is_same_v<T, Half>)
    return (x.bits & 0x7fff) > 0x7c00;
  else if constexpr (is_floating_type<T>)
    return x != x;
  else
    return false;
}

// The order in which NumPy compares numbers that are not NaN; complex numbers lexicographically.
template <class T> inline bool less(T a, T b) {
  if constexpr (is_complex_type<T>)
    return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
  else if constexpr (std::is_same_v<T, Half>)
    return static_cast<float>(a) < static_cast<float>(b);
  else
    return a < b;
}

// Shapes and strides of N operands in which one position moves in C order.
template <int N> class Walk {
 public:
  Walk() = default;
  void add_axis(int64_t extent, std::array<int64_t, N> strides) {
    extents_[ndim_] = extent;
    strides_[ndim_++] = strides;
    size_ *= extent;
  }
  int64_t size() const { return size_; }

  // Goes to the position with this index in C order.
  void seek(int64_t index) {
    offsets_.fill(0);
    for (int axis = ndim_ - 1; axis >= 0; --axis) {
      position_[axis] = index % extents_[axis];
      index /= extents_[axis];
      for (int i = 0; i < N; ++i) offsets_[i] += position_[axis] * strides_[axis][i];
    }
  }
  void next() {
    for (int axis = ndim_ - 1; axis >= 0; --axis) {
      for (int i = 0; i < N; ++i) offsets_[i] += strides_[axis][i];
      if (++position_[axis] < extents_[axis]) return;
      position_[axis] = 0;
      for (int i = 0; i < N; ++i) offsets_[i] -= extents_[axis] * strides_[axis][i];
    }
  }
  int64_t offset(int operand) const { return offsets_[operand]; }

 private:
  int ndim_ = 0;
  int64_t size_ = 1;
  int64_t extents_[max_ndim], position_[max_ndim];
  std::array<int64_t, N> strides_[max_ndim];
  std::array<int64_t, N> offsets_{};
};

// Work of about this many elements is worth handing to another thread.
inline constexpr int64_t elements_per_chunk = 16384;
inline int64_t grain_for(int64_t elements_per_item) {
  return elements_per_item >= elements_per_chunk
             ? 1
             : elements_per_chunk / (elements_per_item < 1 ? 1 : elements_per_item);
}

}  // namespace lazynp
