// Rounding to integers, and the neighbours and signs of floats.
#include <cmath>
#include <cstdlib>
#include <limits>

#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

using BooleansAndReals = Join<Booleans, Reals>;
using FloatAndDouble = Types<float, double>;

// NumPy's table and what it multiplies beyond it: not always the nearest float64.
double power_of_ten(int64_t n) {
  double power = 1;
  for (int64_t i = 0; i < n && std::isfinite(power); ++i) power *= 10;
  return power;
}

// In C or Fortran order, in which NumPy makes the result that it scales.
Value in_order_of(const Value& value, const Value& like) {
  const int size = size_of(value.dtype());
  const bool is_fortran = like.layout().f_contiguous() && !like.layout().c_contiguous;
  LayoutRef wanted = is_fortran ? f_layout(value.shape(), size) : c_layout(value.shape(), size);
  return same_layout(value.layout(), *wanted) ? value
                                              : copy_as(value, std::move(wanted), value.dtype());
}

Value round_real(const Value& x, int64_t decimals) {
  if (is_integer(x.dtype()) && decimals >= 0) return copy(x);
  if (decimals == 0) return apply("rint", {x});
  if (x.dtype() == DType::boolean) fail(ErrorClass::type, "lazynp: round: not of booleans");
  const Value factor = constant(power_of_ten(std::abs(decimals)));
  const char *const scale = decimals > 0 ? "multiply" : "divide", *const back = decimals > 0
                                                                                    ? "divide"
                                                                                    : "multiply";
  const Value nearest = apply(back, {apply("rint", {apply(scale, {x, factor})}), factor});
  return in_order_of(astype(nearest, x.dtype()), x);
}

// Both parts of a complex number, each put into its place.
Value round_parts(const Value& x, int64_t decimals) {
  Value result = copy(x);
  const Layout& whole = result.layout();
  const int half = whole.itemsize / 2;
  const DType dtype = x.dtype() == DType::complex64 ? DType::float32 : DType::float64;
  for (const char* const name : {"real", "imag"}) {
    const int64_t offset = name[0] == 'r' ? 0 : half;
    const Value part = round_real(apply(name, {x}), decimals);
    result = write_region(result, make_layout(whole.shape(), whole.strides(), offset, half), part,
                          dtype);
  }
  return result;
}

Value round(std::span<const Value> inputs, const Attributes* attributes) {
  const Value& given = inputs[0];
  const Weak weak = given.node()->weak;
  const Value x = weak == Weak::no ? given : astype(given, default_dtype(weak));
  const int64_t decimals = integer_or(attributes, 0, 0);
  if (std::abs(decimals) > std::numeric_limits<int>::max())
    fail(ErrorClass::type, "lazynp: round: decimals beyond int");
  return is_complex(x.dtype()) ? round_parts(x, decimals) : round_real(x, decimals);
}

Values fraction_and_whole(std::span<const Value> x) {
  const Value fraction = apply("modf_fraction", {x[0]});
  return {fraction, apply("trunc", {astype(x[0], fraction.dtype())})};
}
Values mantissa_and_exponent(std::span<const Value> x) {
  return {apply("frexp_mantissa", {x[0]}), apply("frexp_exponent", {x[0]})};
}

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
          .name = "round",
          .doc = "Nearest number with so many decimals, ties to even.",
          .kind = OpKind::composite,
          .attributes = {{"decimals", AttributeType::integer}},
          .lower = round,
          .no_gradient = "its derivative is zero wherever it exists",
          .numpy = {"round", "around"},
          .gives_scalars = true,
          .may_warn = true,
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
          .name = "modf",
          .doc = "Fractional and integral parts, element-wise.",
          .kind = OpKind::composite,
          .lower_results = fraction_and_whole,
          .numpy = {"modf"},
      },

      OpSpec{
          .name = "modf_fraction",
          .doc = "Fractional part with the sign of the element.",
          .kernel = UNARY(Floats, fraction(x), .quiet = true),
          .is_part = true,
          .gradient = [](const GradientArguments& d) -> Values { return {d.gy}; },
          .samples = {.lo = 0.1, .hi = 0.9},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "frexp",
          .doc = "Mantissa in [0.5, 1) and exponent of 2, element-wise.",
          .kind = OpKind::composite,
          .lower_results = mantissa_and_exponent,
          .numpy = {"frexp"},
      },

      OpSpec{
          .name = "frexp_mantissa",
          .doc = "Mantissa in [0.5, 1) with the sign of the element.",
          .kernel = UNARY(Floats, mantissa(x), .quiet = true),
          .is_part = true,
          .gradient = [](const GradientArguments& d) -> Values {
            return {apply("ldexp", {d.gy, -apply("frexp_exponent", {d.inputs[0]})})};
          },
          .samples = {.lo = 0.55, .hi = 0.95},
          .gradient_reads_output = false,
          .cost = 2,
      },

      OpSpec{
          .name = "frexp_exponent",
          .doc = "Exponent of 2 that belongs to the mantissa in [0.5, 1).",
          .kernel = UNARY(Floats, exponent(x), .result = Result::int32, .quiet = true),
          .is_part = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 2,
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
