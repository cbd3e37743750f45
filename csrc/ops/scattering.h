// What ops have in common that change elements at places which index arrays name.
#pragma once
#include <vector>

#include "csrc/ops/op_spec.h"

namespace lazynp {

// Attributes: the indexed axes, and where the indices' own axes go (none: NumPy's rule).
std::vector<Attribute> gather_attributes();
// Inputs: the array, the values, then one index array for each of those axes.
Inference infer_scatter(Values& inputs, const Attributes* attributes);

}  // namespace lazynp
