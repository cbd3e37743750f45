// Eight truth values in one byte, and back.
#pragma once
#include "csrc/ops/kernel.h"

namespace lazynp {

// Attributes: axis (none: of one dimension), bit order. bool -> uint8
void pack_bits_kernel(const KernelCall& call);
// Attributes: axis, count, bit order. uint8 -> uint8; missing bits are zero.
void unpack_bits_kernel(const KernelCall& call);

}  // namespace lazynp
