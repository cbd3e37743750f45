// Discrete Fourier transforms: NumPy's generalized ufuncs along the last axis, of which numpy.fft
// makes its functions.
#include <algorithm>

#include "csrc/cpu/fft.h"
#include "csrc/ops/families.h"
#include "csrc/ops/positions.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

Loop loop_of(DType line, DType factor, DType result) {
  return {.n_inputs = 2,
          .inputs = {line, factor},
          .output = result,
          .native = nullptr,
          .native_is_exact = false};
}

constexpr auto f4 = DType::float32, f8 = DType::float64, c8 = DType::complex64,
               c16 = DType::complex128;

Kernel complex_loops() { return {{loop_of(c16, f8, c16), loop_of(c8, f4, c8)}, ""}; }
Kernel from_real_loops() { return {{loop_of(f8, f8, c16), loop_of(f4, f4, c8)}, ""}; }
Kernel to_real_loops() { return {{loop_of(c16, f8, f8), loop_of(c8, f4, f4)}, ""}; }

// The only attribute: how long the result's last axis is.
AttributesRef length_attribute(int64_t n) { return AttributeWriter().integer(n).finish(); }

// Lines lie in the order of the given ones.
Inference infer_lines(Values& inputs, const Attributes* attributes, DType dtype) {
  Value& x = inputs[0];
  const int64_t length = attributes->integer(0);
  if (length < 1)
    fail(ErrorClass::value,
         "Invalid number of FFT data points (" + std::to_string(length) + ") specified.");
  if (x.ndim() == 0)
    fail(ErrorClass::value, "lazynp: fft: an array with an axis; got one without axes");
  Extents stack = extents(x.shape().first(x.shape().size() - 1));
  int64_t joint[max_ndim];
  int n_joint = 0;
  if (!broadcast_shapes(stack, inputs[1].shape(), joint, n_joint))
    fail(ErrorClass::value, "lazynp: fft: a factor for each line; got factors of shape " +
                                shape_text(inputs[1].shape()) + " for lines of shape " +
                                shape_text(stack));
  Extents shape(joint, joint + n_joint);
  shape.push_back(x.shape().back());
  x = broadcast_to(x, shape);
  shape.back() = length;
  const Layout* const operands[1] = {&x.layout()};
  return {dtype, layout_in_order(shape, common_memory_order(operands, x.ndim()), size_of(dtype))};
}

Inference infer_complex(Values& inputs, const Attributes* attributes) {
  return infer_lines(inputs, attributes, inputs[0].dtype());
}
Inference infer_from_real(Values& inputs, const Attributes* attributes) {
  return infer_lines(inputs, attributes, inputs[0].dtype() == f4 ? c8 : c16);
}
Inference infer_to_real(Values& inputs, const Attributes* attributes) {
  return infer_lines(inputs, attributes, inputs[0].dtype() == c8 ? f4 : f8);
}

// A factor with a gradient is a product of its own; NumPy's functions never have one.
template <const char* const& name>
Value without_watched_factor(std::span<const Value> inputs, const Attributes* attributes) {
  const Value& factor = inputs[1];
  if (!(factor.node()->flags & watched)) return {};
  const Value one = astype(constant(1.0), factor.dtype());
  const Value lines = apply(name, {inputs[0], one}, length_attribute(attributes->integer(0)));
  Extents shape = extents(factor.shape());
  shape.push_back(1);
  return lines * reshape(factor, shape);
}

// Lines cropped, or filled with zeros, as the transform takes those that are shorter or longer.
Value with_length(const Value& x, int64_t length) {
  const int last = x.ndim() - 1;
  const int64_t own = x.shape().back();
  if (own >= length) return own == length ? x : slice_axis(x, last, 0, length);
  Extents missing = extents(x.shape());
  missing.back() = length - own;
  return apply_list("concatenate", std::vector{x, zeros(missing, x.dtype())}, axis_attribute(last));
}

// The transposed transform, of the gradient: the one with the other sign.
template <const char* const& other> Values complex_gradient(const GradientArguments& d) {
  const int64_t length = d.output.shape().back();
  const Value gx = apply(other, {d.gy, d.inputs[1]}, length_attribute(length));
  return {with_length(gx, d.inputs[0].shape().back()), {}};
}

// Ones at the ends of the half line of a real line with `n_points`, else `inner`: there the half
// stands for two coefficients.
Value half_weights(int64_t n_points, double inner, DType dtype) {
  const int64_t n_half = n_points / 2 + 1, n_inner = (n_points - 1) / 2;
  Values parts;
  const auto add = [&](int64_t n, double weight) {
    const int64_t shape[] = {n};
    if (n > 0) parts.push_back(full(shape, dtype, constant(weight)));
  };
  add(1, 1);
  add(n_inner, inner);
  add(n_half - 1 - n_inner, 1);
  return apply_list("concatenate", parts, axis_attribute(0));
}

template <bool is_even> Values from_real_gradient(const GradientArguments& d) {
  const int64_t n_points = 2 * d.output.shape().back() - (is_even ? 2 : 1);
  const Value gy = d.gy * half_weights(n_points, 0.5, d.inputs[1].dtype());
  const Value gx = apply("irfft", {gy, d.inputs[1]}, length_attribute(n_points));
  return {with_length(gx, d.inputs[0].shape().back()), {}};
}

Values to_real_gradient(const GradientArguments& d) {
  const int64_t n_points = d.output.shape().back();
  const char* const transform = n_points % 2 ? "rfft_n_odd" : "rfft_n_even";
  const Value half = apply(transform, {d.gy, d.inputs[1]}, length_attribute(n_points / 2 + 1));
  const Value gx = half * half_weights(n_points, 2, d.inputs[1].dtype());
  return {with_length(gx, d.inputs[0].shape().back()), {}};
}

constexpr const char* fft_name = "fft";
constexpr const char* ifft_name = "ifft";
constexpr const char* rfft_even_name = "rfft_n_even";
constexpr const char* rfft_odd_name = "rfft_n_odd";
constexpr const char* irfft_name = "irfft";

// What the five have in common.
OpSpec transform(OpSpec op) {
  op.kind = OpKind::structured;
  op.n_inputs = 2;
  op.attributes = {{"length", AttributeType::integer, false, 1}};
  op.gufunc.signature = "(n),()->(m)";
  op.max_ulp = 16;
  op.may_warn = true;
  op.warning_name = op.name;
  op.gradient_reads_inputs = 2;
  op.gradient_reads_output = false;
  op.cost = 32;
  return op;
}

// ---- the frequencies of the coefficients ----

// In cycles per unit of the sample spacing; `steps` are their numbers.
Value frequencies(const Value& steps, int64_t n, const Attributes* attributes) {
  const double length = static_cast<double>(n) * attributes->real(1);
  if (length == 0) fail(ErrorClass::not_implemented, "lazynp: fftfreq: no length");
  const Value result = steps * constant(1.0 / length);
  const DType dtype = dtype_or(attributes, 2, result.dtype());
  return astype(result, dtype);
}

int64_t n_points(const Attributes* attributes) {
  const int64_t n = attributes->integer(0);
  if (n < 1) fail(ErrorClass::not_implemented, "lazynp: fftfreq: no points");
  return n;
}

Value line_frequencies(std::span<const Value>, const Attributes* attributes) {
  const int64_t n = n_points(attributes), n_positive = (n - 1) / 2 + 1;
  const Value halves[] = {positions(0, n_positive), positions(-(n / 2), 0)};
  return frequencies(apply_list("concatenate", halves, axis_attribute(0)), n, attributes);
}

Value half_line_frequencies(std::span<const Value>, const Attributes* attributes) {
  const int64_t n = n_points(attributes);
  return frequencies(positions(0, n / 2 + 1), n, attributes);
}

OpSpec frequency(const char* name, const char* numpy, const char* doc, LowerRule lower) {
  return {.name = name,
          .doc = doc,
          .kind = OpKind::composite,
          .n_inputs = 0,
          .attributes = {{"n", AttributeType::integer},
                         {"d", AttributeType::real, false, 0, 1},
                         {"dtype", AttributeType::dtype, true}},
          .lower = lower,
          .numpy = {numpy},
          .creates = true,
          .array_api = {numpy},
          .array_api_keywords = {"dtype"}};
}

}  // namespace

std::vector<OpSpec> fourier_ops() {
  return {
      transform({
          .name = fft_name,
          .doc = "Discrete Fourier transform of each line, times a factor.",
          .kernel = complex_loops(),
          .run = fft_kernel,
          .infer = infer_complex,
          .gufunc = {.numpy = "numpy.fft._pocketfft_umath.fft"},
          .rewrite = without_watched_factor<fft_name>,
          .gradient = complex_gradient<ifft_name>,
      }),

      transform({
          .name = ifft_name,
          .doc = "Backward Fourier transform of each line, times a factor.",
          .kernel = complex_loops(),
          .run = ifft_kernel,
          .infer = infer_complex,
          .gufunc = {.numpy = "numpy.fft._pocketfft_umath.ifft"},
          .rewrite = without_watched_factor<ifft_name>,
          .gradient = complex_gradient<fft_name>,
      }),

      transform({
          .name = rfft_even_name,
          .doc = "First half of the transform of real lines of even length.",
          .kernel = from_real_loops(),
          .run = rfft_even_kernel,
          .infer = infer_from_real,
          .gufunc = {.numpy = "numpy.fft._pocketfft_umath.rfft_n_even"},
          .rewrite = without_watched_factor<rfft_even_name>,
          .gradient = from_real_gradient<true>,
      }),

      transform({
          .name = rfft_odd_name,
          .doc = "First half of the transform of real lines of odd length.",
          .kernel = from_real_loops(),
          .run = rfft_odd_kernel,
          .infer = infer_from_real,
          .gufunc = {.numpy = "numpy.fft._pocketfft_umath.rfft_n_odd"},
          .rewrite = without_watched_factor<rfft_odd_name>,
          .gradient = from_real_gradient<false>,
      }),

      transform({
          .name = irfft_name,
          .doc = "Backward transform of half lines, to real lines, times a factor.",
          .kernel = to_real_loops(),
          .run = irfft_kernel,
          .infer = infer_to_real,
          .gufunc = {.numpy = "numpy.fft._pocketfft_umath.irfft"},
          .rewrite = without_watched_factor<irfft_name>,
          .gradient = to_real_gradient,
      }),

      frequency("fftfreq", "fft.fftfreq", "Frequencies of a transform's coefficients.",
                line_frequencies),
      frequency("rfftfreq", "fft.rfftfreq", "Frequencies of the first half of them.",
                half_line_frequencies),
  };
}

}  // namespace lazynp
