// Own loops that stand in for the host's: first they have to show its bits.
#include <cmath>
#include <cstring>
#include <limits>

#include "csrc/ops/kernel.h"

namespace lazynp {

namespace {

// Special values, powers of two with their neighbours, and points that fill intervals around 0.
template <class T> std::vector<T> points() {
  using Limits = std::numeric_limits<T>;
  const T infinity = Limits::infinity();
  std::vector<T> found = {0, infinity, Limits::quiet_NaN(), Limits::denorm_min(), Limits::min()};
  for (int exponent = Limits::min_exponent; exponent < Limits::max_exponent; ++exponent) {
    const T power = std::ldexp(T(1), exponent);
    for (const T x : {std::nextafter(power, T(0)), power, std::nextafter(power, infinity)})
      found.push_back(x);
  }
  constexpr int n_points = 1000;
  for (const T radius : {T(1), T(10), T(1000)})
    for (int i = 1; i <= n_points; ++i) found.push_back(radius * T(i) / T(n_points));
  const size_t n = found.size();
  for (size_t i = 0; i < n; ++i) found.push_back(-found[i]);
  return found;
}

template <class T> std::vector<T> computed(LoopFunction function, void* data, std::vector<T> x) {
  std::vector<T> y(x.size());
  const intptr_t n = static_cast<intptr_t>(x.size()), strides[] = {sizeof(T), sizeof(T)};
  char* arguments[] = {reinterpret_cast<char*>(x.data()), reinterpret_cast<char*>(y.data())};
  function(arguments, &n, strides, data);  // which may move them on
  return y;
}

template <class T> bool agree(const Loop& loop) {
  const std::vector<T> x = points<T>(), own = computed(loop.like_host, nullptr, x),
                       host = computed(loop.host, loop.host_data, x);
  return std::memcmp(own.data(), host.data(), x.size() * sizeof(T)) == 0;
}

}  // namespace

bool has_bits_of_host(const Loop& loop) {
  if (loop.n_inputs != 1 || loop.inputs[0] != loop.output) return false;
  if (loop.output == DType::float32) return agree<float>(loop);
  return loop.output == DType::float64 && agree<double>(loop);
}

}  // namespace lazynp
