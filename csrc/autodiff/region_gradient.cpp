// Gradients of views and of writes into a part of an array, in terms of memory regions.
#include "csrc/autodiff/region_gradient.h"

#include <algorithm>
#include <cstdlib>

#include "csrc/base/error.h"
#include "csrc/ops/op_spec.h"

namespace lazynp {
namespace {

DType component(DType dtype) {
  if (dtype == DType::complex64) return DType::float32;
  return dtype == DType::complex128 ? DType::float64 : dtype;
}

// A gradient passes through other bytes only where both sides are made of the same real numbers.
void check_same_numbers(const OpSpec& op, DType seen, DType base) {
  if (component(seen) == component(base)) return;
  fail(ErrorClass::no_gradient, std::string("lazynp: ") + op.name +
                                    ": has no gradient where the bytes of " + info(base).name +
                                    " are seen as " + info(seen).name + "; use astype");
}

LayoutRef moved(const Layout& layout, int64_t n_bytes) {
  return make_layout(layout.shape(), layout.strides(), layout.offset + n_bytes, layout.itemsize);
}

// An array of zeros whose buffer has the geometry of `like`: its layout, or one axis over all of
// it.
Value zeros_with_memory_of(const Layout& like, DType dtype) {
  const int64_t flat[] = {like.size};
  return full(like.c_contiguous ? like.shape() : Shape(flat), dtype, constant(0));
}

// `buffer` seen in the shape and order of `like`.
Value seen_as(const Value& buffer, const Layout& like) {
  if (same_layout(buffer.layout(), like)) return buffer;
  return view(buffer, moved(like, buffer.layout().offset - like.offset), buffer.dtype());
}

bool is_view(const Value& x) { return x.node()->op && x.node()->op->kind == OpKind::view; }

// The same elements in memory of their own, laid out like `like`, so that regions of `like` fit.
Value with_memory_of(const Value& x, const Layout& like) {
  if (!is_view(x) && !x.node()->is_constant() && same_layout(x.layout(), like)) return x;
  return copy_as(x, moved(like, -like.offset), x.dtype());
}

// Axes along which a view shows one element again and again become axes of length 1.
RegionGradient without_zero_strides(const Layout& region, Value gradient) {
  int64_t shape[max_ndim];
  bool has_zero_stride = false;
  for (int i = 0; i < region.ndim; ++i) {
    const bool repeats = region.strides_[i] == 0 && region.shape_[i] > 1;
    shape[i] = repeats ? 1 : region.shape_[i];
    has_zero_stride |= repeats;
  }
  if (!has_zero_stride) return {LayoutRef::share(&region), std::move(gradient)};
  const Shape target{shape, region.ndim};
  return {make_layout(target, region.strides(), region.offset, region.itemsize),
          sum_to_shape(gradient, target)};
}

// The axis of a region along which it steps onto memory that it already shows, or -1. Sufficient:
// axes sorted by stride, each one steps over everything that the smaller ones reach.
int overlapping_axis(const Layout& region) {
  std::vector<int> axes;
  for (int i = 0; i < region.ndim; ++i)
    if (region.shape_[i] > 1) axes.push_back(i);
  std::sort(axes.begin(), axes.end(), [&](int a, int b) {
    return std::abs(region.strides_[a]) < std::abs(region.strides_[b]);
  });
  int64_t reach = region.itemsize;
  for (size_t k = 0; k < axes.size(); ++k) {
    const int64_t stride = std::abs(region.strides_[axes[k]]);
    if (stride < reach) {  // unroll the shortest axis among those that are entangled
      return *std::min_element(axes.begin(), axes.begin() + static_cast<int64_t>(k) + 1,
                               [&](int a, int b) { return region.shape_[a] < region.shape_[b]; });
    }
    reach += (region.shape_[axes[k]] - 1) * stride;
  }
  return -1;
}

// Element `i` along one axis of a region, and the same part of a gradient with its shape.
RegionGradient element(const RegionGradient& whole, int axis, int64_t i) {
  const Layout& region = *whole.region;
  std::vector<int64_t> shape(region.shape().begin(), region.shape().end());
  shape[static_cast<size_t>(axis)] = 1;
  auto part_of = [&](const Layout& layout) {
    return make_layout(shape, layout.strides(), layout.offset + i * layout.strides_[axis],
                       layout.itemsize);
  };
  const Value& gradient = whole.gradient;
  return {part_of(region), view(gradient, part_of(gradient.layout()), gradient.dtype())};
}

// Splits a region that shows memory twice into regions that do not.
void split_overlaps(RegionGradient part, std::vector<RegionGradient>& parts) {
  std::vector<RegionGradient> stack{std::move(part)};
  while (!stack.empty()) {
    const RegionGradient top = std::move(stack.back());
    stack.pop_back();
    const int axis = overlapping_axis(*top.region);
    if (axis < 0) {
      parts.push_back(top);
      continue;
    }
    for (int64_t i = top.region->shape_[axis]; i-- > 0;) stack.push_back(element(top, axis, i));
  }
}

// The axes that turn the base into the region, or false when it is no plain permutation.
bool find_permutation(const Layout& base, const Layout& region, std::vector<int>& inverse) {
  if (base.ndim != region.ndim) return false;
  inverse.assign(base.ndim, -1);
  for (int i = 0; i < region.ndim; ++i) {
    bool is_found = false;
    for (int j = 0; j < base.ndim && !is_found; ++j) {
      is_found = inverse[j] < 0 && base.shape_[j] == region.shape_[i] &&
                 (base.strides_[j] == region.strides_[i] || base.shape_[j] == 1);
      if (is_found) inverse[j] = i;
    }
    if (!is_found) return false;
  }
  return true;
}

// A view that shows every element of its base once: its gradient is another view. Else empty.
Value gradient_of_whole_view(const Layout& base, DType dtype, const RegionGradient& part) {
  const Layout& region = *part.region;
  const bool shows_all = region.size == base.size && region.offset == base.offset && region.dense &&
                         base.dense && part.gradient.dtype() == dtype;
  if (!shows_all) return {};
  if (region.c_contiguous && base.c_contiguous) return reshape(part.gradient, base.shape());
  std::vector<int> inverse;
  if (find_permutation(base, region, inverse)) return transpose(part.gradient, inverse);
  return {};
}

}  // namespace

ViewGradient view_gradient(const Node& node, const Value& gy) {
  const Node& base = *node.inputs[0];
  check_same_numbers(*node.op, node.dtype, base.dtype);
  LNP_ASSERT(base.layout->dense);
  RegionGradient part = without_zero_strides(*node.layout, gy);
  if (node.layout->size == 0) return {};
  ViewGradient result;
  result.whole = gradient_of_whole_view(*base.layout, base.dtype, part);
  if (!result.whole) split_overlaps(std::move(part), result.parts);
  return result;
}

Values write_gradient(const Node& node, const Value& gy) {
  const DType region_dtype = node.inputs[1]->dtype;
  check_same_numbers(*node.op, region_dtype, node.dtype);
  if (overlapping_axis(*node.region) >= 0) {
    fail(ErrorClass::no_gradient,
         "lazynp: write: has no gradient where a region shows memory twice; write to a copy");
  }
  const Value own = with_memory_of(gy, *node.layout);
  const LayoutRef region = moved(*node.region, own.layout().offset - node.layout->offset);
  const Value zero = constant(0);
  Value to_base =
      seen_as(write_region(own, region, astype(zero, region_dtype), region_dtype), *node.layout);
  return {std::move(to_base), view(own, region, region_dtype)};
}

Value add_parts(const Node& like, Value whole, std::span<const RegionGradient> parts) {
  const Layout& layout = *like.layout;
  Value buffer = whole ? with_memory_of(whole, layout) : zeros_with_memory_of(layout, like.dtype);
  bool is_first = !whole;
  for (const RegionGradient& part : parts) {
    const DType dtype = part.gradient.dtype();
    const LayoutRef region = moved(*part.region, buffer.layout().offset - layout.offset);
    const Value sum = is_first ? part.gradient : view(buffer, region, dtype) + part.gradient;
    buffer = write_region(buffer, region, sum, dtype);
    is_first = false;
  }
  return seen_as(buffer, layout);
}

}  // namespace lazynp
