// What the files that record share: nodes, casts and loops. Their users are apply*.cpp alone.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

inline constexpr uint8_t no_loop = 255;

Node* new_node(const OpSpec& op, DType dtype, LayoutRef layout, std::span<Node* const> inputs);
Value converted(Node* node, DType dtype);  // the node itself where it has the dtype
// The first loop to which the inputs cast safely. Python numbers adapt to a dtype of their kind
// (`keeps_strong`), else they are of their default one.
uint8_t first_safe_loop(const OpSpec& op, std::span<const Value> inputs, bool keeps_strong,
                        uint8_t otherwise);
[[noreturn]] void unsupported_types(const OpSpec& op);
Value apply_structured(const OpSpec& op, std::span<const Value> given, AttributesRef attributes);

}  // namespace lazynp
