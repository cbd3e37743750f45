// Consecutive instructions of arithmetic on one tile, whose value stays in vector registers: only
// the other operands are read, and only the last value is stored.
#pragma once
#include <span>

#include "csrc/engine/plan.h"
#include "csrc/ops/register_steps.h"

namespace lazynp {

// Fewer blocks are computed sooner than a chain is put together.
inline constexpr int64_t least_blocks = 4;
// Where the compiler makes no jumps of them, steps are calls within calls.
inline constexpr int max_chain_length = 32;

// One argument of an instruction on a tile.
struct Row {
  char* data;
  intptr_t stride;
};

// Where in `instructions` the chain that begins at `first` ends.
inline size_t chain_end(std::span<const Instruction> instructions, size_t first) {
  size_t end = first + 1;
  while (end < instructions.size() && instructions[end].n_before_in_chain > 0) ++end;
  return end;
}

class RegisterChain {
 public:
  explicit RegisterChain(DType dtype)
      : chains_(register_chains(dtype)), itemsize_(size_of(dtype)) {}

  // The chain of instructions [first, end); row(k, a): where argument a of instruction k lies.
  // False: an operand lies otherwise than in a row or as one number.
  template <class RowOf>
  bool make(std::span<const Instruction> instructions, size_t first, size_t end, RowOf row) {
    for (size_t k = first; k < end; ++k) {
      const Instruction& instruction = instructions[k];
      Row inputs[max_loop_inputs];
      int value = -1;
      for (int a = 0; a + 1 < instruction.n_arguments; ++a) {
        inputs[a] = row(k, a);
        if (k > first && instruction.arguments[a] == instructions[k - 1].output()) value = a;
      }
      const int n_before = n_links_;
      if (!add(*instruction.op->kernel.loops[instruction.loop].steps,
               {inputs, instruction.n_arguments - 1u}, value))
        return false;
      for (int i = n_before; i < n_links_; ++i) sources_[i].instruction = static_cast<int16_t>(k);
    }
    return true;
  }
  // To other rows that lie in the same way.
  template <class RowOf> void move(RowOf row) {
    for (int i = 0; i < n_links_; ++i)
      if (links_[i].operand)
        links_[i].operand =
            row(static_cast<size_t>(sources_[i].instruction), sources_[i].argument).data;
  }

  // The next instruction. `value`: which of the inputs is the value so far; -1: the first one.
  bool add(const RegisterSteps& steps, std::span<const Row> inputs, int value);
  // Computes n elements, at least a block. `spare`: room for them, where the result must not
  // overwrite operands. False: the result lies otherwise than in a row, or, with_events, there was
  // a floating-point event, to be found instruction by instruction; nothing has changed.
  bool run(const Row& output, int64_t n, char* spare, bool with_events);
  int64_t block() const { return chains_->block; }

 private:
  bool is_array(const Row& row) const {
    return row.stride == itemsize_ && reinterpret_cast<uintptr_t>(row.data) % itemsize_ == 0;
  }
  bool overlaps(const char* begin, int64_t n_bytes) const;
  void push(RegisterSteps::Step step, std::span<const Row> inputs, int argument) {
    links_[n_links_] = {step, argument < 0 ? nullptr : inputs[static_cast<size_t>(argument)].data};
    sources_[n_links_++].argument = static_cast<int16_t>(argument);
  }

  const RegisterChains* chains_;
  intptr_t itemsize_;
  int n_links_ = 0;
  RegisterLink links_[max_chain_length + 2];
  struct {
    int16_t instruction, argument;
  } sources_[max_chain_length + 2];
};

// The instructions of a group on n elements, those that begin a chain with all that follow in it.
// row(k, a): where argument a of instruction k lies; call(k): instruction k by a loop of its own.
template <class RowOf, class Call>
void run_instructions(std::span<const Instruction> instructions, int64_t n, char* spare,
                      bool with_events, RowOf row, Call call) {
  const auto runs_as_chain = [&](size_t first, size_t end) {
    const Instruction& last = instructions[end - 1];
    RegisterChain chain(last.op->kernel.loops[last.loop].output);
    return n >= least_blocks * chain.block() && chain.make(instructions, first, end, row) &&
           chain.run(row(end - 1, last.n_arguments - 1), n, spare, with_events);
  };
  for (size_t first = 0; first < instructions.size();) {
    const size_t end = chain_end(instructions, first);
    if (end - first == 1 || !runs_as_chain(first, end))
      for (size_t k = first; k < end; ++k) call(k);
    first = end;
  }
}

}  // namespace lazynp
