// Elements chosen by integers or by truth. Bounds and counts are checked where the indices are
// recorded (cpu/gather.h: check_indices); a kernel that meets a wrong one still raises.
#include <algorithm>

#include "csrc/cpu/gather.h"
#include "csrc/cpu/mask.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"
#include "csrc/ops/scattering.h"

namespace lazynp {

namespace {

Value as_index(const Value& x) {
  if (!is_integer(x.dtype()))
    fail(ErrorClass::index, "arrays used as indices must be of integer (or boolean) type");
  return astype(x, DType::int64);
}

// ---------------------------------------------------------------- integer arrays
// Index arrays brought to one shape, from inputs[first] on.
Extents broadcast_indices(Values& inputs, size_t first) {
  Extents shape;
  for (size_t i = first; i < inputs.size(); ++i) {
    int64_t joint[max_ndim];
    int ndim = 0;
    if (!broadcast_shapes(shape, inputs[i].shape(), joint, ndim)) {
      std::string text =
          "shape mismatch: indexing arrays could not be broadcast together with shapes ";
      for (size_t k = first; k < inputs.size(); ++k) text += shape_text(inputs[k].shape()) + " ";
      fail(ErrorClass::index, text);
    }
    shape.assign(joint, joint + ndim);
  }
  for (size_t i = first; i < inputs.size(); ++i)
    inputs[i] = broadcast_to(as_index(inputs[i]), shape);
  return shape;
}

// Result axes that come from the index arrays and from x's other axes.
struct GatherShape {
  Extents shape;
  Axes index_axes, other_axes;  // positions in the result
  std::vector<int> x_axes;      // of the other axes
};

GatherShape gather_shape(const Value& x, Shape index_shape, const Attributes* attributes) {
  const auto axes = attributes->integers(0);
  const int position = index_position(*attributes);
  GatherShape result;
  const auto add_indices = [&] {
    for (int64_t extent : index_shape) {
      result.index_axes.push_back(static_cast<int>(result.shape.size()));
      result.shape.push_back(extent);
    }
  };
  for (int axis = 0, n_others = 0; axis < x.ndim(); ++axis) {
    if (std::ranges::count(axes, axis)) continue;
    if (n_others++ == position) add_indices();
    result.other_axes.push_back(static_cast<int>(result.shape.size()));
    result.x_axes.push_back(axis);
    result.shape.push_back(x.shape()[static_cast<size_t>(axis)]);
  }
  if (result.index_axes.empty()) add_indices();
  if (result.shape.size() > max_ndim)
    fail(ErrorClass::index, "number of dimensions must be within [0, " + std::to_string(max_ndim) +
                                "], indexing result would have " +
                                std::to_string(result.shape.size()));
  return result;
}

void check_axes(const Value& x, size_t n_indices, const Attributes* attributes) {
  const auto axes = attributes->integers(0);
  if (axes.size() != n_indices || n_indices == 0)
    fail(ErrorClass::index, "lazynp: gather: one axis per index array; got " +
                                std::to_string(axes.size()) + " axes and " +
                                std::to_string(n_indices) + " index arrays");
  if (n_indices > max_index_arrays)
    fail(ErrorClass::not_implemented, "lazynp: gather: more than 16 index arrays are not native");
  for (int64_t axis : axes)
    if (axis < 0 || axis >= x.ndim())
      fail(ErrorClass::index, "too many indices for array: array is " + std::to_string(x.ndim()) +
                                  "-dimensional, but " + std::to_string(axis + 1) +
                                  " were indexed");
}

// NumPy's memory order: index axes outermost (in C order where x has other axes, else in the order
// of the index arrays), then x's other axes as they lie in x.
LayoutRef gather_layout(const GatherShape& result, std::span<const Value> indices, const Value& x) {
  std::vector<const Layout*> index_layouts;
  for (const Value& index : indices) index_layouts.push_back(&index.layout());
  Axes order;
  if (result.other_axes.empty())
    for (int axis : common_memory_order(index_layouts, indices[0].ndim()))
      order.push_back(result.index_axes[static_cast<size_t>(axis)]);
  else
    order = result.index_axes;
  Extents shape, strides;
  for (int axis : result.x_axes) {
    shape.push_back(x.layout().shape_[axis]);
    strides.push_back(x.layout().strides_[axis]);
  }
  for (int axis : stride_order(strides))
    order.push_back(result.other_axes[static_cast<size_t>(axis)]);
  return layout_in_order(result.shape, order, x.layout().itemsize);
}

Inference infer_gather(Values& inputs, const Attributes* attributes) {
  check_axes(inputs[0], inputs.size() - 1, attributes);
  const Extents index_shape = broadcast_indices(inputs, 1);
  const GatherShape result = gather_shape(inputs[0], index_shape, attributes);
  return {inputs[0].dtype(), gather_layout(result, std::span(inputs).subspan(1), inputs[0])};
}

// Values may have more leading axes of length 1 than the place they go to.
Value fitted_values(const Value& values, DType dtype, Shape shape) {
  Extents trimmed = extents(values.shape());
  while (trimmed.size() > shape.size() && trimmed[0] == 1) trimmed.erase(trimmed.begin());
  int64_t joint[max_ndim];
  int ndim = 0;
  const bool fits = broadcast_shapes(trimmed, shape, joint, ndim) &&
                    std::ranges::equal(Shape(joint, static_cast<size_t>(ndim)), shape);
  if (!fits)
    fail(ErrorClass::value, "shape mismatch: value array of shape " + shape_text(values.shape()) +
                                " could not be broadcast to indexing result of shape " +
                                shape_text(shape));
  const Value converted = astype(values, dtype);
  return broadcast_to(
      trimmed.size() == values.shape().size() ? converted : reshape(converted, trimmed), shape);
}

}  // namespace

std::vector<Attribute> gather_attributes() {
  return {{"axes", AttributeType::integers}, {"position", AttributeType::integer, true}};
}

Inference infer_scatter(Values& inputs, const Attributes* attributes) {
  const Value x = inputs[0];
  check_axes(x, inputs.size() - 2, attributes);
  const Extents index_shape = broadcast_indices(inputs, 2);
  const auto shape = gather_shape(x, index_shape, attributes).shape;
  checked_size(shape, size_of(x.dtype()));  // so many writes are never done
  inputs[1] = fitted_values(inputs[1], x.dtype(), shape);
  return {x.dtype(), dense_like(x.layout(), size_of(x.dtype()))};
}

namespace {

Values with_indices(std::initializer_list<Value> arrays, std::span<const Value> indices) {
  Values all(arrays);
  all.insert(all.end(), indices.begin(), indices.end());
  return all;
}

AttributesRef same_attributes(const GradientArguments& d) {
  return AttributesRef::share(d.attributes);
}

Values gather_gradient(const GradientArguments& d) {
  const Value nothing = zeros(d.inputs[0].shape(), d.gy.dtype());
  Values gradients(d.inputs.size());
  gradients[0] = apply_list("scatter_add", with_indices({nothing, d.gy}, d.inputs.subspan(1)),
                            same_attributes(d));
  return gradients;
}

// Where several values go to one place only the last has a gradient: each writes its number, and
// those that read their own number back have won.
Values scatter_assign_gradient(const GradientArguments& d) {
  const auto indices = d.inputs.subspan(2);
  const Value &x = d.inputs[0], &values = d.inputs[1];
  const auto gather = [&](const Value& from) {
    return apply_list("gather", with_indices({from}, indices), same_attributes(d));
  };
  const auto scatter = [&](const Value& into, const Value& what) {
    return apply_list("scatter_assign", with_indices({into, what}, indices), same_attributes(d));
  };
  const auto count = AttributeWriter().integer(0).integer(values.size()).integer(1).none().finish();
  const Value numbers = reshape(apply("arange", {}, count), values.shape());
  const Value has_won =
      apply("equal", {gather(scatter(zeros(x.shape(), DType::int64), numbers)), numbers});
  Values gradients(d.inputs.size());
  gradients[0] = scatter(d.gy, constant(0));
  gradients[1] = apply("where", {has_won, gather(d.gy), constant(0)});
  return gradients;
}

Values scatter_add_gradient(const GradientArguments& d) {
  Values gradients(d.inputs.size());
  gradients[0] = d.gy;
  gradients[1] =
      apply_list("gather", with_indices({d.gy}, d.inputs.subspan(2)), same_attributes(d));
  return gradients;
}

// ---------------------------------------------------------------- take
Inference infer_take(Values& inputs, const Attributes* attributes) {
  Value& x = inputs[0];
  if (!is_given(attributes, 0) || x.ndim() == 0) x = flatten(x);
  const int axis = is_given(attributes, 0) ? normalized_axis(attributes->integer(0), x.ndim()) : 0;
  const std::string_view mode = string_or(attributes, 1, "raise");
  if (mode != "raise" && mode != "wrap" && mode != "clip")
    fail(ErrorClass::value,
         "clipmode must be one of 'clip', 'raise', or 'wrap' (got '" + std::string(mode) + "')");
  if (is_inexact(inputs[1].dtype())) fail_cast(inputs[1].dtype(), DType::int64, "safe");
  inputs[1] = astype(inputs[1], DType::int64);
  const Shape in = x.shape(), chosen = inputs[1].shape();
  Extents shape(in.begin(), in.begin() + axis);
  shape.insert(shape.end(), chosen.begin(), chosen.end());
  shape.insert(shape.end(), in.begin() + axis + 1, in.end());
  if (in[static_cast<size_t>(axis)] == 0 && checked_size(shape, 1) != 0)
    fail(ErrorClass::index, "cannot do a non-empty take from an empty axes.");
  return {x.dtype(), c_layout(shape, size_of(x.dtype()))};
}

Values take_gradient(const GradientArguments& d) {
  const Value& x = d.inputs[0];
  const int64_t axis =
      is_given(d.attributes, 0) ? normalized_axis(d.attributes->integer(0), x.ndim()) : 0;
  const Value extent = constant(x.shape()[static_cast<size_t>(axis)]);
  const std::string_view mode = string_or(d.attributes, 1, "raise");
  Value indices = d.inputs[1];
  if (mode == "wrap") indices = apply("remainder", {indices, extent});
  if (mode == "clip")
    indices = apply("minimum", {apply("maximum", {indices, constant(0)}),
                                constant(x.shape()[static_cast<size_t>(axis)] - 1)});
  const auto attributes = AttributeWriter().integers(std::span(&axis, 1)).integer(axis).finish();
  return {apply("scatter_add", {zeros(x.shape(), d.gy.dtype()), d.gy, indices}, attributes),
          Value()};
}

// The other axes are indexed with all their positions.
Value take_along_axis(std::span<const Value> inputs, const Attributes* attributes) {
  const bool flat = !is_given(attributes, 0);
  if (!is_integer(inputs[1].dtype())) fail(ErrorClass::index, "`indices` must be an integer array");
  if (flat && inputs[1].ndim() != 1)
    fail(ErrorClass::value, "when axis=None, `indices` must have a single dimension.");
  const Value x = flat ? flatten(inputs[0]) : inputs[0];
  const int axis = flat ? 0 : normalized_axis(attributes->integer(0), x.ndim());
  if (x.ndim() != inputs[1].ndim())
    fail(ErrorClass::value, "`indices` and `arr` must have the same number of dimensions");
  Values arrays{x};
  Extents axes;
  for (int i = 0; i < x.ndim(); ++i) {
    axes.push_back(i);
    if (i == axis) {
      arrays.push_back(inputs[1]);
      continue;
    }
    const int64_t extent = x.shape()[static_cast<size_t>(i)];
    Extents shape(x.shape().size(), 1);
    shape[static_cast<size_t>(i)] = extent;
    arrays.push_back(
        reshape(apply("arange", {},
                      AttributeWriter().integer(0).integer(extent).integer(1).none().finish()),
                shape));
  }
  return apply_list("gather", arrays, AttributeWriter().integers(axes).none().finish());
}

// ---------------------------------------------------------------- masks
// The shape of the elements that a mask over x's leading axes chooses.
Extents masked_shape(const Value& x, const Value& mask, int64_t count) {
  if (mask.dtype() != DType::boolean)
    fail(ErrorClass::index, "arrays used as indices must be of integer (or boolean) type");
  if (mask.ndim() > x.ndim())
    fail(ErrorClass::index, "too many indices for array: array is " + std::to_string(x.ndim()) +
                                "-dimensional, but " + std::to_string(mask.ndim()) +
                                " were indexed");
  for (size_t i = 0; i < mask.shape().size(); ++i)
    if (mask.shape()[i] != x.shape()[i])
      fail(ErrorClass::index,
           "boolean index did not match indexed array along axis " + std::to_string(i) +
               "; size of axis is " + std::to_string(x.shape()[i]) +
               " but size of corresponding boolean axis is " + std::to_string(mask.shape()[i]));
  Extents shape{count};
  shape.insert(shape.end(), x.shape().begin() + mask.ndim(), x.shape().end());
  return shape;
}

Inference infer_compress_mask(Values& inputs, const Attributes* attributes) {
  const Value& x = inputs[0];
  const Extents shape = masked_shape(x, inputs[1], attributes->integer(0));
  const auto first = static_cast<size_t>(inputs[1].ndim());
  Axes order{0};
  for (int axis : stride_order(x.layout().strides().subspan(first))) order.push_back(axis + 1);
  return {x.dtype(), layout_in_order(shape, order, size_of(x.dtype()))};
}

Values compress_mask_gradient(const GradientArguments& d) {
  return {apply("mask_assign", {zeros(d.inputs[0].shape(), d.gy.dtype()), d.inputs[1], d.gy},
                same_attributes(d)),
          Value()};
}

Inference infer_mask_assign(Values& inputs, const Attributes* attributes) {
  const Value x = inputs[0], values = inputs[2];
  const int64_t count = attributes->integer(0);
  const Extents shape = masked_shape(x, inputs[1], count);
  if (inputs[1].ndim() == x.ndim()) {
    if (values.ndim() > 1)
      fail(ErrorClass::type,
           "NumPy boolean array indexing assignment requires a 0 or 1-dimensional input, input "
           "has " +
               std::to_string(values.ndim()) + " dimensions");
    if (values.ndim() == 1 && values.size() != 1 && values.size() != count)
      fail(ErrorClass::value, "NumPy boolean array indexing assignment cannot assign " +
                                  std::to_string(values.size()) + " input values to the " +
                                  std::to_string(count) + " output values where the mask is true");
  }
  inputs[2] = fitted_values(values, x.dtype(), shape);
  return {x.dtype(), dense_like(x.layout(), size_of(x.dtype()))};
}

Values mask_assign_gradient(const GradientArguments& d) {
  const Value nothing = zeros(d.inputs[2].shape(), d.gy.dtype());
  return {apply("mask_assign", {d.gy, d.inputs[1], nothing}, same_attributes(d)), Value(),
          apply("compress_mask", {d.gy, d.inputs[1]}, same_attributes(d))};
}

Inference infer_nonzero(Values& inputs, const Attributes* attributes) {
  if (inputs[0].ndim() == 0)
    fail(ErrorClass::value,
         "Calling nonzero on 0d arrays is not allowed. Use np.atleast_1d(scalar).nonzero() "
         "instead.");
  const int64_t shape[] = {attributes->integer(0), inputs[0].ndim()};
  return {DType::int64, c_layout(shape, size_of(DType::int64))};
}

OpSpec scatter(const char* name, const char* doc, StructuredFunction run, GradientRule gradient,
               uint8_t reads_inputs, const char* combine = nullptr) {
  return {.name = name,
          .doc = doc,
          .kind = OpKind::structured,
          .n_inputs = -1,
          .attributes = gather_attributes(),
          .reduction = {.combine = combine},
          .run = run,
          .infer = infer_scatter,
          .gradient = gradient,
          .batch = batch_scatter,
          .updates_input = 0,
          .gradient_reads_inputs = reads_inputs,
          .gradient_reads_output = false,
          .cost = 4};
}

}  // namespace

std::vector<OpSpec> indexing_ops() {
  constexpr uint8_t all_but_first = 0xfe, all_but_first_two = 0xfc;
  return {
      OpSpec{
          .name = "take",
          .doc = "Elements along an axis (None: of the flattened array) at given positions.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .attributes = {{"axis", AttributeType::integer, true},
                         {"mode", AttributeType::string, true}},
          .run = take_kernel,
          .infer = infer_take,
          .gradient = take_gradient,
          .batch = batch_take,
          .numpy = {"take"},
          .array_api = {"take"},
          .may_raise = true,
          .gradient_reads_inputs = all_but_first,
          .gradient_reads_output = false,
          .cost = 4,
      },

      OpSpec{
          .name = "gather",
          .doc =
              "x indexed with integer arrays that broadcast together, one for each of some axes.",
          .kind = OpKind::structured,
          .n_inputs = -1,
          .attributes = gather_attributes(),
          .run = gather_kernel,
          .infer = infer_gather,
          .gradient = gather_gradient,
          .batch = batch_gather,
          .gradient_reads_inputs = all_but_first,
          .gradient_reads_output = false,
          .cost = 4,
      },

      scatter(
          "scatter_assign",
          "x with the elements that gather would read replaced by values; the last duplicate wins.",
          scatter_assign_kernel, scatter_assign_gradient, all_but_first_two),
      scatter("scatter_add",
              "x with values added to the elements that gather would read, one after the other.",
              scatter_add_kernel, scatter_add_gradient, all_but_first_two, "add"),

      OpSpec{
          .name = "take_along_axis",
          .doc = "Elements along an axis (None: of the flattened array) at positions given for "
                 "every line.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .attributes = {{"axis", AttributeType::integer, true, -1, 0, false}},
          .lower = take_along_axis,
          .numpy = {"take_along_axis"},
          .takes_sequences = false,
          .array_api = {"take_along_axis"},
          .may_raise = true,
      },

      OpSpec{
          .name = "compress_mask",
          .doc = "The elements of x where a mask over its leading axes is true; `count` of them.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .attributes = {{"count", AttributeType::integer}},
          .run = compress_mask_kernel,
          .infer = infer_compress_mask,
          .gradient = compress_mask_gradient,
          .batch = batch_masked,
          .gradient_reads_inputs = all_but_first,
          .gradient_reads_output = false,
          .cost = 2,
      },

      OpSpec{
          .name = "mask_assign",
          .doc = "x with the elements where a mask is true replaced by values, in order; `count` "
                 "of them.",
          .kind = OpKind::structured,
          .n_inputs = 3,
          .attributes = {{"count", AttributeType::integer}},
          .run = mask_assign_kernel,
          .infer = infer_mask_assign,
          .gradient = mask_assign_gradient,
          .batch = batch_masked,
          .updates_input = 0,
          .gradient_reads_inputs = 0x02,
          .gradient_reads_output = false,
          .cost = 2,
      },

      OpSpec{
          .name = "nonzero",
          .doc = "Positions of the elements that are not zero, one row each; `count` of them.",
          .kind = OpKind::structured,
          .attributes = {{"count", AttributeType::integer}},
          .run = nonzero_kernel,
          .infer = infer_nonzero,
          .no_gradient = "the result is an index",
          .cost = 2,
      },
  };
}

}  // namespace lazynp
