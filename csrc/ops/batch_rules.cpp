#include "csrc/ops/batch_rules.h"

#include <algorithm>
#include <numeric>

#include "csrc/cpu/einsum.h"
#include "csrc/cpu/gather.h"
#include "csrc/ops/gufunc.h"
#include "csrc/ops/positions.h"
#include "csrc/ops/several_results.h"

namespace lazynp {

namespace {

const Layout& layout_of_one(const BatchArguments& b, size_t i) { return *b.node.inputs[i]->layout; }

// The input with the batch's axis, repeated where it had none.
Value whole_input(const BatchArguments& b, size_t i) {
  if (b.is_batched[i]) return b.inputs[i];
  return broadcast_to(b.inputs[i], batched_shape(b.size, b.inputs[i].shape()));
}

Values whole_inputs(const BatchArguments& b) {
  Values inputs;
  for (size_t i = 0; i < b.inputs.size(); ++i) inputs.push_back(whole_input(b, i));
  return inputs;
}

bool any_batched(const BatchArguments& b, size_t first) {
  return std::ranges::any_of(b.is_batched.subspan(first), [](uint8_t is) { return is != 0; });
}

// New axes of length 1 behind the first one.
Value with_axes_behind_first(const Value& x, size_t n) {
  if (n == 0) return x;
  Extents shape = extents(x.shape()), strides = extents(x.layout().strides());
  shape.insert(shape.begin() + 1, n, 1);
  strides.insert(strides.begin() + 1, n, 0);
  return view(x, make_layout(shape, strides, x.layout().offset, x.layout().itemsize), x.dtype());
}

AttributesRef attributes_of(const BatchArguments& b) {
  return AttributesRef::share(b.node.attributes);
}

// The attributes with another first one; those that the writer left out stay so.
AttributesRef with_first(AttributeWriter& writer, const Attributes& attributes) {
  for (int i = 1; i < attributes.n_attributes; ++i) writer.copy_of(attributes, i);
  return writer.finish();
}

// The axis that the first attribute names; None: inputs were flattened when the op was recorded.
int axis_of_one(const BatchArguments& b) {
  const Attributes* const a = b.node.attributes;
  return is_given(a, 0) ? normalized_axis(a->integer(0), layout_of_one(b, 0).ndim) : 0;
}

AttributesRef axis_moved(const BatchArguments& b) {
  return with_first(AttributeWriter().integer(axis_of_one(b) + 1), *b.node.attributes);
}

Value element(const Value& x, int64_t i) {
  const Layout& layout = x.layout();
  return view(x,
              make_layout(layout.shape().subspan(1), layout.strides().subspan(1),
                          layout.offset + i * layout.strides_[0], layout.itemsize),
              x.dtype());
}

// Joined along the first axis; a node has less than 256 inputs.
Value joined(std::span<const Value> parts) {
  constexpr size_t most = 128;
  if (parts.size() == 1) return parts[0];
  if (parts.size() <= most) return apply_list("concatenate", parts, axis_attribute(0));
  Values joints;
  for (size_t i = 0; i < parts.size(); i += most)
    joints.push_back(joined(parts.subspan(i, std::min(most, parts.size() - i))));
  return joined(joints);
}

Value removed_axis(const Value& x, int axis) {
  Extents shape = extents(x.shape());
  shape.erase(shape.begin() + axis);
  return reshape(x, shape);
}

}  // namespace

// ---------------------------------------------------------------- what any op can do

Extents batched_shape(int64_t size, Shape shape) {
  Extents result{size};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

Value batch_each(const BatchArguments& b) {
  Values parts;
  for (int64_t k = 0; k < b.size; ++k) {
    Values inputs;
    for (size_t i = 0; i < b.inputs.size(); ++i)
      inputs.push_back(b.is_batched[i] ? element(b.inputs[i], k) : b.inputs[i]);
    parts.push_back(insert_axis(apply(*b.node.op, inputs, attributes_of(b)), 0));
  }
  return parts.empty() ? zeros(batched_shape(0, b.node.layout->shape()), b.node.dtype)
                       : joined(parts);
}

Values aligned_inputs(const BatchArguments& b, std::span<const int> n_core) {
  const auto n_outer = [&](size_t i) {
    const int n_own = b.inputs[i].ndim() - b.is_batched[i] - (n_core.empty() ? 0 : n_core[i]);
    return static_cast<size_t>(std::max(n_own, 0));
  };
  size_t most = 0;
  for (size_t i = 0; i < b.inputs.size(); ++i) most = std::max(most, n_outer(i));
  Values inputs;
  for (size_t i = 0; i < b.inputs.size(); ++i)
    inputs.push_back(b.is_batched[i] ? with_axes_behind_first(b.inputs[i], most - n_outer(i))
                                     : b.inputs[i]);
  return inputs;
}

Values batch_stacks(const BatchArguments& b) {
  const OpSpec& op = *b.node.op;
  std::vector<int> n_core;
  for (const auto& names : core_axes(op.gufunc.signature).inputs)
    n_core.push_back(static_cast<int>(names.size()));
  const Values inputs = aligned_inputs(b, n_core);
  if (op.infer) return {apply(op, inputs, attributes_of(b))};
  return apply_results(op, inputs);
}

// ---------------------------------------------------------------- axes

Value batch_along_axis(const BatchArguments& b) {
  return apply(*b.node.op, whole_inputs(b), axis_moved(b));
}

Value batch_along_axis_of_first(const BatchArguments& b) {
  if (any_batched(b, 1)) return {};
  return apply(*b.node.op, b.inputs, axis_moved(b));
}

Value batch_arg_reduction(const BatchArguments& b) {
  const Layout& x = layout_of_one(b, 0);
  if (is_given(b.node.attributes, 0) && x.ndim > 0) return batch_along_axis(b);
  const int64_t flat[] = {b.size, x.size};
  const Value found = apply(*b.node.op, {reshape(b.inputs[0], flat)},
                            AttributeWriter().integer(1).boolean(false).finish());
  return reshape(found, batched_shape(b.size, b.node.layout->shape()));
}

// Elements, where to begin, a mask.
Value batch_fold(const BatchArguments& b) {
  if (b.inputs.size() > 1 && b.is_batched[1]) return {};
  Values inputs(b.inputs.begin(), b.inputs.end());
  inputs[0] = whole_input(b, 0);
  Extents moved;
  for (const int axis : reduced_axes(b.node.attributes, 0, layout_of_one(b, 0).ndim))
    moved.push_back(axis + 1);
  return apply(*b.node.op, inputs,
               with_first(AttributeWriter().integers(moved), *b.node.attributes));
}

namespace {

Value batch_alone(const BatchArguments& b, size_t which) {
  for (size_t i = 0; i < b.inputs.size(); ++i)
    if (b.is_batched[i] && i != which) return {};
  return apply(*b.node.op, b.inputs, attributes_of(b));
}

}  // namespace

Value batch_first_alone(const BatchArguments& b) { return batch_alone(b, 0); }
Value batch_second_alone(const BatchArguments& b) { return batch_alone(b, 1); }

// ---------------------------------------------------------------- indexing

namespace {

// Each element has index arrays of its own: its number is one more of them. NumPy puts the axes of
// such indices, here `n_index` behind the batch's, in front; they belong before `position` others.
struct OwnIndices {
  int n_index, position;
  Values indices;
  AttributesRef attributes;

  // The order of axes that puts them there, or from there back in front.
  Value in_place(const Value& x) const { return reordered(x, n_index, position); }
  Value in_front(const Value& x) const { return reordered(x, position, n_index); }

 private:
  static Value reordered(const Value& x, int n_first, int n_second) {
    Axes axes(static_cast<size_t>(x.ndim()));
    std::iota(axes.begin(), axes.end(), 0);
    std::rotate(axes.begin() + 1, axes.begin() + 1 + n_first,
                axes.begin() + 1 + n_first + n_second);
    return transpose(x, axes);
  }
};

OwnIndices own_indices(int64_t size, std::span<const Value> indices, std::span<const int64_t> axes,
                       int position) {
  OwnIndices own{indices[0].ndim() - 1, position, {}, {}};
  Extents shape(indices[0].shape().size(), 1), all_axes{0};
  shape[0] = size;
  own.indices.push_back(reshape(positions(0, size), shape));
  own.indices.insert(own.indices.end(), indices.begin(), indices.end());
  for (const int64_t axis : axes) all_axes.push_back(axis + 1);
  own.attributes = AttributeWriter().integers(all_axes).integer(0).finish();
  return own;
}

Value gathered(const Value& x, const OwnIndices& own) {
  Values inputs{x};
  inputs.insert(inputs.end(), own.indices.begin(), own.indices.end());
  return own.in_place(apply_list("gather", inputs, own.attributes));
}

// The same indices for all elements: the axes move by one.
AttributesRef index_axes_moved(const BatchArguments& b) {
  const Attributes& a = *b.node.attributes;
  Extents axes;
  for (const int64_t axis : a.integers(0)) axes.push_back(axis + 1);
  return AttributeWriter().integers(axes).integer(index_position(a) + 1).finish();
}

}  // namespace

Value batch_take(const BatchArguments& b) {
  const OpSpec& op = *b.node.op;
  const int axis = axis_of_one(b);
  if (!b.is_batched[1]) return apply(op, b.inputs, axis_moved(b));
  if (!b.is_batched[0]) return move_axis(apply(op, b.inputs, attributes_of(b)), axis, 0);
  const int64_t extent = layout_of_one(b, 0).shape_[axis], axes[] = {axis};
  const std::string_view mode = string_or(b.node.attributes, 1, "raise");
  const Value places = mode == "raise" ? b.inputs[1] : position_inside(b.inputs[1], extent, mode);
  return gathered(b.inputs[0], own_indices(b.size, std::span(&places, 1), axes, axis));
}

Value batch_gather(const BatchArguments& b) {
  if (!any_batched(b, 1)) return apply(*b.node.op, b.inputs, index_axes_moved(b));
  const Attributes& a = *b.node.attributes;
  const Values inputs = whole_inputs(b);
  return gathered(inputs[0], own_indices(b.size, std::span(inputs).subspan(1), a.integers(0),
                                         index_position(a)));
}

Value batch_scatter(const BatchArguments& b) {
  Values inputs = whole_inputs(b);
  if (!any_batched(b, 2)) {
    std::copy(b.inputs.begin() + 2, b.inputs.end(), inputs.begin() + 2);
    return apply(*b.node.op, inputs, index_axes_moved(b));
  }
  const Attributes& a = *b.node.attributes;
  const OwnIndices own =
      own_indices(b.size, std::span(inputs).subspan(2), a.integers(0), index_position(a));
  Values all{inputs[0], own.in_front(inputs[1])};
  all.insert(all.end(), own.indices.begin(), own.indices.end());
  return apply(*b.node.op, all, own.attributes);
}

// A mask covers the leading axes: the batch's goes behind all others.
Value batch_masked(const BatchArguments& b) {
  if (b.is_batched[1]) return {};
  Values inputs = whole_inputs(b);
  for (size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = i == 1 ? b.inputs[i] : move_axis(inputs[i], 0, inputs[i].ndim() - 1);
  const Value result = apply(*b.node.op, inputs, attributes_of(b));
  return move_axis(result, result.ndim() - 1, 0);
}

// ---------------------------------------------------------------- products

namespace {

bool is_vector(const BatchArguments& b, size_t i) { return layout_of_one(b, i).ndim == 1; }

}  // namespace

// A vector is a matrix of one row or column.
Value batch_matmul(const BatchArguments& b) {
  Values matrices(b.inputs.begin(), b.inputs.end());
  if (is_vector(b, 0)) matrices[0] = insert_axis(matrices[0], matrices[0].ndim() - 1);
  if (is_vector(b, 1)) matrices[1] = insert_axis(matrices[1], matrices[1].ndim());
  const int n_core[] = {2, 2};
  const Values aligned = aligned_inputs({b.node, matrices, b.is_batched, b.size}, n_core);
  Value product = apply(*b.node.op, {aligned[0], aligned[1]});
  if (is_vector(b, 1)) product = removed_axis(product, product.ndim() - 1);
  if (is_vector(b, 0)) product = removed_axis(product, product.ndim() - (is_vector(b, 1) ? 1 : 2));
  return product;
}

// Every row of the first with every column of the second, as in dot_gradient.
Value batch_dot(const BatchArguments& b) {
  const int ndim_first = layout_of_one(b, 0).ndim, ndim_second = layout_of_one(b, 1).ndim;
  if (ndim_first == 0 || ndim_second == 0) {
    const Values aligned = aligned_inputs(b);
    return apply("multiply", {aligned[0], aligned[1]});
  }
  if (!b.is_batched[1]) return apply(*b.node.op, {b.inputs[0], b.inputs[1]});
  const Value x = whole_input(b, 0), y = move_axis(b.inputs[1], std::max(ndim_second - 1, 1), 1);
  const int64_t depth = x.shape().back();
  const int64_t rows = layout_of_one(b, 0).size / std::max<int64_t>(depth, 1),
                columns = layout_of_one(b, 1).size / std::max<int64_t>(depth, 1);
  const int64_t shape_x[] = {b.size, rows, depth}, shape_y[] = {b.size, depth, columns};
  return reshape(apply("matmul", {reshape(x, shape_x), reshape(y, shape_y)}),
                 batched_shape(b.size, b.node.layout->shape()));
}

Value batch_vdot(const BatchArguments& b) {
  return apply("vecdot", {whole_input(b, 0), whole_input(b, 1)});
}

// One more label.
Value batch_einsum(const BatchArguments& b) {
  const EinsumTerms terms = parse_einsum(b.node.attributes->string(0));
  std::string used = terms.result;
  for (const std::string& operand : terms.operands) used += operand;
  char label = 'a';
  while (used.find(label) != std::string::npos)
    label = label == 'z' ? 'A' : static_cast<char>(label + 1);
  std::string subscripts;
  for (size_t i = 0; i < terms.operands.size(); ++i) {
    if (i) subscripts += ',';
    if (b.is_batched[i]) subscripts += label;
    subscripts += terms.operands[i];
  }
  return apply(*b.node.op, b.inputs,
               AttributeWriter().string(subscripts + "->" + label + terms.result).finish());
}

}  // namespace lazynp
