// The runtime lock is Python's: engine runs leave it, and Ctrl-C is looked for meanwhile.
#pragma once

namespace lazynp::python {

void install_runtime_lock();  // into host_hooks

}  // namespace lazynp::python
