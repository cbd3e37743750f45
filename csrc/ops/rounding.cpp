// Rounding to integers, and the neighbours and signs of floats.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

using BooleansAndReals = Join<Booleans, Reals>;
using FloatAndDouble = Types<float, double>;

}  // namespace

std::vector<OpSpec> rounding_ops() {
  return {
      OpSpec{
          .name = "floor",
          .doc = "Largest integer not greater than the element.",
          .kernel = UNARY(BooleansAndReals, floor(x), .wraps = true),
          .no_gradient = "its derivative is zero wherever it exists",
          .numpy = {"floor"},
          .array_api = {"floor"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "ceil",
          .doc = "Smallest integer not less than the element.",
          .kernel = UNARY(BooleansAndReals, ceil(x), .wraps = true),
          .no_gradient = "its derivative is zero wherever it exists",
          .numpy = {"ceil"},
          .array_api = {"ceil"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "trunc",
          .doc = "Integer part of the element, towards zero.",
          .kernel = UNARY(BooleansAndReals, trunc(x), .wraps = true),
          .no_gradient = "its derivative is zero wherever it exists",
          .numpy = {"trunc"},
          .array_api = {"trunc"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "rint",
          .doc = "Nearest integer, ties to even.",
          .kernel = UNARY(Inexact, rint(x)),
          .no_gradient = "its derivative is zero wherever it exists",
          .numpy = {"rint"},
          .array_api = {"round"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "copysign",
          .doc = "Magnitude of x1 with the sign of x2, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Floats, copysign(x1, x2)),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * apply("copysign", {constant(1.0), d.inputs[0]}) *
                        apply("copysign", {constant(1.0), d.inputs[1]}),
                    Value()};
          },
          .numpy = {"copysign"},
          .array_api = {"copysign"},
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "nextafter",
          .doc = "Next float after x1 towards x2, element-wise.",
          .n_inputs = 2,
          .kernel = joined(BINARY(Types<HalfBits>, nextafter(x1, x2)),
                           BINARY(FloatAndDouble, nextafter(x1, x2))),
          .no_gradient = "it moves by one unit in the last place",
          .numpy = {"nextafter"},
          .array_api = {"nextafter"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "spacing",
          .doc = "Distance to the next float, element-wise.",
          .kernel = joined(UNARY(Types<HalfBits>, spacing(x)), UNARY(FloatAndDouble, spacing(x))),
          .no_gradient = "it is constant between powers of 2",
          .numpy = {"spacing"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "heaviside",
          .doc = "Step function: 0, x2 or 1 where x1 is negative, zero or positive.",
          .n_inputs = 2,
          .kernel = BINARY(Floats,
                           isnan(x1) ? x1
                           : x1 == 0 ? x2
                                     : T(x1 > 0),
                           .quiet = true),
          .gradient = [](const GradientArguments& d) -> Values {
            return {Value(),
                    d.gy * astype(apply("equal", {d.inputs[0], constant(0)}), d.gy.dtype())};
          },
          .numpy = {"heaviside"},
          .gradient_reads_inputs = 0b01,
          .gradient_reads_output = false,
      },
  };
}

}  // namespace lazynp
