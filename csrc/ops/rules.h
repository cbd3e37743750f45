// What the rules of several families say in the same words: attributes with defaults, axes, parts.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include "csrc/base/memory_order.h"
#include "csrc/ops/op_spec.h"

namespace lazynp {

using Extents = std::vector<int64_t>;
using Axes = std::vector<int>;

inline Extents extents(Shape shape) { return {shape.begin(), shape.end()}; }

// An attribute, or `otherwise` where it is None or the op was recorded without attributes.
inline bool is_given(const Attributes* attributes, int i) {
  return attributes && attributes->has(i);
}
int64_t integer_or(const Attributes* attributes, int i, int64_t otherwise);
bool boolean_or(const Attributes* attributes, int i, bool otherwise);
// Python numbers adapt to the arrays among the values.
DType common_dtype(std::span<const Value> values);
DType dtype_or(const Attributes* attributes, int i, DType otherwise);
std::string_view string_or(const Attributes* attributes, int i, std::string_view otherwise);
// An attribute that may be one integer or a list of them.
std::span<const int64_t> integers_of(const Attributes* attributes, int i);

// NumPy's normalize_axis_tuple: AxisError, ValueError on duplicates. `argument` names the
// parameter.
Axes normalized_axes(std::span<const int64_t> axes, int ndim, const char* argument = nullptr,
                     bool may_repeat = false);
// The `axis` attribute of a reduction: None means all axes.
Axes reduced_axes(const Attributes* attributes, int i, int ndim);

// x as `dtype`, to which it has to cast safely; TypeError in NumPy's words.
Value cast_safely(const Value& x, DType dtype);
[[noreturn]] void fail_cast(DType from, DType to, const char* rule);

// Values that gradients and composites are written with.
Value zeros(Shape shape, DType dtype);
Value conjugate(const Value& x);  // x itself where it is real
Value slice_axis(const Value& x, int axis, int64_t begin, int64_t end);
Value flip_axis(const Value& x, int axis);
Value move_axis(const Value& x, int from, int to);
Value flatten(const Value& x);  // 1-d, a view where NumPy gives one
Value insert_axis(const Value& x, int axis);
// `y`, a reduction of an array of `shape` over `axes`, with those axes back (as length 1, or
// broadcast to `shape`).
Value keep_axes(const Value& y, Shape shape, std::span<const int> axes);
Value expand_axes(const Value& y, Shape shape, std::span<const int> axes);
Value apply_list(std::string_view op, std::span<const Value> inputs, AttributesRef attributes = {});

AttributesRef axis_attribute(int64_t axis);

}  // namespace lazynp
