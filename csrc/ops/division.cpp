// Floor division, remainders and reciprocals.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

std::vector<OpSpec> division_ops() {
  return {
      OpSpec{
          .name = "floor_divide",
          .doc = "Largest integer not greater than the quotient, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Reals, floor_divide(x1, x2)),
          .no_gradient = "its derivative is zero wherever it exists",
          .numpy = {"floor_divide"},
          .python_operator = "floordiv",
          .array_api = {"floor_divide"},
          .samples = {.lo = 0.5, .hi = 2},
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 8,
      },

      OpSpec{
          .name = "remainder",
          .doc = "Remainder with the sign of the divisor, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Reals, remainder(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy, -(d.gy * apply("floor_divide", {d.inputs[0], d.inputs[1]}))};
          },
          .numpy = {"remainder", "mod"},
          .python_operator = "mod",
          .array_api = {"remainder"},
          .samples = {.lo = 0.5, .hi = 2},
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 8,
      },

      OpSpec{
          .name = "fmod",
          .doc = "Remainder with the sign of the dividend, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Reals, fmod(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy, -(d.gy * apply("trunc", {d.inputs[0] / d.inputs[1]}))};
          },
          .numpy = {"fmod"},
          .samples = {.lo = 0.5, .hi = 2},
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 8,
      },

      OpSpec{
          .name = "reciprocal",
          .doc = "Reciprocal of the argument, element-wise.",
          .kernel = UNARY(Numbers, reciprocal(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value y = conjugated(d.output);
            return {-(d.gy * y * y)};
          },
          .numpy = {"reciprocal"},
          .array_api = {"reciprocal"},
          .samples = {.lo = 0.5, .hi = 2},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 2,
      },

      OpSpec{
          .name = "gcd",
          .doc = "Greatest common divisor, element-wise.",
          .n_inputs = 2,
          .kernel = with_first(refused<bool>(2,
                                             "ufunc 'gcd' did not contain a loop with signature "
                                             "matching types BoolDType and BoolDType"),
                               BINARY(Integers, gcd(x1, x2))),
          .numpy = {"gcd"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 60,
      },

      OpSpec{
          .name = "lcm",
          .doc = "Least common multiple, element-wise.",
          .n_inputs = 2,
          .kernel = with_first(refused<bool>(2,
                                             "ufunc 'lcm' did not contain a loop with signature "
                                             "matching types BoolDType and BoolDType"),
                               BINARY(Integers, lcm(x1, x2))),
          .numpy = {"lcm"},
          .commutative = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 70,
      },
  };
}

}  // namespace lazynp
