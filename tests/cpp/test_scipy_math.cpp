// erf of float32 by its table: it does answer, and says where it does not.
#include "csrc/ops/scipy_math.h"

#include <cmath>
#include <limits>
#include <vector>

#include "csrc/base/cpu_level.h"
#include "tests/cpp/check.h"

#ifdef LNP_HAS_VARIANTS
TEST(erf_by_table_answers_but_where_rounding_is_in_doubt) {
  using namespace lazynp;
  if (cpu_level() < CpuLevel::v4) return;  // loops of other levels do not call it
  constexpr intptr_t n = 512;
  int n_answered = 0;
  constexpr int n_chunks = 200;
  for (int chunk = 0; chunk < n_chunks; ++chunk) {
    std::vector<float> x(n), y(n);
    for (intptr_t i = 0; i < n; ++i)
      x[static_cast<size_t>(i)] = static_cast<float>(chunk * n + i) / (n_chunks * n / 10) - 5;
    if (!scipy_math::erf_by_table(x.data(), y.data(), n)) continue;
    ++n_answered;
    for (size_t i = 0; i < x.size(); ++i)
      CHECK(y[i] == static_cast<float>(std::erf(static_cast<double>(x[i]))));
  }
  CHECK(n_answered > n_chunks * 9 / 10);

  for (const float special :
       {std::numeric_limits<float>::quiet_NaN(), 1e-40f, std::numeric_limits<float>::infinity()}) {
    std::vector<float> x(16, 0.5f), y(16);
    CHECK(scipy_math::erf_by_table(x.data(), y.data(), 16));
    x[3] = special;
    CHECK(!scipy_math::erf_by_table(x.data(), y.data(), 16));
  }
}
#endif
