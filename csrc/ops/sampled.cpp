// Functions given by samples: between them, and against each other.
#include "csrc/cpu/sampled.h"

#include <algorithm>
#include <array>

#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/positions.h"

namespace lazynp {

namespace {

// ---------------------------------------------------------------- interpolation

Inference infer_interp(Values& inputs, const Attributes*) {
  const DType dtype = is_complex(inputs[2].dtype()) ? DType::complex128 : DType::float64;
  for (size_t i = 0; i < 3; ++i) {
    if (inputs[i].node()->is_constant()) inputs[i] = copy(inputs[i]);
    inputs[i] = cast_safely(inputs[i], i == 2 ? dtype : DType::float64);
  }
  if (inputs[1].ndim() != 1 || inputs[2].ndim() != 1)
    fail(ErrorClass::value, "object of too small depth for desired array");
  if (inputs[1].size() == 0) fail(ErrorClass::value, "array of sample points is empty");
  if (inputs[1].size() != inputs[2].size())
    fail(ErrorClass::value, "fp and xp are not of the same length.");
  return {dtype, c_layout(inputs[0].shape(), size_of(dtype))};
}

// A sample's part in what lies between it and the next.
Values interp_gradient(const GradientArguments& d) {
  const Value &x = d.inputs[0], &xp = d.inputs[1], &fp = d.inputs[2];
  const int64_t n = xp.size();
  const auto at = AttributeWriter().integer(0).string("raise").finish();
  const auto axes = [] {
    const int64_t first = 0;
    return AttributeWriter().integers({&first, 1}).integer(0).finish();
  };
  const Value first = apply("take", {xp, constant(0)}, at),
              last = apply("take", {xp, constant(n - 1)}, at);
  const Value is_before = apply("less", {x, first}), is_behind = apply("greater", {x, last});
  const Value is_outside = apply("logical_or", {is_before, is_behind});
  const Value zero = constant(0), one = constant(1);
  const Value right_side =
      apply("searchsorted", {xp, x}, AttributeWriter().string("right").finish());
  const Value j = position_inside(right_side - one, std::max<int64_t>(n - 1, 1), "clip");
  const Value next = apply("minimum", {j + one, constant(n - 1)});
  const auto of = [&](const Value& samples, const Value& places) {
    return apply("take", {samples, places}, at);
  };
  const Value width = of(xp, next) - of(xp, j);
  const Value slope = (of(fp, next) - of(fp, j)) / width;
  Value share = n == 1 ? zeros(x.shape(), DType::float64) : (x - of(xp, j)) / width;
  share = apply("where", {is_before, zero, apply("where", {is_behind, one, share})});
  Value gy = d.gy;
  if (is_given(d.attributes, 0)) gy = apply("where", {is_before, zero, gy});
  if (is_given(d.attributes, 1)) gy = apply("where", {is_behind, zero, gy});
  const Value into = zeros(fp.shape(), gy.dtype());
  const Value left = apply("scatter_add", {into, gy * (one - share), j}, axes());
  const Value gx = n == 1 ? Value() : apply("where", {is_outside, zero, d.gy * conjugate(slope)});
  return {gx && is_complex(gx.dtype()) ? apply("real", {gx}) : gx, Value(),
          apply("scatter_add", {left, gy * share, next}, axes())};
}

// ---------------------------------------------------------------- correlation

Inference infer_correlate_ordered(Values& inputs, const Attributes* attributes) {
  const int64_t n = inputs[0].size(), n_short = inputs[1].size();
  const std::string_view mode = string_or(attributes, 0, "valid");
  const int64_t shape[] = {mode == "valid"  ? n - n_short + 1
                           : mode == "same" ? n
                                            : n + n_short - 1};
  return {inputs[0].dtype(), c_layout(shape, size_of(inputs[0].dtype()))};
}

AttributesRef mode_attribute(std::string_view mode) {
  return AttributeWriter().string(mode).finish();
}

// gy at every shift, against the other operand.
Values correlate_ordered_gradient(const GradientArguments& d) {
  const Value &a = d.inputs[0], &v = d.inputs[1];
  const int64_t n = a.size(), n_short = v.size();
  const std::string_view mode = string_or(d.attributes, 0, "valid");
  const int64_t n_before = mode == "valid" ? 0 : mode == "same" ? n_short / 2 : n_short - 1;
  // The same shifts as of mode "full", zero where the mode left them out.
  const int64_t n_missing = n_short - 1 - n_before, n_full = n + n_short - 1,
                n_rest = n_full - n_missing - d.gy.size();
  const auto padding = [&](int64_t length) {
    const int64_t shape[] = {length};
    return zeros(shape, d.gy.dtype());
  };
  const Value all = apply("concatenate", {padding(n_missing), d.gy, padding(n_rest)},
                          AttributeWriter().integer(0).none().finish());
  const auto valid = mode_attribute("valid");
  return {apply("correlate_ordered", {all, conjugate(flip_axis(v, 0))}, valid),
          flip_axis(apply("correlate_ordered", {all, conjugate(a)}, valid), 0)};
}

const Value& vector(const Value& x) {
  if (x.ndim() != 1)
    fail(ErrorClass::value, x.ndim() > 1 ? "object too deep for desired array"
                                         : "object of too small depth for desired array");
  return x;
}

Value with_one_axis(const Value& x) { return x.ndim() ? x : reshape(x, std::array<int64_t, 1>{1}); }

std::string known_mode(const Attributes* attributes, const char* otherwise) {
  const std::string mode(string_or(attributes, 0, otherwise));
  if (mode != "valid" && mode != "same" && mode != "full")
    fail(ErrorClass::value, "mode must be one of 'valid', 'same', or 'full'");
  return mode;
}

// The longer vector first; turned round where the two changed places.
Value correlated(const Value& a, const Value& v, std::string_view mode) {
  if (a.size() == 0 || v.size() == 0)
    fail(ErrorClass::value, "the array to correlate cannot be empty");
  const DType dtype = promote(a.dtype(), v.dtype());
  const Value x = astype(a, dtype), y = astype(v, dtype);
  if (x.size() >= y.size()) return apply("correlate_ordered", {x, y}, mode_attribute(mode));
  // NumPy turns the result round in its own memory.
  return copy(flip_axis(apply("correlate_ordered", {y, x}, mode_attribute(mode)), 0));
}

Value correlate(std::span<const Value> inputs, const Attributes* attributes) {
  const std::string mode = known_mode(attributes, "valid");
  const Value a = vector(inputs[0]), v = vector(inputs[1]);
  return correlated(a, conjugate(v), mode);
}

// Backwards even where there is nothing to turn round.
Value reversed(const Value& x) {
  if (x.size() != 1) return flip_axis(x, 0);
  const Layout& layout = x.layout();
  const int64_t strides[] = {-layout.strides_[0]};
  return view(x, make_layout(layout.shape(), strides, layout.offset, layout.itemsize), x.dtype());
}

Value convolve(std::span<const Value> inputs, const Attributes* attributes) {
  const std::string mode = known_mode(attributes, "full");
  Value a = vector(with_one_axis(inputs[0])), v = vector(with_one_axis(inputs[1]));
  if (v.size() > a.size()) std::swap(a, v);
  return correlated(a, reversed(v), mode);
}

}  // namespace

std::vector<OpSpec> sampled_ops() {
  const std::vector<Attribute> mode{{"mode", AttributeType::string}};
  return {
      OpSpec{
          .name = "interp",
          .doc = "The piecewise linear function through samples (xp, fp) at x.",
          .kind = OpKind::structured,
          .n_inputs = 3,
          .attributes = {{"left", AttributeType::real, true}, {"right", AttributeType::real, true}},
          .run = interp_kernel,
          .infer = infer_interp,
          .gradient = interp_gradient,
          .batch = batch_first_alone,
          .numpy = {"interp", "interp_complex"},
          .signature = "(x, xp, fp, left=None, right=None)",
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "correlate_ordered",
          .doc = "Sums of products of a vector and a shorter one put at every place of it.",
          .kind = OpKind::structured,
          .n_inputs = 2,
          .attributes = mode,
          .run = correlate_kernel,
          .infer = infer_correlate_ordered,
          .gradient = correlate_ordered_gradient,
          .max_ulp = 8,
          .gradient_reads_output = false,
          .cost = 20,
      },

      OpSpec{
          .name = "correlate",
          .doc = "Cross-correlation of two vectors, the second conjugated.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .attributes = mode,
          .lower = correlate,
          .numpy = {"correlate", "correlate2"},
          .signature = "(a, v, mode='valid')",
      },

      OpSpec{
          .name = "convolve",
          .doc = "Discrete convolution of two vectors.",
          .kind = OpKind::composite,
          .n_inputs = 2,
          .attributes = mode,
          .lower = convolve,
          .numpy = {"convolve"},
      },
  };
}

}  // namespace lazynp
