// Promotion (NEP 50), casting rules, and the conversions of 16-bit floats.
#include "csrc/base/dtype.h"

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstring>

#include "csrc/base/cpu_level.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define LNP_F16C_VARIANT __attribute__((target("avx,f16c")))
#endif

namespace lazynp {

namespace {

// NumPy's promote_types, as type characters; rows and columns in the order of DType.
constexpr char promotion[n_dtypes][n_dtypes + 1] = {
    "?bBhHiIlLefdFD", "bbhhiilldefdFD", "BhBhHiIlLefdFD", "hhhhiilldffdFD", "HiHiHiIlLffdFD",
    "iiiiiillddddDD", "IlIlIlIlLdddDD", "llllllllddddDD", "LdLdLdLdLdddDD", "eeeffddddefdFD",
    "fffffddddffdFD", "ddddddddddddDD", "FFFFFDDDDFFDFD", "DDDDDDDDDDDDDD",
};

constexpr DType find_code(char code) {
  for (int i = 0; i < n_dtypes; ++i)
    if (dtype_table[i].code == code) return static_cast<DType>(i);
  return DType::none;
}

struct PromotionTable {
  DType of[n_dtypes][n_dtypes];
  constexpr PromotionTable() : of() {
    for (int a = 0; a < n_dtypes; ++a)
      for (int b = 0; b < n_dtypes; ++b) of[a][b] = find_code(promotion[a][b]);
  }
};
constexpr PromotionTable promotion_table;

// Kinds in the order in which a cast stays within "same_kind".
constexpr int kind_rank(DType dtype) {
  switch (info(dtype).kind) {
    case 'b': return 0;
    case 'u': return 1;
    case 'i': return 2;
    case 'f': return 3;
    default: return 4;
  }
}

constexpr bool is_native(DType dtype) { return static_cast<int>(dtype) < n_dtypes; }

float half_bits_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00)  // infinite or NaN
    return std::bit_cast<float>(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  if (magnitude >= 0x400)  // normal
    return std::bit_cast<float>(sign | ((magnitude << 13) + ((127 - 15) << 23)));
  const float subnormal = static_cast<float>(magnitude) * 0x1p-24f;  // exact
  return std::bit_cast<float>(std::bit_cast<uint32_t>(subnormal) | sign);
}

// Shifts right by `shift` (1..63) and rounds to nearest, ties to even.
uint64_t shift_and_round(uint64_t significand, int shift) {
  const uint64_t half = uint64_t{1} << (shift - 1), rest = significand & (2 * half - 1);
  const uint64_t kept = significand >> shift;
  return kept + (rest > half || (rest == half && (kept & 1)));
}

// Both IEEE formats to half: `Bits` holds a float with `mantissa_bits` and exponent bias `bias`.
template <class Bits, int mantissa_bits, int bias> uint16_t to_half_bits(Bits bits) {
  constexpr int width = 8 * sizeof(Bits);
  const auto sign = static_cast<uint16_t>(bits >> (width - 16) & 0x8000);
  const Bits mantissa = bits & ((Bits{1} << mantissa_bits) - 1);
  const int biased = static_cast<int>(bits >> mantissa_bits & (2 * bias + 1));
  if (biased == 2 * bias + 1) {
    if (mantissa == 0) return sign | 0x7c00;
    const auto payload = static_cast<uint16_t>(mantissa >> (mantissa_bits - 10));
    return sign | 0x7c00 | (payload ? payload : 1);
  }
  const int exponent = biased - bias;
  if (exponent < -25) {  // less than half of the smallest subnormal
    if (biased != 0 || mantissa != 0) std::feraiseexcept(FE_UNDERFLOW);
    return sign;
  }
  const uint64_t significand = static_cast<uint64_t>(mantissa) | uint64_t{1} << mantissa_bits;
  if (exponent < -14) {
    const int shift = mantissa_bits - 10 + (-14 - exponent);
    if (significand & ((uint64_t{1} << shift) - 1)) std::feraiseexcept(FE_UNDERFLOW);
    return sign | static_cast<uint16_t>(shift_and_round(significand, shift));
  }
  // The hidden bit carries into the exponent, and so does a rounding overflow.
  const uint64_t rounded = shift_and_round(significand, mantissa_bits - 10);
  const int64_t result =
      static_cast<int64_t>(rounded) + (static_cast<int64_t>(exponent + 14) << 10);
  if (result < 0x7c00) return sign | static_cast<uint16_t>(result);
  std::feraiseexcept(FE_OVERFLOW);
  return sign | 0x7c00;
}

void halves_to_floats_plain(const char* in, intptr_t stride, float* out, intptr_t n) {
  for (intptr_t i = 0; i < n; ++i, in += stride) {
    uint16_t bits;
    std::memcpy(&bits, in, sizeof bits);
    out[i] = half_bits_to_float(bits);
  }
}

void floats_to_halves_plain(const float* in, char* out, intptr_t stride, intptr_t n) {
  for (intptr_t i = 0; i < n; ++i, out += stride) {
    const Half half(in[i]);
    std::memcpy(out, &half.bits, sizeof half.bits);
  }
}

#ifdef LNP_F16C_VARIANT
LNP_F16C_VARIANT void halves_to_floats_f16c(const char* in, intptr_t stride, float* out,
                                            intptr_t n) {
  intptr_t i = 0;
  if (stride == 2)
    for (; i + 8 <= n; i += 8)
      _mm256_storeu_ps(
          out + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 2 * i))));
  for (in += i * stride; i < n; ++i, in += stride) {
    uint16_t bits;
    std::memcpy(&bits, in, sizeof bits);
    out[i] = _cvtsh_ss(bits);
  }
}

LNP_F16C_VARIANT void floats_to_halves_f16c(const float* in, char* out, intptr_t stride,
                                            intptr_t n) {
  constexpr int nearest = _MM_FROUND_TO_NEAREST_INT;
  intptr_t i = 0;
  if (stride == 2)
    for (; i + 8 <= n; i += 8)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 2 * i),
                       _mm256_cvtps_ph(_mm256_loadu_ps(in + i), nearest));
  for (out += i * stride; i < n; ++i, out += stride) {
    const uint16_t bits = _cvtss_sh(in[i], nearest);
    std::memcpy(out, &bits, sizeof bits);
  }
}
#endif

}  // namespace

DType dtype_from_code(char code) {
  if (code == 'q') return DType::int64;
  if (code == 'Q') return DType::uint64;
  return find_code(code);
}

DType promote(DType a, DType b) {
  return promotion_table.of[static_cast<int>(a)][static_cast<int>(b)];
}

DType promote_weak(DType dtype, Weak weak) {
  switch (weak) {
    case Weak::no:
    case Weak::boolean: return dtype;
    case Weak::integer: return dtype == DType::boolean ? DType::int64 : dtype;
    case Weak::real: return is_inexact(dtype) ? dtype : DType::float64;
    case Weak::complex:
      if (is_complex(dtype)) return dtype;
      return dtype == DType::float16 || dtype == DType::float32 ? DType::complex64
                                                                : DType::complex128;
  }
  return dtype;
}

DType default_dtype(Weak weak) {
  switch (weak) {
    case Weak::boolean: return DType::boolean;
    case Weak::integer: return DType::int64;
    case Weak::complex: return DType::complex128;
    default: return DType::float64;
  }
}

bool can_cast_safely(DType from, DType to) {
  return is_native(from) && is_native(to) && promote(from, to) == to;
}

bool can_cast_same_kind(DType from, DType to) {
  return is_native(from) && is_native(to) && kind_rank(from) <= kind_rank(to);
}

std::optional<Casting> casting_named(std::string_view name) {
  if (name == "no") return Casting::no;
  if (name == "equiv") return Casting::equiv;
  if (name == "safe") return Casting::safe;
  if (name == "same_kind") return Casting::same_kind;
  if (name == "unsafe") return Casting::unsafe;
  return std::nullopt;
}

bool can_cast(DType from, DType to, Casting casting) {
  switch (casting) {
    case Casting::no:
    case Casting::equiv: return from == to;
    case Casting::safe: return can_cast_safely(from, to);
    case Casting::same_kind: return can_cast_same_kind(from, to);
    default: return true;
  }
}

Half::Half(float value) : bits(to_half_bits<uint32_t, 23, 127>(std::bit_cast<uint32_t>(value))) {}
Half::operator float() const { return half_bits_to_float(bits); }

Half half_from_double(double value) {
  Half half;
  half.bits = to_half_bits<uint64_t, 52, 1023>(std::bit_cast<uint64_t>(value));
  return half;
}

void halves_to_floats(const char* in, intptr_t stride, float* out, intptr_t n) {
#ifdef LNP_F16C_VARIANT
  if (cpu_level() >= CpuLevel::v3) return halves_to_floats_f16c(in, stride, out, n);
#endif
  halves_to_floats_plain(in, stride, out, n);
}

void floats_to_halves(const float* in, char* out, intptr_t stride, intptr_t n) {
#ifdef LNP_F16C_VARIANT
  if (cpu_level() >= CpuLevel::v3) return floats_to_halves_f16c(in, out, stride, n);
#endif
  floats_to_halves_plain(in, out, stride, n);
}

}  // namespace lazynp
