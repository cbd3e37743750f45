// Copies elements between two strided blocks of memory that do not overlap.
#pragma once
#include "csrc/base/layout.h"

namespace lazynp {

// Both addresses are those of element [0, 0, ...]; strides are in bytes and may be zero (in `from`)
// or negative. Elements are moved as bytes.
void copy_elements(char* to, Strides to_strides, const char* from, Strides from_strides,
                   Shape shape, int itemsize);

}  // namespace lazynp
