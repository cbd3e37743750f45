// Bits of integers and booleans.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

std::vector<OpSpec> bitwise_ops() {
  return {
      OpSpec{
          .name = "bitwise_and",
          .doc = "Bits set in both, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(BooleansAndIntegers, x1 & x2, .fold = Fold::associative, .wraps = true),
          .numpy = {"bitwise_and"},
          .python_operator = "and_",
          .array_api = {"bitwise_and"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "bitwise_or",
          .doc = "Bits set in either, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(BooleansAndIntegers, x1 | x2, .fold = Fold::associative, .wraps = true),
          .numpy = {"bitwise_or"},
          .python_operator = "or_",
          .array_api = {"bitwise_or"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "bitwise_xor",
          .doc = "Bits set in exactly one, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(BooleansAndIntegers, x1 ^ x2, .fold = Fold::associative, .wraps = true),
          .numpy = {"bitwise_xor"},
          .python_operator = "xor",
          .array_api = {"bitwise_xor"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "invert",
          .doc = "All bits flipped, element-wise.",
          .kernel = UNARY(BooleansAndIntegers, invert(x), .wraps = true),
          .numpy = {"invert", "bitwise_not", "bitwise_invert"},
          .python_operator = "invert",
          .array_api = {"bitwise_invert"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "left_shift",
          .doc = "Bits of x1 shifted to the left by x2, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Integers, left_shift(x1, x2)),
          .numpy = {"left_shift", "bitwise_left_shift"},
          .python_operator = "lshift",
          .array_api = {"bitwise_left_shift"},
          .samples = {.lo = 0, .hi = 4},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "right_shift",
          .doc = "Bits of x1 shifted to the right by x2, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Integers, right_shift(x1, x2)),
          .numpy = {"right_shift", "bitwise_right_shift"},
          .python_operator = "rshift",
          .array_api = {"bitwise_right_shift"},
          .samples = {.lo = 0, .hi = 4},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "bitwise_count",
          .doc = "Number of bits set in the magnitude, element-wise.",
          .kernel = UNARY(Integers, bitwise_count(x), .result = Result::uint8),
          .numpy = {"bitwise_count"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
