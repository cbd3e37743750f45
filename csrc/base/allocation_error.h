// NumPy's words for an array that memory cannot hold.
#pragma once
#include "csrc/base/dtype.h"
#include "csrc/base/layout.h"

namespace lazynp {

// No array can be larger: more than a process can address.
inline constexpr int64_t addressable_bytes = int64_t{1} << 47;
[[noreturn]] void fail_to_allocate(const Layout& layout, DType dtype);

}  // namespace lazynp
