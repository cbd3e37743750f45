// Loops over the elements of a scalar expression: which dtypes there are, how a loop behaves, its
// body for one, two and three inputs, and its variants per instruction set.
#pragma once
#include <cfenv>
#include <cstring>

#include "csrc/base/cpu_level.h"
#include "csrc/base/error.h"
#include "csrc/ops/instruction_sets.h"
#include "csrc/ops/kernel.h"
#include "csrc/ops/pairwise_sum.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace lazynp {

// ---------------------------------------------------------------- which dtypes
template <class... T> struct Types {};
template <class A, class B> struct JoinTypes;
template <class... A, class... B> struct JoinTypes<Types<A...>, Types<B...>> {
  using type = Types<A..., B...>;
};
template <class A, class B> using Join = typename JoinTypes<A, B>::type;

using Booleans = Types<bool>;
using Integers = Types<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t>;
using Floats = Types<Half, float, double>;
using Complexes = Types<std::complex<float>, std::complex<double>>;
using BooleansAndIntegers = Join<Booleans, Integers>;
using Inexact = Join<Floats, Complexes>;
using Reals = Join<Integers, Floats>;
using Numbers = Join<Reals, Complexes>;
using Everything = Join<Booleans, Numbers>;

template <> struct dtype_of_impl<HalfBits> {
  static constexpr DType value = DType::float16;
};

// ---------------------------------------------------------------- how a loop behaves
enum class Result : uint8_t {
  same,
  boolean,
  real,  // of a complex input
  uint8,
  int32
};  // the output's dtype
enum class Fold : uint8_t { sequential, associative, pairwise };  // how reductions go
enum class Simd : uint8_t { avx2, avx512 };  // the widest variant worth compiling

struct LoopOptions {
  Result result = Result::same;
  Fold fold = Fold::sequential;
  Simd simd = Simd::avx2;
  bool wraps = false;    // integers: computed unsigned, so signed and unsigned share their loops
  bool quiet = false;    // never sets a floating-point flag
  bool is_math = false;  // branch-free formula whose flags mean nothing: they are set from results
  bool folds_halves_in_float = false;  // float16 reductions round once, at the end of the loop
  bool may_raise = false;              // signed integers: the expression may throw
  bool exact_real = true, exact_complex = true;  // same bits as NumPy
  Sees sees = Sees::elements;                    // NumPy's loops of float and double
  bool chains = false;            // floats: the expression is arithmetic that vectors have, too
  int on_infinite = FE_OVERFLOW;  // is_math: the flag of an infinite result of a finite input
  double trusted = 0;             // is_math: larger magnitudes go to the C library; 0: no limit
};

namespace loops {

// ---------------------------------------------------------------- floating-point flags
// Puts the flags back as they were.
class KeepFlags {
 public:
#if defined(__x86_64__)
  KeepFlags() : saved_(_mm_getcsr()) {}
  ~KeepFlags() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#else
  KeepFlags() { std::fegetexceptflag(&saved_, FE_ALL_EXCEPT); }
  ~KeepFlags() { std::fesetexceptflag(&saved_, FE_ALL_EXCEPT); }

 private:
  std::fexcept_t saved_;
#endif
};
struct NoGuard {
  NoGuard() {}
};
template <LoopOptions o> using Guard = std::conditional_t<o.quiet || o.is_math, KeepFlags, NoGuard>;

// Which special results appeared.
template <class T> struct Specials {
  bool new_nan = false, new_infinite = false;
  void see(const T* x, const T* y, intptr_t n) {
    const T largest = std::numeric_limits<T>::max();
    for (intptr_t i = 0; i < n; ++i) {
      new_nan |= (y[i] != y[i]) & (x[i] == x[i]);
      new_infinite |= (std::fabs(y[i]) > largest) & (std::fabs(x[i]) <= largest);
    }
  }
  int flags(int on_infinite) const {
    return (new_nan ? FE_INVALID : 0) | (new_infinite ? on_infinite : 0);
  }
};

// ---------------------------------------------------------------- unary
template <class F, class X, class Y, LoopOptions o>
LNP_INLINE void unary_contiguous(const StoredOf<X>* x, StoredOf<Y>* y, intptr_t n) {
#pragma GCC ivdep
  for (intptr_t i = 0; i < n; ++i) y[i] = to_stored<Y>(F{}(to_compute<X>(x[i])));
}

template <class Isa, class F, class X, class Y, LoopOptions o>
LNP_INLINE void unary_body(char** arguments, const intptr_t* n_elements, const intptr_t* strides) {
  [[maybe_unused]] Guard<o> guard;
  const char* x = arguments[0];
  char* y = arguments[1];
  const intptr_t n = *n_elements, step_x = strides[0], step_y = strides[1];
  if (is_contiguous<X>(x, step_x) && is_contiguous<Y>(y, step_y) &&
      !interferes(x, step_x, width<X>, y, step_y, width<Y>, n))
    return unary_contiguous<F, X, Y, o>(elements<X>(x), elements<Y>(y), n);
  for (intptr_t i = 0; i < n; ++i, x += step_x, y += step_y) store<Y>(y, F{}(load<X>(x)));
}

// Whether some element's magnitude is larger than the limit, or NaN.
template <class T> LNP_INLINE bool any_beyond(const T* x, intptr_t n, T limit) {
  using Lane = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  Lane found = 0;
  for (intptr_t i = 0; i < n; ++i) found |= std::fabs(x[i]) <= limit ? Lane(0) : Lane(1);
  return found != 0;
}
template <class Library, class T> void replace_untrusted(const T* x, T* y, intptr_t n, T limit) {
  for (intptr_t i = 0; i < n; ++i)
    if (std::fabs(x[i]) > limit) y[i] = static_cast<T>(Library{}(x[i]));
}

inline constexpr intptr_t chunk = 512;  // elements that fit the first-level cache twice

// Calls body(x, y, m) for chunks of contiguous elements, in place where they lie so already. x and
// y are never the same memory.
template <class X, class Body>
LNP_INLINE void by_chunks(char** arguments, const intptr_t* n_elements, const intptr_t* strides,
                          Body body) {
  using T = StoredOf<X>;
  const char* in = arguments[0];
  char* out = arguments[1];
  const intptr_t n = *n_elements, step_in = strides[0], step_out = strides[1];
  const bool reads_in_place = is_contiguous<X>(in, step_in);
  const bool is_row = is_contiguous<X>(out, step_out), writes_in_place = is_row && in != out;
  const intptr_t step = interferes(in, step_in, sizeof(T), out, step_out, sizeof(T), n) ? 1 : chunk;
  alignas(64) T copied[chunk], results[chunk];
  for (intptr_t begin = 0; begin < n; begin += step) {
    const intptr_t m = n - begin < step ? n - begin : step;
    const T* x = copied;
    T* y = writes_in_place ? elements<X>(out) + begin : results;
    if (reads_in_place)
      x = elements<X>(in) + begin;
    else
      for (intptr_t i = 0; i < m; ++i) copied[i] = load<X>(in + (begin + i) * step_in);
    body(x, y, m);
    if (writes_in_place) continue;
    if (is_row)
      std::memcpy(out + begin * step_out, results, static_cast<size_t>(m) * sizeof(T));
    else
      for (intptr_t i = 0; i < m; ++i) store<X>(out + (begin + i) * step_out, results[i]);
  }
}

// A formula of many operations: one vector loop, everything else through a chunk of memory.
template <class Isa, class F, class Library, class X, LoopOptions o>
LNP_INLINE void math_body(char** arguments, const intptr_t* n_elements, const intptr_t* strides) {
  using T = StoredOf<X>;
  Specials<T> specials;
  {
    KeepFlags guard;
    by_chunks<X>(arguments, n_elements, strides,
                 [&](const T* x, T* y, intptr_t m) LNP_INLINE_LAMBDA {
#pragma GCC ivdep
                   for (intptr_t i = 0; i < m; ++i) y[i] = F{}(x[i]);
                   if constexpr (o.trusted > 0)
                     if (any_beyond(x, m, static_cast<T>(o.trusted)))
                       replace_untrusted<Library>(x, y, m, static_cast<T>(o.trusted));
                   if (any_beyond(y, m, std::numeric_limits<T>::max())) specials.see(x, y, m);
                 });
  }
  if (const int flags = specials.flags(o.on_infinite)) std::feraiseexcept(flags);
}

// A function of chunks that sets no flag, and may ask for the instruction set.
template <class Isa, class F, class X>
LNP_INLINE void chunks_body(char** arguments, const intptr_t* n_elements, const intptr_t* strides) {
  using T = StoredOf<X>;
  KeepFlags guard;
  by_chunks<X>(arguments, n_elements, strides,
               [](const T* x, T* y, intptr_t m) LNP_INLINE_LAMBDA { F{}(Isa{}, x, y, m); });
}

// ---------------------------------------------------------------- binary
template <class F, class X1, class X2, class Y, bool scalar1, bool scalar2>
LNP_INLINE void binary_contiguous(const StoredOf<X1>* x1, const StoredOf<X2>* x2, StoredOf<Y>* y,
                                  intptr_t n) {
  const auto first1 = to_compute<X1>(*x1);
  const auto first2 = to_compute<X2>(*x2);
  if constexpr (scalar2 && requires { typename F::ByNumber; }) {
    constexpr intptr_t worthwhile = 32;
    if (n >= worthwhile && F::ByNumber::fits(first2)) {
      const typename F::ByNumber by_number(first2);
      for (intptr_t i = 0; i < n; ++i)
        y[i] = static_cast<StoredOf<Y>>(by_number(to_compute<X1>(x1[i])));
      return;
    }
  }
#pragma GCC ivdep
  for (intptr_t i = 0; i < n; ++i)
    y[i] = to_stored<Y>(
        F{}(scalar1 ? first1 : to_compute<X1>(x1[i]), scalar2 ? first2 : to_compute<X2>(x2[i])));
}

// Folds lanes that are independent of each other, where the order does not matter.
template <class F, class E>
LNP_INLINE typename E::Compute fold_lanes(typename E::Compute sum, const char* in, intptr_t n) {
  using T = typename E::Compute;
  constexpr intptr_t lanes = 256 / sizeof(T);
  const StoredOf<E>* x = elements<E>(in);
  intptr_t i = 0;
  if (n >= 2 * lanes) {
    T r[lanes];
    for (int j = 0; j < lanes; ++j) r[j] = to_compute<E>(x[j]);
    for (i = lanes; i + lanes <= n; i += lanes)
      for (int j = 0; j < lanes; ++j) r[j] = static_cast<T>(F{}(r[j], to_compute<E>(x[i + j])));
    for (int j = 0; j < lanes; ++j) sum = static_cast<T>(F{}(sum, r[j]));
  }
  for (; i < n; ++i) sum = static_cast<T>(F{}(sum, to_compute<E>(x[i])));
  return sum;
}

template <class Isa, class F, class E, LoopOptions o>
LNP_INLINE void fold_body(char* accumulator, const char* in, intptr_t stride, intptr_t n) {
  using T = typename E::Compute;
  T sum = load<E>(accumulator);
  if constexpr (o.fold == Fold::pairwise && !std::is_integral_v<T>) {
    sum = sum + Isa::template pairwise_sum<E>(in, n, stride);
  } else if (o.fold != Fold::sequential && is_contiguous<E>(in, stride)) {
    sum = fold_lanes<F, E>(sum, in, n);
  } else {
    for (intptr_t i = 0; i < n; ++i, in += stride) sum = static_cast<T>(F{}(sum, load<E>(in)));
  }
  store<E>(accumulator, sum);
}

template <class Isa, class F, class X1, class X2, class Y, LoopOptions o>
LNP_INLINE void binary_body(char** arguments, const intptr_t* n_elements, const intptr_t* strides) {
  [[maybe_unused]] Guard<o> guard;
  const char *x1 = arguments[0], *x2 = arguments[1];
  char* y = arguments[2];
  const intptr_t n = *n_elements, step1 = strides[0], step2 = strides[1], step_y = strides[2];
  if constexpr (std::is_same_v<X1, X2> && std::is_same_v<X1, Y>)
    if (x1 == y && step1 == 0 && step_y == 0) return fold_body<Isa, F, Y, o>(y, x2, step2, n);
  if (is_contiguous<Y>(y, step_y) && n > 0 &&
      !interferes(x1, step1, width<X1>, y, step_y, width<Y>, n) &&
      !interferes(x2, step2, width<X2>, y, step_y, width<Y>, n)) {
    const bool vector1 = is_contiguous<X1>(x1, step1), vector2 = is_contiguous<X2>(x2, step2);
    const auto* p1 = elements<X1>(x1);
    const auto* p2 = elements<X2>(x2);
    if (vector1 && vector2)
      return binary_contiguous<F, X1, X2, Y, false, false>(p1, p2, elements<Y>(y), n);
    if (vector1 && step2 == 0 && is_contiguous<X2>(x2, width<X2>))
      return binary_contiguous<F, X1, X2, Y, false, true>(p1, p2, elements<Y>(y), n);
    if (vector2 && step1 == 0 && is_contiguous<X1>(x1, width<X1>))
      return binary_contiguous<F, X1, X2, Y, true, false>(p1, p2, elements<Y>(y), n);
  }
  for (intptr_t i = 0; i < n; ++i, x1 += step1, x2 += step2, y += step_y)
    store<Y>(y, F{}(load<X1>(x1), load<X2>(x2)));
}

// ---------------------------------------------------------------- ternary
template <class F, class X1, class X2, class Y, bool scalar2, bool scalar3>
LNP_INLINE void ternary_contiguous(const StoredOf<X1>* x1, const StoredOf<X2>* x2,
                                   const StoredOf<X2>* x3, StoredOf<Y>* y, intptr_t n) {
  const auto first2 = to_compute<X2>(*x2), first3 = to_compute<X2>(*x3);
#pragma GCC ivdep
  for (intptr_t i = 0; i < n; ++i)
    y[i] = to_stored<Y>(F{}(to_compute<X1>(x1[i]), scalar2 ? first2 : to_compute<X2>(x2[i]),
                            scalar3 ? first3 : to_compute<X2>(x3[i])));
}

template <class Isa, class F, class X1, class X2, class Y, LoopOptions o>
LNP_INLINE void ternary_body(char** arguments, const intptr_t* n_elements,
                             const intptr_t* strides) {
  [[maybe_unused]] Guard<o> guard;
  const char *x1 = arguments[0], *x2 = arguments[1], *x3 = arguments[2];
  char* y = arguments[3];
  const intptr_t n = *n_elements, step1 = strides[0], step2 = strides[1], step3 = strides[2],
                 step_y = strides[3];
  if (n > 0 && is_contiguous<Y>(y, step_y) && is_contiguous<X1>(x1, step1) &&
      is_contiguous<X2>(x2, width<X2>) && is_contiguous<X2>(x3, width<X2>) &&
      !interferes(x1, step1, width<X1>, y, step_y, width<Y>, n) &&
      !interferes(x2, step2, width<X2>, y, step_y, width<Y>, n) &&
      !interferes(x3, step3, width<X2>, y, step_y, width<Y>, n)) {
    const bool vector2 = step2 == width<X2>, vector3 = step3 == width<X2>;
    const auto* p1 = elements<X1>(x1);
    const auto *p2 = elements<X2>(x2), *p3 = elements<X2>(x3);
    if (vector2 && vector3)
      return ternary_contiguous<F, X1, X2, Y, false, false>(p1, p2, p3, elements<Y>(y), n);
    if (vector2 && step3 == 0)
      return ternary_contiguous<F, X1, X2, Y, false, true>(p1, p2, p3, elements<Y>(y), n);
    if (step2 == 0 && vector3)
      return ternary_contiguous<F, X1, X2, Y, true, false>(p1, p2, p3, elements<Y>(y), n);
    if (step2 == 0 && step3 == 0)
      return ternary_contiguous<F, X1, X2, Y, true, true>(p1, p2, p3, elements<Y>(y), n);
  }
  for (intptr_t i = 0; i < n; ++i, x1 += step1, x2 += step2, x3 += step3, y += step_y)
    store<Y>(y, F{}(load<X1>(x1), load<X2>(x2), load<X2>(x3)));
}

// ---------------------------------------------------------------- variants per instruction set
#define LNP_LOOP_VARIANT(Isa, target_attribute, bytes)                                   \
  struct Isa {                                                                           \
    static constexpr int vector_bytes = bytes;                                           \
    template <class F, class X, class Y, LoopOptions o>                                  \
    target_attribute static void unary(char** arguments, const intptr_t* n,              \
                                       const intptr_t* strides, void*) {                 \
      unary_body<Isa, F, X, Y, o>(arguments, n, strides);                                \
    }                                                                                    \
    template <class F, class Library, class X, LoopOptions o>                            \
    target_attribute static void math(char** arguments, const intptr_t* n,               \
                                      const intptr_t* strides, void*) {                  \
      math_body<Isa, F, Library, X, o>(arguments, n, strides);                           \
    }                                                                                    \
    template <class F, class X>                                                          \
    target_attribute static void chunks(char** arguments, const intptr_t* n,             \
                                        const intptr_t* strides, void*) {                \
      chunks_body<Isa, F, X>(arguments, n, strides);                                     \
    }                                                                                    \
    template <class F, class X1, class X2, class Y, LoopOptions o>                       \
    target_attribute static void binary(char** arguments, const intptr_t* n,             \
                                        const intptr_t* strides, void*) {                \
      binary_body<Isa, F, X1, X2, Y, o>(arguments, n, strides);                          \
    }                                                                                    \
    template <class F, class X1, class X2, class Y, LoopOptions o>                       \
    target_attribute static void ternary(char** arguments, const intptr_t* n,            \
                                         const intptr_t* strides, void*) {               \
      ternary_body<Isa, F, X1, X2, Y, o>(arguments, n, strides);                         \
    }                                                                                    \
    template <class E>                                                                   \
    target_attribute static typename E::Compute pairwise_sum(const char* in, intptr_t n, \
                                                             intptr_t stride) {          \
      if (n <= pairwise_leaf_size<typename E::Compute>)                                  \
        return is_contiguous<E>(in, stride) ? pairwise_leaf<E, true>(in, n, stride)      \
                                            : pairwise_leaf<E, false>(in, n, stride);    \
      const intptr_t half = pairwise_split<typename E::Compute>(n);                      \
      if constexpr (!is_complex_number<typename E::Compute>::value)                      \
        if (n - half <= pairwise_block && is_contiguous<E>(in, stride))                  \
          return pairwise_leaves<E>(in, half, n - half);                                 \
      return pairwise_sum<E>(in, half, stride) +                                         \
             pairwise_sum<E>(in + half * stride, n - half, stride);                      \
    }                                                                                    \
  };

LNP_LOOP_VARIANT(Baseline, , 16)
#ifdef LNP_HAS_VARIANTS
LNP_LOOP_VARIANT(Avx2, LNP_TARGET_AVX2, 32)
LNP_LOOP_VARIANT(Avx512, LNP_TARGET_AVX512, 64)
#endif

// Formulas with fused multiply-add are slow where it is emulated.
#if defined(__FMA__) || defined(__aarch64__)
inline constexpr bool baseline_has_fma = true;
#else
inline constexpr bool baseline_has_fma = false;
#endif

// `get(Isa{})` for the best instruction set that this CPU has and `widest` allows.
template <Simd widest, class Get> LoopFunction for_this_cpu(Get get) {
#ifdef LNP_HAS_VARIANTS
  if constexpr (widest == Simd::avx512)
    if (cpu_level() >= CpuLevel::v4) return get(Avx512{});
  if (cpu_level() >= CpuLevel::v3) return get(Avx2{});
#endif
  return get(Baseline{});
}

}  // namespace loops

}  // namespace lazynp
