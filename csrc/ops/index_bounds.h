// Bounds of index arrays, for those who record an indexing op.
#pragma once
#include "csrc/base/layout.h"

namespace lazynp {

// Throws NumPy's IndexError for the first of these int64 indices that lies outside [-extent,
// extent).
void check_index_bounds(const char* data, const Layout& layout, int64_t extent, int axis);

}  // namespace lazynp
