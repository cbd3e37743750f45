// Recording ops for which some values have to be known: a length of the result, an index in bounds.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

inline bool looks_at_values(const OpSpec& op) { return op.length || op.check; }
// apply(), after what op.length and op.check need was computed.
Value apply_by_value(const OpSpec& op, std::span<const Value> inputs, AttributesRef attributes);

}  // namespace lazynp
