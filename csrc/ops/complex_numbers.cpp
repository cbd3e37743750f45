// Parts of complex numbers that are numbers of their own.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

std::vector<OpSpec> complex_numbers_ops() {
  return {
      OpSpec{
          .name = "conjugate",
          .doc = "Complex conjugate, element-wise.",
          .kernel = UNARY(Numbers, conjugate(x), .wraps = true),
          .gradient = [](const GradientArguments& d) -> Values { return {conjugated(d.gy)}; },
          .numpy = {"conjugate", "conj"},
          .array_api = {"conj"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
