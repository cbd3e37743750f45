// The scalar functions that kernel expressions name, with NumPy's results. Plain C++ that CUDA
// compiles too; `T` is a compute type: bool, an integer, float, double or Complex.
#pragma once
#include <bit>
#include <cfenv>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "csrc/base/error.h"

#define LNP_INLINE inline __attribute__((always_inline))
#define LNP_INLINE_LAMBDA __attribute__((always_inline))

namespace lazynp {

// As NumPy stores and computes complex numbers: no checks for NaN in products, ordered by the real
// part first.
template <class R> struct Complex {
  R re, im;
  Complex() = default;
  LNP_INLINE Complex(R re, R im = 0) : re(re), im(im) {}
  LNP_INLINE Complex(std::complex<R> z) : re(z.real()), im(z.imag()) {}
  LNP_INLINE operator std::complex<R>() const { return {re, im}; }
  LNP_INLINE explicit operator bool() const { return re != 0 || im != 0; }
};

template <class T> struct is_complex_number : std::false_type {};
template <class R> struct is_complex_number<Complex<R>> : std::true_type {};
template <class T>
concept ComplexNumber = is_complex_number<T>::value;
template <class T>
concept Real = std::is_floating_point_v<T>;
template <class T>
concept Integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// The bits of a float16, for functions that are not float functions rounded to float16.
struct HalfBits {
  uint16_t bits;
};

namespace scalar {

template <Real R> LNP_INLINE bool isnan(R x) { return x != x; }
template <Integer T> LNP_INLINE bool isnan(T) { return false; }
LNP_INLINE bool isnan(bool) { return false; }
template <class R> LNP_INLINE bool isnan(Complex<R> x) { return isnan(x.re) || isnan(x.im); }

template <Real R> LNP_INLINE bool isinf(R x) {
  return __builtin_fabs(x) == std::numeric_limits<R>::infinity();
}
template <class T>
  requires std::is_integral_v<T>
LNP_INLINE bool isinf(T) {
  return false;
}
template <class R> LNP_INLINE bool isinf(Complex<R> x) { return isinf(x.re) || isinf(x.im); }

template <Real R> LNP_INLINE bool isfinite(R x) {
  return __builtin_fabs(x) <= std::numeric_limits<R>::max();
}
template <class T>
  requires std::is_integral_v<T>
LNP_INLINE bool isfinite(T) {
  return true;
}
template <class R> LNP_INLINE bool isfinite(Complex<R> x) {
  return isfinite(x.re) && isfinite(x.im);
}

}  // namespace scalar

template <class R> LNP_INLINE Complex<R> operator+(Complex<R> a, Complex<R> b) {
  return {a.re + b.re, a.im + b.im};
}
template <class R> LNP_INLINE Complex<R> operator-(Complex<R> a, Complex<R> b) {
  return {a.re - b.re, a.im - b.im};
}
template <class R> LNP_INLINE Complex<R> operator-(Complex<R> a) { return {-a.re, -a.im}; }
template <class R> LNP_INLINE Complex<R> operator+(Complex<R> a) { return a; }
template <class R> LNP_INLINE Complex<R> operator*(Complex<R> a, Complex<R> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
// Smith's algorithm.
template <class R> inline Complex<R> operator/(Complex<R> a, Complex<R> b) {
  const R abs_re = std::fabs(b.re), abs_im = std::fabs(b.im);
  if (abs_re >= abs_im) {
    if (abs_re == 0 && abs_im == 0) return {a.re / abs_re, a.im / abs_re};
    const R ratio = b.im / b.re, scale = 1 / (b.re + b.im * ratio);
    return {(a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale};
  }
  const R ratio = b.re / b.im, scale = 1 / (b.im + b.re * ratio);
  return {(a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale};
}
template <class R> LNP_INLINE bool operator==(Complex<R> a, Complex<R> b) {
  return (a.re == b.re) & (a.im == b.im);
}
template <class R> LNP_INLINE bool operator!=(Complex<R> a, Complex<R> b) {
  return (a.re != b.re) | (a.im != b.im);
}
template <class R> LNP_INLINE bool operator<(Complex<R> a, Complex<R> b) {
  return (a.re < b.re && !scalar::isnan(a.im) && !scalar::isnan(b.im)) ||
         (a.re == b.re && a.im < b.im);
}
template <class R> LNP_INLINE bool operator<=(Complex<R> a, Complex<R> b) {
  return (a.re < b.re && !scalar::isnan(a.im) && !scalar::isnan(b.im)) ||
         (a.re == b.re && a.im <= b.im);
}
template <class R> LNP_INLINE bool operator>(Complex<R> a, Complex<R> b) { return b < a; }
template <class R> LNP_INLINE bool operator>=(Complex<R> a, Complex<R> b) { return b <= a; }

namespace scalar {

// ---- the C library's functions, for real and complex numbers
#define LNP_REAL_AND_COMPLEX(name) \
  using std::name;                 \
  template <class R> inline Complex<R> name(Complex<R> x) { return std::name(std::complex<R>(x)); }
LNP_REAL_AND_COMPLEX(exp)
LNP_REAL_AND_COMPLEX(log)
LNP_REAL_AND_COMPLEX(sqrt)
LNP_REAL_AND_COMPLEX(sin)
LNP_REAL_AND_COMPLEX(cos)
LNP_REAL_AND_COMPLEX(tan)
LNP_REAL_AND_COMPLEX(asin)
LNP_REAL_AND_COMPLEX(acos)
LNP_REAL_AND_COMPLEX(atan)
LNP_REAL_AND_COMPLEX(sinh)
LNP_REAL_AND_COMPLEX(cosh)
LNP_REAL_AND_COMPLEX(tanh)
LNP_REAL_AND_COMPLEX(asinh)
LNP_REAL_AND_COMPLEX(acosh)
LNP_REAL_AND_COMPLEX(atanh)
#undef LNP_REAL_AND_COMPLEX
using std::atan2, std::cbrt, std::ceil, std::copysign, std::erf, std::erfc, std::exp2, std::expm1,
    std::fabs, std::floor, std::hypot, std::log10, std::log1p, std::log2, std::nextafter, std::rint,
    std::signbit, std::trunc;

template <class T>
  requires std::is_integral_v<T>
LNP_INLINE T floor(T x) {
  return x;
}
template <class T>
  requires std::is_integral_v<T>
LNP_INLINE T ceil(T x) {
  return x;
}
template <class T>
  requires std::is_integral_v<T>
LNP_INLINE T trunc(T x) {
  return x;
}
template <class R> LNP_INLINE Complex<R> rint(Complex<R> x) {
  return {std::rint(x.re), std::rint(x.im)};
}

// Complex functions that C lacks, as NumPy composes them.
template <class R> inline Complex<R> exp2(Complex<R> x) {
  const R ln2 = R(0.693147180559945309417232121458176568L);
  return exp(Complex<R>(x.re * ln2, x.im * ln2));
}
template <class R> inline Complex<R> expm1(Complex<R> x) {
  const R a = std::sin(x.im / 2);
  return {std::expm1(x.re) * std::cos(x.im) - 2 * a * a, std::exp(x.re) * std::sin(x.im)};
}
template <class R> inline Complex<R> log1p(Complex<R> x) {
  return {std::log(std::hypot(x.re + 1, x.im)), std::atan2(x.im, x.re + 1)};
}
template <class R> inline Complex<R> log2(Complex<R> x) {
  const Complex<R> y = log(x);
  const R log2e = R(1.442695040888963407359924681001892137L);
  return {y.re * log2e, y.im * log2e};
}

template <class R> inline Complex<R> log10(Complex<R> x) {
  const Complex<R> y = log(x);
  const R log10e = R(0.434294481903251827651128918916605082L);
  return {y.re * log10e, y.im * log10e};
}

// log(exp(a) + exp(b)), and the same to base 2.
template <Real R> inline R logaddexp(R a, R b) {
  if (a == b) return a + R(0.693147180559945309417232121458176568L);
  const R difference = a - b;
  if (difference > 0) return a + std::log1p(std::exp(-difference));
  if (difference <= 0) return b + std::log1p(std::exp(difference));
  return difference;
}
template <Real R> inline R logaddexp2(R a, R b) {
  if (a == b) return a + 1;
  const R log2e = R(1.442695040888963407359924681001892137L), difference = a - b;
  if (difference > 0) return a + log2e * std::log1p(std::exp2(-difference));
  if (difference <= 0) return b + log2e * std::log1p(std::exp2(difference));
  return difference;
}

// x * 2**n; from some n on the result is zero or infinite.
template <Real R, Integer N> inline R ldexp(R x, N n) {
  if constexpr (sizeof(N) > sizeof(int)) n = n > 100000 ? 100000 : n < -100000 ? -100000 : n;
  return std::ldexp(x, static_cast<int>(n));
}

// The next float16, by its bits.
inline HalfBits nextafter(HalfBits x, HalfBits y) {
  const auto is_nan = [](HalfBits h) { return (h.bits & 0x7fff) > 0x7c00; };
  const auto ordered = [](HalfBits h) {
    return h.bits & 0x8000 ? -(h.bits & 0x7fff) : int(h.bits);
  };
  if (is_nan(x) || is_nan(y)) return {0x7e00};
  if (ordered(x) == ordered(y)) return x;
  if ((x.bits & 0x7fff) == 0) return {static_cast<uint16_t>((y.bits & 0x8000) | 1)};
  const bool grows = (ordered(x) < ordered(y)) == !(x.bits & 0x8000);
  const HalfBits next{static_cast<uint16_t>(grows ? x.bits + 1 : x.bits - 1)};
  if ((next.bits & 0x7fff) == 0x7c00) std::feraiseexcept(FE_OVERFLOW);
  return next;
}

// The bits of one unit in the last place of floats with this exponent.
template <class Bits> LNP_INLINE Bits unit_in_last_place(int exponent, int n_fraction) {
  if (exponent > n_fraction) return static_cast<Bits>(Bits(exponent - n_fraction) << n_fraction);
  return static_cast<Bits>(exponent > 0 ? Bits(1) << (exponent - 1) : Bits(1));
}
// The distance to the next float away from zero, with the sign of x.
template <Real R> inline R spacing(R x) {
  using Bits = std::conditional_t<sizeof(R) == 4, uint32_t, uint64_t>;
  constexpr int n_fraction = std::numeric_limits<R>::digits - 1;
  const Bits bits = std::bit_cast<Bits>(x), sign = bits & ~(~Bits(0) >> 1), size = bits ^ sign;
  const Bits infinite = std::bit_cast<Bits>(std::numeric_limits<R>::infinity());
  const Bits largest_subnormal = (Bits(1) << n_fraction) - 1;
  if (size >= infinite) return std::numeric_limits<R>::quiet_NaN();
  if (size == 0) return std::numeric_limits<R>::denorm_min();
  if (size < largest_subnormal) std::feraiseexcept(FE_UNDERFLOW);
  const bool overflows = size + 1 == infinite;
  if (overflows) std::feraiseexcept(FE_OVERFLOW);
  const Bits unit = unit_in_last_place<Bits>(static_cast<int>(size >> n_fraction), n_fraction);
  return std::bit_cast<R>(static_cast<Bits>((overflows ? infinite : unit) | sign));
}
// To NumPy a float16's next float is the one above it, whatever its sign.
inline HalfBits spacing(HalfBits x) {
  const int fraction = x.bits & 0x3ff, exponent = x.bits >> 10 & 0x1f;
  if (exponent == 0x1f) {
    std::feraiseexcept(FE_INVALID);
    return {0x7e00};
  }
  if (x.bits == 0x7bff) {
    std::feraiseexcept(FE_OVERFLOW);
    return {0x7c00};
  }
  const bool is_power_below_zero = (x.bits & 0x8000) && fraction == 0 && exponent > 0;
  return {unit_in_last_place<uint16_t>(is_power_below_zero ? exponent - 1 : exponent, 10)};
}

// ---- integers: as C, but division by zero gives 0 and sets the flag, and nothing overflows
template <Integer T> inline T zero_division() {
  std::feraiseexcept(FE_DIVBYZERO);
  return 0;
}
template <Integer T> inline T overflowed(T result) {
  std::feraiseexcept(FE_OVERFLOW);
  return result;
}
template <Integer T> inline T floor_divide(T a, T b) {
  if (b == 0) return zero_division<T>();
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return a == std::numeric_limits<T>::min() ? overflowed(a) : static_cast<T>(-a);
    const T quotient = a / b;
    return static_cast<T>(quotient - ((a % b != 0) & ((a < 0) != (b < 0))));
  }
  return a / b;
}
template <Integer T> inline T remainder(T a, T b) {
  if (b == 0) return zero_division<T>();
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return 0;
    const T rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
  }
  return a % b;
}
template <Integer T> inline T fmod(T a, T b) {
  if (b == 0) return zero_division<T>();
  if constexpr (std::is_signed_v<T>)
    if (b == -1) return 0;
  return a % b;
}
template <Integer T> LNP_INLINE T left_shift(T a, T b) {
  using U = std::make_unsigned_t<T>;
  constexpr U width = 8 * sizeof(T);
  return static_cast<U>(b) < width
             ? static_cast<T>(static_cast<uint64_t>(a) << (static_cast<U>(b) & (width - 1)))
             : T(0);
}
template <Integer T> LNP_INLINE T right_shift(T a, T b) {
  using U = std::make_unsigned_t<T>;
  constexpr U width = 8 * sizeof(T);
  const U shift = static_cast<U>(b) < width ? static_cast<U>(b) : width - 1;
  if constexpr (std::is_signed_v<T>) return static_cast<T>(a >> shift);
  return static_cast<U>(b) < width ? static_cast<T>(a >> shift) : T(0);
}
[[noreturn]] inline void refuse_negative_power() {
  fail(ErrorClass::value, "Integers to negative integer powers are not allowed.");
}
template <Integer T> inline T power(T base, T exponent) {  // wraps
  if constexpr (std::is_signed_v<T>)
    if (exponent < 0) refuse_negative_power();
  uint64_t result = 1, factor = static_cast<uint64_t>(base), rest = static_cast<uint64_t>(exponent);
  for (; rest; rest >>= 1, factor *= factor)
    if (rest & 1) result *= factor;
  return static_cast<T>(result);
}

template <Integer T> LNP_INLINE std::make_unsigned_t<T> magnitude(T x) {
  using U = std::make_unsigned_t<T>;
  return x < 0 ? static_cast<U>(U(0) - static_cast<U>(x)) : static_cast<U>(x);
}
template <Integer T> LNP_INLINE uint8_t bitwise_count(T x) {
  return static_cast<uint8_t>(std::popcount(magnitude(x)));
}
template <Integer T> inline T gcd(T a, T b) {
  auto x = magnitude(a), y = magnitude(b);
  while (y != 0) {
    const auto rest = static_cast<decltype(x)>(x % y);
    x = y;
    y = rest;
  }
  return static_cast<T>(x);
}
template <Integer T> inline T lcm(T a, T b) {  // wraps
  const auto divisor = magnitude(gcd(a, b));
  return divisor == 0 ? T(0) : static_cast<T>(magnitude(a) / divisor * uint64_t{magnitude(b)});
}

// ---- floats: npy_divmod
template <Real R> LNP_INLINE bool is_negative(R x) {
  return __builtin_isless(x, R(0));
}  // quiet for NaN
// The C library divides bit by bit. Where the quotient fits a float it is off by one at most, and
// the remainder that fused multiply-add leaves is exact.
template <Real R> LNP_INLINE R fmod(R a, R b) {
  constexpr R large = sizeof(R) == 4 ? R(0x1p60) : R(0x1p900), small = 1 / large;
  constexpr R unit = std::numeric_limits<R>::epsilon() / 2;
  const R x = std::fabs(a), y = std::fabs(b);
  // NaN is unordered and no event.
  const bool is_near = __builtin_isgreaterequal(x, small) && __builtin_islessequal(x, large) &&
                       __builtin_isgreaterequal(y, small) && __builtin_islessequal(y, large);
  if (!is_near || x * unit >= y) return std::fmod(a, b);
  if (x < y) return a;
  R rest = std::fma(-std::trunc(x / y), y, x);
  if (rest < 0) rest += y;
  if (rest >= y) rest -= y;
  return std::copysign(rest, a);
}
template <Real R> inline R remainder(R a, R b) {
  R rest = fmod(a, b);
  if (b == 0) return rest;
  if (rest != 0) return is_negative(b) != is_negative(rest) ? rest + b : rest;
  return std::copysign(R(0), b);
}
// The floor of a / b, from the remainder with the sign of a.
template <Real R> inline R floored_quotient(R a, R b, R rest) {
  if (isnan(rest)) return rest;
  R quotient = (a - rest) / b;
  if (rest != 0 && is_negative(b) != is_negative(rest)) quotient -= 1;
  if (quotient == 0) return std::copysign(R(0), a / b);
  const R floored = std::floor(quotient);
  return quotient - floored > R(0.5) ? floored + 1 : floored;
}
template <Real R> inline R floor_divide(R a, R b) {
  return b == 0 ? a / b : floored_quotient(a, b, fmod(a, b));
}

// divmod in three steps: the remainder by truncation, in which lie all warnings about the operands;
// from it the quotient, and the remainder by floor.
template <Real R> inline R divmod_rest(R a, R b) {
  if (isnan(a) || isnan(b)) return a + b;
  if (b == 0 && a != 0 && isfinite(a)) std::feraiseexcept(FE_DIVBYZERO);
  return fmod(a, b);
}
template <Integer T> inline T divmod_rest(T a, T b) {
  if (b == 0) return zero_division<T>();
  if constexpr (std::is_signed_v<T>)
    if (b == -1) return a == std::numeric_limits<T>::min() ? overflowed(T(0)) : T(0);
  return static_cast<T>(a % b);
}
template <Real R> inline R divmod_quotient(R a, R b, R rest) {
  const bool is_negative_quotient = std::signbit(a) != std::signbit(b);
  if (b == 0 && (isnan(a) || a == 0)) return std::numeric_limits<R>::quiet_NaN();
  if (b == 0)
    return std::copysign(std::numeric_limits<R>::infinity(), is_negative_quotient ? R(-1) : R(1));
  return floored_quotient(a, b, rest);
}
template <Integer T> inline T divmod_quotient(T a, T b, T rest) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<uint64_t>(a));
    return static_cast<T>(a / b - (rest != 0 && (rest < 0) != (b < 0)));
  }
  return static_cast<T>(a / b);
}
template <Real R> inline R divmod_remainder(R rest, R b) {
  if (b == 0) return rest;
  if (rest == 0) return std::copysign(R(0), b);
  return is_negative(b) != is_negative(rest) ? rest + b : rest;
}
template <Integer T> inline T divmod_remainder(T rest, T b) {
  if constexpr (std::is_signed_v<T>)
    return static_cast<T>(rest != 0 && b != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
  return rest;
}

// The parts of a float: x = fraction + whole, x = mantissa * 2**exponent.
template <Real R> LNP_INLINE R fraction(R x) {
  return std::copysign(isinf(x) ? R(0) : x - std::trunc(x), x);
}
template <Real R> struct FloatBits {
  using Bits = std::conditional_t<sizeof(R) == 4, uint32_t, uint64_t>;
  static constexpr int n_fraction = std::numeric_limits<R>::digits - 1;
  static constexpr int bias = std::numeric_limits<R>::max_exponent - 2;  // for [0.5, 1)
  static constexpr Bits exponent_mask = std::bit_cast<Bits>(std::numeric_limits<R>::infinity());
  bool has_parts;
  Bits extra;  // exponents by which a subnormal number was scaled; made without a condition, on
               // which the compiler would branch
  Bits bits;   // of a normal number
  LNP_INLINE explicit FloatBits(R x) {
    using Signed = std::make_signed_t<Bits>;
    const Bits size = std::bit_cast<Bits>(x) & (~Bits(0) >> 1);
    const auto below_normal =
        static_cast<Signed>(size - (Bits(1) << n_fraction)) >> (8 * sizeof(R) - 1);
    has_parts = (size < exponent_mask) & (size != 0);
    extra = static_cast<Bits>(below_normal) & Bits(n_fraction);
    const Bits factor = (Bits(bias) + 1 + extra) << n_fraction;
    bits = std::bit_cast<Bits>(x * std::bit_cast<R>(factor));
  }
};
template <Real R> LNP_INLINE R mantissa(R x) {
  using F = FloatBits<R>;
  const F f(x);
  const auto bits = (f.bits & ~F::exponent_mask) | typename F::Bits(F::bias) << F::n_fraction;
  return f.has_parts ? std::bit_cast<R>(bits) : x;
}
template <Real R> LNP_INLINE int32_t exponent(R x) {
  using F = FloatBits<R>;
  const F f(x);
  // Vectors convert small integers fast: they are written into a float's fraction.
  constexpr R origin = R(3 * (typename F::Bits(1) << (F::n_fraction - 1)));
  const auto biased = ((f.bits & F::exponent_mask) >> F::n_fraction) - f.extra;
  const R shifted = std::bit_cast<R>(std::bit_cast<typename F::Bits>(origin) + biased) - origin;
  return static_cast<int32_t>(shifted - R(F::bias)) & -static_cast<int32_t>(f.has_parts);
}

template <Real R> inline R power(R base, R exponent) { return std::pow(base, exponent); }
// NumPy's cases: powers of zero, small integral powers by products, else the C library.
template <class R> inline Complex<R> power(Complex<R> base, Complex<R> exponent) {
  if (exponent == Complex<R>(0)) return {1, 0};
  if (base == Complex<R>(0)) {
    if (exponent.re > 0) return {0, 0};
    std::feraiseexcept(FE_INVALID);
    return {std::numeric_limits<R>::quiet_NaN(), std::numeric_limits<R>::quiet_NaN()};
  }
  if (exponent.im == 0 && std::fabs(exponent.re) < 100 && std::trunc(exponent.re) == exponent.re) {
    const int n = static_cast<int>(std::fabs(exponent.re));
    if (exponent.re == 1) return base;
    if (exponent.re == 2) return base * base;
    if (exponent.re == 3) return base * (base * base);
    Complex<R> result(1), factor = base;
    for (int rest = n; rest; rest >>= 1) {
      if (rest & 1) result = result * factor;
      if (rest > 1) factor = factor * factor;
    }
    return exponent.re < 0 ? Complex<R>(1) / result : result;
  }
  return std::pow(std::complex<R>(base), std::complex<R>(exponent));
}

// ---- truth and bits
template <class T> LNP_INLINE bool truth(T x) { return x != T(0); }
template <Integer T> LNP_INLINE T invert(T x) { return ~x; }
LNP_INLINE bool invert(bool x) { return !x; }

// ---- choice: NaN wins (fmax, fmin: the number wins). Of two zeros NumPy takes the second, but for
// float16 and complex numbers the first.
template <class T> LNP_INLINE T first_maximum(T a, T b) { return (a >= b) | isnan(a) ? a : b; }
template <class T> LNP_INLINE T first_minimum(T a, T b) { return (a <= b) | isnan(a) ? a : b; }
template <class T> LNP_INLINE T maximum(T a, T b) { return (a > b) | isnan(a) ? a : b; }
template <class T> LNP_INLINE T minimum(T a, T b) { return (a < b) | isnan(a) ? a : b; }
template <class R> LNP_INLINE Complex<R> maximum(Complex<R> a, Complex<R> b) {
  return first_maximum(a, b);
}
template <class R> LNP_INLINE Complex<R> minimum(Complex<R> a, Complex<R> b) {
  return first_minimum(a, b);
}
template <class T> LNP_INLINE T first_fmax(T a, T b) { return (a >= b) | isnan(b) ? a : b; }
template <class T> LNP_INLINE T first_fmin(T a, T b) { return (a <= b) | isnan(b) ? a : b; }
template <class T> LNP_INLINE T fmax(T a, T b) { return (a > b) | isnan(b) ? a : b; }
template <class T> LNP_INLINE T fmin(T a, T b) { return (a < b) | isnan(b) ? a : b; }
template <class R> LNP_INLINE Complex<R> fmax(Complex<R> a, Complex<R> b) {
  return first_fmax(a, b);
}
template <class R> LNP_INLINE Complex<R> fmin(Complex<R> a, Complex<R> b) {
  return first_fmin(a, b);
}

// ---- parts
template <Real R> LNP_INLINE R absolute(R x) { return std::fabs(x); }
template <Integer T> LNP_INLINE T absolute(T x) {
  if constexpr (std::is_signed_v<T>) {
    using U = std::make_unsigned_t<T>;
    return x < 0 ? static_cast<T>(static_cast<U>(0) - static_cast<U>(x)) : x;
  }
  return x;
}
LNP_INLINE bool absolute(bool x) { return x; }
template <class R> inline R absolute(Complex<R> x) { return std::hypot(x.re, x.im); }
template <class T> LNP_INLINE T conjugate(T x) { return x; }
template <class R> LNP_INLINE Complex<R> conjugate(Complex<R> x) { return {x.re, -x.im}; }

template <class T> LNP_INLINE T square(T x) { return x * x; }
template <Real R> LNP_INLINE R reciprocal(R x) { return 1 / x; }
template <Integer T> inline T reciprocal(T x) {
  if (x == 0) {  // what converting an infinite float64 gives
    std::feraiseexcept(FE_DIVBYZERO | FE_INVALID);
    return std::is_signed_v<T> && sizeof(T) >= 4 ? std::numeric_limits<T>::min() : T(0);
  }
  return static_cast<T>(T(1) / x);
}
template <class R> inline Complex<R> reciprocal(Complex<R> x) {
  if (std::fabs(x.im) <= std::fabs(x.re)) {
    const R ratio = x.im / x.re, divisor = x.re + x.im * ratio;
    return {1 / divisor, -ratio / divisor};
  }
  const R ratio = x.re / x.im, divisor = x.re * ratio + x.im;
  return {ratio / divisor, -1 / divisor};
}
template <Integer T> LNP_INLINE T sign(T x) { return static_cast<T>((x > 0) - (x < 0)); }
template <Real R> LNP_INLINE R sign(R x) { return isnan(x) ? x : R(x > 0) - R(x < 0); }
template <class R> inline Complex<R> sign(Complex<R> x) {
  const R length = std::hypot(x.re, x.im);
  if (isnan(length))
    return {std::numeric_limits<R>::quiet_NaN(), std::numeric_limits<R>::quiet_NaN()};
  if (isinf(length)) {
    if (isinf(x.re) && isinf(x.im))
      return {std::numeric_limits<R>::quiet_NaN(), std::numeric_limits<R>::quiet_NaN()};
    return isinf(x.re) ? Complex<R>(std::copysign(R(1), x.re), 0)
                       : Complex<R>(0, std::copysign(R(1), x.im));
  }
  if (length == 0) return {0, 0};
  return {x.re / length, x.im / length};
}

}  // namespace scalar

}  // namespace lazynp
