// The families of ops. Each is a file of this folder that exports `std::vector<OpSpec>
// <name>_ops()`.
#pragma once
#include <vector>

#include "csrc/ops/op_spec.h"

#define LNP_FAMILIES(X) \
  X(arithmetic)         \
  X(division)           \
  X(powers)             \
  X(comparison)         \
  X(logical)            \
  X(bitwise)            \
  X(packed_bits)        \
  X(exponential)        \
  X(trigonometric)      \
  X(hyperbolic)         \
  X(rounding)           \
  X(complex_numbers)    \
  X(special)            \
  X(selection)          \
  X(reductions)         \
  X(statistics)         \
  X(scans)              \
  X(sorting)            \
  X(indexing)           \
  X(positions)          \
  X(replacing)          \
  X(sampled)            \
  X(joining)            \
  X(creation)           \
  X(linear_algebra)     \
  X(einsum)             \
  X(fourier)            \
  X(matrix_equations)   \
  X(matrix_factors)     \
  X(layout)             \
  X(placeholder)        \
  X(pullback)           \
  X(casting)

namespace lazynp {

#define LNP_DECLARE(family) std::vector<OpSpec> family##_ops();
LNP_FAMILIES(LNP_DECLARE)
#undef LNP_DECLARE

}  // namespace lazynp
