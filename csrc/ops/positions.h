// Positions in an array flattened in C order, and the coordinates that they stand for.
#pragma once
#include <cstring>

#include "csrc/ops/rules.h"

namespace lazynp {

Value positions(int64_t begin, int64_t end);  // a range of int64
Value as_position(const Value& x);            // int64; TypeError where NumPy would lose something
// In [0, extent), by NumPy's mode: "wrap", "clip", or "raise", which counts negative ones from the
// end.
Value position_inside(const Value& x, int64_t extent, std::string_view mode);
// One per axis.
Values coordinates_of(const Value& positions, Shape shape, bool is_f_order = false);

// Calls refuse(position) for the first one outside [-extent, extent), or [0, extent).
template <class Refuse>
void check_positions(const Checked& checked, int64_t extent, Refuse refuse,
                     bool may_be_negative = true) {
  const Layout& layout = checked.layout;
  int64_t index[max_ndim] = {};
  const char* at = checked.data;
  for (int64_t k = 0; k < layout.size; ++k) {
    int64_t position;
    std::memcpy(&position, at, sizeof position);
    if (position >= extent || position < (may_be_negative ? -extent : 0)) refuse(position);
    for (int axis = layout.ndim - 1; axis >= 0; --axis) {
      at += layout.strides_[axis];
      if (++index[axis] < layout.shape_[axis]) break;
      at -= layout.strides_[axis] * layout.shape_[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace lazynp
