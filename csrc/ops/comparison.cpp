// Order and equality, and choosing the larger or smaller of two.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

// gy for x1 where it was chosen, else for x2; where both are equal x2 counts, so that the gradient
// of maximum(x, 0) is 0 at 0.
Values gradient_of_choice(const GradientArguments& d, const Value& x1_chosen) {
  const Value zero = constant(0);
  return {apply("where", {x1_chosen, d.gy, zero}), apply("where", {x1_chosen, zero, d.gy})};
}

#define CHOICE(expression, expression_of_halves, ...)                                              \
  joined(                                                                                          \
      joined(BINARY(BooleansAndIntegers, expression, .fold = Fold::associative),                   \
             BINARY(Types<Half>, expression_of_halves, .fold = Fold::associative, .quiet = true)), \
      BINARY(FloatsAndComplexes, expression, .fold = Fold::associative,                            \
             .quiet = true __VA_OPT__(, ) __VA_ARGS__))
// Of two zeros, NumPy's fmax and fmin take the first or the second, as the compiler had it.
#define CHOICE_OF_NUMBERS(expression, expression_of_halves) \
  CHOICE(expression, expression_of_halves, .exact_real = false, .sees = Sees::calls)
using FloatsAndComplexes = Join<Types<float, double>, Complexes>;

}  // namespace

std::vector<OpSpec> comparison_ops() {
  return {
      OpSpec{
          .name = "equal",
          .doc = "Truth value of x1 == x2, element-wise.",
          .n_inputs = 2,
          .kernel = COMPARISON(x1 == x2),
          .numpy = {"equal"},
          .python_operator = "eq",
          .array_api = {"equal"},
          .commutative = true,
      },

      OpSpec{
          .name = "not_equal",
          .doc = "Truth value of x1 != x2, element-wise.",
          .n_inputs = 2,
          .kernel = COMPARISON(x1 != x2),
          .numpy = {"not_equal"},
          .python_operator = "ne",
          .array_api = {"not_equal"},
          .commutative = true,
      },

      OpSpec{
          .name = "less",
          .doc = "Truth value of x1 < x2, element-wise.",
          .n_inputs = 2,
          .kernel = COMPARISON(x1 < x2),
          .numpy = {"less"},
          .python_operator = "lt",
          .array_api = {"less"},
          .may_warn = true,
      },

      OpSpec{
          .name = "less_equal",
          .doc = "Truth value of x1 <= x2, element-wise.",
          .n_inputs = 2,
          .kernel = COMPARISON(x1 <= x2),
          .numpy = {"less_equal"},
          .python_operator = "le",
          .array_api = {"less_equal"},
          .may_warn = true,
      },

      OpSpec{
          .name = "greater",
          .doc = "Truth value of x1 > x2, element-wise.",
          .n_inputs = 2,
          .kernel = COMPARISON(x1 > x2),
          .numpy = {"greater"},
          .python_operator = "gt",
          .array_api = {"greater"},
          .may_warn = true,
      },

      OpSpec{
          .name = "greater_equal",
          .doc = "Truth value of x1 >= x2, element-wise.",
          .n_inputs = 2,
          .kernel = COMPARISON(x1 >= x2),
          .numpy = {"greater_equal"},
          .python_operator = "ge",
          .array_api = {"greater_equal"},
          .may_warn = true,
      },

      OpSpec{
          .name = "maximum",
          .doc = "The larger of two elements, element-wise; NaN wins.",
          .n_inputs = 2,
          .kernel = CHOICE(maximum(x1, x2), first_maximum(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            return gradient_of_choice(d, apply("greater", {d.inputs[0], d.inputs[1]}));
          },
          .numpy = {"maximum"},
          .array_api = {"maximum"},
          .commutative = true,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "minimum",
          .doc = "The smaller of two elements, element-wise; NaN wins.",
          .n_inputs = 2,
          .kernel = CHOICE(minimum(x1, x2), first_minimum(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            return gradient_of_choice(d, apply("less", {d.inputs[0], d.inputs[1]}));
          },
          .numpy = {"minimum"},
          .array_api = {"minimum"},
          .commutative = true,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "fmax",
          .doc = "The larger of two elements, element-wise; numbers win over NaN.",
          .n_inputs = 2,
          .kernel = CHOICE_OF_NUMBERS(fmax(x1, x2), first_fmax(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value chosen = apply("greater", {d.inputs[0], d.inputs[1]});
            return gradient_of_choice(d,
                                      apply("logical_or", {chosen, apply("isnan", {d.inputs[1]})}));
          },
          .numpy = {"fmax"},
          .commutative = true,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "fmin",
          .doc = "The smaller of two elements, element-wise; numbers win over NaN.",
          .n_inputs = 2,
          .kernel = CHOICE_OF_NUMBERS(fmin(x1, x2), first_fmin(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value chosen = apply("less", {d.inputs[0], d.inputs[1]});
            return gradient_of_choice(d,
                                      apply("logical_or", {chosen, apply("isnan", {d.inputs[1]})}));
          },
          .numpy = {"fmin"},
          .commutative = true,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
