// What the rules of several families say in the same words: attributes with defaults, axes, parts.
#include "csrc/ops/rules.h"

#include <algorithm>

namespace lazynp {

int64_t integer_or(const Attributes* attributes, int i, int64_t otherwise) {
  return is_given(attributes, i) ? attributes->integer(i) : otherwise;
}
bool boolean_or(const Attributes* attributes, int i, bool otherwise) {
  return is_given(attributes, i) ? attributes->boolean(i) : otherwise;
}
DType common_dtype(std::span<const Value> values) {
  DType strong = DType::none;
  Weak weak = Weak::no;
  for (const Value& value : values)
    if (value.node()->weak != Weak::no)
      weak = std::max(weak, value.node()->weak);
    else
      strong = strong == DType::none ? value.dtype() : promote(strong, value.dtype());
  if (weak == Weak::no) return strong;
  return strong == DType::none ? default_dtype(weak) : promote_weak(strong, weak);
}

DType dtype_or(const Attributes* attributes, int i, DType otherwise) {
  return is_given(attributes, i) ? attributes->dtype(i) : otherwise;
}
std::string_view string_or(const Attributes* attributes, int i, std::string_view otherwise) {
  const std::string_view given = is_given(attributes, i) ? attributes->string(i) : "";
  return given.empty() ? otherwise : given;  // where no default can be written in the block
}
std::span<const int64_t> integers_of(const Attributes* attributes, int i) {
  return is_given(attributes, i) ? attributes->integers(i) : std::span<const int64_t>();
}

Axes normalized_axes(std::span<const int64_t> axes, int ndim, const char* argument,
                     bool may_repeat) {
  Axes result;
  for (int64_t axis : axes) {
    if (axis < -ndim || axis >= ndim) {
      const std::string prefix = argument ? std::string(argument) + ": " : std::string();
      fail(ErrorClass::axis, prefix + "axis " + std::to_string(axis) +
                                 " is out of bounds for array of dimension " +
                                 std::to_string(ndim));
    }
    const int normalized = static_cast<int>(axis < 0 ? axis + ndim : axis);
    if (!may_repeat && std::find(result.begin(), result.end(), normalized) != result.end())
      fail(ErrorClass::value, argument ? "repeated axis in `" + std::string(argument) + "` argument"
                                       : "repeated axis");
    result.push_back(normalized);
  }
  return result;
}

Axes reduced_axes(const Attributes* attributes, int i, int ndim) {
  Axes axes;
  if (!is_given(attributes, i)) {
    for (int axis = 0; axis < ndim; ++axis) axes.push_back(axis);
    return axes;
  }
  const auto given = attributes->integers(i);
  // NumPy allows axis=0 and axis=-1 of a 0-d array.
  if (ndim == 0 && given.size() == 1 && (given[0] == 0 || given[0] == -1)) return axes;
  for (int64_t axis : given) {
    const int normalized = normalized_axis(axis, ndim);
    if (std::find(axes.begin(), axes.end(), normalized) != axes.end())
      fail(ErrorClass::value, "duplicate value in 'axis'");
    axes.push_back(normalized);
  }
  return axes;
}

void fail_cast(DType from, DType to, const char* rule) {
  fail(ErrorClass::type, std::string("Cannot cast array data from dtype('") + info(from).name +
                             "') to dtype('" + info(to).name + "') according to the rule '" + rule +
                             "'");
}
Value cast_safely(const Value& x, DType dtype) {
  if (!can_cast_safely(x.dtype(), dtype)) fail_cast(x.dtype(), dtype, "safe");
  return astype(x, dtype);
}

Value zeros(Shape shape, DType dtype) {
  static const char nothing[16] = {};
  return full(shape, dtype, constant(dtype, nothing));
}

Value conjugate(const Value& x) { return is_complex(x.dtype()) ? apply("conjugate", {x}) : x; }

Value slice_axis(const Value& x, int axis, int64_t begin, int64_t end) {
  const Layout& layout = x.layout();
  Extents shape = extents(layout.shape());
  shape[static_cast<size_t>(axis)] = end - begin;
  const int64_t offset = layout.offset + begin * layout.strides_[axis];
  return view(x, make_layout(shape, layout.strides(), offset, layout.itemsize), x.dtype());
}

Value flip_axis(const Value& x, int axis) {
  const Layout& layout = x.layout();
  const int64_t extent = layout.shape_[axis];
  if (extent < 2) return x;
  Extents strides = extents(layout.strides());
  const int64_t offset = layout.offset + (extent - 1) * layout.strides_[axis];
  strides[static_cast<size_t>(axis)] *= -1;
  return view(x, make_layout(layout.shape(), strides, offset, layout.itemsize), x.dtype());
}

Value move_axis(const Value& x, int from, int to) {
  Axes axes;
  for (int i = 0; i < x.ndim(); ++i)
    if (i != from) axes.push_back(i);
  axes.insert(axes.begin() + to, from);
  return transpose(x, axes);
}

Value flatten(const Value& x) {
  const int64_t shape[] = {x.size()};
  return x.ndim() == 1 ? x : reshape(x, shape);
}

Value insert_axis(const Value& x, int axis) {
  Extents shape = extents(x.shape());
  shape.insert(shape.begin() + axis, 1);
  return reshape(x, shape);
}

Value keep_axes(const Value& y, Shape shape, std::span<const int> axes) {
  Extents kept = extents(shape);
  for (int axis : axes) kept[static_cast<size_t>(axis)] = 1;
  return std::ranges::equal(kept, y.shape()) ? y : reshape(y, kept);
}

Value expand_axes(const Value& y, Shape shape, std::span<const int> axes) {
  return broadcast_to(keep_axes(y, shape, axes), shape);
}

Value apply_list(std::string_view op, std::span<const Value> inputs, AttributesRef attributes) {
  return apply(op_named(op), inputs, std::move(attributes));
}

AttributesRef axis_attribute(int64_t axis) { return AttributeWriter().integer(axis).finish(); }

}  // namespace lazynp
