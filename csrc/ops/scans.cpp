// Running folds.
#include <algorithm>

#include "csrc/base/memory_order.h"
#include "csrc/cpu/scan.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

DType scan_dtype(DType dtype) {
  if (dtype == DType::boolean || (is_integer(dtype) && size_of(dtype) < 8))
    return info(dtype).kind == 'u' ? DType::uint64 : DType::int64;
  return dtype;
}

Inference infer_scan(Values& inputs, const Attributes* attributes) {
  Value& x = inputs[0];
  if (is_given(attributes, 0)) normalized_axis(attributes->integer(0), std::max(x.ndim(), 1));
  if (!is_given(attributes, 0) || x.ndim() == 0) x = flatten(x);
  const DType dtype = dtype_or(attributes, 1, scan_dtype(x.dtype()));
  // The order is that of the memory given; a cast would choose an order for axes without stride.
  const Layout* const layouts[1] = {&x.layout()};
  LayoutRef layout =
      layout_in_order(x.shape(), common_memory_order(layouts, x.ndim()), size_of(dtype));
  x = astype(x, dtype);
  return {dtype, std::move(layout)};
}

int scan_axis(const Attributes* attributes, const Value& y) {
  return is_given(attributes, 0) ? normalized_axis(attributes->integer(0), y.ndim()) : 0;
}

// The sum of an element and all after it.
Value sum_from_behind(const Value& x, int axis) {
  return flip_axis(
      apply("cumsum", {flip_axis(x, axis)}, AttributeWriter().integer(axis).none().finish()), axis);
}

Values cumsum_gradient(const GradientArguments& d) {
  const Value gx = sum_from_behind(d.gy, scan_axis(d.attributes, d.output));
  return {astype(reshape(gx, d.inputs[0].shape()), d.inputs[0].dtype())};
}

// Before the first zero: sum of gy*y from behind, over x. At it: the same with that zero left out.
// Behind it: zero.
Values cumprod_gradient(const GradientArguments& d) {
  const int axis = scan_axis(d.attributes, d.output);
  const Value x = astype(reshape(d.inputs[0], d.output.shape()), d.output.dtype());
  const auto along = [&](DType dtype) {
    return AttributeWriter().integer(axis).dtype(dtype).finish();
  };
  const Value is_zero = apply("equal", {x, constant(0)});
  const Value n_zeros = apply("cumsum", {is_zero}, along(DType::int64));
  const Value is_first = apply("logical_and", {is_zero, apply("equal", {n_zeros, constant(1)})});
  const Value without_first = apply("where", {is_first, constant(1), x});
  const Value y_without_first = apply("cumprod", {without_first}, along(x.dtype()));
  const Value divisor = conjugate(apply("where", {is_zero, constant(1), x}));
  const Value before = sum_from_behind(d.gy * conjugate(d.output), axis) / divisor;
  const Value at_first = sum_from_behind(d.gy * conjugate(y_without_first), axis);
  const Value gx = apply("where", {apply("equal", {n_zeros, constant(0)}), before,
                                   apply("where", {is_first, at_first, constant(0)})});
  return {astype(reshape(gx, d.inputs[0].shape()), d.inputs[0].dtype())};
}

}  // namespace

std::vector<OpSpec> scans_ops() {
  const std::vector<Attribute> attributes = {{"axis", AttributeType::integer, true},
                                             {"dtype", AttributeType::dtype, true}};
  return {
      OpSpec{
          .name = "cumsum",
          .doc = "Running sum along an axis (None: of the flattened array).",
          .kind = OpKind::structured,
          .attributes = attributes,
          .reduction = {.combine = "add"},
          .run = cumsum_kernel,
          .infer = infer_scan,
          .gradient = cumsum_gradient,
          .batch = batch_along_axis,
          .numpy = {"cumsum"},
          .may_warn = true,
          .warning_name = "accumulate",
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
      },

      OpSpec{
          .name = "cumprod",
          .doc = "Running product along an axis (None: of the flattened array).",
          .kind = OpKind::structured,
          .attributes = attributes,
          .reduction = {.combine = "multiply"},
          .run = cumprod_kernel,
          .infer = infer_scan,
          .gradient = cumprod_gradient,
          .batch = batch_along_axis,
          .numpy = {"cumprod"},
          .may_warn = true,
          .warning_name = "accumulate",
      },
  };
}

}  // namespace lazynp
