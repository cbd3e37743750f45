// Sums, products, quotients, remainders and powers.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

constexpr const char* boolean_subtract =
    "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, "
    "or the logical_xor function instead.";
constexpr const char* boolean_negative =
    "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the "
    "logical_not function instead.";

}  // namespace

std::vector<OpSpec> arithmetic_ops() {
  return {
      OpSpec{
          .name = "add",
          .doc = "Sum of two arrays, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Everything, x1 + x2, .fold = Fold::pairwise, .wraps = true),
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy, d.gy}; },
          .numpy = {"add"},
          .array_api = {"add"},
          .commutative = true,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "subtract",
          .doc = "Difference of two arrays, element-wise.",
          .n_inputs = 2,
          .kernel = with_first(refused<bool>(2, boolean_subtract), BINARY(Numbers, x1 - x2, .wraps = true)),
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy, -d.gy}; },
          .numpy = {"subtract"},
          .array_api = {"subtract"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "multiply",
          .doc = "Product of two arrays, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Everything, x1 * x2, .wraps = true, .exact_complex = false),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * conjugated(d.inputs[1]), d.gy * conjugated(d.inputs[0])};
          },
          .numpy = {"multiply"},
          .array_api = {"multiply"},
          .max_ulp = 2,
          .commutative = true,
          .may_warn = true,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "divide",
          .doc = "Quotient of two arrays, element-wise.",
          .n_inputs = 2,
          .kernel = QUOTIENT(x1 / x2),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value by_x1 = d.gy / conjugated(d.inputs[1]);
            return {by_x1, -(by_x1 * conjugated(d.output))};
          },
          .numpy = {"divide", "true_divide"},
          .array_api = {"divide"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 4,
          .may_warn = true,
          .gradient_reads_inputs = 0b10,
          .cost = 2,
      },

      OpSpec{
          .name = "negative",
          .doc = "Numerical negative, element-wise.",
          .kernel = with_first(refused<bool>(1, boolean_negative), UNARY(Numbers, -x, .wraps = true)),
          .gradient = [](const GradientArguments& d) -> Values { return {-d.gy}; },
          .numpy = {"negative"},
          .array_api = {"negative"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "square",
          .doc = "Square of the argument, element-wise.",
          .kernel = UNARY(Numbers, x * x, .wraps = true, .exact_complex = false),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * (constant(2) * conjugated(d.inputs[0]))};
          },
          .numpy = {"square"},
          .array_api = {"square"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "absolute",
          .doc = "Absolute value, element-wise.",
          .kernel = UNARY(Everything, absolute(x), .result = Result::real, .exact_complex = false),
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy * apply("sign", {d.inputs[0]})}; },
          .numpy = {"absolute", "abs"},
          .array_api = {"abs"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
