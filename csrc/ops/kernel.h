// How an op computes. One scalar expression, written once: compiled for every instruction set of
// the CPU and kept as text for CUDA. Loops have the signature of NumPy's ufunc inner loops.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "csrc/base/dtype.h"
#include "csrc/base/layout.h"

namespace lazynp {

struct Attributes;

// n[0] elements; argument i advances by strides[i] bytes; inputs first, then the output.
// A binary loop with arguments[0] == arguments[2] and both strides 0 is a reduction, as in NumPy.
using LoopFunction = void (*)(char** arguments, const intptr_t* n, const intptr_t* strides,
                              void* data);

inline constexpr int max_loop_inputs = 3;

// What the bits of NumPy's loop depend on besides its elements.
enum class Sees : uint8_t {
  elements,       // nothing else
  second_stride,  // whether the second operand stands still: power has other formulas then
  calls,          // which elements one call computes: fmax treats the last few of a call otherwise
};

// The same arithmetic as one step of a chain, whose passing value stays in vector registers
// (register_steps.h): what the other operand is, and on which side it stands.
struct RegisterSteps {
  using Step = void (*)();  // cast to the type that its instruction set has
  Step with_array = nullptr, with_number = nullptr;  // value op operand
  Step array_with = nullptr, number_with = nullptr;  // operand op value
  Step alone = nullptr;                              // op value
};

struct Loop {
  uint8_t n_inputs;
  DType inputs[max_loop_inputs];
  DType output;
  LoopFunction native;          // for this CPU
  bool native_is_exact = true;  // same bits as NumPy's loop
  bool may_raise = false;       // may refuse values (throws Error): runs at record
  Sees sees = Sees::elements;   // `host`; not `elements`: runs alone, in the calls that NumPy makes
  LoopFunction host = nullptr;  // NumPy's own inner loop, when Python is there (math="numpy")
  void* host_data = nullptr;
  LoopFunction like_host = nullptr;  // written to give `host`'s bits: takes its place if it does
  const char* type_error =
      nullptr;  // NumPy refuses these dtypes, with this text; `native` throws it
  const RegisterSteps* steps = nullptr;  // of exact loops of one float dtype
};

// Whether `like_host` gives the bits of `host` wherever they are compared, some thousand points of
// every kind among them. Of one float input.
bool has_bits_of_host(const Loop& loop);

struct Kernel {
  std::vector<Loop> loops;      // in NumPy's order: the first to which all inputs cast safely
  const char* expression = "";  // the scalar expression, CUDA C++
};

// One execution of a structured op.
struct Operand {
  char* data;  // of element [0, 0, ...]
  DType dtype;
  const Layout* layout;  // shape and byte strides (the offset is already in `data`)
};
struct KernelCall {
  std::span<const Operand> inputs;
  Operand output;  // layout is dense; for ops that update an input: it already holds
                   // that input's elements, and the kernel changes them in place
  const Attributes* attributes;
  std::span<const Operand> results;  // ops of several results: the parts of `output`
  // body(begin, end) on disjoint chunks of [0, n), possibly by several threads.
  void (*parallel_for)(int64_t n, int64_t grain, void (*body)(void*, int64_t, int64_t), void*);
  // NumPy's own loop for these dtypes, where the block names loops and NumPy is there; n holds the
  // outer and then the core extents, strides the outer and then the core ones, as in generalized
  // ufuncs.
  LoopFunction host = nullptr;
  void* host_data = nullptr;
};
using StructuredFunction = void (*)(const KernelCall& call);

template <class Body>
void parallel_for(const KernelCall& call, int64_t n, int64_t grain, Body body) {
  call.parallel_for(
      n, grain, [](void* b, int64_t begin, int64_t end) { (*static_cast<Body*>(b))(begin, end); },
      &body);
}

}  // namespace lazynp
