// Elements of the first operand replaced by others: what NumPy's functions store in their argument.
#include <algorithm>
#include <array>
#include <cmath>

#include "csrc/ops/families.h"
#include "csrc/ops/positions.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

// ---------------------------------------------------------------- casts

// A Python number as NumPy stores it; those that lose something have rules of their own there.
Value stored_number(const Value& number, DType dtype) {
  constexpr int64_t exact_in_double = int64_t{1} << 53;
  const Node& node = *number.node();
  if (node.weak == Weak::real && is_integer(dtype) && std::abs(node.value.real) < INT32_MAX)
    return astype(constant(static_cast<int64_t>(node.value.real)), dtype);
  const bool loses = (node.weak == Weak::complex && !is_complex(dtype)) ||
                     (node.weak == Weak::real && !is_inexact(dtype)) ||
                     (node.weak == Weak::integer && is_inexact(dtype) &&
                      std::abs(node.value.integer) > exact_in_double);
  if (loses) fail_cast(number.dtype(), dtype, "same_kind");
  return astype(number, dtype);
}

Value stored_as(const Value& x, DType dtype, Casting casting) {
  if (x.node()->weak != Weak::no) return stored_number(x, dtype);
  const bool drops_imaginary_part = is_complex(x.dtype()) && !is_complex(dtype);
  if (drops_imaginary_part || !can_cast(x.dtype(), dtype, casting))
    fail_cast(x.dtype(), dtype, "same_kind");
  return astype(x, dtype);
}

Casting given_casting(const Attributes* attributes) {
  if (const auto casting = casting_named(string_or(attributes, 0, "same_kind"))) return *casting;
  fail(ErrorClass::value, "casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe'");
}

// Another array of x's elements in C order, or x where it has that shape.
Value shaped(const Value& x, Shape shape) {
  return std::ranges::equal(x.shape(), shape) ? x : reshape(x, shape);
}

Value broadcast_to_array(Value x, Shape shape) {
  if (x.node()->is_constant()) return x;
  while (x.ndim() > static_cast<int>(shape.size()) && x.shape()[0] == 1)
    x = reshape(x, x.shape().subspan(1));
  int64_t joint[max_ndim];
  int ndim = 0;
  if (!broadcast_shapes(x.shape(), shape, joint, ndim) ||
      !std::ranges::equal(Shape(joint, static_cast<size_t>(ndim)), shape))
    fail(ErrorClass::value, "could not broadcast input array from shape " + shape_text(x.shape()) +
                                " into shape " + shape_text(shape));
  return broadcast_to(x, shape);
}

// ---------------------------------------------------------------- whole arrays

Value copied_to(std::span<const Value> inputs, const Attributes* attributes) {
  const Value& target = inputs[0];
  const Casting casting = given_casting(attributes);
  const Node& given = *inputs[1].node();
  const bool is_plain_number = casting >= Casting::same_kind;
  const bool is_of_other_kind =
      given.weak != Weak::no && promote_weak(target.dtype(), given.weak) != target.dtype();
  if (given.weak != Weak::no && (!is_plain_number || is_of_other_kind))
    fail_cast(given.dtype, target.dtype(), "same_kind");  // NumPy looks at the number
  const Value source = stored_as(inputs[1], target.dtype(), casting);
  const bool has_mask = inputs.size() > 2;
  if (has_mask && inputs[2].dtype() != DType::boolean)
    fail_cast(inputs[2].dtype(), DType::boolean, "same_kind");
  const Value values = broadcast_to_array(source, target.shape());
  if (!has_mask)
    return values.node()->is_constant() ? full(target.shape(), target.dtype(), values) : values;
  return apply("where", {broadcast_to_array(inputs[2], target.shape()), values, target});
}

// ---------------------------------------------------------------- by a mask

// The values, over and over again, at these places among all that there are room for.
Value repeated_at(const Value& values, const Value& places) {
  return apply("take", {values, places}, AttributeWriter().integer(0).string("wrap").finish());
}

// Where the mask has the elements of `x`, in C order.
Value mask_of(const Value& mask, const Value& x, const char* name) {
  if (mask.size() != x.size())
    fail(ErrorClass::value, std::string(name) + ": mask and data must be the same size");
  return shaped(astype(mask, DType::boolean), x.shape());
}

Value values_of(const Value& values, DType dtype, Casting casting) {
  const Value stored = stored_as(values, dtype, casting);
  if (stored.size() == 0)  // an error at times, nothing to do at others
    fail(ErrorClass::not_implemented, "lazynp: no values to store");
  return stored;
}

Value put_at_mask(std::span<const Value> inputs, const Attributes*) {
  const Value& x = inputs[0];
  const Value mask = mask_of(inputs[1], x, "putmask"),
              values = values_of(inputs[2], x.dtype(), Casting::safe);
  if (values.size() == 1) return apply("where", {mask, reshape(values, {}), x});
  const Value full_length =
      values.size() == x.size() ? values : repeated_at(flatten(values), positions(0, x.size()));
  return apply("where", {mask, shaped(full_length, x.shape()), x});
}

Value place_at_mask(std::span<const Value> inputs, const Attributes*) {
  const Value& x = inputs[0];
  const Value mask = mask_of(inputs[1], x, "place"),
              values = values_of(inputs[2], x.dtype(), Casting::safe);
  if (values.size() == 1) return apply("where", {mask, reshape(values, {}), x});
  const Value n_before =
      apply("cumsum", {flatten(mask)}, AttributeWriter().integer(0).none().finish());
  const Value rank = n_before - constant(1);
  return apply("where", {mask, shaped(repeated_at(flatten(values), rank), x.shape()), x});
}

// ---------------------------------------------------------------- by positions

void check_put_positions(const Checked& checked, std::span<const Value> inputs,
                         const Attributes* attributes) {
  if (string_or(attributes, 0, "raise") == "raise")
    check_positions(checked, inputs[0].size(), [&](int64_t position) {
      fail(ErrorClass::index, "index " + std::to_string(position) +
                                  " is out of bounds for axis 0 with size " +
                                  std::to_string(inputs[0].size()));
    });
}

Value put_at_positions(std::span<const Value> inputs, const Attributes* attributes) {
  const Value& x = inputs[0];
  const Value values = values_of(inputs[2], x.dtype(), Casting::unsafe);
  Value places = flatten(as_position(inputs[1]));
  const int64_t n = places.size();
  if (x.size() == 0 || n == 0)
    fail(ErrorClass::not_implemented, "lazynp: put: nothing to store, or nowhere");
  places = position_inside(places, x.size(), string_or(attributes, 0, "raise"));
  Value chosen = flatten(values);
  if (chosen.size() > n) chosen = slice_axis(chosen, 0, 0, n);
  if (chosen.size() != n && chosen.size() != 1) chosen = repeated_at(chosen, positions(0, n));
  Values arrays{x.ndim() ? x : reshape(x, std::array<int64_t, 1>{1}), chosen};
  const Values coordinates = coordinates_of(places, arrays[0].shape());
  arrays.insert(arrays.end(), coordinates.begin(), coordinates.end());
  Extents axes;
  for (int axis = 0; axis < arrays[0].ndim(); ++axis) axes.push_back(axis);
  return shaped(
      apply_list("scatter_assign", arrays, AttributeWriter().integers(axes).integer(0).finish()),
      x.shape());
}

OpSpec changing(OpSpec op) {
  op.kind = OpKind::composite;
  op.n_inputs = 3;
  op.function_changes_array = true;
  return op;
}

}  // namespace

std::vector<OpSpec> replacing_ops() {
  return {
      changing({
          .name = "copyto",
          .doc = "The array with its elements (where a mask is true) replaced by those of another.",
          .optional_inputs = {"where"},
          .attributes = {{"casting", AttributeType::string, true}},
          .lower = copied_to,
          .numpy = {"copyto"},
          .may_warn = true,
      }),

      changing({
          .name = "putmask",
          .doc = "The array with values at the same places, repeated, where a mask is true.",
          .lower = put_at_mask,
          .numpy = {"putmask"},
      }),

      changing({
          .name = "place",
          .doc = "The array with values, one after the other and repeated, where a mask is true.",
          .lower = place_at_mask,
          .numpy = {"place", "_place"},
          .signature = "(arr, mask, vals)",
      }),

      changing({
          .name = "put",
          .doc = "The array with values, repeated, at positions in the flattened array.",
          .attributes = {{"mode", AttributeType::string, true}},
          .check = check_put_positions,
          .checked_inputs = 0b010,
          .lower = put_at_positions,
          .numpy = {"put"},
          .method_changes_array = true,
      }),
  };
}

}  // namespace lazynp
