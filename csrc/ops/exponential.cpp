// Exponentials and logarithms.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"
#include "csrc/ops/native_math.h"

namespace lazynp {

std::vector<OpSpec> exponential_ops() {
  return {
      OpSpec{
          .name = "exp",
          .doc = "Exponential of all elements.",
          .kernel = UNARY_MATH(Inexact, exp(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * conjugated(d.output)};
          },
          .numpy = {"exp"},
          .array_api = {"exp"},
          .max_ulp = 1,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 4,
      },

      OpSpec{
          .name = "exp2",
          .doc = "2**x, element-wise.",
          .kernel = UNARY_MATH(Inexact, exp2(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * conjugated(d.output) * constant(0.6931471805599453)};
          },
          .numpy = {"exp2"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 4,
      },

      OpSpec{
          .name = "expm1",
          .doc = "exp(x) - 1, element-wise.",
          .kernel = UNARY_MATH(Inexact, expm1(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * (conjugated(d.output) + constant(1))};
          },
          .numpy = {"expm1"},
          .array_api = {"expm1"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 4,
      },

      OpSpec{
          .name = "log",
          .doc = "Natural logarithm, element-wise.",
          .kernel = UNARY_MATH(Inexact, log(x), .on_infinite = FE_DIVBYZERO),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy / conjugated(d.inputs[0])};
          },
          .numpy = {"log"},
          .array_api = {"log"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 1,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 5,
      },

      OpSpec{
          .name = "log2",
          .doc = "Base-2 logarithm, element-wise.",
          .kernel = UNARY_MATH(Inexact, log2(x), .on_infinite = FE_DIVBYZERO),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * constant(1.4426950408889634) / conjugated(d.inputs[0])};
          },
          .numpy = {"log2"},
          .array_api = {"log2"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 5,
      },

      OpSpec{
          .name = "log10",
          .doc = "Base-10 logarithm, element-wise.",
          .kernel = UNARY_MATH(Inexact, log10(x), .on_infinite = FE_DIVBYZERO),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * constant(0.4342944819032518) / conjugated(d.inputs[0])};
          },
          .numpy = {"log10"},
          .array_api = {"log10"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 5,
      },

      OpSpec{
          .name = "log1p",
          .doc = "log(1 + x), element-wise.",
          .kernel = UNARY_MATH(Inexact, log1p(x), .on_infinite = FE_DIVBYZERO),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy / (constant(1) + conjugated(d.inputs[0]))};
          },
          .numpy = {"log1p"},
          .array_api = {"log1p"},
          .samples = {.lo = -0.5, .hi = 2},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 6,
      },

      OpSpec{
          .name = "ldexp",
          .doc = "x1 * 2**x2 with integral x2, element-wise.",
          .n_inputs = 2,
          .kernel = SCALING(Floats, ldexp(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {apply("ldexp", {d.gy, d.inputs[1]}), Value()};
          },
          .numpy = {"ldexp"},
          .may_warn = true,
          .gradient_reads_inputs = 0b10,
          .gradient_reads_output = false,
          .cost = 6,
      },

      OpSpec{
          .name = "logaddexp",
          .doc = "Logarithm of the sum of the exponentials, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Floats, logaddexp(x1, x2), .exact_real = false),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * apply("exp", {d.inputs[0] - d.output}),
                    d.gy * apply("exp", {d.inputs[1] - d.output})};
          },
          .numpy = {"logaddexp"},
          .array_api = {"logaddexp"},
          .max_ulp = 2,
          .commutative = true,
          .may_warn = true,
          .cost = 20,
      },

      OpSpec{
          .name = "logaddexp2",
          .doc = "Base-2 logarithm of the sum of the powers of 2, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Floats, logaddexp2(x1, x2), .exact_real = false),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * apply("exp2", {d.inputs[0] - d.output}),
                    d.gy * apply("exp2", {d.inputs[1] - d.output})};
          },
          .numpy = {"logaddexp2"},
          .max_ulp = 2,
          .commutative = true,
          .may_warn = true,
          .cost = 20,
      },
  };
}

}  // namespace lazynp
