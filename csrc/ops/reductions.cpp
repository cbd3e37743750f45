// Folds over axes (the engine folds; a block names the elementwise op) and searches for an extreme.
#include "csrc/cpu/arg_reduce.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

enum ReductionAttribute { axis_at, keepdims_at, dtype_at };

std::vector<Attribute> reduction_attributes(bool has_dtype) {
  std::vector<Attribute> attributes = {{"axis", AttributeType::integers, true},
                                       {"keepdims", AttributeType::boolean}};
  if (has_dtype) attributes.push_back({"dtype", AttributeType::dtype, true});
  return attributes;
}

Values sum_gradient(const GradientArguments& d) {
  const Value& x = d.inputs[0];
  const Axes axes = reduced_axes(d.attributes, axis_at, x.ndim());
  return {expand_axes(astype(d.gy, x.dtype()), x.shape(), axes)};
}

// y/x, except in groups with zeros: with one zero its own gradient is the product of the others,
// with more every gradient is zero.
Values prod_gradient(const GradientArguments& d) {
  const Axes axes = reduced_axes(d.attributes, axis_at, d.inputs[0].ndim());
  const Value x = astype(d.inputs[0], d.output.dtype());
  const Value is_zero = apply("equal", {x, constant(0)});
  const Value n_zeros = reduce(op_named("sum"), is_zero, axes, true);
  const Value nonzero_x = apply("where", {is_zero, constant(1), x});
  const Value product = reduce(op_named("prod"), nonzero_x, axes, true);
  const Value counts =
      apply("equal", {n_zeros, astype(is_zero, DType::int64)});  // 0 of 0, or the only zero
  const Value others = apply("where", {counts, product / nonzero_x, constant(0)});
  const Value gy = keep_axes(d.gy, x.shape(), axes);
  return {astype(gy * conjugate(others), d.inputs[0].dtype())};
}

// Elements that tie for the extreme share its gradient equally.
Values extreme_gradient(const GradientArguments& d) {
  const Value& x = d.inputs[0];
  const Axes axes = reduced_axes(d.attributes, axis_at, x.ndim());
  const Value is_extreme =
      astype(apply("equal", {x, keep_axes(d.output, x.shape(), axes)}), x.dtype());
  const Value share =
      keep_axes(d.gy, x.shape(), axes) / reduce(op_named("sum"), is_extreme, axes, true);
  return {share * is_extreme};
}

OpSpec extreme(const char* name, const char* doc, const char* combine, const char* other_name) {
  return {.name = name,
          .doc = doc,
          .kind = OpKind::reduction,
          .attributes = reduction_attributes(false),
          .reduction = {.combine = combine},
          .gradient = extreme_gradient,
          .numpy = {name, other_name},
          .array_api = {name},
          .may_warn = true};
}

OpSpec truth(const char* name, const char* doc, const char* combine, double identity) {
  return {.name = name,
          .doc = doc,
          .kind = OpKind::reduction,
          .attributes = reduction_attributes(false),
          .reduction = {.combine = combine,
                        .has_identity = true,
                        .identity = identity,
                        .to_bool = true},
          .no_gradient = "the result is boolean",
          .numpy = {name},
          .array_api = {name},
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false};
}

// An axis (None: over the flattened array) and keepdims.
Inference infer_arg_reduction(Values& inputs, const Attributes* attributes, const char* name) {
  const Value& x = inputs[0];
  const bool keepdims = boolean_or(attributes, 1, false);
  Extents shape = extents(x.shape());
  const auto must_have = [&](int64_t extent) {
    if (extent == 0)
      fail(ErrorClass::value, std::string("attempt to get ") + name + " of an empty sequence");
  };
  if (!is_given(attributes, 0) || x.ndim() == 0) {
    if (is_given(attributes, 0)) normalized_axis(attributes->integer(0), 1);
    must_have(x.size());
    shape.assign(keepdims ? shape.size() : 0, 1);
  } else {
    const int axis = normalized_axis(attributes->integer(0), x.ndim());
    must_have(shape[static_cast<size_t>(axis)]);
    if (keepdims)
      shape[static_cast<size_t>(axis)] = 1;
    else
      shape.erase(shape.begin() + axis);
  }
  return {DType::int64, c_layout(shape, size_of(DType::int64))};
}

}  // namespace

std::vector<OpSpec> reductions_ops() {
  return {
      OpSpec{
          .name = "sum",
          .doc = "Sum of the elements over axes.",
          .kind = OpKind::reduction,
          .attributes = reduction_attributes(true),
          .reduction = {.combine = "add",
                        .has_identity = true,
                        .identity = 0,
                        .promote_small_integers = true},
          .gradient = sum_gradient,
          .numpy = {"sum"},
          .array_api = {"sum"},
          .may_warn = true,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "prod",
          .doc = "Product of the elements over axes.",
          .kind = OpKind::reduction,
          .attributes = reduction_attributes(true),
          .reduction = {.combine = "multiply",
                        .has_identity = true,
                        .identity = 1,
                        .promote_small_integers = true},
          .gradient = prod_gradient,
          .numpy = {"prod"},
          .array_api = {"prod"},
          .may_warn = true,
          .gradient_reads_output = false,
      },

      extreme("max", "Largest element over axes; NaN if there is one.", "maximum", "amax"),
      extreme("min", "Smallest element over axes; NaN if there is one.", "minimum", "amin"),
      truth("any", "Whether any element over axes is true.", "logical_or", 0),
      truth("all", "Whether all elements over axes are true.", "logical_and", 1),

      OpSpec{
          .name = "argmax",
          .doc = "Index of the first largest element (of the first NaN) along an axis.",
          .kind = OpKind::structured,
          .attributes = {{"axis", AttributeType::integer, true},
                         {"keepdims", AttributeType::boolean}},
          .run = argmax_kernel,
          .infer = [](Values& x,
                      const Attributes* a) { return infer_arg_reduction(x, a, "argmax"); },
          .batch = batch_arg_reduction,
          .no_gradient = "the result is an index",
          .numpy = {"argmax"},
          .array_api = {"argmax"},
      },

      OpSpec{
          .name = "argmin",
          .doc = "Index of the first smallest element (of the first NaN) along an axis.",
          .kind = OpKind::structured,
          .attributes = {{"axis", AttributeType::integer, true},
                         {"keepdims", AttributeType::boolean}},
          .run = argmin_kernel,
          .infer = [](Values& x,
                      const Attributes* a) { return infer_arg_reduction(x, a, "argmin"); },
          .batch = batch_arg_reduction,
          .no_gradient = "the result is an index",
          .numpy = {"argmin"},
          .array_api = {"argmin"},
      },

      OpSpec{
          .name = "count_nonzero",
          .doc = "Number of elements over axes that are not zero.",
          .kind = OpKind::composite,
          .attributes = reduction_attributes(false),
          .lower =
              [](std::span<const Value> x, const Attributes* a) {
                const Value is_true =
                    x[0].dtype() == DType::boolean ? x[0] : astype(x[0], DType::boolean);
                return reduce(op_named("sum"), is_true, reduced_axes(a, axis_at, x[0].ndim()),
                              boolean_or(a, keepdims_at, false), DType::int64);
              },
          .no_gradient = "the result is a count",
          .numpy = {"count_nonzero"},
          .gives_scalars = true,
          .array_api = {"count_nonzero"},
      },
  };
}

}  // namespace lazynp
