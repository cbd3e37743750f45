// Reports broken invariants.
#include "csrc/base/error.h"

namespace lazynp {

void broken_invariant(const char* condition, const char* file, int line) {
  throw std::logic_error(std::string("lazynp: internal error: ") + condition + " does not hold (" +
                         file + ":" + std::to_string(line) + "); please report it");
}

}  // namespace lazynp
