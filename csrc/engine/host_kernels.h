// Which ops have kernels that call the host language. It lets other threads run meanwhile, so that
// their runs leave the runtime lock as long ones do.
#pragma once
#include "csrc/ops/op_spec.h"

namespace lazynp {

void note_host_kernel(const OpSpec& op);  // at start
bool calls_host(const OpSpec& op);

}  // namespace lazynp
