// Floor division, remainders and reciprocals.
#include "csrc/ops/division_by_number.h"
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

// Both results of one remainder, and its warnings once.
Values quotient_and_remainder(std::span<const Value> x) {
  const Value rest = apply("divmod_rest", {x[0], x[1]});
  return {apply("divmod_quotient", {x[0], x[1], rest}), apply("divmod_remainder", {rest, x[1]})};
}

#define DIVISION(By, expression)                                                             \
  joined(loops::division_kernel<By>(LNP_BINARY_LAMBDA(expression), Integers{}, #expression), \
         BINARY(Floats, expression))

}  // namespace

std::vector<OpSpec> division_ops() {
  return {
      OpSpec{
          .name = "floor_divide",
          .doc = "Largest integer not greater than the quotient, element-wise.",
          .n_inputs = 2,
          .kernel = DIVISION(FloorByNumber, floor_divide(x1, x2)),
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
          .kernel = DIVISION(RestByNumber, remainder(x1, x2)),
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
          .name = "divmod",
          .doc = "Floor of the quotient, and the remainder, element-wise.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .lower_results = quotient_and_remainder,
          .numpy = {"divmod"},
          .samples = {.lo = 0.5, .hi = 2},
          .may_warn = true,
      },

      OpSpec{
          .name = "divmod_rest",
          .doc = "Remainder with the sign of the dividend, with all warnings of divmod.",
          .n_inputs = 2,
          .kernel = BINARY(Reals, divmod_rest(x1, x2)),
          .is_part = true,
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy, -(d.gy * apply("trunc", {d.inputs[0] / d.inputs[1]}))};
          },
          .samples = {.lo = 0.5, .hi = 2},
          .may_warn = true,
          .warning_name = "divmod",
          .gradient_reads_output = false,
          .cost = 8,
      },

      OpSpec{
          .name = "divmod_quotient",
          .doc = "Floor of x1 / x2, from x3, their remainder with the sign of x1.",
          .n_inputs = 3,
          .kernel = TERNARY(Reals, divmod_quotient(x1, x2, x3)),
          .is_part = true,
          .no_gradient = "its derivative is zero wherever it exists",
          .samples = {.lo = 0.5, .hi = 2},
          .may_warn = true,
          .warning_name = "divmod",
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "divmod_remainder",
          .doc = "x1, a remainder of x2, with the sign of x2.",
          .n_inputs = 2,
          .kernel = BINARY(Reals, divmod_remainder(x1, x2), .quiet = true),
          .is_part = true,
          .gradient = [](const GradientArguments& d) -> Values {
            const Value moved = apply("not_equal", {d.output, d.inputs[0]});
            return {d.gy, d.gy * astype(moved, d.gy.dtype())};
          },
          .samples = {.lo = 0.5, .hi = 2},
          .gradient_reads_inputs = 0b01,
          .cost = 2,
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
