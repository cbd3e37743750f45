// The plan of pending values as text.
#include "csrc/engine/evaluate.h"

namespace lazynp {
std::string explain(std::span<Node* const>, std::string_view) { return {}; }
}  // namespace lazynp
