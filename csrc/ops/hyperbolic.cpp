// Hyperbolic functions and their inverses.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"
#include "csrc/ops/native_math.h"

namespace lazynp {

std::vector<OpSpec> hyperbolic_ops() {
  return {
      OpSpec{
          .name = "sinh",
          .doc = "Hyperbolic sine, element-wise.",
          .kernel = LIBRARY(Inexact, sinh(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * conjugated(apply("cosh", {d.inputs[0]}))};
          },
          .numpy = {"sinh"},
          .array_api = {"sinh"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "cosh",
          .doc = "Hyperbolic cosine, element-wise.",
          .kernel = LIBRARY(Inexact, cosh(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * conjugated(apply("sinh", {d.inputs[0]}))};
          },
          .numpy = {"cosh"},
          .array_api = {"cosh"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "tanh",
          .doc = "Hyperbolic tangent, element-wise.",
          .kernel = UNARY_MATH(Inexact, tanh(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value y = conjugated(d.output);
            return {d.gy * (constant(1) - y * y)};
          },
          .numpy = {"tanh"},
          .array_api = {"tanh"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 6,
      },

      OpSpec{
          .name = "arcsinh",
          .doc = "Inverse hyperbolic sine, element-wise.",
          .kernel = LIBRARY(Inexact, asinh(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value x = conjugated(d.inputs[0]);
            return {d.gy / apply("sqrt", {x * x + constant(1)})};
          },
          .numpy = {"arcsinh", "asinh"},
          .array_api = {"asinh"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "arccosh",
          .doc = "Inverse hyperbolic cosine, element-wise.",
          .kernel = LIBRARY(Inexact, acosh(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value x = conjugated(d.inputs[0]);
            return {d.gy / (apply("sqrt", {x - constant(1)}) * apply("sqrt", {x + constant(1)}))};
          },
          .numpy = {"arccosh", "acosh"},
          .array_api = {"acosh"},
          .samples = {.lo = 1.1, .hi = 3},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "arctanh",
          .doc = "Inverse hyperbolic tangent, element-wise.",
          .kernel = LIBRARY(Inexact, atanh(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value x = conjugated(d.inputs[0]);
            return {d.gy / (constant(1) - x * x)};
          },
          .numpy = {"arctanh", "atanh"},
          .array_api = {"atanh"},
          .samples = {.lo = -0.9, .hi = 0.9},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },
  };
}

}  // namespace lazynp
