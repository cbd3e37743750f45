// Sines, tangents, their inverses, and angles.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"
#include "csrc/ops/native_math.h"

namespace lazynp {

std::vector<OpSpec> trigonometric_ops() {
  return {
      OpSpec{
          .name = "sin",
          .doc = "Sine, element-wise.",
          .kernel = UNARY_MATH(Inexact, sin(x), .trusted = 1e5),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * conjugated(apply("cos", {d.inputs[0]}))};
          },
          .numpy = {"sin"},
          .array_api = {"sin"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 5,
      },

      OpSpec{
          .name = "cos",
          .doc = "Cosine, element-wise.",
          .kernel = UNARY_MATH(Inexact, cos(x), .trusted = 1e5),
          .gradient = [](const GradientArguments& d) -> Values {
            return {-(d.gy * conjugated(apply("sin", {d.inputs[0]})))};
          },
          .numpy = {"cos"},
          .array_api = {"cos"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 5,
      },

      OpSpec{
          .name = "tan",
          .doc = "Tangent, element-wise.",
          .kernel = LIBRARY(Inexact, tan(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value y = conjugated(d.output);
            return {d.gy * (constant(1) + y * y)};
          },
          .numpy = {"tan"},
          .array_api = {"tan"},
          .samples = {.lo = -1, .hi = 1},
          .max_ulp = 1,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 20,
      },

      OpSpec{
          .name = "arcsin",
          .doc = "Inverse sine, element-wise.",
          .kernel = LIBRARY(Inexact, asin(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value x = conjugated(d.inputs[0]);
            return {d.gy / apply("sqrt", {constant(1) - x * x})};
          },
          .numpy = {"arcsin", "asin"},
          .array_api = {"asin"},
          .samples = {.lo = -0.9, .hi = 0.9},
          .max_ulp = 1,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "arccos",
          .doc = "Inverse cosine, element-wise.",
          .kernel = LIBRARY(Inexact, acos(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value x = conjugated(d.inputs[0]);
            return {-(d.gy / apply("sqrt", {constant(1) - x * x}))};
          },
          .numpy = {"arccos", "acos"},
          .array_api = {"acos"},
          .samples = {.lo = -0.9, .hi = 0.9},
          .max_ulp = 1,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "arctan",
          .doc = "Inverse tangent, element-wise.",
          .kernel = LIBRARY(Inexact, atan(x)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value x = conjugated(d.inputs[0]);
            return {d.gy / (constant(1) + x * x)};
          },
          .numpy = {"arctan", "atan"},
          .array_api = {"atan"},
          .max_ulp = 1,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "arctan2",
          .doc = "Angle of the point (x2, x1), element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Floats, atan2(x1, x2), .exact_real = false),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value &y = d.inputs[0], &x = d.inputs[1];
            const Value factor = d.gy / (x * x + y * y);
            return {factor * x, -(factor * y)};
          },
          .numpy = {"arctan2", "atan2"},
          .array_api = {"atan2"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 1,
          .may_warn = true,
          .gradient_reads_output = false,
          .cost = 30,
      },

      OpSpec{
          .name = "hypot",
          .doc = "Length of the hypotenuse of a right triangle, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Floats, hypot(x1, x2), .exact_real = false),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value factor = d.gy / d.output;
            return {factor * d.inputs[0], factor * d.inputs[1]};
          },
          .numpy = {"hypot"},
          .array_api = {"hypot"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 1,
          .commutative = true,
          .may_warn = true,
          .cost = 20,
      },

      OpSpec{
          .name = "deg2rad",
          .doc = "Angles in radians from degrees.",
          .kernel = UNARY(Floats, x * (T(3.14159265358979323846) / T(180))),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * constant(0.017453292519943295)};
          },
          .numpy = {"deg2rad"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "radians",
          .doc = "Angles in radians from degrees.",
          .kernel = UNARY(Floats, x * (T(3.14159265358979323846) / T(180))),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * constant(0.017453292519943295)};
          },
          .numpy = {"radians"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "rad2deg",
          .doc = "Angles in degrees from radians.",
          .kernel = UNARY(Floats, x * (T(180) / T(3.14159265358979323846))),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * constant(57.29577951308232)};
          },
          .numpy = {"rad2deg"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "degrees",
          .doc = "Angles in degrees from radians.",
          .kernel = UNARY(Floats, x * (T(180) / T(3.14159265358979323846))),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * constant(57.29577951308232)};
          },
          .numpy = {"degrees"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
