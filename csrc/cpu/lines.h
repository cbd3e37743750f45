// Kernels that work along one axis: every line of the first input, and where its result goes.
#pragma once
#include "csrc/cpu/strided.h"

namespace lazynp {

// The axis that the first attribute names, from the front; None: the only one.
inline int axis_of(const KernelCall& call) {
  const int64_t axis = call.attributes->has(0) ? call.attributes->integer(0) : 0;
  return static_cast<int>(axis < 0 ? axis + call.inputs[0].layout->ndim : axis);
}

// Calls body(line of the input, line of the output) for all lines along the axis, on several
// threads; an element is worth `cost` simple operations.
template <class Body>
void for_each_line(const KernelCall& call, int axis, int64_t cost, Body body) {
  const Layout &in = *call.inputs[0].layout, &out = *call.output.layout;
  Walk<2> walk;
  for (int i = 0; i < in.ndim; ++i)
    if (i != axis) walk.add_axis(in.shape_[i], {in.strides_[i], out.strides_[i]});
  parallel_for(call, walk.size(), grain_for(in.shape_[axis] * cost),
               [&](int64_t begin, int64_t end) {
                 Walk<2> here = walk;
                 here.seek(begin);
                 for (int64_t i = begin; i < end; ++i, here.next())
                   body(call.inputs[0].data + here.offset(0), call.output.data + here.offset(1));
               });
}

}  // namespace lazynp
