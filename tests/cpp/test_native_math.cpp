// The error of native kernels, against the C library in a wider type: not above what ops.md says.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "csrc/ops/op_spec.h"
#include "tests/cpp/check.h"

namespace {

using namespace lazynp;

struct Reference {
  const char* op;
  long double (*wide)(long double);
  double lo, hi;
};
// Over the range in which results are finite and not constant.
const Reference references[] = {
    {"exp", std::exp, -745, 709.7},     {"exp2", std::exp2, -1074, 1023.9},
    {"expm1", std::expm1, -38, 709.7},  {"log", std::log, 0x1p-1022, 4},
    {"log2", std::log2, 0x1p-1022, 4},  {"log10", std::log10, 0x1p-1022, 4},
    {"log1p", std::log1p, -1, 4},       {"sin", std::sin, -100, 100},
    {"cos", std::cos, -100, 100},       {"tan", std::tan, -100, 100},
    {"tanh", std::tanh, -20, 20},       {"sinh", std::sinh, -20, 20},
    {"cosh", std::cosh, -20, 20},       {"arctan", std::atan, -20, 20},
    {"arcsin", std::asin, -1, 1},       {"arccos", std::acos, -1, 1},
    {"arcsinh", std::asinh, -100, 100}, {"arccosh", std::acosh, 1, 100},
    {"arctanh", std::atanh, -1, 1},     {"cbrt", std::cbrt, -100, 100},
    {"erf", std::erf, -6, 6},
};

// Half of the points anywhere in the range, half of them crowded at 0, 1 and -1.
template <class T> std::vector<T> points(double lo, double hi) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> anywhere(lo, hi), exponent(-30, 1), sign(-1, 1);
  std::vector<T> result;
  for (int i = 0; i < 200'000; ++i) {
    const double near = std::copysign(std::exp2(exponent(random)), sign(random));
    const double x = i % 2 == 0   ? anywhere(random)
                     : i % 4 == 1 ? near
                                  : std::copysign(1, near) - near;
    if (lo < x && x < hi) result.push_back(static_cast<T>(x));
  }
  return result;
}

template <class T> double largest_error(const Loop& loop, const Reference& reference) {
  const std::vector<T> x =
      points<T>(reference.lo, std::min<double>(reference.hi, sizeof(T) == 4 ? 88 : 1e300));
  std::vector<T> y(x.size());
  char* arguments[2] = {reinterpret_cast<char*>(const_cast<T*>(x.data())),
                        reinterpret_cast<char*>(y.data())};
  const intptr_t n = static_cast<intptr_t>(x.size()), strides[2] = {sizeof(T), sizeof(T)};
  loop.native(arguments, &n, strides, nullptr);
  double largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const long double exact = reference.wide(static_cast<long double>(x[i]));
    const T magnitude = std::fabs(static_cast<T>(exact));
    if (magnitude < std::numeric_limits<T>::min() || !std::isfinite(magnitude)) continue;
    const T ulp = std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude;
    largest = std::max(largest, static_cast<double>(std::fabs(y[i] - exact) / ulp));
  }
  return largest;
}

}  // namespace

TEST(native_kernels_err_by_no_more_than_they_say) {
  for (const Reference& reference : references) {
    const OpSpec& op = op_named(reference.op);
    for (const Loop& loop : op.kernel.loops) {
      double error = 0;
      if (loop.inputs[0] == DType::float64) error = largest_error<double>(loop, reference);
      if (loop.inputs[0] == DType::float32) error = largest_error<float>(loop, reference);
      CHECK(error <= op.max_ulp);
      if (error > op.max_ulp)
        std::fprintf(stderr, "%s, %d bytes: %.3f ulp, max_ulp %g\n", op.name,
                     size_of(loop.inputs[0]), error, op.max_ulp);
    }
  }
}

namespace {

void doubled(char** arguments, const intptr_t* n, const intptr_t*, void*) {
  for (intptr_t i = 0; i < *n; ++i)
    reinterpret_cast<double*>(arguments[1])[i] = 2 * reinterpret_cast<double*>(arguments[0])[i];
}
// One bit off, at one point.
void nearly_doubled(char** arguments, const intptr_t* n, const intptr_t* strides, void* data) {
  doubled(arguments, n, strides, data);
  auto* const y = reinterpret_cast<double*>(arguments[1]);
  for (intptr_t i = 0; i < *n; ++i)
    if (y[i] == 2) y[i] = std::nextafter(y[i], 3);
}
void doubled_floats(char** arguments, const intptr_t* n, const intptr_t*, void*) {
  for (intptr_t i = 0; i < *n; ++i)
    reinterpret_cast<float*>(arguments[1])[i] = 2 * reinterpret_cast<float*>(arguments[0])[i];
}

Loop loop_with(DType dtype, LoopFunction host, LoopFunction like_host) {
  return {.n_inputs = 1,
          .inputs = {dtype},
          .output = dtype,
          .native = like_host,
          .host = host,
          .like_host = like_host};
}

}  // namespace

TEST(loops_stand_in_for_the_hosts_only_with_its_bits) {
  CHECK(has_bits_of_host(loop_with(DType::float64, doubled, doubled)));
  CHECK(!has_bits_of_host(loop_with(DType::float64, nearly_doubled, doubled)));
  CHECK(!has_bits_of_host(loop_with(DType::float64, doubled, nearly_doubled)));
  CHECK(has_bits_of_host(loop_with(DType::float32, doubled_floats, doubled_floats)));
  CHECK(!has_bits_of_host(loop_with(DType::int64, doubled, doubled)));
}
