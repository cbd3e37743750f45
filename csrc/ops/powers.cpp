// Powers and roots.
#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"

namespace lazynp {

namespace {

using DoubleAndComplex = Types<double, std::complex<double>>;

// The number that a power is raised to, where it is known when the op is recorded and adapts to the
// base.
bool is_weak_constant(const Value& x) {
  return x.node()->is_constant() &&
         (x.node()->weak == Weak::integer || x.node()->weak == Weak::real);
}
double constant_of(const Value& x) {
  const Node& node = *x.node();
  return node.weak == Weak::integer ? static_cast<double>(node.value.integer) : node.value.real;
}

// NumPy's fast paths, which have other bits than pow() has. For integers they only save work.
Value rewritten_power(std::span<const Value> inputs, const Attributes*) {
  const Value &x = inputs[0], &exponent = inputs[1];
  const DType dtype = x.dtype();
  if (!is_weak_constant(exponent) || x.node()->weak != Weak::no || dtype == DType::boolean ||
      is_complex(dtype))
    return {};
  const bool is_real = is_floating(dtype);
  if (!is_real && exponent.node()->weak != Weak::integer) return {};
  const double number = constant_of(exponent);
  if (number == 2) return apply("square", {x});
  if (number == 1) return apply("positive", {x});
  if (is_real && number == -1) return apply("reciprocal", {x});
  if (is_real && number == 0.5 && dtype != DType::float16) return apply("sqrt", {x});
  return {};
}

Value less_one(const Value& exponent) {
  if (!is_weak_constant(exponent)) return exponent - constant(1);
  if (exponent.node()->weak == Weak::integer) return constant(exponent.node()->value.integer - 1);
  return constant(exponent.node()->value.real - 1);
}

// d(x**p) = p x**(p-1) dx + x**p log(x) dp; at x = 0 the second is 0.
Values gradient_of_power(const GradientArguments& d) {
  const Value &x = d.inputs[0], &p = d.inputs[1];
  const Value by_x = d.gy * conjugated(p * apply("power", {x, less_one(p)}));
  const Value is_zero = apply("equal", {x, constant(0)});
  const Value safe_log = apply("log", {apply("where", {is_zero, constant(1), x})});
  return {by_x, d.gy * conjugated(d.output * safe_log)};
}

// Of real numbers both give the same bits; of bools another dtype.
const OpSpec* op_of_power_operator(DType dtype, double number, bool is_integer) {
  if (dtype == DType::boolean) return is_integer && number == 2 ? &op_named("square") : nullptr;
  if (!is_complex(dtype)) return nullptr;
  static const OpSpec &square = op_named("square"), &reciprocal = op_named("reciprocal"),
                      &sqrt = op_named("sqrt");
  if (!is_integer) return number == 0.5 ? &sqrt : nullptr;
  return number == 2 ? &square : number == -1 ? &reciprocal : nullptr;
}

}  // namespace

std::vector<OpSpec> powers_ops() {
  return {
      OpSpec{
          .name = "power",
          .doc = "First array raised to the powers of the second, element-wise.",
          .n_inputs = 2,
          .kernel = BINARY(Numbers, power(x1, x2), .may_raise = true, .exact_real = false,
                           .exact_complex = false, .sees = Sees::second_stride),
          .rewrite = rewritten_power,
          .gradient = gradient_of_power,
          .numpy = {"power", "pow"},
          .python_operator = "pow",
          .op_of_operator = op_of_power_operator,
          .array_api = {"pow"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 4,
          .may_warn = true,
          .cost = 20,
      },

      OpSpec{
          .name = "float_power",
          .doc = "First array raised to the powers of the second, in double precision.",
          .n_inputs = 2,
          .kernel = BINARY(DoubleAndComplex, power(x1, x2), .exact_real = false,
                           .exact_complex = false, .sees = Sees::second_stride),
          .gradient = gradient_of_power,
          .numpy = {"float_power"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 4,
          .may_warn = true,
          .cost = 20,
      },

      OpSpec{
          .name = "square",
          .doc = "Square of the argument, element-wise.",
          .kernel = UNARY(Numbers, x * x, .wraps = true, .exact_complex = false, .chains = true),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy * (constant(2) * conjugated(d.inputs[0]))};
          },
          .numpy = {"square"},
          .array_api = {"square"},
          .max_ulp = 2,
          .may_warn = true,
          .gradient_reads_output = false,
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

      OpSpec{
          .name = "cbrt",
          .doc = "Cube root, element-wise.",
          .kernel = UNARY(Floats, cbrt(x), .exact_real = false),
          .gradient = [](const GradientArguments& d) -> Values {
            return {d.gy / (constant(3) * d.output * d.output)};
          },
          .numpy = {"cbrt"},
          .samples = {.lo = 0.5, .hi = 2},
          .max_ulp = 4,
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .cost = 20,
      },
  };
}

}  // namespace lazynp
