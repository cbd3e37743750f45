// Values written with other ops: what rules, composites and gradients are made of.
#include <algorithm>

#include "csrc/ops/op_spec.h"

namespace lazynp {

namespace {

// A constant as an array, of which there are views.
Value as_array(const Value& x) { return x.node()->is_constant() ? copy(x) : x; }

}  // namespace

Value broadcast_to(const Value& x, Shape shape) {
  if (std::ranges::equal(shape, x.shape())) return x;
  const Value array = as_array(x);
  return view(array, broadcast(array.layout(), shape), array.dtype());
}

Value reshape(const Value& x, Shape shape) {
  const Value array = as_array(x);
  if (std::ranges::equal(shape, x.shape())) return array;
  if (LayoutRef layout = reshaped(array.layout(), shape))
    return view(array, std::move(layout), array.dtype());
  const Value dense =
      copy_as(array, c_layout(array.shape(), size_of(array.dtype())), array.dtype());
  return view(dense, reshaped(dense.layout(), shape), array.dtype());
}

Value transpose(const Value& x, std::span<const int> axes) {
  const Value array = as_array(x);
  return view(array, transposed(array.layout(), axes), array.dtype());
}

Value full(Shape shape, DType dtype, const Value& fill) {
  if (fill.node()->is_constant())
    return copy_as(astype(fill, dtype), c_layout(shape, size_of(dtype)), dtype);
  return copy_as(broadcast_to(fill, shape), c_layout(shape, size_of(dtype)), dtype);
}

Value reduce(const OpSpec& op, const Value& x, std::span<const int> axes, bool keepdims,
             DType dtype) {
  int64_t wide[max_ndim];
  std::copy(axes.begin(), axes.end(), wide);
  AttributeWriter writer;
  writer.integers({wide, axes.size()}).boolean(keepdims);
  if (dtype == DType::none)
    writer.none();
  else
    writer.dtype(dtype);
  return apply(op, std::span(&x, 1), writer.finish());
}

Value sum_to_shape(const Value& x, Shape shape) {
  if (x.shape().size() == shape.size() && std::equal(shape.begin(), shape.end(), x.shape().begin()))
    return x;
  static const OpSpec& sum = op_named("sum");
  const int extra = x.ndim() - static_cast<int>(shape.size());
  int axes[max_ndim], n = 0;
  for (int i = 0; i < x.ndim(); ++i)
    if (i < extra || (shape[i - extra] == 1 && x.shape()[i] != 1)) axes[n++] = i;
  const bool keepdims = n && axes[n - 1] >= extra;
  const Value folded = n ? reduce(sum, x, {axes, static_cast<size_t>(n)}, keepdims, x.dtype()) : x;
  return extra && keepdims ? reshape(folded, shape) : folded;
}

Value operator+(const Value& a, const Value& b) {
  static const OpSpec& op = op_named("add");
  return Value::adopt(apply_binary(op, a.node(), b.node()));
}
Value operator-(const Value& a, const Value& b) {
  static const OpSpec& op = op_named("subtract");
  return Value::adopt(apply_binary(op, a.node(), b.node()));
}
Value operator*(const Value& a, const Value& b) {
  static const OpSpec& op = op_named("multiply");
  return Value::adopt(apply_binary(op, a.node(), b.node()));
}
Value operator/(const Value& a, const Value& b) {
  static const OpSpec& op = op_named("divide");
  return Value::adopt(apply_binary(op, a.node(), b.node()));
}
Value operator-(const Value& a) {
  static const OpSpec& op = op_named("negative");
  return Value::adopt(apply_unary(op, a.node()));
}

}  // namespace lazynp
