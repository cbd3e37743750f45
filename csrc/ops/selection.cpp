// Choosing between elements.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

// NumPy's loop keeps the sign of a zero at limits that stand still.
using FloatAndDouble = Types<float, double>;
#define LIMITS(expression, expression_of_halves)                                        \
  joined(joined(joined(TERNARY(BooleansAndIntegers, expression),                        \
                       TERNARY(Types<Half>, expression_of_halves, .quiet = true)),      \
                TERNARY(FloatAndDouble, expression, .quiet = true, .exact_real = false, \
                        .sees = Sees::second_stride)),                                  \
         TERNARY(Complexes, expression, .quiet = true))

}  // namespace

std::vector<OpSpec> selection_ops() {
  return {
      OpSpec{
          .name = "where",
          .doc = "Elements of x where the condition holds, of y elsewhere.",
          .n_inputs = 3,
          .kernel = SELECTION(x1 ? x2 : x3),
          .rewrite = [](std::span<const Value> x, const Attributes*) -> Value {
            if (x[0].dtype() == DType::boolean) return {};
            return apply("where", {astype(x[0], DType::boolean), x[1], x[2]});
          },
          .gradient = [](const GradientArguments& d) -> Values {
            const Value& condition = d.inputs[0];
            return {Value(), apply("where", {condition, d.gy, constant(0)}),
                    apply("where", {condition, constant(0), d.gy})};
          },
          .numpy = {"where"},
          .with_first_argument = "nonzero",
          .array_api = {"where"},
          .gradient_reads_inputs = 0b001,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "clip",
          .doc = "Elements limited to the interval from x2 to x3.",
          .n_inputs = 3,
          .kernel = LIMITS(minimum(maximum(x1, x2), x3), first_minimum(first_maximum(x1, x2), x3)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value below = apply("less", {d.inputs[0], d.inputs[1]});
            // The upper limit is applied last: it also cuts a lower limit above it.
            const Value above =
                apply("greater", {apply("maximum", {d.inputs[0], d.inputs[1]}), d.inputs[2]});
            const Value zero = constant(0);
            const Value by_low =
                apply("where",
                      {apply("logical_and", {below, apply("logical_not", {above})}), d.gy, zero});
            const Value by_high = apply("where", {above, d.gy, zero});
            return {apply("where", {apply("logical_or", {below, above}), zero, d.gy}), by_low,
                    by_high};
          },
          .numpy = {"clip"},
          .array_api = {"clip"},
          .gradient_reads_output = false,
          .cost = 2,
      },
  };
}

}  // namespace lazynp
