// Functions with the bits of SciPy's: the same operations in the same order, on vectors.
#pragma once
#include <cmath>
#include <cstring>
#include <limits>

#include "csrc/ops/loop_bodies.h"

namespace lazynp::scipy_math {

// c[0] x^(n-1) + ... + c[n-1], by Horner's rule.
template <size_t n> LNP_INLINE double polynomial(const double (&c)[n], double x) {
  double sum = c[0];
  for (size_t k = 1; k < n; ++k) sum = sum * x + c[k];
  return sum;
}
// The same with a leading coefficient of one in front.
template <size_t n> LNP_INLINE double monic_polynomial(const double (&c)[n], double x) {
  double sum = x + c[0];
  for (size_t k = 1; k < n; ++k) sum = sum * x + c[k];
  return sum;
}

// erf in float32 by AVX-512. SciPy rounds what it computes in float64; an approximation of that
// rounds to the same number, unless it lies close to the middle between two of them. False: one
// does, or an argument is not finite or too small; y holds nothing then. At least 8 elements.
bool erf_by_table(const float* x, float* y, intptr_t n);

// Rational functions of Cephes (S. L. Moshier, release 2.2), which SciPy's `erf` is: x
// T(x^2)/U(x^2) up to 1, above it 1 - exp(-x^2) P(x)/Q(x).
struct Erf {
  static constexpr double p[] = {
      2.46196981473530512524E-10, 5.64189564831068821977E-1, 7.46321056442269912687E0,
      4.86371970985681366614E1,   1.96520832956077098242E2,  5.26445194995477358631E2,
      9.34528527171957607540E2,   1.02755188689515710272E3,  5.57535335369399327526E2};
  static constexpr double q[] = {1.32281951154744992508E1, 8.67072140885989742329E1,
                                 3.54937778887819891062E2, 9.75708501743205489753E2,
                                 1.82390916687909736289E3, 2.24633760818710981792E3,
                                 1.65666309194161350182E3, 5.57535340817727675546E2};
  static constexpr double t[] = {9.60497373987051638749E0, 9.00260197203842689217E1,
                                 2.23200534594684319226E3, 7.00332514112805075473E3,
                                 5.55923013010394962768E4};
  static constexpr double u[] = {3.35617141647503099647E1, 5.21357949780152679795E2,
                                 4.59432382970980127987E3, 2.26290000613890934246E4,
                                 4.92673942608635921086E4};
  static constexpr double one_from = 6;  // erf(6) is 1 to double precision

  template <class Isa>
  LNP_INLINE void operator()(Isa, const double* x, double* y, intptr_t n) const {
    alignas(64) double tails[loops::chunk];
    tails_of(x, tails, n);
#pragma GCC ivdep
    for (intptr_t i = 0; i < n; ++i) {
      const double size = std::fabs(x[i]);
      const bool is_small = !(size > 1);
      const double near = is_small ? size : 1.0, far = size < one_from ? size : one_from;
      const double square = near * near;
      const double above = is_small ? near * polynomial(t, square) : tails[i] * polynomial(p, far);
      const double below = is_small ? monic_polynomial(u, square) : monic_polynomial(q, far);
      const double ratio = above / below;
      const double value = std::copysign(is_small ? ratio : 1.0 - ratio, x[i]);
      y[i] = x[i] == x[i] ? value : std::numeric_limits<double>::quiet_NaN();
    }
  }

  template <class Isa>
  LNP_INLINE void operator()(Isa isa, const float* x, float* y, intptr_t n) const {
#ifdef LNP_HAS_VARIANTS
    if constexpr (Isa::vector_bytes == 64)
      if (n >= 8 && erf_by_table(x, y, n)) return;
#endif
    alignas(64) double wide[loops::chunk], values[loops::chunk];
    for (intptr_t i = 0; i < n; ++i) wide[i] = x[i];
    (*this)(isa, wide, values, n);
    for (intptr_t i = 0; i < n; ++i) y[i] = static_cast<float>(values[i]);
  }

  // exp(-x^2) where it is wanted, by the C library as in SciPy; else 0.
  LNP_INLINE static void tails_of(const double* x, double* tails, intptr_t n) {
    int16_t wanted[loops::chunk];
    intptr_t n_wanted = 0;
    for (intptr_t i = 0; i < n; ++i) {
      const double size = std::fabs(x[i]);
      tails[i] = -(size * size);
      wanted[n_wanted] = static_cast<int16_t>(i);
      n_wanted += (size > 1) & (size < one_from);
    }
    for (intptr_t k = 0; k < n_wanted; ++k) tails[wanted[k]] = std::exp(tails[wanted[k]]);
    for (intptr_t i = 0; i < n; ++i) tails[i] = tails[i] > 0 ? tails[i] : 0;
  }
};

}  // namespace lazynp::scipy_math
