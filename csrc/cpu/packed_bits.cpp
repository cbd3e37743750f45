#include "csrc/cpu/packed_bits.h"

#include <algorithm>

#include "csrc/cpu/lines.h"

namespace lazynp {

namespace {

bool is_little(const KernelCall& call, int i) {
  return call.attributes->has(i) && call.attributes->string(i) == "little";
}

// Bit i of a byte stands for element i, or for element 7 - i.
int place_of(int64_t i, bool little) { return static_cast<int>(little ? i : 7 - i); }

}  // namespace

void pack_bits_kernel(const KernelCall& call) {
  const Layout &in = *call.inputs[0].layout, &out = *call.output.layout;
  if (out.size == 0) return;
  const bool little = is_little(call, 1);
  const int axis = axis_of(call);
  const int64_t n = in.shape_[axis], stride = in.strides_[axis];
  for_each_line(call, axis, 1, [&](const char* from, char* to) {
    for (int64_t begin = 0; begin < n; begin += 8, to += out.strides_[axis]) {
      const int64_t n_bits = std::min<int64_t>(8, n - begin);
      unsigned byte = 0;
      for (int64_t i = 0; i < n_bits; ++i, from += stride)
        byte |= unsigned{*from != 0} << place_of(i, little);
      *to = static_cast<char>(byte);
    }
  });
}

void unpack_bits_kernel(const KernelCall& call) {
  const Layout &in = *call.inputs[0].layout, &out = *call.output.layout;
  if (out.size == 0) return;
  const bool little = is_little(call, 2);
  const int axis = axis_of(call);
  for_each_line(call, axis, 1, [&](const char* from, char* to) {
    for (int64_t i = 0; i < out.shape_[axis]; ++i, to += out.strides_[axis]) {
      const int64_t k = i / 8;
      const unsigned byte =
          k < in.shape_[axis] ? static_cast<unsigned char>(from[k * in.strides_[axis]]) : 0u;
      *to = static_cast<char>(byte >> place_of(i % 8, little) & 1);
    }
  });
}

}  // namespace lazynp
