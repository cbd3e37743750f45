// Fourier transforms without Python: against the sum that defines them, and their gradients.
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "csrc/autodiff/gradient.h"
#include "csrc/engine/evaluate.h"
#include "csrc/ops/op_spec.h"
#include "tests/cpp/check.h"

namespace {

using namespace lazynp;
using Complex = std::complex<double>;
using Line = std::vector<Complex>;

Value array(const Line& numbers, const std::vector<int64_t>& shape, DType dtype) {
  BufferRef buffer = allocate_buffer(static_cast<int64_t>(numbers.size() * sizeof(Complex)));
  std::copy(numbers.begin(), numbers.end(), reinterpret_cast<Complex*>(buffer->data));
  return astype(leaf(std::move(buffer), DType::complex128, c_layout(shape, sizeof(Complex))),
                dtype);
}

Line elements(const Value& x) {
  const Value wide = astype(x, DType::complex128);
  const Value dense = copy_as(wide, c_layout(wide.shape(), sizeof(Complex)), DType::complex128);
  evaluate(dense.node());
  const auto* data = reinterpret_cast<const Complex*>(data_of(dense.node()));
  return {data, data + dense.size()};
}

Line some_numbers(size_t n) {
  Line line;
  for (size_t i = 0; i < n; ++i) {
    const auto k = static_cast<double>(i);
    line.emplace_back(std::sin(3 * k + 1), std::cos(5 * k));
  }
  return line;
}

Line defined(Line x, size_t n, double sign) {
  x.resize(n);
  Line y(n);
  for (size_t j = 0; j < n; ++j)
    for (size_t k = 0; k < n; ++k)
      y[j] += x[k] * std::polar(1.0, sign * 2 * std::numbers::pi * static_cast<double>(j * k % n) /
                                         static_cast<double>(n));
  return y;
}

// In units in the last place of the largest element.
double error_in_ulps(const Line& found, const Line& expected, DType dtype) {
  double largest = 1e-300, error = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    error = std::max(error, std::abs(found[i] - expected[i]));
  }
  const bool is_single = dtype == DType::complex64 || dtype == DType::float32;
  return error / largest / (is_single ? 0x1p-23 : 0x1p-52);
}

Value transform(const char* name, const Value& x, int64_t length, DType factor) {
  return apply(name, {x, astype(constant(1.0), factor)},
               AttributeWriter().integer(length).finish());
}

}  // namespace

TEST(fourier_transforms_agree_with_their_definition) {
  for (const size_t n : {1, 2, 3, 4, 7, 12, 30, 97, 128})
    for (const size_t n_given : {n, n + 3, n / 2})
      for (const bool is_single : {false, true}) {
        if (n_given == 0) continue;
        const DType dtype = is_single ? DType::complex64 : DType::complex128,
                    factor = is_single ? DType::float32 : DType::float64;
        const double max_ulp = op_named("fft").max_ulp;
        const auto length = static_cast<int64_t>(n);
        const Value x = array(some_numbers(n_given), {static_cast<int64_t>(n_given)}, dtype);
        const Line given = elements(x);
        const Line forward = defined(given, n, -1), backward = defined(given, n, 1);
        CHECK(error_in_ulps(elements(transform("fft", x, length, factor)), forward, dtype) <=
              max_ulp);
        CHECK(error_in_ulps(elements(transform("ifft", x, length, factor)), backward, dtype) <=
              max_ulp);
        Line real_line;
        for (const Complex& z : given) real_line.emplace_back(z.real());
        Line half = defined(real_line, n, -1);
        half.resize(n / 2 + 1);
        const Value real = astype(x, factor);
        const char* const rfft = n % 2 ? "rfft_n_odd" : "rfft_n_even";
        const Value y = transform(rfft, real, length / 2 + 1, factor);
        CHECK(y.dtype() == dtype);
        CHECK(error_in_ulps(elements(y), half, dtype) <= max_ulp);
        const Value back = transform("irfft", y, length, factor);
        CHECK(back.dtype() == factor);
        real_line.resize(n);
        for (Complex& z : real_line) z *= static_cast<double>(n);
        CHECK(error_in_ulps(elements(back), real_line, dtype) <= 2 * max_ulp);
      }
}

TEST(fourier_transforms_of_stacks_and_gradients) {
  const Value x = watch(array(some_numbers(24), {2, 3, 4}, DType::complex128));
  const int order[] = {2, 0, 1};
  const Value turned = transpose(x, order);
  const Value y = transform("fft", turned, 5, DType::float64);
  CHECK_EQUAL(shape_text(y.shape()), "(4,2,5)");
  const Line given = elements(turned), found = elements(y);
  for (size_t i = 0; i < 8; ++i) {
    const auto at = static_cast<int64_t>(i);
    const Line line(given.begin() + 3 * at, given.begin() + 3 * at + 3),
        result(found.begin() + 5 * at, found.begin() + 5 * at + 5);
    CHECK(error_in_ulps(result, defined(line, 5, -1), DType::complex128) <= 16);
  }
  // |y|² / 2 has the gradient of the transform and back: n x.
  const Value gx = gradients(y, std::span(&x, 1), y)[0];
  Line expected = elements(x);
  for (Complex& z : expected) z *= 5.0;
  CHECK(error_in_ulps(elements(gx), expected, DType::complex128) <= 64);
}
