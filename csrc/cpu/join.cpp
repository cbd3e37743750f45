// Copies of several arrays behind one another along an axis.
#include "csrc/cpu/join.h"

#include <algorithm>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

// The axis along which large inputs are cut for the threads: the outermost of the output.
int outermost_axis(const Layout& layout) {
  int found = 0;
  for (int i = 1; i < layout.ndim; ++i)
    if (layout.strides_[i] > layout.strides_[found]) found = i;
  return found;
}

struct Piece {
  const Operand* input;
  char* target;
  int64_t begin, end;  // along the cut axis
};

}  // namespace

void concatenate_kernel(const KernelCall& call) {
  const Layout& out = *call.output.layout;
  if (out.size == 0) return;
  const int64_t given = call.attributes->has(0) ? call.attributes->integer(0) : 0;
  const int axis = static_cast<int>(given < 0 ? given + out.ndim : given);
  const int cut = outermost_axis(out);
  std::vector<Piece> pieces;
  char* target = call.output.data;
  for (const Operand& input : call.inputs) {
    const Layout& in = *input.layout;
    const int64_t extent = in.shape_[cut];
    const int64_t step = in.size == 0 ? 1 : grain_for(in.size / extent);
    if (in.size > 0)
      for (int64_t begin = 0; begin < extent; begin += step)
        pieces.push_back({&input, target, begin, std::min(extent, begin + step)});
    target += in.shape_[axis] * out.strides_[axis];
  }
  const int64_t average = out.size / static_cast<int64_t>(pieces.size());
  parallel_for(call, static_cast<int64_t>(pieces.size()), grain_for(average),
               [&](int64_t first, int64_t last) {
                 for (int64_t i = first; i < last; ++i) {
                   const Piece& piece = pieces[static_cast<size_t>(i)];
                   const Layout& in = *piece.input->layout;
                   int64_t shape[max_ndim];
                   std::copy(in.shape_, in.shape_ + in.ndim, shape);
                   shape[cut] = piece.end - piece.begin;
                   copy_elements(piece.target + piece.begin * out.strides_[cut], out.strides(),
                                 piece.input->data + piece.begin * in.strides_[cut], in.strides(),
                                 {shape, in.shape().size()}, in.itemsize);
                 }
               });
}

}  // namespace lazynp
