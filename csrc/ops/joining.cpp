// Arrays put together.
#include <algorithm>
#include <cstdlib>

#include "csrc/cpu/join.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/positions.h"

namespace lazynp {

namespace {

[[noreturn]] void fail_extent(size_t i, size_t axis, const Value& first, const Value& other) {
  fail(ErrorClass::value,
       "all the input array dimensions except for the concatenation axis must match exactly, but "
       "along dimension " +
           std::to_string(axis) + ", the array at index 0 has size " +
           std::to_string(first.shape()[axis]) + " and the array at index " + std::to_string(i) +
           " has size " + std::to_string(other.shape()[axis]));
}

// NumPy's order of checks; all arrays have at least one axis afterwards.
int checked_axis(std::span<const Value> inputs, int64_t given) {
  if (inputs[0].ndim() == 0)
    fail(ErrorClass::value, "zero-dimensional arrays cannot be concatenated");
  const int axis = normalized_axis(given, inputs[0].ndim());
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i].ndim() != inputs[0].ndim())
      fail(ErrorClass::value,
           "all the input arrays must have same number of dimensions, but the array at index 0 "
           "has " +
               std::to_string(inputs[0].ndim()) + " dimension(s) and the array at index " +
               std::to_string(i) + " has " + std::to_string(inputs[i].ndim()) + " dimension(s)");
    for (size_t k = 0; k < inputs[0].shape().size(); ++k)
      if (static_cast<int>(k) != axis && inputs[i].shape()[k] != inputs[0].shape()[k])
        fail_extent(i, k, inputs[0], inputs[i]);
  }
  return axis;
}

// NumPy's order of axes for a concatenation, outermost first: by the strides of the arrays, zero
// ones included; C order wins where arrays disagree.
Axes concatenation_order(std::span<const Layout* const> layouts, int ndim) {
  Axes order;
  for (int axis = 0; axis < ndim; ++axis) {
    size_t position = order.size();
    for (size_t before = order.size(); before-- > 0;) {
      bool is_compared = false, goes_first = false;
      for (const Layout* layout : layouts) {
        if (layout->shape_[axis] == 1 || layout->shape_[order[before]] == 1) continue;
        const bool is_inner =
            std::abs(layout->strides_[axis]) <= std::abs(layout->strides_[order[before]]);
        if (is_inner)
          goes_first = false;
        else if (!is_compared)
          goes_first = true;
        is_compared = true;
      }
      if (!is_compared) continue;
      if (!goes_first) break;
      position = before;
    }
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(position), axis);
  }
  return order;
}

Inference infer_concatenate(Values& inputs, const Attributes* attributes) {
  if (inputs.empty()) fail(ErrorClass::value, "need at least one array to concatenate");
  // Python's numbers adapt where they are joined as such.
  const DType own = common_dtype(inputs);
  if (!is_given(attributes, 0))
    for (Value& x : inputs) x = flatten(x);
  const int axis = checked_axis(inputs, integer_or(attributes, 0, 0));
  const DType dtype = dtype_or(attributes, 1, own);
  std::vector<const Layout*> layouts;
  Extents shape = extents(inputs[0].shape());
  shape[static_cast<size_t>(axis)] = 0;
  for (const Value& x : inputs) {
    shape[static_cast<size_t>(axis)] += x.shape()[static_cast<size_t>(axis)];
    layouts.push_back(&x.layout());
  }
  const Axes order = concatenation_order(layouts, inputs[0].ndim());
  LayoutRef layout = layout_in_order(shape, order, size_of(dtype));
  for (Value& x : inputs) {
    if (!can_cast_same_kind(x.dtype(), dtype)) fail_cast(x.dtype(), dtype, "same_kind");
    x = astype(x, dtype);
  }
  return {dtype, std::move(layout)};
}

Values concatenate_gradient(const GradientArguments& d) {
  const int axis =
      is_given(d.attributes, 0) ? normalized_axis(d.attributes->integer(0), d.output.ndim()) : 0;
  Values gradients;
  int64_t begin = 0;
  for (const Value& x : d.inputs) {
    const int64_t extent = x.shape()[static_cast<size_t>(axis)];
    gradients.push_back(slice_axis(d.gy, axis, begin, begin + extent));
    begin += extent;
  }
  return gradients;
}

Value concatenated(std::span<const Value> arrays, int64_t axis, DType dtype = DType::none) {
  AttributeWriter writer;
  writer.integer(axis);
  if (dtype == DType::none)
    writer.none();
  else
    writer.dtype(dtype);
  return apply_list("concatenate", arrays, writer.finish());
}

Value stack(std::span<const Value> arrays, const Attributes* a) {
  if (arrays.empty()) fail(ErrorClass::value, "need at least one array to stack");
  for (const Value& x : arrays)
    if (!std::ranges::equal(x.shape(), arrays[0].shape()))
      fail(ErrorClass::value, "all input arrays must have the same shape");
  const int axis = normalized_axis(integer_or(a, 0, 0), arrays[0].ndim() + 1);
  Values expanded;
  for (const Value& x : arrays) expanded.push_back(insert_axis(x, axis));
  return concatenated(expanded, axis, dtype_or(a, 1, DType::none));
}

// Joins after a view op gave every array enough axes.
Value joined_after(const char* view_op, std::span<const Value> arrays, int axis_of_1d, int axis,
                   const Attributes* a) {
  if (arrays.empty()) fail(ErrorClass::value, "need at least one array to concatenate");
  Values expanded;
  for (const Value& x : arrays) expanded.push_back(apply_list(view_op, std::span(&x, 1)));
  return concatenated(expanded, expanded[0].ndim() == 1 ? axis_of_1d : axis,
                      dtype_or(a, 0, DType::none));
}

Value column_stack(std::span<const Value> arrays, const Attributes*) {
  if (arrays.empty()) fail(ErrorClass::value, "need at least one array to concatenate");
  Values columns;
  for (const Value& x : arrays)
    columns.push_back(x.ndim() == 0   ? insert_axis(insert_axis(x, 0), 0)
                      : x.ndim() == 1 ? insert_axis(x, 1)
                                      : x);
  return concatenated(columns, 1);
}

Value rolled(const Value& x, int64_t shift, int axis) {
  const int64_t n = x.shape()[static_cast<size_t>(axis)];
  if (n == 0) return copy(x);
  const int64_t split = n - ((shift % n) + n) % n;
  if (split == n) return copy(x);
  const Value parts[] = {slice_axis(x, axis, split, n), slice_axis(x, axis, 0, split)};
  const Value joined = concatenated(parts, axis);
  // Parts of length 1 leave the order of the axis open, where NumPy takes x's.
  LayoutRef layout = dense_like(x.layout(), size_of(x.dtype()));
  return same_layout(*layout, joined.layout()) ? joined
                                               : copy_as(joined, std::move(layout), x.dtype());
}

// shift and axis are lists that broadcast against each other, as in NumPy.
Value roll(std::span<const Value> arrays, const Attributes* a) {
  const Value& x = arrays[0];
  const auto shifts = a->integers(0);
  if (!is_given(a, 1)) {
    int64_t shift = 0;
    for (int64_t s : shifts) shift += s;
    return reshape(rolled(flatten(x), shift, 0), x.shape());
  }
  const Axes axes = normalized_axes(a->integers(1), x.ndim(), nullptr, true);
  if (shifts.size() != axes.size() && shifts.size() != 1 && axes.size() != 1)
    fail(ErrorClass::value,
         "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg "
         "0 with shape (" +
             std::to_string(shifts.size()) + ",) and arg 1 with shape (" +
             std::to_string(axes.size()) + ",).");
  std::vector<int64_t> shift_of(static_cast<size_t>(x.ndim()), 0);
  const size_t n_shifts = shifts.size() == 1 ? axes.size() : shifts.size();
  if (n_shifts == 0) fail(ErrorClass::value, "not enough values to unpack (expected 2, got 0)");
  for (size_t i = 0; i < n_shifts; ++i)
    shift_of[static_cast<size_t>(axes[axes.size() == 1 ? 0 : i])] +=
        shifts[shifts.size() == 1 ? 0 : i];
  Value result = x;
  for (int axis = 0; axis < x.ndim(); ++axis)
    if (shift_of[static_cast<size_t>(axis)] != 0)
      result = rolled(result, shift_of[static_cast<size_t>(axis)], axis);
  return result.node() == x.node() ? copy(x) : result;
}

// ---------------------------------------------------------------- repeat

// How often, or how often each part; NumPy looks at it before it looks at the axis.
Value counts_of_parts(const Value& repeats) {
  const Value counts = as_position(repeats);
  if (counts.ndim() > 1) fail(ErrorClass::value, "object too deep for desired array");
  return counts;
}

// The array whose parts along `axis` are repeated; one of no axes has one here.
Value repeated_array(const Value& x, const Attributes* a, int& axis) {
  const Value array = is_given(a, 0) && x.ndim() > 0 ? x : flatten(x);
  axis = is_given(a, 0) ? normalized_axis(a->integer(0), array.ndim()) : 0;
  return array;
}

// How long the axis becomes; of a number without computing anything.
Value repeated_length(Values& inputs, const Attributes* a) {
  const Value counts = counts_of_parts(inputs[1]);
  int axis;
  const Value x = repeated_array(inputs[0], a, axis);
  const int64_t extent = x.shape()[static_cast<size_t>(axis)];
  const Node& number = *inputs[1].node();
  if (number.weak == Weak::integer) {
    int64_t length;
    if (__builtin_mul_overflow(number.value.integer, extent, &length))  // NumPy would crash
      fail(ErrorClass::memory, "lazynp: repeat: the result has more than 2**63 elements");
    return constant(length);
  }
  const Value total = apply("sum", {counts});
  return counts.size() == 1 ? total * constant(extent) : total;
}

void check_repeats(const Checked& checked, std::span<const Value>, const Attributes*) {
  check_positions(
      checked, INT64_MAX,
      [](int64_t) { fail(ErrorClass::value, "repeats may not contain negative values."); }, false);
}

// Every part as often as the others: a copy of a broadcast view.
Value repeated_evenly(const Value& x, int64_t repeats, int axis) {
  const Value inserted = insert_axis(x, axis + 1);
  Extents wide = extents(inserted.shape()), result = extents(x.shape());
  wide[static_cast<size_t>(axis + 1)] = repeats;
  result[static_cast<size_t>(axis)] *= repeats;
  const Value repeated = broadcast_to(inserted, wide);
  return reshape(copy_as(repeated, c_layout(wide, size_of(x.dtype())), x.dtype()), result);
}

// The k-th part of the result is the first one whose copies end behind k.
Value repeated_unevenly(const Value& x, const Value& counts, int64_t length, int axis) {
  const Value ends = apply("cumsum", {counts}, AttributeWriter().integer(0).none().finish());
  const Value parts = apply("searchsorted", {ends, positions(0, length)},
                            AttributeWriter().string("right").finish());
  return apply("take", {x, parts}, AttributeWriter().integer(axis).string("clip").finish());
}

Value repeat(std::span<const Value> inputs, const Attributes* a) {
  const Value counts = counts_of_parts(inputs[1]);
  int axis;
  const Value x = repeated_array(inputs[0], a, axis);
  const int64_t extent = x.shape()[static_cast<size_t>(axis)];
  if (!is_given(a, 1)) fail(ErrorClass::not_implemented, "lazynp: repeat: its length is unknown");
  const int64_t length = a->integer(1);
  if (length < 0) fail(ErrorClass::value, "repeats may not contain negative values.");
  if (counts.size() == 1) return repeated_evenly(x, extent ? length / extent : 0, axis);
  if (counts.size() != extent)
    fail(ErrorClass::value, "operands could not be broadcast together with shape (" +
                                std::to_string(extent) + ",) (" + std::to_string(counts.size()) +
                                ",)");
  return repeated_unevenly(x, counts, length, axis);
}

OpSpec joining_composite(const char* name, const char* doc, std::vector<Attribute> attributes,
                         LowerRule lower) {
  return {.name = name,
          .doc = doc,
          .kind = OpKind::composite,
          .n_inputs = -1,
          .attributes = std::move(attributes),
          .lower = lower,
          .numpy = {name}};
}

}  // namespace

std::vector<OpSpec> joining_ops() {
  using enum AttributeType;
  OpSpec stack_op =
      joining_composite("stack", "Arrays of one shape joined along a new axis.",
                        {{"axis", integer}, {"dtype", AttributeType::dtype, true}}, stack);
  stack_op.array_api = {"stack"};
  return {
      OpSpec{
          .name = "concatenate",
          .doc = "Arrays joined along an axis they have (None: all flattened).",
          .kind = OpKind::structured,
          .n_inputs = -1,
          .attributes = {{"axis", integer, true, 0, 0, false},
                         {"dtype", AttributeType::dtype, true}},
          .run = concatenate_kernel,
          .infer = infer_concatenate,
          .gradient = concatenate_gradient,
          .batch = batch_along_axis,
          .numpy = {"concatenate", "concat"},
          .array_api = {"concat"},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      stack_op,
      joining_composite("vstack", "Arrays joined along axis 0, 1-d arrays as rows.",
                        {{"dtype", AttributeType::dtype, true}},
                        [](std::span<const Value> x, const Attributes* a) {
                          return joined_after("atleast_2d", x, 0, 0, a);
                        }),
      joining_composite("hstack", "Arrays joined along axis 1, 1-d arrays along axis 0.",
                        {{"dtype", AttributeType::dtype, true}},
                        [](std::span<const Value> x, const Attributes* a) {
                          return joined_after("atleast_1d", x, 0, 1, a);
                        }),
      joining_composite("dstack", "Arrays joined along axis 2, after axes were added.", {},
                        [](std::span<const Value> x, const Attributes*) {
                          return joined_after("atleast_3d", x, 2, 2, nullptr);
                        }),
      joining_composite("column_stack", "Arrays joined along axis 1, 1-d arrays as columns.", {},
                        column_stack),

      OpSpec{
          .name = "roll",
          .doc = "Elements shifted along axes; those that fall off the end come back at the start.",
          .kind = OpKind::composite,
          .attributes = {{"shift", integers}, {"axis", integers, true}},
          .lower = roll,
          .numpy = {"roll"},
          .gives_view = [](const Attributes* a) { return !is_given(a, 1); },
          .array_api = {"roll"},
      },

      OpSpec{
          .name = "repeat",
          .doc = "The parts along an axis (None: of the flattened array), each repeated.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .attributes = {{"axis", integer, true}, {"length", integer, true}},
          .length = repeated_length,
          .check = check_repeats,
          .checked_inputs = 0b10,
          .lower = repeat,
          .numpy = {"repeat"},
          .array_api = {"repeat"},
      },
  };
}

}  // namespace lazynp
