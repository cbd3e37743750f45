#include "csrc/ops/scipy_math.h"

#include <cfloat>
#include <numbers>

#ifdef LNP_HAS_VARIANTS
#include <immintrin.h>

namespace lazynp::scipy_math {

namespace {

// Polynomials in s = 4x - (2k+1), from -1 to 1, whose values are erf(x)/x on [k/2, (k+1)/2), to
// 2^-43.8. From the end of the last interval on, erf rounds to 1.
struct ErfTable {
  static constexpr int n = 11, n_intervals = 8;
  static constexpr float end = 4 - 0x1p-20f;
  alignas(64) double coefficients[n][n_intervals];  // that of the highest power first
  ErfTable();
};

// By interpolation at the zeros of a Chebyshev polynomial.
ErfTable::ErfTable() {
  for (int k = 0; k < n_intervals; ++k) {
    double values[n], zeros[n];
    for (int j = 0; j < n; ++j) {
      zeros[j] = std::cos(std::numbers::pi * (j + 0.5) / n);
      const double x = (zeros[j] + 2 * k + 1) / 4;
      values[j] = std::erf(x) / x;
    }
    // T_0, T_1 = s, T_(m+1) = 2s T_m - T_(m-1), as coefficients of 1, s, s^2, ...
    double before[n] = {}, current[n] = {1}, sum[n] = {};
    for (int m = 0; m < n; ++m) {
      double weight = 0;
      for (int j = 0; j < n; ++j) weight += values[j] * std::cos(m * std::acos(zeros[j]));
      weight *= (m ? 2.0 : 1.0) / n;
      for (int power = 0; power <= m; ++power) sum[power] += weight * current[power];
      double next[n] = {};
      for (int power = 0; power < n; ++power)
        next[power] = (power ? (m ? 2 : 1) * current[power - 1] : 0) - (m ? before[power] : 0);
      std::memcpy(before, current, sizeof before);
      std::memcpy(current, next, sizeof current);
    }
    for (int power = 0; power < n; ++power) coefficients[n - 1 - power][k] = sum[power];
  }
}

}  // namespace

LNP_TARGET_AVX512 bool erf_by_table(const float* x, float* y, intptr_t n) {
  static const ErfTable table;
  constexpr int64_t dropped = (int64_t{1} << 29) - 1, middle = int64_t{1} << 28;
  constexpr int64_t too_close = int64_t{1} << 11;  // 2^-41
  __m512d coefficients[ErfTable::n];
  for (int k = 0; k < ErfTable::n; ++k) coefficients[k] = _mm512_load_pd(table.coefficients[k]);
  const __m256 sign_bit = _mm256_set1_ps(-0.0f), end = _mm256_set1_ps(ErfTable::end),
               largest = _mm256_set1_ps(FLT_MAX), smallest = _mm256_set1_ps(0x1p-100f);
  const __m512d one = _mm512_set1_pd(1), two = _mm512_set1_pd(2);
  unsigned is_unsure = 0;
  for (intptr_t i = 0; i < n; i += 8) {
    const intptr_t at = i + 8 <= n ? i : n - 8;
    const __m256 given = _mm256_loadu_ps(x + at), size = _mm256_andnot_ps(sign_bit, given);
    is_unsure |= _mm256_cmp_ps_mask(size, largest, _CMP_NLE_UQ);
    is_unsure |= _mm256_mask_cmp_ps_mask(_mm256_cmp_ps_mask(size, smallest, _CMP_LT_OQ), size,
                                         _mm256_setzero_ps(), _CMP_GT_OQ);
    const __m512d near = _mm512_cvtps_pd(_mm256_min_ps(size, end)), twice = near + near;
    const __m512d whole = _mm512_roundscale_pd(twice, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    const __m512i interval = _mm512_cvttpd_epi64(twice);
    const __m512d s = _mm512_fmsub_pd(twice - whole, two, one);
    __m512d g = _mm512_permutexvar_pd(interval, coefficients[0]);
    for (int k = 1; k < ErfTable::n; ++k)
      g = _mm512_fmadd_pd(g, s, _mm512_permutexvar_pd(interval, coefficients[k]));
    const __m512d value = near * g;
    const __m512i past =
        _mm512_sub_epi64(_mm512_and_epi64(_mm512_castpd_si512(value), _mm512_set1_epi64(dropped)),
                         _mm512_set1_epi64(middle - too_close));
    is_unsure |= _mm512_cmplt_epu64_mask(past, _mm512_set1_epi64(2 * too_close));
    const __m256 rounded = _mm512_cvtpd_ps(value);
    _mm256_storeu_ps(y + at, _mm256_or_ps(rounded, _mm256_and_ps(sign_bit, given)));
  }
  return is_unsure == 0;
}

}  // namespace lazynp::scipy_math
#endif
