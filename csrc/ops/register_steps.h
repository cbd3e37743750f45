// Chains of arithmetic in vector registers: a block of elements is eight vectors, which each step
// hands on to the next as arguments of a call. A step lies in the instruction set of this CPU, as
// do those that begin and end a chain.
#pragma once
#include <cstdint>

#include "csrc/base/cpu_level.h"
#include "csrc/base/dtype.h"
#include "csrc/ops/instruction_sets.h"
#include "csrc/ops/kernel.h"

namespace lazynp {

// A step and where its operand lies: its elements beside the first block's, or the one number.
struct RegisterLink {
  RegisterSteps::Step step;
  char* operand;
};

// What all chains of one dtype share.
struct RegisterChains {
  int64_t block;                    // elements
  RegisterSteps::Step load, store;  // of operands that are arrays
  // On n elements, at least a block: the last block lies over the one before, so that it is whole.
  void (*run)(const RegisterLink* links, int64_t n);
};
const RegisterChains* register_chains(DType dtype);  // nullptr: there are none

namespace loops {

// Vectors of `bytes`, and the same wherever elements lie.
template <class T, int bytes> struct Vectors {
  typedef T Vector __attribute__((vector_size(bytes)));
  typedef T InMemory __attribute__((vector_size(bytes), aligned(sizeof(T)), may_alias));
};

#define LNP_REGISTER_PARAMETERS(V) V v0, V v1, V v2, V v3, V v4, V v5, V v6, V v7
#define LNP_REGISTERS v0, v1, v2, v3, v4, v5, v6, v7
#define LNP_EACH_REGISTER(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)

// Memory is read forwards: compilers take the last vector first, and prefetching stops at that.
#if defined(__x86_64__)
#define LNP_IN_ORDER(v) __asm__ volatile("" : "+x"(v));
#elif defined(__aarch64__)
#define LNP_IN_ORDER(v) __asm__ volatile("" : "+w"(v));
#else
#define LNP_IN_ORDER(v)
#endif

// Steps of one instruction set; `offset` is that of the block, in bytes.
#define LNP_REGISTER_STEPS(Isa, target_attribute, bytes)                                          \
  struct Isa {                                                                                    \
    template <class T> using Vector = typename Vectors<T, bytes>::Vector;                         \
    template <class T> using InMemory = typename Vectors<T, bytes>::InMemory;                     \
    template <class T>                                                                            \
    using Function = void (*)(Vector<T>, Vector<T>, Vector<T>, Vector<T>, Vector<T>, Vector<T>,   \
                              Vector<T>, Vector<T>, const RegisterLink*, intptr_t);               \
    template <class T> static constexpr int64_t block = 8 * bytes / int64_t(sizeof(T));           \
                                                                                                  \
    /* The operand is an array or a number; it comes first or after the value. */                 \
    template <class F, class T, bool is_array, bool comes_first>                                  \
    target_attribute static void binary(LNP_REGISTER_PARAMETERS(Vector<T>),                       \
                                        const RegisterLink* link, intptr_t offset) {              \
      if constexpr (is_array) {                                                                   \
        const auto* x = reinterpret_cast<const InMemory<T>*>(link->operand + offset);             \
        LNP_EACH_REGISTER(LNP_STEP_WITH_ARRAY)                                                    \
      } else {                                                                                    \
        const Vector<T> x = *reinterpret_cast<const T*>(link->operand) - Vector<T>{};             \
        LNP_EACH_REGISTER(LNP_STEP_WITH_NUMBER)                                                   \
      }                                                                                           \
      LNP_HAND_ON                                                                                 \
    }                                                                                             \
    template <class F, class T>                                                                   \
    target_attribute static void unary(LNP_REGISTER_PARAMETERS(Vector<T>),                        \
                                       const RegisterLink* link, intptr_t offset) {               \
      LNP_EACH_REGISTER(LNP_STEP_ALONE)                                                           \
      LNP_HAND_ON                                                                                 \
    }                                                                                             \
    template <class T>                                                                            \
    target_attribute static void load(LNP_REGISTER_PARAMETERS(Vector<T>),                         \
                                      const RegisterLink* link, intptr_t offset) {                \
      const auto* x = reinterpret_cast<const InMemory<T>*>(link->operand + offset);               \
      LNP_EACH_REGISTER(LNP_LOAD)                                                                 \
      LNP_HAND_ON                                                                                 \
    }                                                                                             \
    template <class T>                                                                            \
    target_attribute static void store(LNP_REGISTER_PARAMETERS(Vector<T>),                        \
                                       const RegisterLink* link, intptr_t offset) {               \
      auto* y = reinterpret_cast<InMemory<T>*>(link->operand + offset);                           \
      LNP_EACH_REGISTER(LNP_STORE)                                                                \
    }                                                                                             \
    template <class T> target_attribute static void run(const RegisterLink* links, int64_t n) {   \
      const Vector<T> none{};                                                                     \
      const auto first = reinterpret_cast<Function<T>>(links->step);                              \
      for (int64_t i = 0; i < n; i += block<T>) {                                                 \
        const int64_t begin = i + block<T> <= n ? i : n - block<T>;                               \
        first(none, none, none, none, none, none, none, none, links, begin * int64_t(sizeof(T))); \
      }                                                                                           \
    }                                                                                             \
  };
#define LNP_HAND_ON \
  ++link;           \
  reinterpret_cast<Function<T>>(link->step)(LNP_REGISTERS, link, offset);
#define LNP_STEP_WITH_ARRAY(k)                                                  \
  v##k = comes_first ? F{}(Vector<T>(x[k]), v##k) : F{}(v##k, Vector<T>(x[k])); \
  LNP_IN_ORDER(v##k)
#define LNP_STEP_WITH_NUMBER(k) v##k = comes_first ? F{}(x, v##k) : F{}(v##k, x);
#define LNP_STEP_ALONE(k) v##k = F{}(v##k);
#define LNP_LOAD(k) \
  v##k = x[k];      \
  LNP_IN_ORDER(v##k)
#define LNP_STORE(k) y[k] = v##k;

LNP_REGISTER_STEPS(BaselineSteps, , 16)
#ifdef LNP_HAS_VARIANTS
LNP_REGISTER_STEPS(Avx2Steps, LNP_TARGET_AVX2, 32)
#endif

// get(Steps{}) for this CPU. Without AVX-512: loops that read soon what was stored in vectors of 64
// bytes wait for it (Zen 5), and nothing measured gains from them.
template <class Get> auto with_steps_of_this_cpu(Get get) {
#ifdef LNP_HAS_VARIANTS
  if (cpu_level() >= CpuLevel::v3) return get(Avx2Steps{});
#endif
  return get(BaselineSteps{});
}

template <class F, class T> const RegisterSteps* binary_steps() {
  static const RegisterSteps steps = with_steps_of_this_cpu([]<class Isa>(Isa) {
    const auto step = [](auto function) { return reinterpret_cast<RegisterSteps::Step>(function); };
    return RegisterSteps{.with_array = step(&Isa::template binary<F, T, true, false>),
                         .with_number = step(&Isa::template binary<F, T, false, false>),
                         .array_with = step(&Isa::template binary<F, T, true, true>),
                         .number_with = step(&Isa::template binary<F, T, false, true>)};
  });
  return &steps;
}
template <class F, class T> const RegisterSteps* unary_steps() {
  static const RegisterSteps steps = with_steps_of_this_cpu([]<class Isa>(Isa) {
    return RegisterSteps{.alone =
                             reinterpret_cast<RegisterSteps::Step>(&Isa::template unary<F, T>)};
  });
  return &steps;
}

}  // namespace loops

}  // namespace lazynp
