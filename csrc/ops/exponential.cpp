// Exponentials, logarithms and roots.
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
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy * conjugated(d.output)}; },
          .numpy = {"exp"},
          .array_api = {"exp"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 4,
      },

      OpSpec{
          .name = "log",
          .doc = "Natural logarithm, element-wise.",
          .kernel = UNARY_MATH(Inexact, log(x), .on_infinite = FE_DIVBYZERO),
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy / conjugated(d.inputs[0])}; },
          .numpy = {"log"},
          .array_api = {"log"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 5,
      },

      OpSpec{
          .name = "sqrt",
          .doc = "Non-negative square root, element-wise.",
          .kernel = UNARY(Inexact, sqrt(x), .exact_complex = false),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * constant(0.5) / conjugated(d.output)};
          },
          .numpy = {"sqrt"},
          .array_api = {"sqrt"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 2,
      },
  };
}

}  // namespace lazynp
