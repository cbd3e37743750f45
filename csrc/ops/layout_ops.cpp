// Other layouts of the same memory. apply() records every one of them as a view, so that their
// gradients are those of views.
#include <algorithm>
#include <array>
#include <numeric>

#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

LayoutRef same(const Layout& layout) { return LayoutRef::share(&layout); }

// Same memory, other shape and strides.
LayoutRef restrided(const Layout& layout, Shape shape, Strides strides) {
  return make_layout(shape, strides, layout.offset, layout.itemsize);
}

LayoutRef permuted(const Layout& layout, const Axes& axes) {
  Extents shape, strides;
  for (int axis : axes) {
    shape.push_back(layout.shape_[axis]);
    strides.push_back(layout.strides_[axis]);
  }
  return restrided(layout, shape, strides);
}

Axes all_axes(int ndim) {
  Axes axes(static_cast<size_t>(ndim));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

ViewResult transpose_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  if (!is_given(attributes, 0)) {
    Axes axes = all_axes(x.ndim);
    std::reverse(axes.begin(), axes.end());
    return {permuted(x, axes), dtype};
  }
  const auto given = attributes->integers(0);
  if (static_cast<int>(given.size()) != x.ndim) fail(ErrorClass::value, "axes don't match array");
  Axes axes;
  for (int64_t axis : given) {
    const int normalized = normalized_axis(axis, x.ndim);
    if (std::ranges::count(axes, normalized)) fail(ErrorClass::value, "repeated axis in transpose");
    axes.push_back(normalized);
  }
  return {permuted(x, axes), dtype};
}

ViewResult expand_dims_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const auto given = integers_of(attributes, 0);
  const int ndim = x.ndim + static_cast<int>(given.size());
  if (ndim > max_ndim)
    fail(ErrorClass::value, "maximum supported dimension for an ndarray is " +
                                std::to_string(max_ndim) + ", found " + std::to_string(ndim));
  const Axes inserted = normalized_axes(given, ndim);
  Extents shape;
  for (int axis = 0, source = 0; axis < ndim; ++axis)
    shape.push_back(std::ranges::count(inserted, axis) > 0 ? 1 : x.shape_[source++]);
  return {reshaped(x, shape), dtype};  // as NumPy does it: the new axes have reshape's strides
}

ViewResult squeeze_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const bool chosen = is_given(attributes, 0);
  const Axes axes = chosen ? reduced_axes(attributes, 0, x.ndim) : all_axes(x.ndim);
  Extents shape, strides;
  for (int axis = 0; axis < x.ndim; ++axis) {
    const bool is_listed = std::ranges::count(axes, axis) > 0;
    if (is_listed && x.shape_[axis] == 1) continue;
    if (is_listed && chosen)
      fail(ErrorClass::value,
           "cannot select an axis to squeeze out which has size not equal to one");
    shape.push_back(x.shape_[axis]);
    strides.push_back(x.strides_[axis]);
  }
  return {restrided(x, shape, strides), dtype};
}

LayoutRef swapped(const Layout& x, int axis1, int axis2) {
  Axes axes = all_axes(x.ndim);
  std::swap(axes[static_cast<size_t>(axis1)], axes[static_cast<size_t>(axis2)]);
  return permuted(x, axes);
}

int named_axis(int64_t axis, int ndim, const char* argument) {
  return normalized_axes(std::array{axis}, ndim, argument)[0];
}

ViewResult swapaxes_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const int axis1 = named_axis(attributes->integer(0), x.ndim, "axis1");
  const int axis2 = named_axis(attributes->integer(1), x.ndim, "axis2");
  return {swapped(x, axis1, axis2), dtype};
}

ViewResult matrix_transpose_layout(const Layout& x, DType dtype, const Attributes*) {
  if (x.ndim < 2)
    fail(ErrorClass::value,
         "Input array must be at least 2-dimensional, but it is " + std::to_string(x.ndim));
  return {swapped(x, x.ndim - 2, x.ndim - 1), dtype};
}

ViewResult moveaxis_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const auto from = attributes->integers(0), to = attributes->integers(1);
  const Axes source = normalized_axes(from, x.ndim, "source");
  const Axes destination = normalized_axes(to, x.ndim, "destination");
  if (source.size() != destination.size())
    fail(ErrorClass::value,
         "`source` and `destination` arguments must have the same number of elements");
  Axes order;
  for (int axis = 0; axis < x.ndim; ++axis)
    if (!std::ranges::count(source, axis)) order.push_back(axis);
  std::vector<std::pair<int, int>> moves;
  for (size_t i = 0; i < source.size(); ++i) moves.emplace_back(destination[i], source[i]);
  std::ranges::sort(moves);
  for (auto [position, axis] : moves) order.insert(order.begin() + position, axis);
  return {permuted(x, order), dtype};
}

ViewResult rollaxis_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const int n = x.ndim;
  const int axis = normalized_axis(attributes->integer(0), n);
  int64_t start = integer_or(attributes, 1, 0);
  if (start < 0) start += n;
  if (start < 0 || start > n)
    fail(ErrorClass::axis, "'start' arg requires " + std::to_string(-n) + " <= start < " +
                               std::to_string(n + 1) + ", but " + std::to_string(start) +
                               " was passed in");
  if (axis < start) --start;
  Axes order = all_axes(n);
  order.erase(order.begin() + axis);
  order.insert(order.begin() + start, axis);
  return {permuted(x, order), dtype};
}

LayoutRef flipped(const Layout& x, const Axes& axes) {
  Extents strides = extents(x.strides());
  int64_t offset = x.offset;
  for (int axis : axes) {
    offset += std::max<int64_t>(x.shape_[axis] - 1, 0) * x.strides_[axis];
    strides[static_cast<size_t>(axis)] *= -1;
  }
  return make_layout(x.shape(), strides, offset, x.itemsize);
}

ViewResult flip_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const Axes axes =
      is_given(attributes, 0) ? normalized_axes(attributes->integers(0), x.ndim) : all_axes(x.ndim);
  return {flipped(x, axes), dtype};
}

// Flips one fixed axis; `what` says which shapes NumPy refuses.
LayoutRef flipped_one(const Layout& x, int axis, const char* what) {
  if (x.ndim <= axis) fail(ErrorClass::value, what);
  return flipped(x, {axis});
}

ViewResult rot90_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const int64_t k = ((integer_or(attributes, 0, 1) % 4) + 4) % 4;
  const int64_t default_axes[] = {0, 1};
  const auto given =
      is_given(attributes, 1) ? attributes->integers(1) : std::span<const int64_t>(default_axes);
  if (given.size() != 2) fail(ErrorClass::value, "len(axes) must be 2.");
  const int64_t n = x.ndim;
  if (given[0] == given[1] || std::abs(given[0] - given[1]) == n)
    fail(ErrorClass::value, "Axes must be different.");
  if (given[0] >= n || given[0] < -n || given[1] >= n || given[1] < -n)
    fail(ErrorClass::value, "Axes=(" + std::to_string(given[0]) + ", " + std::to_string(given[1]) +
                                ") out of range for array of ndim=" + std::to_string(n) + ".");
  const int first = normalized_axis(given[0], x.ndim), second = normalized_axis(given[1], x.ndim);
  if (k == 0) return {same(x), dtype};
  if (k == 2) return {flipped(x, {first, second}), dtype};
  if (k == 1) return {swapped(*flipped(x, {second}), first, second), dtype};
  return {flipped(*swapped(x, first, second), {second}), dtype};
}

ViewResult broadcast_to_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  const auto shape = attributes->integers(0);
  if (std::ranges::any_of(shape, [](int64_t extent) { return extent < 0; }))
    fail(ErrorClass::value, "all elements of broadcast shape must be non-negative");
  const LayoutRef seen = broadcast(x, shape);
  Extents strides = extents(seen->strides());
  for (size_t i = 0; i < strides.size(); ++i)
    if (shape[i] == 1) strides[i] = 0;  // as NumPy's iterator has them
  return {restrided(*seen, shape, strides), dtype};
}

ViewResult ravel_layout(const Layout& x, DType dtype, const Attributes*) {
  if (!x.c_contiguous) return {LayoutRef(), dtype};
  const int64_t shape[] = {x.size}, strides[] = {x.itemsize};
  return {restrided(x, shape, strides), dtype};
}

// The real or imaginary halves of complex numbers, in place.
ViewResult complex_part(const Layout& x, DType dtype, int part) {
  if (!is_complex(dtype)) return {same(x), dtype};
  const DType part_dtype = dtype == DType::complex64 ? DType::float32 : DType::float64;
  const int itemsize = size_of(part_dtype);
  return {make_layout(x.shape(), x.strides(), x.offset + part * itemsize, itemsize), part_dtype};
}

ViewResult diagonal_layout(const Layout& x, DType dtype, const Attributes* attributes) {
  if (x.ndim < 2) fail(ErrorClass::value, "diag requires an array of at least two dimensions");
  const int64_t offset = integer_or(attributes, 0, 0);
  const int axis1 = named_axis(integer_or(attributes, 1, 0), x.ndim, "axis1");
  const int axis2 = named_axis(integer_or(attributes, 2, 1), x.ndim, "axis2");
  if (axis1 == axis2) fail(ErrorClass::value, "axis1 and axis2 cannot be the same");
  const int64_t n1 = x.shape_[axis1], n2 = x.shape_[axis2];
  const int64_t stride1 = x.strides_[axis1], stride2 = x.strides_[axis2];
  const int64_t length =
      std::max<int64_t>(0, offset >= 0 ? std::min(n1, n2 - offset) : std::min(n1 + offset, n2));
  // An empty diagonal stays where it is, so that the view never points outside the buffer.
  int64_t start = x.offset;
  if (length > 0) start += offset >= 0 ? offset * stride2 : -offset * stride1;
  Extents shape, strides;
  for (int axis = 0; axis < x.ndim; ++axis) {
    if (axis == axis1 || axis == axis2) continue;
    shape.push_back(x.shape_[axis]);
    strides.push_back(x.strides_[axis]);
  }
  shape.push_back(length);
  strides.push_back(stride1 + stride2);
  return {make_layout(shape, strides, start, x.itemsize), dtype};
}

// `before` new axes in front and `after` behind.
LayoutRef padded(const Layout& x, size_t before, size_t after) {
  Extents shape(before, 1), strides(before, 0);
  shape.insert(shape.end(), x.shape().begin(), x.shape().end());
  strides.insert(strides.end(), x.strides().begin(), x.strides().end());
  shape.resize(shape.size() + after, 1);
  strides.resize(strides.size() + after, 0);
  return restrided(x, shape, strides);
}

ViewResult atleast_1d_layout(const Layout& x, DType dtype, const Attributes*) {
  return {x.ndim >= 1 ? same(x) : padded(x, 1, 0), dtype};
}
ViewResult atleast_2d_layout(const Layout& x, DType dtype, const Attributes*) {
  return {x.ndim >= 2 ? same(x) : padded(x, static_cast<size_t>(2 - x.ndim), 0), dtype};
}
ViewResult atleast_3d_layout(const Layout& x, DType dtype, const Attributes*) {
  if (x.ndim >= 3) return {same(x), dtype};
  return {x.ndim == 0 ? padded(x, 2, 1) : x.ndim == 1 ? padded(x, 1, 1) : padded(x, 0, 1), dtype};
}

OpSpec layout_op(const char* name, const char* doc, std::vector<Attribute> attributes,
                 LayoutRule rule, std::vector<const char*> array_api = {}) {
  return {.name = name,
          .doc = doc,
          .kind = OpKind::view,
          .attributes = std::move(attributes),
          .layout_rule = rule,
          .numpy = {name},
          .array_api = std::move(array_api),
          .gradient_reads_inputs = 0,
          .gradient_reads_output = false,
          .cost = 0};
}

}  // namespace

std::vector<OpSpec> layout_ops() {
  using enum AttributeType;
  OpSpec transpose_op =
      layout_op("transpose", "The array with its axes permuted (reversed by default).",
                {{"axes", integers, true}}, transpose_layout, {"permute_dims"});
  transpose_op.numpy.push_back("permute_dims");

  OpSpec imag_op = layout_op(
      "imag", "The imaginary parts; zeros for real input.", {},
      [](const Layout& x, DType dtype, const Attributes*) { return complex_part(x, dtype, 1); },
      {"imag"});
  imag_op.rewrite = [](std::span<const Value> x, const Attributes*) {
    if (is_complex(x[0].dtype())) return Value();
    const Layout& layout = x[0].layout();
    const int size = size_of(x[0].dtype());
    const bool is_fortran = layout.f_contiguous() && !layout.c_contiguous;
    return copy_as(constant(0),
                   is_fortran ? f_layout(layout.shape(), size) : c_layout(layout.shape(), size),
                   x[0].dtype());
  };

  OpSpec broadcast_op =
      layout_op("broadcast_to", "The array repeated along new axes and along axes of length 1.",
                {{"shape", integers}}, broadcast_to_layout, {"broadcast_to"});
  OpSpec diagonal_op = layout_op(
      "diagonal", "The diagonals of the planes of two axes, along a new last axis.",
      {{"offset", integer}, {"axis1", integer}, {"axis2", integer, false, 1}}, diagonal_layout);
  broadcast_op.read_only_view = diagonal_op.read_only_view = true;
  OpSpec flip_op = layout_op("flip", "The elements in reverse order along axes (all by default).",
                             {{"axis", integers, true}}, flip_layout, {"flip"});
  flip_op.indexes = true;

  OpSpec reshape_op =
      layout_op("reshape", "The same elements in C order with another shape; one extent may be -1.",
                {{"shape", integers}},
                [](const Layout& x, DType dtype, const Attributes* a) {
                  return ViewResult{reshaped(x, a->integers(0)), dtype};
                },
                {"reshape"});
  OpSpec ravel_op = layout_op("ravel", "The elements in C order as a 1-d array.", {}, ravel_layout);
  reshape_op.may_copy = ravel_op.may_copy = imag_op.may_copy = true;

  return {
      reshape_op,
      transpose_op,
      broadcast_op,
      layout_op("expand_dims", "New axes of length 1, at the given positions of the result.",
                {{"axis", integers}}, expand_dims_layout, {"expand_dims"}),
      layout_op("squeeze", "The array without its axes of length 1.", {{"axis", integers, true}},
                squeeze_layout, {"squeeze"}),
      layout_op("swapaxes", "Two axes exchanged.", {{"axis1", integer}, {"axis2", integer}},
                swapaxes_layout),
      layout_op("matrix_transpose", "The last two axes exchanged.", {}, matrix_transpose_layout,
                {"matrix_transpose"}),
      layout_op("moveaxis", "Axes moved to other positions; the others keep their order.",
                {{"source", integers}, {"destination", integers}}, moveaxis_layout, {"moveaxis"}),
      layout_op("rollaxis", "One axis moved back until it lies before the axis `start`.",
                {{"axis", integer}, {"start", integer}}, rollaxis_layout),
      ravel_op,
      flip_op,
      layout_op("flipud", "The elements in reverse order along axis 0.", {},
                [](const Layout& x, DType dtype, const Attributes*) {
                  return ViewResult{flipped_one(x, 0, "Input must be >= 1-d."), dtype};
                }),
      layout_op("fliplr", "The elements in reverse order along axis 1.", {},
                [](const Layout& x, DType dtype, const Attributes*) {
                  return ViewResult{flipped_one(x, 1, "Input must be >= 2-d."), dtype};
                }),
      layout_op("rot90", "The array rotated by 90 degrees, k times, in the plane of two axes.",
                {{"k", integer, false, 1}, {"axes", integers}}, rot90_layout),
      layout_op(
          "real", "The real parts.", {},
          [](const Layout& x, DType dtype, const Attributes*) { return complex_part(x, dtype, 0); },
          {"real"}),
      imag_op,
      diagonal_op,
      layout_op("atleast_1d", "The array with at least one axis.", {}, atleast_1d_layout),
      layout_op("atleast_2d", "The array with at least two axes.", {}, atleast_2d_layout),
      layout_op("atleast_3d", "The array with at least three axes.", {}, atleast_3d_layout),
  };
}

}  // namespace lazynp
