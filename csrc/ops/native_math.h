// Branch-free formulas that the compiler turns into vector code for any instruction set with fused
// multiply-add. Contraction is off; every fused operation is written as `fma`. Special values come out
// right; floating-point flags do not (loops.h sets them from the results).
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "csrc/ops/scalar_functions.h"

namespace lazynp::native_math {

LNP_INLINE int64_t bits_of(double x) { return std::bit_cast<int64_t>(x); }
LNP_INLINE int32_t bits_of(float x) { return std::bit_cast<int32_t>(x); }
LNP_INLINE double double_of(int64_t bits) { return std::bit_cast<double>(bits); }
LNP_INLINE float float_of(int32_t bits) { return std::bit_cast<float>(bits); }
LNP_INLINE double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
LNP_INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

// Adding this rounds to an integer, which then stands in the low bits.
inline constexpr double to_integer = 0x1.8p52;
inline constexpr float to_integer_f = 0x1.8p23f;
template <class T> inline constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T> inline constexpr T nan_value = std::numeric_limits<T>::quiet_NaN();

// 2**n of an integral n within the normal range.
LNP_INLINE double power_of_two(double n) { return double_of((bits_of(n + to_integer) << 52) + 0x3ff0000000000000); }
LNP_INLINE float power_of_two(float n) { return float_of((bits_of(n + to_integer_f) << 23) + 0x3f800000); }

// value * 2**n, n within twice the normal range; rounds once for subnormal results.
template <class T> LNP_INLINE T scaled(T value, T n) {
  const T rounding = sizeof(T) == 8 ? T(to_integer) : T(to_integer_f);
  const T half = fma(n, T(0.5), rounding) - rounding;
  return value * power_of_two(half) * power_of_two(n - half);
}

// exp(r) - 1 for |r| <= log(2)/2: Taylor series in Estrin's order.
LNP_INLINE double expm1_reduced(double r) {
  const double z = r * r, z2 = z * z, z4 = z2 * z2;
  const double a = fma(r, 1.0 / 6, 0.5), b = fma(r, 1.0 / 120, 1.0 / 24), c = fma(r, 1.0 / 5040, 1.0 / 720);
  const double d = fma(r, 1.0 / 362880, 1.0 / 40320), e = fma(r, 1.0 / 39916800, 1.0 / 3628800);
  const double f = fma(r, 1.0 / 6227020800.0, 1.0 / 479001600.0);
  return fma(z, fma(fma(f, z, e), z4, fma(fma(d, z, c), z2, fma(b, z, a))), r);
}
LNP_INLINE float expm1_reduced(float r) {
  float p = 1.9875691500e-4f;
  p = fma(p, r, 1.3981999507e-3f);
  p = fma(p, r, 8.3334519073e-3f);
  p = fma(p, r, 4.1665795894e-2f);
  p = fma(p, r, 1.6666665459e-1f);
  p = fma(p, r, 5.0000001201e-1f);
  return fma(p, r * r, r);
}

template <class T> LNP_INLINE T clamped(T x, T low, T high) {
  x = x > high ? high : x;
  return x < low ? low : x;
}

// x = n log(2) + r with integral n.
struct Reduced { double n, r; };
struct ReducedF { float n, r; };
LNP_INLINE Reduced reduce_by_log2(double x) {
  const double n = fma(x, 1.4426950408889634, to_integer) - to_integer;
  return {n, fma(n, -0x1.abc9e3b39803fp-56, fma(n, -0x1.62e42fefa39efp-1, x))};
}
LNP_INLINE ReducedF reduce_by_log2(float x) {
  const float n = fma(x, 1.44269504f, to_integer_f) - to_integer_f;
  return {n, fma(n, 0x1.05c61p-29f, fma(n, -0x1.62e43p-1f, x))};
}

LNP_INLINE double exp(double x) {
  const auto [n, r] = reduce_by_log2(clamped(x, -746.0, 710.0));
  return scaled(1.0 + expm1_reduced(r), n);
}
LNP_INLINE float exp(float x) {
  const auto [n, r] = reduce_by_log2(clamped(x, -104.0f, 89.0f));
  return scaled(1.0f + expm1_reduced(r), n);
}

LNP_INLINE double exp2(double x) {
  const double y = clamped(x, -1076.0, 1025.0), n = (y + to_integer) - to_integer;
  const double f = y - n, r = f * 0x1.62e42fefa39efp-1, low = fma(f, 0x1.62e42fefa39efp-1, -r);
  const double p = expm1_reduced(r);
  return scaled(1.0 + fma(fma(f, 0x1.abc9e3b39803fp-56, low), 1.0 + p, p), n);
}
LNP_INLINE float exp2(float x) {
  const float y = clamped(x, -151.0f, 129.0f), n = (y + to_integer_f) - to_integer_f;
  const float f = y - n, r = f * 0x1.62e43p-1f, low = fma(f, -0x1.05c61p-29f, fma(f, 0x1.62e43p-1f, -r));
  const float p = expm1_reduced(r);
  return scaled(1.0f + fma(low, 1.0f + p, p), n);
}

LNP_INLINE double expm1(double x) {
  const auto [n, r] = reduce_by_log2(clamped(x, -40.0, 710.0));
  const double half_scale = power_of_two(n - 1), p = expm1_reduced(r);
  const double y = 2 * fma(half_scale, p, half_scale - 0.5);
  return x == 0 ? x : y;
}
LNP_INLINE float expm1(float x) {
  const auto [n, r] = reduce_by_log2(clamped(x, -20.0f, 89.0f));
  const float half_scale = power_of_two(n - 1), p = expm1_reduced(r);
  const float y = 2 * fma(half_scale, p, half_scale - 0.5f);
  return x == 0 ? x : y;
}

// x = 2**k m with sqrt(1/2) <= m < sqrt(2), for positive finite x.
struct Split { double k, m; };
struct SplitF { float k, m; };
LNP_INLINE Split split_exponent(double x) {
  const bool is_subnormal = x < 0x1p-1022;
  const int64_t u = bits_of(is_subnormal ? x * 0x1p54 : x);
  const uint64_t biased = (static_cast<uint64_t>(u) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd)) >> 52;
  const double k = double_of(static_cast<int64_t>(biased) + 0x4330000000000000) - 0x1p52;
  return {k + (is_subnormal ? -1077.0 : -1023.0), double_of(u - static_cast<int64_t>((biased - 1023) << 52))};
}
LNP_INLINE SplitF split_exponent(float x) {
  const bool is_subnormal = x < 0x1p-126f;
  const int32_t u = bits_of(is_subnormal ? x * 0x1p25f : x);
  const uint32_t biased = (static_cast<uint32_t>(u) + (0x3f800000 - 0x3f3504f3)) >> 23;
  const int32_t k = static_cast<int32_t>(biased) + (is_subnormal ? -152 : -127);
  return {static_cast<float>(k), float_of(u - static_cast<int32_t>((biased - 127) << 23))};
}

template <class T> LNP_INLINE T log_specials(T x, T y) {
  y = x < 0 ? nan_value<T> : y;
  y = x == 0 ? -infinity<T> : y;
  y = x == infinity<T> ? x : y;
  return x != x ? x : y;
}

// log(1 + f) = f - (half_square - rest); FreeBSD's minimax coefficients.
struct LogParts { double half_square, rest; };
LNP_INLINE LogParts log1p_reduced(double f) {
  const double s = f / (2 + f), z = s * s, w = z * z;
  const double even = w * fma(w, fma(w, 1.531383769920937332e-01, 2.222219843214978396e-01), 3.999999999940941908e-01);
  const double odd = z * fma(w, fma(w, fma(w, 1.479819860511658591e-01, 1.818357216161805012e-01),
                                    2.857142874366239149e-01), 6.666666666666735130e-01);
  const double half_square = 0.5 * f * f;
  return {half_square, s * (half_square + (even + odd))};
}
// Cephes' minimax coefficients: (log(1 + f) - f + f*f/2) / f**3.
LNP_INLINE float log1p_reduced_cubic(float f) {
  float p = 7.0376836292e-2f;
  p = fma(p, f, -1.1514610310e-1f);
  p = fma(p, f, 1.1676998740e-1f);
  p = fma(p, f, -1.2420140846e-1f);
  p = fma(p, f, 1.4249322787e-1f);
  p = fma(p, f, -1.6668057665e-1f);
  p = fma(p, f, 2.0000714765e-1f);
  p = fma(p, f, -2.4999993993e-1f);
  return fma(p, f, 3.3333331174e-1f);
}

LNP_INLINE double log(double x) {
  const auto [k, m] = split_exponent(x);
  const double f = m - 1;
  const auto [half_square, rest] = log1p_reduced(f);
  const double y = (((rest + k * 1.90821492927058770002e-10) - half_square) + f) + k * 6.93147180369123816490e-01;
  return log_specials(x, y);
}
LNP_INLINE float log(float x) {
  const auto [k, m] = split_exponent(x);
  const float f = m - 1, z = f * f;
  float y = log1p_reduced_cubic(f) * f * z;
  y = fma(k, -2.12194440e-4f, y);
  y = fma(-0.5f, z, y);
  y = fma(k, 0.693359375f, f + y);
  return log_specials(x, y);
}

}  // namespace lazynp::native_math
