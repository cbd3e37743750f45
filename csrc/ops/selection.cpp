// Choosing between elements.
#include <algorithm>

#include "csrc/ops/families.h"
#include "csrc/ops/gradient_terms.h"
#include "csrc/ops/loops.h"
#include "csrc/ops/positions.h"

namespace lazynp {

namespace {

// NumPy's loop keeps the sign of a zero at limits that stand still.
using FloatAndDouble = Types<float, double>;
#define LIMITS(expression, expression_of_halves)                                        \
  joined(joined(joined(TERNARY(BooleansAndIntegers, expression),                        \
                       TERNARY(Types<Half>, expression_of_halves, .quiet = true)),      \
                TERNARY(FloatAndDouble, expression, .quiet = true, .exact_real = false, \
                        .sees = Sees::second_stride)),                                  \
         TERNARY(Complexes, expression, .quiet = true))

void check_choices(const Checked& checked, std::span<const Value> inputs,
                   const Attributes* attributes) {
  if (string_or(attributes, 0, "raise") == "raise")
    check_positions(
        checked, static_cast<int64_t>(inputs.size()) - 1,
        [](int64_t) { fail(ErrorClass::value, "invalid entry in choice array"); }, false);
}

// Python numbers adapt to the arrays among them.
Values in_common_dtype(std::span<const Value> values) {
  const DType dtype = common_dtype(values);
  Values result;
  for (const Value& value : values) result.push_back(astype(value, dtype));
  return result;
}

// In C order, whatever the order of the operands.
Value chosen(std::span<const Value> inputs, const Attributes* attributes) {
  if (inputs.size() < 2) fail(ErrorClass::value, "0-length sequence.");
  // NumPy's iterator takes no more, and says so.
  constexpr size_t max_arrays = 64, max_axes = 32;
  for (const Value& input : inputs)
    if (inputs.size() > max_arrays || input.shape().size() > max_axes)
      fail(ErrorClass::not_implemented, "lazynp: choose: more than 63 choices or 32 axes");
  const Values choices = in_common_dtype(inputs.subspan(1));
  const auto n = static_cast<int64_t>(choices.size());
  Value number = as_position(inputs[0]);
  const std::string mode(string_or(attributes, 0, "raise"));
  if (mode != "raise") number = position_inside(number, n, mode);
  Value result = choices[0];
  for (int64_t k = 1; k < n; ++k)
    result = apply(
        "where", {apply("equal", {number, constant(k)}), choices[static_cast<size_t>(k)], result});
  int64_t shape[max_ndim];
  int ndim = 0;
  if (!broadcast_shapes(result.shape(), number.shape(), shape, ndim))
    fail(ErrorClass::value, "shape mismatch: objects cannot be broadcast to a single shape");
  const Shape whole(shape, static_cast<size_t>(ndim));
  if (result.layout().c_contiguous && n > 1) return result;
  return copy_as(broadcast_to(result, whole), c_layout(whole, size_of(result.dtype())),
                 result.dtype());
}

}  // namespace

std::vector<OpSpec> selection_ops() {
  return {
      OpSpec{
          .name = "where",
          .doc = "Elements of x where the condition holds, of y elsewhere.",
          .n_inputs = 3,
          .kernel = SELECTION(x1 ? x2 : x3),
          .rewrite = [](std::span<const Value> x, const Attributes*) -> Value {
            if (x[0].dtype() == DType::boolean) return {};
            return apply("where", {astype(x[0], DType::boolean), x[1], x[2]});
          },
          .gradient = [](const GradientArguments& d) -> Values {
            const Value& condition = d.inputs[0];
            return {Value(), apply("where", {condition, d.gy, constant(0)}),
                    apply("where", {condition, constant(0), d.gy})};
          },
          .numpy = {"where"},
          .with_first_argument = "nonzero",
          .array_api = {"where"},
          .may_warn = true,  // of a number that the dtype does not hold
          .gradient_reads_inputs = 0b001,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "clip",
          .doc = "Elements limited to the interval from x2 to x3.",
          .n_inputs = 3,
          .kernel = LIMITS(minimum(maximum(x1, x2), x3), first_minimum(first_maximum(x1, x2), x3)),
          .gradient = [](const GradientArguments& d) -> Values {
            const Value below = apply("less", {d.inputs[0], d.inputs[1]});
            // The upper limit is applied last: it also cuts a lower limit above it.
            const Value above =
                apply("greater", {apply("maximum", {d.inputs[0], d.inputs[1]}), d.inputs[2]});
            const Value zero = constant(0);
            const Value by_low =
                apply("where",
                      {apply("logical_and", {below, apply("logical_not", {above})}), d.gy, zero});
            const Value by_high = apply("where", {above, d.gy, zero});
            return {apply("where", {apply("logical_or", {below, above}), zero, d.gy}), by_low,
                    by_high};
          },
          .numpy = {"clip"},
          .array_api = {"clip"},
          .gradient_reads_output = false,
          .cost = 2,
      },

      OpSpec{
          .name = "choose",
          .doc = "For each number the element of the choice that it names.",
          .kind = OpKind::composite,
          .n_inputs = -1,
          .attributes = {{"mode", AttributeType::string, true}},
          .check = check_choices,
          .checked_inputs = 0b1,
          .lower = chosen,
          .numpy = {"choose"},
      },
  };
}

}  // namespace lazynp
