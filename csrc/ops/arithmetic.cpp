// Sums, products, quotients, remainders and powers.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

constexpr const char* boolean_subtract =
    "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` "
    "operator, "
    "or the logical_xor function instead.";
constexpr const char* boolean_negative =
    "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the "
    "logical_not function instead.";

#define no_boolean_loop(name)                                                                   \
  "ufunc '" name                                                                                \
  "' did not contain a loop with signature matching types <class 'numpy.dtypes.BoolDType'> -> " \
  "None"

using NumbersAsStored = Join<Join<Integers, Types<HalfBits, float, double>>, Complexes>;

}  // namespace

std::vector<OpSpec> arithmetic_ops() {
  return {
      OpSpec{
          .name = "add",
          .doc = "Sum of two arrays, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Everything, x1 + x2, .fold = Fold::pairwise, .wraps = true,
                           .folds_halves_in_float = true, .chains = true),
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy, d.gy}; },
          .numpy = {"add"},
          .python_operator = "add",
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
          .kernel = with_first(refused<bool>(2, boolean_subtract),
                               BINARY(Numbers, x1 - x2, .wraps = true,
                                      .folds_halves_in_float = true, .chains = true)),
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy, -d.gy}; },
          .numpy = {"subtract"},
          .python_operator = "sub",
          .array_api = {"subtract"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "multiply",
          .doc = "Product of two arrays, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Everything, x1 * x2, .fold = Fold::sequential, .wraps = true,
                           .folds_halves_in_float = true, .exact_complex = false, .chains = true),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * conjugated(d.inputs[1]), d.gy * conjugated(d.inputs[0])};
          },
          .numpy = {"multiply"},
          .python_operator = "mul",
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
          .python_operator = "truediv",
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
          .kernel = with_first(refused<bool>(1, boolean_negative),
                               UNARY(Numbers, -x, .wraps = true, .chains = true)),
          .gradient = [](const GradientArguments& d) -> Values { return {-d.gy}; },
          .numpy = {"negative"},
          .python_operator = "neg",
          .array_api = {"negative"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "positive",
          .doc = "The numbers as they are, element-wise.",
          .kernel = with_first(refused<bool>(1, no_boolean_loop("positive")),
                               UNARY(NumbersAsStored, x, .wraps = true)),
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy}; },
          .numpy = {"positive"},
          .python_operator = "pos",
          .array_api = {"positive"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 0.5,
      },

      OpSpec{
          .name = "absolute",
          .doc = "Absolute value, element-wise.",
          .kernel = UNARY(Everything, absolute(x), .result = Result::real, .exact_complex = false),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * apply("sign", {d.inputs[0]})};
          },
          .numpy = {"absolute", "abs"},
          .python_operator = "abs",
          .array_api = {"abs"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "fabs",
          .doc = "Absolute value as a float, element-wise.",
          .kernel = UNARY(Floats, fabs(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * apply("sign", {d.inputs[0]})};
          },
          .numpy = {"fabs"},
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "sign",
          .doc = "-1, 0 or 1 by the sign of the element; z/|z| of complex numbers.",
          .kernel = with_first(refused<bool>(1, no_boolean_loop("sign")),
                               joined(UNARY(Reals, sign(x), .quiet = true),
                                      UNARY(Complexes, sign(x), .exact_complex = false))),
          .no_gradient = "its derivative is zero wherever it exists",
          .numpy = {"sign"},
          .array_api = {"sign"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
