// Makes loops from ONE scalar expression: UNARY(types, expression), BINARY(...), ... give a Kernel
// that holds the loops of every dtype, chosen for this CPU, and the expression's text for CUDA.
#pragma once
#include <cfenv>
#include <cstring>

#include "csrc/base/error.h"
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

// A formula of many operations: one vector loop, everything else through a chunk of memory.
template <class Isa, class F, class Library, class X, LoopOptions o>
LNP_INLINE void math_body(char** arguments, const intptr_t* n_elements, const intptr_t* strides) {
  using T = StoredOf<X>;
  const char* in = arguments[0];
  char* out = arguments[1];
  const intptr_t n = *n_elements, step_in = strides[0], step_out = strides[1];
  const bool reads_in_place = is_contiguous<X>(in, step_in);
  const bool writes_in_place =
      is_contiguous<X>(out, step_out) && in != out;  // the input is looked at again
  const intptr_t step = interferes(in, step_in, sizeof(T), out, step_out, sizeof(T), n) ? 1 : chunk;
  alignas(64) T copied[chunk], results[chunk];
  Specials<T> specials;
  {
    KeepFlags guard;
    for (intptr_t begin = 0; begin < n; begin += step) {
      const intptr_t m = n - begin < step ? n - begin : step;
      const T* x = copied;
      T* y = writes_in_place ? elements<X>(out) + begin : results;
      if (reads_in_place)
        x = elements<X>(in) + begin;
      else
        for (intptr_t i = 0; i < m; ++i) copied[i] = load<X>(in + (begin + i) * step_in);
#pragma GCC ivdep
      for (intptr_t i = 0; i < m; ++i) y[i] = F{}(x[i]);
      if constexpr (o.trusted > 0)
        if (any_beyond(x, m, static_cast<T>(o.trusted)))
          replace_untrusted<Library>(x, y, m, static_cast<T>(o.trusted));
      if (any_beyond(y, m, std::numeric_limits<T>::max())) specials.see(x, y, m);
      if (y == results)
        for (intptr_t i = 0; i < m; ++i) store<X>(out + (begin + i) * step_out, results[i]);
    }
  }
  if (const int flags = specials.flags(o.on_infinite)) std::feraiseexcept(flags);
}

// ---------------------------------------------------------------- binary
template <class F, class X1, class X2, class Y, bool scalar1, bool scalar2>
LNP_INLINE void binary_contiguous(const StoredOf<X1>* x1, const StoredOf<X2>* x2, StoredOf<Y>* y,
                                  intptr_t n) {
  const auto first1 = to_compute<X1>(*x1);
  const auto first2 = to_compute<X2>(*x2);
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
#define LNP_LOOP_VARIANT(Isa, target_attribute)                                          \
  struct Isa {                                                                           \
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

LNP_LOOP_VARIANT(Baseline, )
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define LNP_HAS_VARIANTS 1
LNP_LOOP_VARIANT(Avx2, __attribute__((target("arch=x86-64-v3"))))
LNP_LOOP_VARIANT(Avx512, __attribute__((target("arch=x86-64-v4,prefer-vector-width=512"))))
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
    if (__builtin_cpu_supports("x86-64-v4")) return get(Avx512{});
  if (__builtin_cpu_supports("x86-64-v3")) return get(Avx2{});
#endif
  return get(Baseline{});
}

// ---------------------------------------------------------------- float16: float loops on
// converted chunks
inline constexpr intptr_t half_width = 2;

// The size of what a loop stores, or of an input, that is no float16 and stays as it is.
template <class T>
inline constexpr intptr_t width_beside_halves = std::is_same_v<T, Half> ? 0 : sizeof(T);

template <int n_inputs, intptr_t last_width, intptr_t out_width>
LNP_INLINE bool halves_interfere(char** arguments, const intptr_t* strides, intptr_t n) {
  for (int i = 0; i < n_inputs; ++i) {
    const bool stays = last_width && i == n_inputs - 1;
    if (interferes(arguments[i], strides[i], stays ? last_width : half_width, arguments[n_inputs],
                   strides[n_inputs], out_width ? out_width : half_width, n))
      return true;
  }
  return false;
}

template <LoopFunction float_loop, int n_inputs, intptr_t out_width = 0, intptr_t last_width = 0>
void half_loop(char** arguments, const intptr_t* n_elements, const intptr_t* strides, void*) {
  const intptr_t n = *n_elements, step_out = strides[n_inputs];
  const intptr_t step =
      halves_interfere<n_inputs, last_width, out_width>(arguments, strides, n) ? 1 : chunk;
  alignas(64) float buffers[n_inputs + 1][chunk];
  char* float_arguments[n_inputs + 1];
  intptr_t float_strides[n_inputs + 1];
  for (intptr_t begin = 0; begin < n; begin += step) {
    const intptr_t m = n - begin < step ? n - begin : step;
    for (int i = 0; i < n_inputs; ++i) {
      if (last_width && i == n_inputs - 1) {
        float_arguments[i] = arguments[i] + begin * strides[i];
        float_strides[i] = strides[i];
        continue;
      }
      const bool is_scalar = strides[i] == 0;
      if (!is_scalar || begin == 0)
        halves_to_floats(arguments[i] + begin * strides[i], strides[i], buffers[i],
                         is_scalar ? 1 : m);
      float_arguments[i] = reinterpret_cast<char*>(buffers[i]);
      float_strides[i] = is_scalar ? 0 : sizeof(float);
    }
    char* out = arguments[n_inputs] + begin * step_out;
    float_arguments[n_inputs] = out_width ? out : reinterpret_cast<char*>(buffers[n_inputs]);
    float_strides[n_inputs] = out_width ? step_out : static_cast<intptr_t>(sizeof(float));
    float_loop(float_arguments, &m, float_strides, nullptr);
    if (!out_width) floats_to_halves(buffers[n_inputs], out, step_out, m);
  }
}

inline float half_pairwise_sum(const char* in, intptr_t n, intptr_t stride) {
  if (n <= pairwise_block) {
    float buffer[pairwise_block];
    halves_to_floats(in, stride, buffer, n);
    return pairwise_leaf<Element<float, false>, true>(reinterpret_cast<const char*>(buffer), n,
                                                      sizeof(float));
  }
  const intptr_t first = pairwise_split<float>(n);
  return half_pairwise_sum(in, first, stride) +
         half_pairwise_sum(in + first * stride, n - first, stride);
}

// The most elements of a float16 reduction that are folded before the result is rounded: all, or
// one.
template <LoopFunction float_loop, Fold fold, bool in_float>
void fold_halves(char* accumulator, const char* in, intptr_t stride, intptr_t n) {
  float sum, buffer[chunk];
  halves_to_floats(accumulator, 0, &sum, 1);
  if constexpr (fold == Fold::pairwise) {
    sum = sum + half_pairwise_sum(in, n, stride);
  } else {
    char* sum_address = reinterpret_cast<char*>(&sum);
    char* float_arguments[3] = {sum_address, reinterpret_cast<char*>(buffer), sum_address};
    const intptr_t float_strides[3] = {0, sizeof(float), 0},
                   step = in_float || fold == Fold::associative ? chunk : 1;
    for (intptr_t begin = 0; begin < n; begin += step) {
      const intptr_t m = n - begin < step ? n - begin : step;
      halves_to_floats(in + begin * stride, stride, buffer, m);
      float_loop(float_arguments, &m, float_strides, nullptr);
      if (step == 1) {
        Half rounded;
        floats_to_halves(&sum, reinterpret_cast<char*>(&rounded), 0, 1);
        halves_to_floats(reinterpret_cast<const char*>(&rounded), 0, &sum, 1);
      }
    }
  }
  floats_to_halves(&sum, accumulator, 0, 1);
}

template <LoopFunction float_loop, Fold fold, bool in_float>
void half_binary_loop(char** arguments, const intptr_t* n_elements, const intptr_t* strides,
                      void* data) {
  if (arguments[0] == arguments[2] && strides[0] == 0 && strides[2] == 0)
    return fold_halves<float_loop, fold, in_float>(arguments[0], arguments[1], strides[1],
                                                   *n_elements);
  half_loop<float_loop, 2>(arguments, n_elements, strides, data);
}

// ---------------------------------------------------------------- kernels
template <class T> struct RealOf {
  using type = T;
};
template <class R> struct RealOf<std::complex<R>> {
  using type = R;
};
template <class T, Result result>
using OutputOf = std::conditional_t<
    result == Result::boolean, bool,
    std::conditional_t<result == Result::uint8, uint8_t,
                       std::conditional_t<result == Result::int32, int32_t,
                                          std::conditional_t<result == Result::real,
                                                             typename RealOf<T>::type, T>>>>;
template <class T> inline constexpr bool is_half = std::is_same_v<T, Half>;
template <class T>
inline constexpr bool is_std_complex = !std::is_same_v<typename RealOf<T>::type, T>;
template <class T> using FloatForHalf = std::conditional_t<is_half<T>, float, T>;
template <class T, LoopOptions o>
inline constexpr bool may_raise = o.may_raise && Integer<T> && std::is_signed_v<T>;
template <class T, LoopOptions o>
inline constexpr bool is_exact =
    is_integer(dtype_of<T>) || is_std_complex<T> ? o.exact_complex : o.exact_real;

// `library` stands in for a math formula where fused multiply-add is missing, and for complex
// numbers.
template <LoopOptions o, class F, class Library, class T> Loop unary_loop() {
  using C = FloatForHalf<T>;
  using X = Element<C, o.wraps>;
  using Y = Element<OutputOf<C, o.result>, o.wraps>;
  const LoopFunction native = for_this_cpu<o.simd>([]<class Isa>(Isa) -> LoopFunction {
    constexpr bool is_math = o.is_math && Real<C>;
    constexpr bool is_library =
        o.is_math && (!is_math || (std::is_same_v<Isa, Baseline> && !baseline_has_fma));
    constexpr LoopFunction loop = [] {
      if constexpr (is_library)
        return &Baseline::template unary<Library, X, Y, LoopOptions{}>;
      else if constexpr (is_math)
        return &Isa::template math<F, Library, X, o>;
      else
        return &Isa::template unary<F, X, Y, o>;
    }();
    if constexpr (is_half<T>)
      return half_loop<loop, 1, width_beside_halves<OutputOf<T, o.result>>>;
    else
      return loop;
  });
  return {.n_inputs = 1,
          .inputs = {dtype_of<T>},
          .output = dtype_of<OutputOf<T, o.result>>,
          .native = native,
          .native_is_exact = is_exact<T, o>};
}

template <LoopOptions o, class F, class T> Loop binary_loop() {
  using C = FloatForHalf<T>;
  using X = Element<C, o.wraps>;
  using Y = Element<OutputOf<C, o.result>, o.wraps>;
  const LoopFunction native = for_this_cpu<o.simd>([]<class Isa>(Isa) -> LoopFunction {
    constexpr LoopFunction loop = &Isa::template binary<F, X, X, Y, o>;
    if constexpr (!is_half<T>)
      return loop;
    else if constexpr (o.result == Result::boolean)
      return half_loop<loop, 2, sizeof(bool)>;
    else
      return half_binary_loop<loop, o.fold, o.folds_halves_in_float>;
  });
  return {.n_inputs = 2,
          .inputs = {dtype_of<T>, dtype_of<T>},
          .output = dtype_of<OutputOf<T, o.result>>,
          .native = native,
          .native_is_exact = is_exact<T, o>,
          .sees = std::is_floating_point_v<T> ? o.sees : Sees::elements,
          .may_raise = may_raise<T, o>};
}

template <LoopOptions o, class F, class T> Loop ternary_loop() {
  using C = FloatForHalf<T>;
  using X = Element<C, o.wraps>;
  const LoopFunction native = for_this_cpu<o.simd>([]<class Isa>(Isa) -> LoopFunction {
    constexpr LoopFunction loop = &Isa::template ternary<F, X, X, X, o>;
    if constexpr (is_half<T>)
      return half_loop<loop, 3>;
    else
      return loop;
  });
  return {.n_inputs = 3,
          .inputs = {dtype_of<T>, dtype_of<T>, dtype_of<T>},
          .output = dtype_of<T>,
          .native = native,
          .native_is_exact = is_exact<T, o>,
          .sees = std::is_floating_point_v<T> ? o.sees : Sees::elements};
}

// Moves elements unseen: one loop per size.
template <class T>
using BitsOf = std::conditional_t<
    sizeof(T) == 1, uint8_t,
    std::conditional_t<
        sizeof(T) == 2, uint16_t,
        std::conditional_t<sizeof(T) == 4, uint32_t,
                           std::conditional_t<sizeof(T) == 8, uint64_t, Complex<double>>>>>;
template <class F, class T> Loop selection_loop() {
  using X = Element<std::conditional_t<sizeof(T) == 16, std::complex<double>, BitsOf<T>>, false>;
  const LoopFunction native = for_this_cpu<Simd::avx2>([]<class Isa>(Isa) -> LoopFunction {
    return &Isa::template ternary<F, Element<bool, false>, X, X, LoopOptions{}>;
  });
  return {.n_inputs = 3,
          .inputs = {DType::boolean, dtype_of<T>, dtype_of<T>},
          .output = dtype_of<T>,
          .native = native};
}

template <LoopOptions o, class F, class T1, class T2> Loop mixed_comparison_loop() {
  const LoopFunction native =
      &Baseline::template binary<F, Element<Widened<T1>, false>, Element<Widened<T2>, false>,
                                 Element<bool, false>, o>;
  return {.n_inputs = 2,
          .inputs = {dtype_of<T1>, dtype_of<T2>},
          .output = DType::boolean,
          .native = native};
}

// A float and an integer give a float.
template <LoopOptions o, class F, class T, class N> Loop scaling_loop() {
  using X = Element<FloatForHalf<T>, false>;
  const LoopFunction native = for_this_cpu<o.simd>([]<class Isa>(Isa) -> LoopFunction {
    constexpr LoopFunction loop = &Isa::template binary<F, X, Element<N, false>, X, o>;
    if constexpr (is_half<T>)
      return half_loop<loop, 2, 0, sizeof(N)>;
    else
      return loop;
  });
  return {
      .n_inputs = 2, .inputs = {dtype_of<T>, dtype_of<N>}, .output = dtype_of<T>, .native = native};
}

// The loops of both; the expression is the first's.
inline Kernel joined(Kernel first, const Kernel& second) {
  first.loops.insert(first.loops.end(), second.loops.begin(), second.loops.end());
  return first;
}

template <LoopOptions o, class F, class Library, class... T>
Kernel unary_kernel(F, Library, Types<T...>, const char* text) {
  return {.loops = {unary_loop<o, F, Library, T>()...}, .expression = text};
}
template <LoopOptions o, class F, class... T>
Kernel binary_kernel(F, Types<T...>, const char* text) {
  return {.loops = {binary_loop<o, F, T>()...}, .expression = text};
}

template <LoopOptions o, class F, class... T>
Kernel ternary_kernel(F, Types<T...>, const char* text) {
  return {.loops = {ternary_loop<o, F, T>()...}, .expression = text};
}
template <class F, class... T> Kernel selection_kernel(F, Types<T...>, const char* text) {
  return {.loops = {selection_loop<F, T>()...}, .expression = text};
}

template <LoopOptions o, class F, class... T>
Kernel scaling_kernel(F, Types<T...>, const char* text) {
  Kernel kernel{.loops = {}, .expression = text};
  (kernel.loops.insert(kernel.loops.end(),
                       {scaling_loop<o, F, T, int32_t>(), scaling_loop<o, F, T, int64_t>()}),
   ...);
  return kernel;
}

// Integers are divided as float64.
template <class F, class... T> Kernel quotient_kernel(F f, Types<T...>, const char* text) {
  Kernel kernel{
      .loops = {Loop{.n_inputs = 2,
                     .inputs = {dtype_of<T>, dtype_of<T>},
                     .output = DType::float64,
                     .native = for_this_cpu<Simd::avx2>([]<class Isa>(Isa) -> LoopFunction {
                       using X = Element<AsDouble<T>, false>;
                       return &Isa::template binary<F, X, X, Element<double, false>, LoopOptions{}>;
                     })}...},
      .expression = text};
  return joined(kernel,
                binary_kernel<LoopOptions{.folds_halves_in_float = true, .exact_complex = false}>(
                    f, Inexact{}, text));
}

template <class F> Kernel comparison_kernel(F f, const char* text) {
  constexpr LoopOptions o{.result = Result::boolean, .quiet = true};
  Kernel kernel = binary_kernel<o>(f, Join<Booleans, Integers>{}, text);
  kernel.loops.push_back(mixed_comparison_loop<o, F, int64_t, uint64_t>());
  kernel.loops.push_back(mixed_comparison_loop<o, F, uint64_t, int64_t>());
  kernel = joined(kernel, binary_kernel<o>(f, Floats{}, text));
  // NumPy clears the flags that NaN sets for real numbers only.
  return joined(kernel,
                binary_kernel<LoopOptions{.result = Result::boolean}>(f, Complexes{}, text));
}

}  // namespace loops

using loops::joined;

[[noreturn]] inline void refuse(char**, const intptr_t*, const intptr_t*, void*) {
  fail(ErrorClass::type, "lazynp: there is no loop for these dtypes");
}
// A loop for dtypes that NumPy refuses.
template <class T> Loop refused(int n_inputs, const char* type_error) {
  return {.n_inputs = static_cast<uint8_t>(n_inputs),
          .inputs = {dtype_of<T>, dtype_of<T>, dtype_of<T>},
          .output = dtype_of<T>,
          .native = refuse,
          .type_error = type_error};
}
inline Kernel with_first(const Loop& loop, Kernel kernel) {
  kernel.loops.insert(kernel.loops.begin(), loop);
  return kernel;
}
}  // namespace lazynp

// The expression sees its arguments, T, and the functions of lazynp::scalar. What follows it are
// LoopOptions, as designated initializers.
#define LNP_INLINE_LAMBDA __attribute__((always_inline))
#define LNP_UNARY_LAMBDA(functions, expression)         \
  []<class T>([[maybe_unused]] T x) LNP_INLINE_LAMBDA { \
    using namespace functions;                          \
    return expression;                                  \
  }
#define LNP_BINARY_LAMBDA(expression)                                           \
  []<class T>([[maybe_unused]] T x1, [[maybe_unused]] T x2) LNP_INLINE_LAMBDA { \
    using namespace ::lazynp::scalar;                                           \
    return expression;                                                          \
  }

#define UNARY(types, expression, ...)                                \
  ::lazynp::loops::unary_kernel<::lazynp::LoopOptions{__VA_ARGS__}>( \
      LNP_UNARY_LAMBDA(::lazynp::scalar, expression), nullptr, types{}, #expression)
#define BINARY(types, expression, ...)                                \
  ::lazynp::loops::binary_kernel<::lazynp::LoopOptions{__VA_ARGS__}>( \
      LNP_BINARY_LAMBDA(expression), types{}, #expression)
// Functions of lazynp::native_math where the CPU has fused multiply-add, else of the C library.
#define UNARY_MATH(types, expression, ...)                                            \
  ::lazynp::loops::unary_kernel<::lazynp::LoopOptions{.simd = ::lazynp::Simd::avx512, \
                                                      .is_math = true,                \
                                                      .exact_real = false,            \
                                                      .exact_complex = false,         \
                                                      __VA_ARGS__}>(                  \
      LNP_UNARY_LAMBDA(::lazynp::native_math, expression),                            \
      LNP_UNARY_LAMBDA(::lazynp::scalar, expression), types{}, #expression)
// A function of the C library that NumPy computes with other bits.
#define LIBRARY(types, expression, ...) \
  UNARY(types, expression, .exact_real = false, .exact_complex = false, __VA_ARGS__)
#define TERNARY(types, expression, ...)                                \
  ::lazynp::loops::ternary_kernel<::lazynp::LoopOptions{__VA_ARGS__}>( \
      []<class T>(T x1, T x2, T x3) LNP_INLINE_LAMBDA {                \
        using namespace ::lazynp::scalar;                              \
        return expression;                                             \
      },                                                               \
      types{}, #expression)
// Of a float (T) and an integer.
#define SCALING(types, expression, ...)                                \
  ::lazynp::loops::scaling_kernel<::lazynp::LoopOptions{__VA_ARGS__}>( \
      []<class T, class N>(T x1, N x2) LNP_INLINE_LAMBDA {             \
        using namespace ::lazynp::scalar;                              \
        return expression;                                             \
      },                                                               \
      types{}, #expression)
// A truth value chooses between elements of any dtype, whose values are not looked at.
#define SELECTION(expression)                                                     \
  ::lazynp::loops::selection_kernel([]<class T>(bool x1, T x2, T x3)              \
                                        LNP_INLINE_LAMBDA { return expression; }, \
                                    ::lazynp::Everything{}, #expression)
// True division.
#define QUOTIENT(expression)                                                                 \
  ::lazynp::loops::quotient_kernel(LNP_BINARY_LAMBDA(expression),                            \
                                   ::lazynp::Join<::lazynp::Booleans, ::lazynp::Integers>{}, \
                                   #expression)
// <, ==, ...: every dtype, and int64 with uint64.
#define COMPARISON(expression) \
  ::lazynp::loops::comparison_kernel(LNP_BINARY_LAMBDA(expression), #expression)
