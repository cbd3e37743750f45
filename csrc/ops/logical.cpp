// Truth of numbers, and logic on it.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

// NumPy asks a Python number for its truth before it is cast to the array's dtype: 1e-300 is true.
Value with_truth_of_numbers(std::string_view op, std::span<const Value> inputs) {
  Value replaced[2] = {inputs[0], inputs[1]};
  bool has_number = false;
  for (Value& input : replaced) {
    const Node* const node = input.node();
    if (node->weak != Weak::real && node->weak != Weak::complex) continue;
    const bool is_true =
        node->value.real != 0 || (node->weak == Weak::complex && node->value.complex[1] != 0);
    input = constant(DType::boolean, &is_true);
    has_number = true;
  }
  return has_number ? apply(op, {replaced[0], replaced[1]}) : Value();
}

}  // namespace

std::vector<OpSpec> logical_ops() {
  return {
      OpSpec{
          .name = "logical_and",
          .doc = "Truth value of x1 AND x2, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Everything, truth(x1) & truth(x2), .result = Result::boolean,
                           .fold = Fold::associative, .quiet = true),
          .rewrite = [](std::span<const Value> inputs,
                        const Attributes*) { return with_truth_of_numbers("logical_and", inputs); },
          .numpy = {"logical_and"},
          .array_api = {"logical_and"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "logical_or",
          .doc = "Truth value of x1 OR x2, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Everything, truth(x1) | truth(x2), .result = Result::boolean,
                           .fold = Fold::associative, .quiet = true),
          .rewrite = [](std::span<const Value> inputs,
                        const Attributes*) { return with_truth_of_numbers("logical_or", inputs); },
          .numpy = {"logical_or"},
          .array_api = {"logical_or"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "logical_xor",
          .doc = "Truth value of x1 XOR x2, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Everything, truth(x1) != truth(x2), .result = Result::boolean,
                           .fold = Fold::associative, .quiet = true),
          .rewrite = [](std::span<const Value> inputs,
                        const Attributes*) { return with_truth_of_numbers("logical_xor", inputs); },
          .numpy = {"logical_xor"},
          .array_api = {"logical_xor"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "logical_not",
          .doc = "Truth value of NOT x, element-wise.",
          .kernel = UNARY(Everything, !truth(x), .result = Result::boolean, .quiet = true),
          .numpy = {"logical_not"},
          .array_api = {"logical_not"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "isnan",
          .doc = "Whether the element is not a number.",
          .kernel = UNARY(Everything, isnan(x), .result = Result::boolean, .quiet = true),
          .numpy = {"isnan"},
          .array_api = {"isnan"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "isinf",
          .doc = "Whether the element is positive or negative infinity.",
          .kernel = UNARY(Everything, isinf(x), .result = Result::boolean, .quiet = true),
          .numpy = {"isinf"},
          .array_api = {"isinf"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "isfinite",
          .doc = "Whether the element is neither infinite nor NaN.",
          .kernel = UNARY(Everything, isfinite(x), .result = Result::boolean, .quiet = true),
          .numpy = {"isfinite"},
          .array_api = {"isfinite"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "signbit",
          .doc = "Whether the sign bit is set (negative numbers, -0.0).",
          .kernel = UNARY(Floats, signbit(x), .result = Result::boolean, .quiet = true),
          .numpy = {"signbit"},
          .array_api = {"signbit"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
