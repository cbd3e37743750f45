// The runtime lock is Python's: engine runs leave it, and Ctrl-C is looked for meanwhile.
#pragma once
#include <unistd.h>

#include <exception>
#ifdef __GLIBCXX__
#include <cxxabi.h>
#endif

namespace lazynp::python {

void install_runtime_lock();  // into host_hooks

// Calls what may give up the GIL and take it back, below C++ frames. While Python ends, CPython
// before 3.14 ends a thread that asks for the GIL by pthread_exit, whose unwinding would run those
// frames' destructors and handlers without the GIL. Such a thread stops here for good instead, as
// CPython 3.14 itself has it.
template <class Call> auto stopping_at_exit(const Call& call) {
#ifdef __GLIBCXX__
  try {
    return call();
  } catch (const abi::__forced_unwind&) {
    for (;;) pause();
  }
#else
  return call();
#endif
}

}  // namespace lazynp::python
