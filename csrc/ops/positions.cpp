// Counting by value, and positions in flattened arrays.
#include "csrc/ops/positions.h"

#include <algorithm>

#include "csrc/cpu/counting.h"
#include "csrc/ops/families.h"

namespace lazynp {

// ---------------------------------------------------------------- what other rules use

Value positions(int64_t begin, int64_t end) {
  return apply("arange", {},
               AttributeWriter().integer(begin).integer(end).integer(1).none().finish());
}

Value as_position(const Value& x) {
  const Value position = cast_safely(x, DType::int64);
  return x.node()->is_constant() ? copy(position) : position;
}

Value position_inside(const Value& x, int64_t extent, std::string_view mode) {
  const Value zero = constant(0), length = constant(extent);
  if (mode == "wrap") return apply("remainder", {x, length});
  if (mode == "clip") return apply("minimum", {apply("maximum", {x, zero}), constant(extent - 1)});
  if (mode != "raise") fail(ErrorClass::value, "clipmode must be 'clip', 'raise', or 'wrap'");
  return apply("where", {apply("less", {x, zero}), x + length, x});
}

Values coordinates_of(const Value& positions, Shape shape, bool is_f_order) {
  const size_t n = shape.size();
  Values result(n);
  Value rest = positions;
  for (size_t k = 0; k < n; ++k) {
    const size_t axis = is_f_order ? k : n - 1 - k;
    if (k + 1 == n) {
      result[axis] = rest;
      break;
    }
    const Value extent = constant(shape[axis]);
    result[axis] = apply("remainder", {rest, extent});
    rest = apply("floor_divide", {rest, extent});
  }
  return result;
}

namespace {

// ---------------------------------------------------------------- counting

Value number_of_bins(Values& inputs, const Attributes*) {
  const Value& x = inputs[0];
  if (x.size() == 0) return constant(0);
  return apply("max", {as_position(x)}) + constant(1);
}

void check_counted(const Checked& checked, std::span<const Value>, const Attributes*) {
  check_positions(
      checked, INT64_MAX,
      [](int64_t) { fail(ErrorClass::value, "'list' argument must have no negative elements"); },
      false);
}

Inference infer_bincount(Values& inputs, const Attributes* attributes) {
  const int64_t least = integer_or(attributes, 0, 0);
  if (inputs[0].ndim() != 1)
    fail(ErrorClass::value, inputs[0].ndim() > 1 ? "object too deep for desired array"
                                                 : "object of too small depth for desired array");
  if (least < 0) fail(ErrorClass::value, "'minlength' must not be negative");
  inputs[0] = as_position(inputs[0]);
  const int64_t shape[] = {std::max(least, integer_or(attributes, 1, 0))};
  if (inputs.size() == 1) return {DType::int64, c_layout(shape, size_of(DType::int64))};
  if (inputs[1].ndim() != 1 || inputs[1].size() != inputs[0].size())
    fail(ErrorClass::value, "The weights and list don't have the same length.");
  inputs[1] = cast_safely(inputs[1], DType::float64);
  if (inputs[0].size() == 0) {
    inputs.pop_back();
    return {DType::int64, c_layout(shape, size_of(DType::int64))};
  }
  return {DType::float64, c_layout(shape, size_of(DType::float64))};
}

Values bincount_gradient(const GradientArguments& d) {
  if (d.inputs.size() == 1) return {Value()};
  return {Value(), apply("take", {d.gy, d.inputs[0]},
                         AttributeWriter().integer(0).string("raise").finish())};
}

Inference infer_monotonicity(Values& inputs, const Attributes*) {
  if (inputs[0].ndim() != 1)
    fail(ErrorClass::value, inputs[0].ndim() > 1 ? "object too deep for desired array"
                                                 : "object of too small depth for desired array");
  inputs[0] = cast_safely(inputs[0], DType::float64);
  return {DType::int64, scalar_layout(size_of(DType::int64))};
}

// ---------------------------------------------------------------- positions and coordinates

std::string mode_of(const Attributes* attributes) {
  return std::string(string_or(attributes, 1, "raise"));
}

bool is_f_order(const Attributes* attributes, int i) {
  const std::string_view order = string_or(attributes, i, "C");
  if (order != "C" && order != "F") fail(ErrorClass::value, "only 'C' or 'F' order is permitted");
  return order == "F";
}

void check_coordinates(const Checked& checked, std::span<const Value>,
                       const Attributes* attributes) {
  if (mode_of(attributes) == "raise")
    check_positions(
        checked, attributes->integers(0)[checked.input],
        [](int64_t) { fail(ErrorClass::value, "invalid entry in coordinates array"); }, false);
}

// NumPy takes uint64 here, as its iterator casts within a kind.
Value as_coordinate(const Value& x) {
  return is_integer(x.dtype()) ? as_position(astype(x, DType::int64)) : as_position(x);
}

Value ravel_multi_index(std::span<const Value> inputs, const Attributes* attributes) {
  const auto extents = attributes->integers(0);
  const size_t n = inputs.size();
  if (n != extents.size() || n == 0)
    fail(ErrorClass::value,
         "parameter multi_index must be a sequence of length " + std::to_string(extents.size()));
  checked_size(extents, 1);
  const bool by_columns = is_f_order(attributes, 2);
  Value result;
  int64_t step = 1;
  for (size_t k = 0; k < n; ++k) {
    const size_t axis = by_columns ? k : n - 1 - k;
    if (extents[axis] <= 0)
      fail(ErrorClass::not_implemented, "lazynp: ravel_multi_index: an axis without elements");
    Value term = as_coordinate(inputs[axis]);
    if (mode_of(attributes) != "raise")
      term = position_inside(term, extents[axis], mode_of(attributes));
    if (step != 1) term = term * constant(step);
    result = result ? result + term : term;
    step *= extents[axis];
  }
  return result;
}

void check_unraveled(const Checked& checked, std::span<const Value>, const Attributes* attributes) {
  int64_t size = 1;
  for (const int64_t extent : attributes->integers(0)) size *= extent;
  check_positions(
      checked, size,
      [&](int64_t position) {
        fail(ErrorClass::value, "index " + std::to_string(position) +
                                    " is out of bounds for array with size " +
                                    std::to_string(size));
      },
      false);
}

// Coordinates lie side by side, as in NumPy.
Value unravel_index(std::span<const Value> inputs, const Attributes* attributes) {
  const auto extents = attributes->integers(0);
  if (!is_integer(inputs[0].dtype()) || extents.empty())
    fail(ErrorClass::type, "only int indices permitted");
  checked_size(extents, 1);
  for (const int64_t extent : extents)
    if (extent <= 0)
      fail(ErrorClass::not_implemented, "lazynp: unravel_index: an axis without elements");
  const Values columns =
      coordinates_of(as_coordinate(inputs[0]), extents, is_f_order(attributes, 1));
  return apply_list("stack", columns, AttributeWriter().integer(-1).none().finish());
}

// ---------------------------------------------------------------- along a condition

Value n_chosen(Values& inputs, const Attributes*) { return apply("count_nonzero", {inputs[0]}); }

Value compressed(std::span<const Value> inputs, const Attributes* attributes) {
  const Value& condition = inputs[0];
  Value x = inputs[1];
  if (condition.ndim() != 1) fail(ErrorClass::value, "condition must be a 1-d array");
  if (!is_given(attributes, 0) || x.ndim() == 0) x = flatten(x);
  const int64_t axis = is_given(attributes, 0) ? attributes->integer(0) : 0;
  const int64_t extent = x.shape()[static_cast<size_t>(normalized_axis(axis, x.ndim()))];
  if (!is_given(attributes, 1) || condition.size() > extent)
    fail(ErrorClass::not_implemented, "lazynp: compress: a condition beyond the axis");
  const Value rows =
      apply("nonzero", {condition}, AttributeWriter().integer(attributes->integer(1)).finish());
  return apply("take", {x, flatten(rows)},
               AttributeWriter().integer(axis).string("raise").finish());
}

}  // namespace

std::vector<OpSpec> positions_ops() {
  return {
      OpSpec{
          .name = "bincount",
          .doc = "How often each integer occurs in x, or the sum of the weights where it does.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .optional_inputs = {"weights"},
          .attributes = {{"minlength", AttributeType::integer},
                         {"length", AttributeType::integer, true}},
          .run = bincount_kernel,
          .infer = infer_bincount,
          .length = number_of_bins,
          .check = check_counted,
          .checked_inputs = 0b01,
          .gradient = bincount_gradient,
          .numpy = {"bincount"},
          .gradient_reads_inputs = 0b01,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "monotonicity",
          .doc = "1 where a 1-d array never falls, -1 where it never rises, else 0.",
          .kind = OpKind::structured,
          .run = monotonicity_kernel,
          .infer = infer_monotonicity,
          .no_gradient = "the result says yes or no",
          .numpy = {"_monotonicity"},
          .signature = "(x)",
      },

      OpSpec{
          .name = "ravel_multi_index",
          .doc = "Positions in a flattened array from one array of coordinates for each axis.",
          .kind = OpKind::composite,
          .n_inputs = -1,
          .attributes = {{"dims", AttributeType::integers},
                         {"mode", AttributeType::string, true},
                         {"order", AttributeType::string, true}},
          .check = check_coordinates,
          .lower = ravel_multi_index,
          .no_gradient = "the result is an index",
          .numpy = {"ravel_multi_index"},
      },

      OpSpec{
          .name = "unravel_index",
          .doc = "Coordinates, side by side, from positions in a flattened array.",
          .kind = OpKind::composite,
          .attributes = {{"shape", AttributeType::integers},
                         {"order", AttributeType::string, true}},
          .check = check_unraveled,
          .lower = unravel_index,
          .no_gradient = "the result is an index",
          .numpy = {"unravel_index"},
          .gives_parts = true,
      },

      OpSpec{
          .name = "compress",
          .doc = "The parts along an axis (None: of the flattened array) where a condition holds.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .attributes = {{"axis", AttributeType::integer, true},
                         {"length", AttributeType::integer, true}},
          .length = n_chosen,
          .lower = compressed,
          .numpy = {"compress"},
          .method_input = 1,
      },
  };
}

}  // namespace lazynp
