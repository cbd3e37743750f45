#include "csrc/cpu/packed_bits.h"

#include <algorithm>

#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

struct Line {
  const char* in;
  char* out;
  int64_t n_in, in_stride, n_out, out_stride;
};

// Calls body for each line along the axis, on several threads.
template <class Body> void for_lines(const KernelCall& call, Body body) {
  const Operand& x = call.inputs[0];
  const Layout &in = *x.layout, &out = *call.output.layout;
  if (out.size == 0) return;
  const int64_t given = call.attributes->has(0) ? call.attributes->integer(0) : 0;
  const int axis = static_cast<int>(given < 0 ? given + in.ndim : given);
  Walk<2> walk;
  for (int i = 0; i < in.ndim; ++i)
    if (i != axis) walk.add_axis(in.shape_[i], {in.strides_[i], out.strides_[i]});
  parallel_for(call, walk.size(), grain_for(in.shape_[axis]), [&](int64_t begin, int64_t end) {
    Walk<2> here = walk;
    for (here.seek(begin); begin < end; ++begin, here.next())
      body(Line{x.data + here.offset(0), call.output.data + here.offset(1), in.shape_[axis],
                in.strides_[axis], out.shape_[axis], out.strides_[axis]});
  });
}

bool is_little(const KernelCall& call, int i) {
  return call.attributes->has(i) && call.attributes->string(i) == "little";
}

// Bit i of a byte stands for element i, or for element 7 - i.
int place_of(int64_t i, bool little) { return static_cast<int>(little ? i : 7 - i); }

}  // namespace

void pack_bits_kernel(const KernelCall& call) {
  const bool little = is_little(call, 1);
  for_lines(call, [&](const Line& line) {
    for (int64_t k = 0; k < line.n_out; ++k) {
      const int64_t n = std::min<int64_t>(8, line.n_in - 8 * k);
      const char* in = line.in + 8 * k * line.in_stride;
      unsigned byte = 0;
      for (int64_t i = 0; i < n; ++i, in += line.in_stride)
        byte |= unsigned{*in != 0} << place_of(i, little);
      line.out[k * line.out_stride] = static_cast<char>(byte);
    }
  });
}

void unpack_bits_kernel(const KernelCall& call) {
  const bool little = is_little(call, 2);
  for_lines(call, [&](const Line& line) {
    for (int64_t i = 0; i < line.n_out; ++i) {
      const int64_t k = i / 8;
      const unsigned byte =
          k < line.n_in ? static_cast<unsigned char>(line.in[k * line.in_stride]) : 0u;
      line.out[i * line.out_stride] = static_cast<char>(byte >> place_of(i % 8, little) & 1);
    }
  });
}

}  // namespace lazynp
