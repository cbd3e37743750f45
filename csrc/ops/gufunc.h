// What follows from NumPy's signature of a generalized ufunc: loops, casts, shapes, memory order.
#pragma once
#include <vector>

#include "csrc/ops/op_spec.h"

namespace lazynp {

// "(m,n),(n)->(m)" taken apart: the names of the core axes of every input and result.
struct CoreAxes {
  std::vector<std::vector<std::string>> inputs, results;
};
CoreAxes core_axes(const char* signature);

// The dtypes of one of op.gufunc.loops, inputs first.
std::vector<DType> loop_dtypes(const char* loop);

// `x` as NumPy's iterator casts it for gufuncs: it sees the outer axes alone, so that the `n_core`
// last ones come out in C order, whatever their order was.
Value cast_parts(const Value& x, DType dtype, int n_core);

// Casts the inputs and says what the results are. `loop` as for apply_results.
std::vector<Inference> infer_gufunc(const OpSpec& op, Values& inputs, int loop);

// Dense memory for stacks of parts: their axes lie in the order that the operands' outer axes
// share, the part's own axes in C order. `n_core`: the axes at the end of each operand that are no
// stack.
LayoutRef stacked_layout(std::span<const Value> operands, std::span<const int> n_core, Shape stack,
                         Shape core, int itemsize);

}  // namespace lazynp
