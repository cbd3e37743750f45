// The native dtypes, in NumPy's order, and the facts that need no table.
#pragma once
#include <complex>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lazynp {

enum class DType : uint8_t {
  boolean,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  float32,
  float64,
  complex64,
  complex128,
  none = 255,
};
inline constexpr int n_dtypes = 14;

// How a Python scalar takes part in promotion (NEP 50): it adapts to the arrays' dtype.
enum class Weak : uint8_t { no, boolean, integer, real, complex };

struct DTypeInfo {
  const char* name;   // NumPy's name
  char kind;          // 'b', 'i', 'u', 'f', 'c'
  char code;          // NumPy's type character
  uint8_t size;       // bytes
  uint8_t alignment;  // bytes
};

inline constexpr DTypeInfo dtype_table[n_dtypes] = {
    {"bool", 'b', '?', 1, 1},      {"int8", 'i', 'b', 1, 1},        {"uint8", 'u', 'B', 1, 1},
    {"int16", 'i', 'h', 2, 2},     {"uint16", 'u', 'H', 2, 2},      {"int32", 'i', 'i', 4, 4},
    {"uint32", 'u', 'I', 4, 4},    {"int64", 'i', 'l', 8, 8},       {"uint64", 'u', 'L', 8, 8},
    {"float16", 'f', 'e', 2, 2},   {"float32", 'f', 'f', 4, 4},     {"float64", 'f', 'd', 8, 8},
    {"complex64", 'c', 'F', 8, 4}, {"complex128", 'c', 'D', 16, 8},
};

constexpr const DTypeInfo& info(DType dtype) { return dtype_table[static_cast<int>(dtype)]; }
constexpr int size_of(DType dtype) { return info(dtype).size; }
constexpr bool is_integer(DType d) { return info(d).kind == 'i' || info(d).kind == 'u'; }
constexpr bool is_floating(DType d) { return info(d).kind == 'f'; }
constexpr bool is_complex(DType d) { return info(d).kind == 'c'; }
constexpr bool is_inexact(DType d) { return is_floating(d) || is_complex(d); }
DType dtype_from_code(char code);  // DType::none when not native

// NEP 50. The tables are NumPy's own (checked against NumPy by a test).
DType promote(DType a, DType b);
DType promote_weak(DType dtype, Weak weak);  // array dtype with a Python scalar
DType default_dtype(Weak weak);              // a Python scalar on its own
bool can_cast_safely(DType from, DType to);
bool can_cast_same_kind(DType from, DType to);

// NumPy's rules of casting by name. Byte order is always native, so that `equiv` allows what `no`
// does.
enum class Casting : uint8_t { no, equiv, safe, same_kind, unsafe };
std::optional<Casting> casting_named(std::string_view name);
bool can_cast(DType from, DType to, Casting casting);

// 16-bit float storage; arithmetic is done in float and rounded after each operation.
struct Half {
  uint16_t bits;
  Half() = default;
  explicit Half(float value);
  operator float() const;
};

Half half_from_double(double value);  // rounds once
// n elements at once, with the hardware's conversions where it has them; floating-point flags as
// NumPy raises them.
void halves_to_floats(const char* in, intptr_t stride, float* out, intptr_t n);
void floats_to_halves(const float* in, char* out, intptr_t stride, intptr_t n);

template <class T> struct dtype_of_impl;
#define LNP_DTYPE(type, name)                   \
  template <> struct dtype_of_impl<type> {      \
    static constexpr DType value = DType::name; \
  };
LNP_DTYPE(bool, boolean)
LNP_DTYPE(int8_t, int8)
LNP_DTYPE(uint8_t, uint8)
LNP_DTYPE(int16_t, int16)
LNP_DTYPE(uint16_t, uint16)
LNP_DTYPE(int32_t, int32)
LNP_DTYPE(uint32_t, uint32)
LNP_DTYPE(int64_t, int64)
LNP_DTYPE(uint64_t, uint64)
LNP_DTYPE(Half, float16)
LNP_DTYPE(float, float32)
LNP_DTYPE(double, float64)
LNP_DTYPE(std::complex<float>, complex64)
LNP_DTYPE(std::complex<double>, complex128)
#undef LNP_DTYPE
template <class T> inline constexpr DType dtype_of = dtype_of_impl<T>::value;

}  // namespace lazynp
