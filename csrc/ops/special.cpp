// Special functions that SciPy serves.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"
#include "csrc/ops/native_math.h"
#include "csrc/ops/scipy_math.h"

namespace lazynp {

namespace {

using FloatAndDouble = Types<float, double>;

}  // namespace

std::vector<OpSpec> special_ops() {
  return {
      OpSpec{
          .name = "erf",
          .doc = "Error function, element-wise.",
          .kernel = like_host<scipy_math::Erf>(UNARY_MATH(FloatAndDouble, erf(x))),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value& x = d.inputs[0];
            return {d.gy * constant(1.1283791670955126) * apply("exp", {-(x * x)})};
          },
          .scipy_special = {"erf"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 9,
      },

      OpSpec{
          .name = "erfc",
          .doc = "Complementary error function, element-wise.",
          .kernel = LIBRARY(FloatAndDouble, erfc(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value& x = d.inputs[0];
            return {-(d.gy * constant(1.1283791670955126) * apply("exp", {-(x * x)}))};
          },
          .scipy_special = {"erfc"},
          .max_ulp = 4,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 30,
      },
  };
}

}  // namespace lazynp
