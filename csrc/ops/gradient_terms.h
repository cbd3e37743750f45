// What gradient rules are written with. A gradient of complex values is the conjugate of the
// complex derivative (gradient.h), so rules multiply by conjugated factors.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

inline Value conjugated(const Value& x) {
  return is_complex(x.dtype()) ? apply("conjugate", {x}) : x;
}

}  // namespace lazynp
