// Arrays from attributes alone.
#include <algorithm>
#include <cmath>
#include <limits>

#include "csrc/cpu/fill.h"
#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

// From this size on NumPy decides whether there is so much memory.
constexpr int64_t huge_bytes = int64_t{1} << 40;

// A Python integer that becomes an element must fit, as in NumPy.
void check_fits(const Number& x, DType dtype) {
  if (!x.is_integer || !is_integer(dtype)) return;
  const int bits = 8 * size_of(dtype);
  const bool is_signed = info(dtype).kind == 'i';
  const int64_t highest =
      bits == 64 ? std::numeric_limits<int64_t>::max() : (int64_t{1} << (bits - is_signed)) - 1;
  const int64_t lowest = !is_signed   ? 0
                         : bits == 64 ? std::numeric_limits<int64_t>::min()
                                      : -(int64_t{1} << (bits - 1));
  if (x.integer < lowest || x.integer > highest)
    fail(ErrorClass::overflow,
         "Python integer " + std::to_string(x.integer) + " out of bounds for " + info(dtype).name);
}

// ceil((stop - start) / step), with NumPy's treatment of quotients that underflow.
int64_t arange_length(const Number& start, const Number& stop, const Number& step) {
  const bool is_exact = start.is_integer && stop.is_integer && step.is_integer;
  if (step.is_integer ? step.integer == 0 : step.real == 0)
    fail(ErrorClass::zero_division, is_exact ? "division by zero" : "float division by zero");
  if (is_exact) {
    __extension__ typedef __int128 Wide;
    const Wide distance = static_cast<Wide>(stop.integer) - start.integer, divisor = step.integer;
    Wide length = distance / divisor;
    if (length * divisor != distance && (distance > 0) == (divisor > 0)) ++length;
    if (length > std::numeric_limits<int64_t>::max())
      fail(ErrorClass::value, "Maximum allowed size exceeded");
    return length < 0 ? 0 : static_cast<int64_t>(length);
  }
  const double distance = start.is_integer && stop.is_integer
                              ? static_cast<double>(stop.integer - start.integer)
                              : stop.real - start.real;
  const double length = distance / step.real;
  if (length == 0 && distance != 0) return std::signbit(length) ? 0 : 1;
  if (std::isnan(length)) fail(ErrorClass::value, "arange: cannot compute length");
  if (std::ceil(length) >= 9223372036854775808.0)
    fail(ErrorClass::value, "Maximum allowed size exceeded");
  return length < 0 ? 0 : static_cast<int64_t>(std::ceil(length));
}

Inference infer_arange(Values&, const Attributes* a) {
  const auto [start, stop, step] = range_attributes(*a);
  const bool is_exact = start.is_integer && stop.is_integer && step.is_integer;
  const DType dtype = dtype_or(a, 3, is_exact ? DType::int64 : DType::float64);
  const int64_t length = arange_length(start, stop, step);
  if (length > huge_bytes / 8) fail(ErrorClass::value, "array is too big");
  if (dtype == DType::boolean && length > 2)
    fail(ErrorClass::type,
         "arange() is only supported for booleans when the result has at most length 2.");
  if (length > 0) check_fits(start, dtype);
  if (length > 1) check_fits(start + step, dtype);
  const int64_t shape[] = {length};
  return {dtype, c_layout(shape, size_of(dtype))};
}

Inference infer_linspace(Values&, const Attributes* a) {
  const int64_t n = integer_or(a, 2, 50);
  if (n < 0)
    fail(ErrorClass::value, "Number of samples, " + std::to_string(n) + ", must be non-negative.");
  const DType dtype = dtype_or(a, 4, DType::float64);
  const int64_t shape[] = {n};
  return {dtype, c_layout(shape, size_of(dtype))};
}

Inference infer_matrix(const Attributes* a, int64_t rows, int64_t columns) {
  const DType dtype = dtype_or(a, 3, DType::float64);
  const int64_t shape[] = {rows, columns};
  return {dtype, c_layout(shape, size_of(dtype))};
}

Inference infer_eye(Values&, const Attributes* a) {
  const int64_t rows = a->integer(0), columns = integer_or(a, 1, rows);
  if (rows < 0 || columns < 0) fail(ErrorClass::value, "negative dimensions are not allowed");
  return infer_matrix(a, rows, columns);
}

// NumPy compares two ranges here, and a range of negative length is empty.
Inference infer_tri(Values&, const Attributes* a) {
  const int64_t rows = a->integer(0), columns = integer_or(a, 1, rows);
  return infer_matrix(a, std::max<int64_t>(rows, 0), std::max<int64_t>(columns, 0));
}

// x with zeros where the triangle on and below diagonal k is (`keeps_lower`: is not).
Value triangle_of(const Value& x, int64_t k, bool keeps_lower) {
  if (x.ndim() == 0)
    fail(ErrorClass::not_implemented, "lazynp: tril and triu: 0-d arrays are not native");
  const int64_t columns = x.shape().back(),
                rows = x.ndim() == 1 ? columns : x.shape()[static_cast<size_t>(x.ndim() - 2)];
  const Value lower = apply(
      "tri", {},
      AttributeWriter().integer(rows).integer(columns).integer(k).dtype(DType::boolean).finish());
  const int64_t one[] = {1};
  const Value nothing = zeros(one, x.dtype());
  return keeps_lower ? apply("where", {lower, x, nothing}) : apply("where", {lower, nothing, x});
}

std::vector<Attribute> matrix_attributes() {
  return {{"N", AttributeType::integer},
          {"M", AttributeType::integer, true},
          {"k", AttributeType::integer},
          {"dtype", AttributeType::dtype, true}};
}

Value filled_array(const Attributes* a, DType dtype, const Value& number) {
  const Shape shape = integers_of(a, 0);
  if (checked_size(shape, size_of(dtype)) > huge_bytes / size_of(dtype))
    fail(ErrorClass::value, "array is too big");
  return full(shape, dtype, number);
}

template <int number> Value lower_filled(std::span<const Value>, const Attributes* a) {
  return filled_array(a, dtype_or(a, 1, DType::float64), constant(number));
}

Value lower_full(std::span<const Value> x, const Attributes* a) {
  const Weak weak = x[0].node()->weak;
  const DType own = weak == Weak::no ? x[0].dtype() : default_dtype(weak);
  const DType dtype = dtype_or(a, 1, own);
  if (dtype == DType::boolean) return filled_array(a, dtype, astype(x[0], dtype));
  if (!can_cast_same_kind(own, dtype))
    fail(ErrorClass::not_implemented, "lazynp: full: a number of another kind is not native");
  return filled_array(a, dtype, x[0]);
}

OpSpec filled(const char* name, const char* doc, int number, std::vector<const char*> names) {
  return {.name = name,
          .doc = doc,
          .kind = OpKind::composite,
          .n_inputs = 0,
          .attributes = {{"shape", AttributeType::integers}, {"dtype", AttributeType::dtype, true}},
          .lower = number ? lower_filled<1> : lower_filled<0>,
          .no_gradient = "it has no array input",
          .numpy = names,
          .creates = true,
          .array_api = names};
}

}  // namespace

std::vector<OpSpec> creation_ops() {
  return {
      // start, stop and step may be written as integers, which are exact and make the default dtype
      // int64.
      OpSpec{
          .name = "arange",
          .doc = "Numbers from start (included) to stop (excluded) in equal steps.",
          .kind = OpKind::structured,
          .n_inputs = 0,
          .attributes = {{"start_or_stop", AttributeType::real},
                         {"stop", AttributeType::real, true},
                         {"step", AttributeType::real, false, 0, 1},
                         {"dtype", AttributeType::dtype, true}},
          .run = arange_kernel,
          .infer = infer_arange,
          .no_gradient = "it has no array input",
          .numpy = {"arange"},
          .creates = true,
          .array_api = {"arange"},
      },

      OpSpec{
          .name = "linspace",
          .doc = "A number of equally spaced values from start to stop.",
          .kind = OpKind::structured,
          .n_inputs = 0,
          .attributes = {{"start", AttributeType::real},
                         {"stop", AttributeType::real},
                         {"num", AttributeType::integer, false, 50},
                         {"endpoint", AttributeType::boolean, false, 1},
                         {"dtype", AttributeType::dtype, true}},
          .run = linspace_kernel,
          .infer = infer_linspace,
          .no_gradient = "it has no array input",
          .numpy = {"linspace"},
          .creates = true,
          .gives_view =
              [](const Attributes* a) {
                return integer_or(a, 2, 50) > 1 && dtype_or(a, 4, DType::float64) == DType::float64;
              },
          .array_api = {"linspace"},
      },

      // Memory that nobody filled would be a value that is not the same twice.
      filled("zeros", "An array of zeros.", 0, {"zeros", "empty"}),
      filled("ones", "An array of ones.", 1, {"ones"}),
      OpSpec{
          .name = "full",
          .doc = "An array of one number, or of an array that is broadcast.",
          .kind = OpKind::composite,
          .attributes = {{"shape", AttributeType::integers}, {"dtype", AttributeType::dtype, true}},
          .lower = lower_full,
          .numpy = {"full"},
          .creates = true,
          .array_api = {"full"},
      },

      OpSpec{
          .name = "eye",
          .doc = "Ones on the k-th diagonal and zeros elsewhere.",
          .kind = OpKind::structured,
          .n_inputs = 0,
          .attributes = matrix_attributes(),
          .run = eye_kernel,
          .infer = infer_eye,
          .no_gradient = "it has no array input",
          .numpy = {"eye"},
          .creates = true,
          .array_api = {"eye"},
      },

      OpSpec{
          .name = "tri",
          .doc = "Ones on and below the k-th diagonal and zeros above.",
          .kind = OpKind::structured,
          .n_inputs = 0,
          .attributes = matrix_attributes(),
          .run = triangle_kernel,
          .infer = infer_tri,
          .no_gradient = "it has no array input",
          .numpy = {"tri"},
          .creates = true,
      },

      OpSpec{
          .name = "tril",
          .doc = "The array with zeros above the k-th diagonal of its last two axes.",
          .kind = OpKind::composite,
          .attributes = {{"k", AttributeType::integer}},
          .lower = [](std::span<const Value> x,
                      const Attributes* a) { return triangle_of(x[0], integer_or(a, 0, 0), true); },
          .numpy = {"tril"},
          .array_api = {"tril"},
      },

      OpSpec{
          .name = "triu",
          .doc = "The array with zeros below the k-th diagonal of its last two axes.",
          .kind = OpKind::composite,
          .attributes = {{"k", AttributeType::integer}},
          .lower =
              [](std::span<const Value> x, const Attributes* a) {
                return triangle_of(x[0], integer_or(a, 0, 0) - 1, false);
              },
          .numpy = {"triu"},
          .array_api = {"triu"},
      },
  };
}

}  // namespace lazynp
