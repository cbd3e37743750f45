#include "csrc/engine/host_kernels.h"

#include <vector>

namespace lazynp {

namespace {
std::vector<bool>& host_kernels() {
  static auto* const known = new std::vector<bool>(registry().size());
  return *known;
}
}  // namespace

void note_host_kernel(const OpSpec& op) { host_kernels()[static_cast<size_t>(op.index)] = true; }
bool calls_host(const OpSpec& op) { return host_kernels()[static_cast<size_t>(op.index)]; }

}  // namespace lazynp
