// What plans depend on at one pending node, but for which nodes its inputs are: one word.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

constexpr int structure_kept_bit = 26;  // left free for whether the value is wanted

// `broadcast_inputs`: bit k for an input that is not read element for element. Never 0.
inline uint64_t structure_word(const OpSpec& op, DType dtype, uint8_t loop, int n_inputs,
                               uint64_t broadcast_inputs) {
  return static_cast<uint64_t>(op.index + 1) | static_cast<uint64_t>(dtype) << 16 |
         static_cast<uint64_t>(loop) << 32 | broadcast_inputs << 40 |
         static_cast<uint64_t>(n_inputs) << 56;
}

}  // namespace lazynp
