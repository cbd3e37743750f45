// Makes loops from ONE scalar expression: UNARY(types, expression), BINARY(...), ... give a Kernel
// that holds the loops of every dtype, chosen for this CPU, and the expression's text for CUDA.
#pragma once
#include "csrc/ops/half_loops.h"
#include "csrc/ops/loop_bodies.h"
#include "csrc/ops/register_steps.h"

namespace lazynp {

namespace loops {

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

template <LoopOptions o, class T>
inline constexpr bool has_steps =
    o.chains && (std::is_same_v<T, float> || std::is_same_v<T, double>);

// `library` stands in for a math formula where fused multiply-add is missing, and for complex
// numbers.
template <LoopOptions o, class F, class Library, class T> Loop unary_loop() {
  const RegisterSteps* steps = nullptr;
  if constexpr (has_steps<o, T>) steps = unary_steps<F, T>();
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
          .native_is_exact = is_exact<T, o>,
          .steps = steps};
}

template <LoopOptions o, class F, class T> Loop binary_loop() {
  const RegisterSteps* steps = nullptr;
  if constexpr (has_steps<o, T>) steps = binary_steps<F, T>();
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
          .may_raise = may_raise<T, o>,
          .sees = std::is_floating_point_v<T> ? o.sees : Sees::elements,
          .steps = steps};
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

// Of integers: `By` divides many by one number.
template <class F, class By> struct Division : F {
  using ByNumber = By;
};
template <class By, class F, class... T>
Kernel division_kernel(F, Types<T...> types, const char* text) {
  return binary_kernel<LoopOptions{}>(Division<F, By>{}, types, text);
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
  return joined(kernel, binary_kernel<LoopOptions{
                            .folds_halves_in_float = true, .exact_complex = false, .chains = true}>(
                            f, Inexact{}, text));
}

// With loops that give the bits of the host's: F is a function of contiguous chunks.
template <class F> Kernel like_host(Kernel kernel) {
  const auto chunks_of = []<class T>(T) {
    return for_this_cpu<Simd::avx512>(
        []<class Isa>(Isa) -> LoopFunction { return &Isa::template chunks<F, Element<T, false>>; });
  };
  for (Loop& loop : kernel.loops)
    loop.like_host = loop.output == DType::float32 ? chunks_of(float{}) : chunks_of(double{});
  return kernel;
}

template <class F> Kernel comparison_kernel(F f, const char* text) {
  constexpr LoopOptions o{.result = Result::boolean, .quiet = true};
  Kernel kernel = binary_kernel<o>(f, Join<Booleans, Integers>{}, text);
  kernel.loops.push_back(mixed_comparison_loop<o, F, int64_t, uint64_t>());
  kernel.loops.push_back(mixed_comparison_loop<o, F, uint64_t, int64_t>());
  constexpr LoopOptions of_floats{.result = Result::boolean, .simd = Simd::avx512, .quiet = true};
  kernel = joined(kernel, binary_kernel<of_floats>(f, Floats{}, text));
  // NumPy clears the flags that NaN sets for real numbers only.
  return joined(kernel,
                binary_kernel<LoopOptions{.result = Result::boolean}>(f, Complexes{}, text));
}

}  // namespace loops

using loops::joined;
using loops::like_host;

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
