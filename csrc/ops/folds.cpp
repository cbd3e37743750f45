#include "csrc/ops/folds.h"

#include <algorithm>
#include <deque>
#include <string>

#include "csrc/cpu/fold.h"
#include "csrc/cpu/gather.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/rules.h"
#include "csrc/ops/scattering.h"

namespace lazynp {

namespace {

constexpr const char* suffixes[] = {".reduce", ".accumulate", ".reduceat", ".at"};

bool folds(const Loop& loop) {
  return !loop.type_error && loop.inputs[0] == loop.inputs[1] && loop.output == loop.inputs[0];
}

const char* kept_text(std::string text) {
  static auto* const kept = new std::deque<std::string>;
  return kept->emplace_back(std::move(text)).c_str();
}

// ---------------------------------------------------------------- inference

enum FoldAttribute { axes_at, keepdims_at, is_cast_at };

Inference infer_fold(Values& inputs, const Attributes* attributes) {
  const Value& x = inputs[0];
  if (inputs.size() > 2) inputs[2] = broadcast_to(inputs[2], x.shape());
  const Axes axes = reduced_axes(attributes, axes_at, x.ndim());
  const bool keepdims = boolean_or(attributes, keepdims_at, false);
  std::vector<const Layout*> layouts = {&x.layout()};
  if (inputs.size() > 2) layouts.push_back(&inputs[2].layout());
  Axes order;
  Extents shape;
  std::vector<int> place(static_cast<size_t>(x.ndim()), -1);
  for (int i = 0; i < x.ndim(); ++i) {
    const bool is_reduced = std::ranges::count(axes, i) > 0;
    if (is_reduced && !keepdims) continue;
    place[static_cast<size_t>(i)] = static_cast<int>(shape.size());
    shape.push_back(is_reduced ? 1 : x.shape()[static_cast<size_t>(i)]);
  }
  for (const int axis : common_memory_order(layouts, x.ndim()))
    if (place[static_cast<size_t>(axis)] >= 0) order.push_back(place[static_cast<size_t>(axis)]);
  if (inputs.size() == 1)
    for (const int axis : axes)
      if (x.shape()[static_cast<size_t>(axis)] == 0)
        fail(ErrorClass::value, "zero-size array to reduction operation which has no identity");
  return {x.dtype(), layout_in_order(shape, order, size_of(x.dtype()))};
}

Inference infer_accumulate(Values& inputs, const Attributes*) {
  const Value& x = inputs[0];
  const Layout* const layouts[1] = {&x.layout()};
  return {x.dtype(),
          layout_in_order(x.shape(), common_memory_order(layouts, x.ndim()), size_of(x.dtype()))};
}

Inference infer_reduceat(Values& inputs, const Attributes* attributes) {
  inputs[1] = astype(inputs[1], DType::int64);
  const Value& x = inputs[0];
  const auto axis = static_cast<size_t>(attributes->integer(0));
  // NumPy's iterator walks over the other axes: this one has no stride to it.
  Extents shape = extents(x.shape()), strides = extents(x.layout().strides());
  strides[axis] = 0;
  const LayoutRef walked = make_layout(shape, strides, 0, size_of(x.dtype()));
  const Layout* const layouts[1] = {walked.get()};
  shape[axis] = inputs[1].size();
  return {x.dtype(),
          layout_in_order(shape, common_memory_order(layouts, x.ndim()), size_of(x.dtype()))};
}

// ---------------------------------------------------------------- gradients

// The op of kind reduction that folds the same, whose rule serves.
const OpSpec* reduction_of(const OpSpec& op) {
  for (const OpSpec& candidate : registry())
    if (candidate.kind == OpKind::reduction && candidate.combine == &op && candidate.gradient)
      return &candidate;
  return nullptr;
}

// Elements that take no part give way to one that changes nothing; what remains is the op of a
// plain reduction and of the value to begin with, which stands last: where both tie for an extreme
// it has the gradient, as the elements in its place would lose it.
Values fold_gradient(const GradientArguments& d) {
  const OpSpec& op = *d.node.op->combine;
  const OpSpec& reduction = *reduction_of(op);
  const Axes axes = reduced_axes(d.attributes, axes_at, d.inputs[0].ndim());
  const bool keepdims = boolean_or(d.attributes, keepdims_at, false);
  const auto& spec = reduction.reduction;
  const Value start = d.inputs.size() > 1 ? d.inputs[1] : Value();
  Value filled = d.inputs[0];
  if (d.inputs.size() > 2)
    filled = apply("where",
                   {d.inputs[2], filled,
                    spec.has_identity ? astype(constant(spec.identity), filled.dtype()) : start});
  const Value folded = reduce(reduction, filled, axes, keepdims, filled.dtype());
  Values of_both{d.gy, Value()};
  if (start) {
    const Value both[] = {folded, start};
    of_both = op.gradient({both, d.output, d.gy, nullptr, d.node});
  }
  Value gx = reduction.gradient(
      {std::span(&filled, 1), folded, of_both[0], folded.node()->attributes, *folded.node()})[0];
  if (d.inputs.size() > 2)
    gx = apply("where", {d.inputs[2], gx, astype(constant(0.0), gx.dtype())});
  Values result(d.inputs.size());
  result[0] = gx;
  if (start && of_both[1]) result[1] = sum_to_shape(of_both[1], start.shape());
  return result;
}

OpSpec derived(const OpSpec& op, FoldKind kind, const char* what) {
  const char* const suffix = suffixes[static_cast<int>(kind)];
  return {.name = kept_text(std::string(op.name) + suffix),
          .doc = kept_text(std::string(what) + " by " + op.name + "."),
          .kind = OpKind::structured,
          .reduction = {.combine = op.name},
          .no_gradient = "only folds that are functions of NumPy have one",
          .may_warn = op.may_warn,
          .may_raise = op.may_raise || std::ranges::any_of(op.kernel.loops, &Loop::may_raise),
          .warning_name = suffix + 1,
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = op.cost};
}

}  // namespace

std::vector<OpSpec> folds_of(const OpSpec& op) {
  using enum AttributeType;
  const bool has_loops = std::ranges::any_of(op.kernel.loops, folds);
  if (op.kind != OpKind::elementwise || op.n_inputs != 2 || !has_loops) return {};
  OpSpec reduce = derived(op, FoldKind::reduce, "Elements folded over axes");
  reduce.n_inputs = -1;
  reduce.attributes = {{"axis", integers, true}, {"keepdims", boolean}, {"is_cast", boolean}};
  reduce.run = fold_kernel;
  reduce.infer = infer_fold;
  reduce.batch = batch_fold;
  OpSpec running = derived(op, FoldKind::accumulate, "Elements folded one after the other");
  running.attributes = {{"axis", integer}};
  running.run = accumulate_kernel;
  running.infer = infer_accumulate;
  running.batch = batch_along_axis;
  OpSpec segments = derived(op, FoldKind::reduceat, "Segments of an axis folded");
  segments.n_inputs = 2;
  segments.attributes = {{"axis", integer}};
  segments.run = reduceat_kernel;
  segments.infer = infer_reduceat;
  segments.batch = batch_along_axis_of_first;
  OpSpec at = derived(op, FoldKind::at, "Elements at given places, folded with values");
  at.n_inputs = -1;
  at.attributes = gather_attributes();
  at.run = fold_at_kernel;
  at.infer = infer_scatter;
  at.batch = batch_scatter;
  at.updates_input = 0;
  at.warning_name = op.warning_name ? op.warning_name : op.numpy.empty() ? op.name : op.numpy[0];
  return {reduce, running, segments, at};
}

void give_gradients_to_folds(std::span<OpSpec> ops) {
  for (OpSpec& fold : ops) {
    if (fold.run != fold_kernel) continue;
    const bool has_rule = std::ranges::any_of(ops, [&](const OpSpec& op) {
      return op.kind == OpKind::reduction && op.combine == fold.combine && op.gradient;
    });
    if (!has_rule) continue;
    fold.gradient = fold_gradient;
    fold.no_gradient = nullptr;
    fold.gradient_reads_inputs = 0xff;
    fold.gradient_reads_output = true;
  }
}

const OpSpec* fold_of(const OpSpec& op, FoldKind kind) {
  return find_op(std::string(op.name) + suffixes[static_cast<int>(kind)]);
}

DType fold_dtype(const OpSpec& op, DType dtype, bool to_truth) {
  const uint8_t index = op.loop_of_dtype[static_cast<int>(dtype)];
  if (index == 255) return DType::none;
  const Loop& loop = op.kernel.loops[index];
  if (folds(loop)) return loop.output;
  if (loop.type_error || loop.output == dtype || (loop.output == DType::boolean && !to_truth))
    return DType::none;
  return fold_dtype(op, loop.output, false);
}

Value fold(const OpSpec& op, const FoldArguments& given, DType dtype) {
  const Value& x = given.elements;
  Values inputs{astype(x, dtype)};
  if (given.start) inputs.push_back(astype(given.start, dtype));
  if (given.mask) inputs.push_back(given.mask);
  std::vector<int64_t> axes(given.axes.begin(), given.axes.end());
  return apply(*fold_of(op, FoldKind::reduce), inputs,
               AttributeWriter()
                   .integers(axes)
                   .boolean(given.keepdims)
                   .boolean(x.dtype() != dtype)
                   .finish());
}

Value accumulate(const OpSpec& op, const Value& elements, int axis, DType dtype) {
  const Value x = astype(elements, dtype);
  return apply(*fold_of(op, FoldKind::accumulate), std::span(&x, 1),
               AttributeWriter().integer(axis).finish());
}

Value reduceat(const OpSpec& op, const Value& elements, const Value& starts, int axis,
               DType dtype) {
  const Value inputs[] = {astype(elements, dtype), starts};
  return apply(*fold_of(op, FoldKind::reduceat), inputs, AttributeWriter().integer(axis).finish());
}

}  // namespace lazynp
