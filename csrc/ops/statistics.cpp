// Statistics, written with other ops in NumPy's order of operations.
#include <algorithm>

#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

int64_t reduced_count(const Value& x, const Axes& axes) {
  int64_t count = 1;
  for (int axis : axes) count *= x.shape()[static_cast<size_t>(axis)];
  return count;
}

// NumPy counts the reduced elements first, and refuses axes of 0-d arrays that sum would take.
Axes counted_axes(const Attributes* attributes, int ndim) {
  for (int64_t axis : integers_of(attributes, 0)) normalized_axis(axis, ndim);
  return reduced_axes(attributes, 0, ndim);
}

void warn_at_record(const char* text) {
  if (record_hooks.warn) record_hooks.warn(text);
}

// Where a total without axes is divided, NumPy divides scalars; with an int64, those of 64 bits.
class ScalarArithmetic {
 public:
  ScalarArithmetic(const Value& total, bool is_wide) : saved_(record_context.error_state) {
    if (total.ndim() == 0 && is_wide && record_hooks.scalar_error_state)
      record_context.error_state = record_hooks.scalar_error_state();
  }
  ~ScalarArithmetic() { record_context.error_state = saved_; }

 private:
  uint8_t saved_;
};

// total / count, rounded as NumPy's true_divide(total, count, casting="unsafe") does it, whose loop
// is the one of float64 (complex128) because the count is an int64.
Value divided(const Value& total, double count) {
  const DType dtype = total.dtype();
  const bool is_wide = dtype == DType::float64 || dtype == DType::complex128;
  const ScalarArithmetic scope(total, is_wide);
  // For float32 and an exact count the quotient rounded twice is the quotient rounded once.
  const bool is_exact =
      dtype == DType::float32 && static_cast<double>(static_cast<float>(count)) == count;
  if (is_wide || is_exact) return apply("divide", {total, constant(count)});
  const Value wide = astype(total, is_complex(dtype) ? DType::complex128 : DType::float64);
  return astype(apply("divide", {wide, constant(count)}), dtype);
}

DType at_least_real(DType dtype) { return is_inexact(dtype) ? dtype : DType::float64; }

Value mean(const Value& x, const Axes& axes, bool keepdims, DType dtype) {
  const bool widens_half = dtype == DType::none && x.dtype() == DType::float16;
  if (dtype == DType::none) dtype = widens_half ? DType::float32 : at_least_real(x.dtype());
  const int64_t count = reduced_count(x, axes);
  if (count == 0) warn_at_record("Mean of empty slice");
  // Of truth values the sum is a count, which float64 holds exactly in whatever order.
  const bool is_count = x.dtype() == DType::boolean && dtype == DType::float64;
  Value total = reduce(op_named("sum"), x, axes, keepdims, is_count ? DType::int64 : dtype);
  if (is_count) total = astype(total, dtype);
  const Value result = divided(total, static_cast<double>(count));
  return widens_half ? astype(result, DType::float16) : result;
}

Value squared_magnitude(const Value& x) {
  if (!is_complex(x.dtype())) return apply("square", {x});
  const Value real_square = apply("square", {apply("real", {x})});
  return real_square + apply("square", {apply("imag", {x})});
}

// NumPy's two passes: the mean, then the mean of the squared deviations.
Value variance(const Value& x, const Axes& axes, bool keepdims, DType dtype, double ddof) {
  if (dtype == DType::none && !is_inexact(x.dtype())) dtype = DType::float64;
  const double count = static_cast<double>(reduced_count(x, axes));
  if (ddof >= count) warn_at_record("Degrees of freedom <= 0 for slice");
  const Value center = divided(reduce(op_named("sum"), x, axes, true, dtype), count);
  const Value deviation = squared_magnitude(x - center);
  // A complex dtype asks for complex sums of the real squares, as in NumPy.
  const Value total = reduce(op_named("sum"), deviation, axes, keepdims, dtype);
  return divided(total, std::max(count - ddof, 0.0));
}

// (axis, dtype, ddof, keepdims) of var and std.
Value variance_of(std::span<const Value> x, const Attributes* a) {
  return variance(x[0], counted_axes(a, x[0].ndim()), boolean_or(a, 3, false),
                  dtype_or(a, 1, DType::none), is_given(a, 2) ? a->real(2) : 0.0);
}

Value deviation_of(std::span<const Value> x, const Attributes* a) {
  if (!is_inexact(dtype_or(a, 1, DType::float64)))
    fail(ErrorClass::not_implemented, "lazynp: std: an integer dtype is not native");
  return apply("sqrt", {variance_of(x, a)});
}

std::vector<Attribute> variance_attributes() {
  return {{"axis", AttributeType::integers, true},
          {"dtype", AttributeType::dtype, true},
          {"ddof", AttributeType::real},
          {"keepdims", AttributeType::boolean}};
}

Value without_nan(const Value& x, const Value& replacement) {
  if (!is_inexact(x.dtype())) return x;
  return apply("where", {apply("isnan", {x}), replacement, x});
}

Value nan_reduction(const char* op, std::span<const Value> x, const Attributes* a,
                    const Value& identity) {
  return reduce(op_named(op), without_nan(x[0], identity), reduced_axes(a, 0, x[0].ndim()),
                boolean_or(a, 2, false), dtype_or(a, 1, DType::none));
}

Value difference(std::span<const Value> x, const Attributes* a) {
  const int64_t n = integer_or(a, 0, 1);
  if (n == 0) fail(ErrorClass::not_implemented, "lazynp: diff: n = 0 is the array itself");
  if (n < 0) fail(ErrorClass::value, "order must be non-negative but got " + std::to_string(n));
  if (x[0].ndim() == 0)
    fail(ErrorClass::value, "diff requires input that is at least one dimensional");
  const int axis = normalized_axis(integer_or(a, 1, -1), x[0].ndim());
  const char* op = x[0].dtype() == DType::boolean ? "not_equal" : "subtract";
  Value result = x[0];
  for (int64_t i = 0; i < n; ++i) {
    const int64_t extent = result.shape()[static_cast<size_t>(axis)];
    if (extent == 0) break;
    result =
        apply(op, {slice_axis(result, axis, 1, extent), slice_axis(result, axis, 0, extent - 1)});
  }
  return result;
}

}  // namespace

std::vector<OpSpec> statistics_ops() {
  const std::vector<Attribute> sum_attributes = {{"axis", AttributeType::integers, true},
                                                 {"dtype", AttributeType::dtype, true},
                                                 {"keepdims", AttributeType::boolean}};
  return {
      OpSpec{
          .name = "mean",
          .doc = "Arithmetic mean over axes.",
          .kind = OpKind::composite,
          .attributes = sum_attributes,
          .lower =
              [](std::span<const Value> x, const Attributes* a) {
                return mean(x[0], counted_axes(a, x[0].ndim()), boolean_or(a, 2, false),
                            dtype_or(a, 1, DType::none));
              },
          .numpy = {"mean"},
          .array_api = {"mean"},
          .may_warn = true,
      },

      OpSpec{
          .name = "var",
          .doc = "Variance over axes: the mean of squared deviations, with `ddof` fewer degrees of "
                 "freedom.",
          .kind = OpKind::composite,
          .attributes = variance_attributes(),
          .lower = variance_of,
          .numpy = {"var"},
          .may_warn = true,
      },

      OpSpec{
          .name = "std",
          .doc = "Standard deviation over axes: the square root of the variance.",
          .kind = OpKind::composite,
          .attributes = variance_attributes(),
          .lower = deviation_of,
          .numpy = {"std"},
          .may_warn = true,
      },

      OpSpec{
          .name = "ptp",
          .doc = "Range of the elements over axes: maximum minus minimum.",
          .kind = OpKind::composite,
          .attributes = {{"axis", AttributeType::integers, true},
                         {"keepdims", AttributeType::boolean}},
          .lower =
              [](std::span<const Value> x, const Attributes* a) {
                const Axes axes = reduced_axes(a, 0, x[0].ndim());
                const bool keepdims = boolean_or(a, 1, false);
                const Value largest = reduce(op_named("max"), x[0], axes, keepdims);
                return largest - reduce(op_named("min"), x[0], axes, keepdims);
              },
          .numpy = {"ptp"},
          .gives_scalars = true,
          .may_warn = true,
      },

      OpSpec{
          .name = "nansum",
          .doc = "Sum over axes in which NaN counts as zero.",
          .kind = OpKind::composite,
          .attributes = sum_attributes,
          .lower = [](std::span<const Value> x,
                      const Attributes* a) { return nan_reduction("sum", x, a, constant(0)); },
          .numpy = {"nansum"},
          .gives_scalars = true,
          .may_warn = true,
      },

      OpSpec{
          .name = "nanprod",
          .doc = "Product over axes in which NaN counts as one.",
          .kind = OpKind::composite,
          .attributes = sum_attributes,
          .lower = [](std::span<const Value> x,
                      const Attributes* a) { return nan_reduction("prod", x, a, constant(1)); },
          .numpy = {"nanprod"},
          .gives_scalars = true,
          .may_warn = true,
      },

      OpSpec{
          .name = "diff",
          .doc = "The n-th differences of neighbours along an axis.",
          .kind = OpKind::composite,
          .attributes = {{"n", AttributeType::integer, false, 1},
                         {"axis", AttributeType::integer, false, -1}},
          .lower = difference,
          .numpy = {"diff"},
          .array_api = {"diff"},
      },
  };
}

}  // namespace lazynp
