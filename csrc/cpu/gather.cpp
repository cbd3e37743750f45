// Elements chosen by integers: read, replaced or added to.
#include "csrc/cpu/gather.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <optional>
#include <vector>

#include "csrc/base/copy_elements.h"
#include "csrc/base/dense_strides.h"
#include "csrc/base/memory_order.h"
#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

[[noreturn]] void out_of_bounds(int64_t index, int64_t extent, int axis) {
  fail(ErrorClass::index, "index " + std::to_string(index) + " is out of bounds for axis " +
                              std::to_string(axis) + " with size " + std::to_string(extent));
}

// -1 counts from the end; false where the index is outside.
inline bool wrap_negative(int64_t& index, int64_t extent) {
  index += index < 0 ? extent : 0;
  return static_cast<uint64_t>(index) < static_cast<uint64_t>(extent);
}

}  // namespace

int index_position(const Attributes& attributes) {
  if (attributes.has(1)) return static_cast<int>(attributes.integer(1));
  const auto axes = attributes.integers(0);
  for (size_t k = 1; k < axes.size(); ++k)
    if (axes[k] != axes[k - 1] + 1) return 0;
  return axes.empty() ? 0 : static_cast<int>(axes[0]);
}

namespace {
// Of indices side by side: whether all lie in [-extent, extent). A sign bit tells of one that does
// not.
bool are_all_inside(const char* data, int64_t n, int64_t extent) {
  const auto limit = static_cast<uint64_t>(extent);
  uint64_t outside = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto index = load<uint64_t>(data + 8 * i);
    outside |= (index + limit) | (limit - 1 - index);
  }
  return outside >> 63 == 0;
}
}  // namespace

void check_indices(const char* data, const Layout& layout, int64_t extent, int axis) {
  if (layout.c_contiguous && are_all_inside(data, layout.size, extent)) return;
  Walk<1> walk;
  for (int i = 0; i < layout.ndim; ++i) walk.add_axis(layout.shape_[i], {layout.strides_[i]});
  if (walk.size() == 0) return;
  walk.seek(0);
  for (int64_t i = 0; i < walk.size(); ++i, walk.next()) {
    int64_t index = load<int64_t>(data + walk.offset(0));
    if (!wrap_negative(index, extent))
      out_of_bounds(load<int64_t>(data + walk.offset(0)), extent, axis);
  }
}

namespace {

// The axes that are not indexed: one block of elements per index position.
struct Block {
  std::vector<int64_t> shape, x_strides, other_strides;
  int64_t n_elements = 1;
  int itemsize;
  bool is_contiguous;  // one memcpy moves it

  void add_axis(int64_t extent, int64_t x_stride, int64_t other_stride) {
    shape.push_back(extent);
    x_strides.push_back(x_stride);
    other_strides.push_back(other_stride);
    n_elements *= extent;
  }
  void finish(int size) {
    itemsize = size;
    is_contiguous = true;
    int64_t expected = itemsize;
    for (size_t i = shape.size(); i-- > 0;) {
      if (shape[i] != 1) is_contiguous &= x_strides[i] == expected && other_strides[i] == expected;
      expected *= shape[i];
    }
  }
  void copy(char* to, Strides to_strides, const char* from, Strides from_strides) const {
    if (is_contiguous)
      std::memcpy(to, from, static_cast<size_t>(n_elements * itemsize));
    else
      copy_elements(to, to_strides, from, from_strides, shape, itemsize);
  }
};

// One index array as it is walked: its axes may be taken backwards.
struct IndexArray {
  const char* data;
  int64_t strides[max_ndim];
  int64_t extent, x_stride;  // of the axis of x that it indexes
};

// Index arrays of one shape that point into x, and the array whose elements x's are copied to or
// from: the result of a gather or the values of a scatter.
class IndexedWalk {
 public:
  // indices[k] points into axis axes[k] of x; axis i of the index shape is axis position + i of the
  // other array.
  IndexedWalk(const Operand& x, std::span<const Operand> indices, std::span<const int64_t> axes,
              int position, const Layout& other)
      : operands_(indices), axes_(axes), shape_(indices[0].layout->shape()) {
    LNP_ASSERT(indices.size() <= max_index_arrays);
    bool is_indexed[max_ndim] = {};
    for (size_t k = 0; k < indices.size(); ++k) {
      is_indexed[axes[k]] = true;
      IndexArray& index = indices_[n_indices_++];
      index = {indices[k].data, {}, x.layout->shape_[axes[k]], x.layout->strides_[axes[k]]};
      std::ranges::copy(indices[k].layout->strides(), index.strides);
    }
    const int n_axes = static_cast<int>(shape_.size());
    int other_axis = 0;
    for (int axis = 0; axis < x.layout->ndim; ++axis) {
      if (is_indexed[axis]) continue;
      if (other_axis == position) other_axis += n_axes;
      block.add_axis(x.layout->shape_[axis], x.layout->strides_[axis],
                     other.strides_[other_axis++]);
    }
    block.finish(x.layout->itemsize);
    for (int i = 0; i < n_axes; ++i) other_strides_.push_back(other.strides_[position + i]);
    order_axes({});
  }

  // The order in which positions are visited matters for duplicates. NumPy takes C order, except
  // where it assigns single elements: then the order in which indices and values lie in memory.
  void visit_in_memory_order(const Layout& values) {
    if (!block.shape.empty()) return;
    std::vector<const Layout*> layouts{&values};
    for (const Operand& index : operands_) layouts.push_back(index.layout);
    order_axes(layouts);
    if (shape_.size() == 1 && n_indices_ == 1) return;  // NumPy's loop for x[index] of 1-d arrays
    for (size_t axis = 0; axis < shape_.size(); ++axis)
      if (runs_backwards(axis)) reverse(axis);
  }

  int64_t n_lines() const {
    int64_t n = 1;
    for (int axis : outer_axes_) n *= shape_[static_cast<size_t>(axis)];
    return n;
  }
  int64_t line_length() const {
    return inner_axis_ < 0 ? 1 : shape_[static_cast<size_t>(inner_axis_)];
  }

  // Calls move(offset in x, offset in the other array) for lines [begin, end); false: an index is
  // outside.
  template <class Move> bool visit(int64_t begin, int64_t end, Move move) const {
    return n_indices_ == 1 ? visit_one(begin, end, move) : visit_many(begin, end, move);
  }

  template <class Move> bool visit_one(int64_t begin, int64_t end, Move move) const {
    const char* data;
    const int64_t length = line_length();
    const int64_t extent = indices_[0].extent, x_stride = indices_[0].x_stride;
    const int64_t step = inner_axis_ < 0 ? 0 : indices_[0].strides[inner_axis_];
    const int64_t other_step =
        inner_axis_ < 0 ? 0 : other_strides_[static_cast<size_t>(inner_axis_)];
    for (int64_t line = begin; line < end; ++line) {
      int64_t other = start_of(line, &data);
      for (int64_t i = 0; i < length; ++i, data += step, other += other_step) {
        int64_t index = load<int64_t>(data);
        if (!wrap_negative(index, extent)) return false;
        move(index * x_stride, other);
      }
    }
    return true;
  }

  template <class Move> bool visit_many(int64_t begin, int64_t end, Move move) const {
    const char* data[max_index_arrays];
    const int64_t length = line_length();
    const int inner = std::max(inner_axis_, 0);  // a line of one element takes no step
    const int64_t other_step =
        inner_axis_ < 0 ? 0 : other_strides_[static_cast<size_t>(inner_axis_)];
    for (int64_t line = begin; line < end; ++line) {
      int64_t other = start_of(line, data);
      for (int64_t i = 0; i < length; ++i, other += other_step) {
        int64_t offset = 0;
        for (size_t k = 0; k < n_indices_; ++k) {
          int64_t index = load<int64_t>(data[k] + i * indices_[k].strides[inner]);
          if (!wrap_negative(index, indices_[k].extent)) return false;
          offset += index * indices_[k].x_stride;
        }
        move(offset, other);
      }
    }
    return true;
  }

  [[noreturn]] void report() const {
    for (size_t k = 0; k < n_indices_; ++k)
      check_indices(operands_[k].data, *operands_[k].layout, indices_[k].extent,
                    report_axis >= 0 ? report_axis : static_cast<int>(axes_[k]));
    broken_invariant("an index is out of bounds", __FILE__, __LINE__);
  }

  Block block;
  int report_axis = -1;  // named in errors instead of the indexed axis

 private:
  std::span<const Operand> operands_;
  std::span<const int64_t> axes_;
  Shape shape_;
  size_t n_indices_ = 0;
  IndexArray indices_[max_index_arrays];
  std::vector<int64_t> other_strides_;  // of the index axes in the other array
  int64_t other_start_ = 0;
  std::vector<int> outer_axes_;
  int inner_axis_ = -1;  // -1: the index arrays are 0-d

  void order_axes(std::span<const Layout* const> layouts) {
    outer_axes_ = common_memory_order(layouts, static_cast<int>(shape_.size()));
    if (outer_axes_.empty()) return;
    inner_axis_ = outer_axes_.back();
    outer_axes_.pop_back();
  }

  // No stride leads forwards and one leads backwards: NumPy's iterator turns such an axis round.
  bool runs_backwards(size_t axis) const {
    bool any = other_strides_[axis] < 0, none_forwards = other_strides_[axis] <= 0;
    for (size_t k = 0; k < n_indices_; ++k) {
      any |= indices_[k].strides[axis] < 0;
      none_forwards &= indices_[k].strides[axis] <= 0;
    }
    return any && none_forwards;
  }
  void reverse(size_t axis) {
    const int64_t last = shape_[axis] - 1;
    other_start_ += last * other_strides_[axis];
    other_strides_[axis] *= -1;
    for (size_t k = 0; k < n_indices_; ++k) {
      indices_[k].data += last * indices_[k].strides[axis];
      indices_[k].strides[axis] *= -1;
    }
  }

  // Addresses of the index arrays at the start of a line, and the offset in the other array.
  int64_t start_of(int64_t line, const char** data) const {
    for (size_t k = 0; k < n_indices_; ++k) data[k] = indices_[k].data;
    int64_t other = other_start_;
    for (size_t a = outer_axes_.size(); a-- > 0;) {
      const auto axis = static_cast<size_t>(outer_axes_[a]);
      const int64_t at = line % shape_[axis];
      line /= shape_[axis];
      other += at * other_strides_[axis];
      for (size_t k = 0; k < n_indices_; ++k) data[k] += at * indices_[k].strides[axis];
    }
    return other;
  }
};

template <class T> void add_to(char* target, const char* value) {
  const T a = load<T>(target), b = load<T>(value);
  if constexpr (std::is_same_v<T, bool>)
    store(target, static_cast<bool>(a || b));
  else if constexpr (std::is_same_v<T, Half>)
    store(target, Half(static_cast<float>(a) + static_cast<float>(b)));
  else if constexpr (std::is_integral_v<T>)
    store(target, static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)));
  else
    store(target, static_cast<T>(a + b));
}

// body(to, from) for every element of a block, one after the other.
template <class Body> void visit_block(const Block& block, char* to, const char* from, Body body) {
  Walk<2> walk;
  for (size_t i = 0; i < block.shape.size(); ++i)
    walk.add_axis(block.shape[i], {block.x_strides[i], block.other_strides[i]});
  walk.seek(0);
  for (int64_t i = 0; i < walk.size(); ++i, walk.next())
    body(to + walk.offset(0), from + walk.offset(1));
}

bool is_empty(const Operand& x) { return x.layout->size == 0; }

}  // namespace

namespace {

// Once for every position of `rows`, which leads through x and the output.
void gather(const KernelCall& call, const IndexedWalk& walk, const Walk<2>& rows) {
  const int64_t n_lines = walk.n_lines();
  std::atomic<bool> failed = false;
  with_size_of(walk.block.itemsize, [&]<class T>() {
    const bool single = walk.block.n_elements == 1;
    parallel_for(call, rows.size() * n_lines, grain_for(walk.line_length() * walk.block.n_elements),
                 [&](int64_t begin, int64_t end) {
                   Walk<2> row = rows;
                   row.seek(begin / n_lines);
                   for (int64_t next; begin < end; begin = next, row.next()) {
                     next = std::min(end, (begin / n_lines + 1) * n_lines);
                     const char* x = call.inputs[0].data + row.offset(0);
                     char* out = call.output.data + row.offset(1);
                     const int64_t first = begin % n_lines, last = first + (next - begin);
                     const bool inside =
                         single ? walk.visit(first, last,
                                             [&](int64_t from, int64_t to) {
                                               store(out + to, load<T>(x + from));
                                             })
                                : walk.visit(first, last, [&](int64_t from, int64_t to) {
                                    walk.block.copy(out + to, walk.block.other_strides, x + from,
                                                    walk.block.x_strides);
                                  });
                     if (!inside) failed = true;
                   }
                 });
  });
  if (failed) walk.report();
}

IndexedWalk scatter_walk(const KernelCall& call) {
  return IndexedWalk(call.output, call.inputs.subspan(2), call.attributes->integers(0),
                     index_position(*call.attributes), *call.inputs[1].layout);
}

}  // namespace

void gather_kernel(const KernelCall& call) {
  if (is_empty(call.output)) return;
  gather(call,
         IndexedWalk(call.inputs[0], call.inputs.subspan(1), call.attributes->integers(0),
                     index_position(*call.attributes), *call.output.layout),
         Walk<2>());
}

// The output already holds x; its layout tells where its elements lie.
void scatter_assign_kernel(const KernelCall& call) {
  const Operand& values = call.inputs[1];
  if (is_empty(values)) return;
  char* out = call.output.data;
  IndexedWalk walk = scatter_walk(call);
  walk.visit_in_memory_order(*values.layout);
  bool inside = true;
  with_size_of(walk.block.itemsize, [&]<class T>() {
    inside = walk.block.n_elements == 1
                 ? walk.visit(0, walk.n_lines(),
                              [&](int64_t to, int64_t from) {
                                store(out + to, load<T>(values.data + from));
                              })
                 : walk.visit(0, walk.n_lines(), [&](int64_t to, int64_t from) {
                     walk.block.copy(out + to, walk.block.x_strides, values.data + from,
                                     walk.block.other_strides);
                   });
  });
  if (!inside) walk.report();
}

void scatter_add_kernel(const KernelCall& call) {
  const Operand& values = call.inputs[1];
  if (is_empty(values)) return;
  char* out = call.output.data;
  const IndexedWalk walk = scatter_walk(call);
  bool inside = true;
  with_type_of(call.output.dtype, [&]<class T>() {
    inside =
        walk.block.n_elements == 1
            ? walk.visit(0, walk.n_lines(),
                         [&](int64_t to, int64_t from) { add_to<T>(out + to, values.data + from); })
            : walk.visit(0, walk.n_lines(), [&](int64_t to, int64_t from) {
                visit_block(walk.block, out + to, values.data + from, add_to<T>);
              });
  });
  if (!inside) walk.report();
}

// One element after the other, as NumPy's at() does: later values meet what earlier ones made.
void fold_at_kernel(const KernelCall& call) {
  const Operand& values = call.inputs[1];
  if (is_empty(values)) return;
  char* const out = call.output.data;
  const IndexedWalk walk = scatter_walk(call);
  const intptr_t one = 1, strides[3] = {};
  const auto fold_element = [&](char* to, const char* from) {
    alignas(16) char value[16];
    std::memcpy(value, from, static_cast<size_t>(walk.block.itemsize));
    char* arguments[3] = {to, value, to};
    call.host(arguments, &one, strides, call.host_data);
  };
  const bool inside = walk.visit(0, walk.n_lines(), [&](int64_t to, int64_t from) {
    visit_block(walk.block, out + to, values.data + from, fold_element);
  });
  if (!inside) walk.report();
}

// ---------------------------------------------------------------- take
namespace {

// Indices that mode "wrap" or "clip" brings inside.
std::vector<int64_t> indices_inside(const Operand& indices, int64_t extent, bool wraps) {
  const Layout& layout = *indices.layout;
  Walk<1> walk;
  for (int i = 0; i < layout.ndim; ++i) walk.add_axis(layout.shape_[i], {layout.strides_[i]});
  std::vector<int64_t> inside(static_cast<size_t>(layout.size));
  walk.seek(0);
  for (int64_t& index : inside) {
    index = load<int64_t>(indices.data + walk.offset(0));
    if (!wraps)
      index = std::clamp<int64_t>(index, 0, extent - 1);
    else if (static_cast<uint64_t>(index) >= static_cast<uint64_t>(extent))
      index = (index % extent + extent) % extent;
    walk.next();
  }
  return inside;
}

LocalLayout axes_from(const Layout& layout, int64_t axis) {
  return {layout.shape().subspan(static_cast<size_t>(axis)),
          layout.strides().subspan(static_cast<size_t>(axis)), 0, layout.itemsize};
}
constexpr int64_t first_axis[] = {0};

}  // namespace

void take_kernel(const KernelCall& call) {
  if (is_empty(call.output)) return;
  const Layout& in = *call.inputs[0].layout;
  const int64_t given = call.attributes->has(0) ? call.attributes->integer(0) : 0;
  const int64_t axis = given < 0 ? given + in.ndim : given;
  const std::string_view mode = call.attributes->has(1) ? call.attributes->string(1) : "raise";
  Operand indices = call.inputs[1];
  std::optional<LocalLayout> dense;
  std::vector<int64_t> inside;
  if (mode != "raise") {
    inside = indices_inside(indices, in.shape_[axis], mode == "wrap");
    const Shape shape = indices.layout->shape();
    dense.emplace(shape, c_strides(shape, sizeof(int64_t)), 0, int{sizeof(int64_t)});
    indices = {reinterpret_cast<char*>(inside.data()), DType::int64, dense->get()};
  }
  // The axes before `axis` are walked outside, as they lie in the C-contiguous output.
  Walk<2> rows;
  for (int i = 0; i < axis; ++i)
    rows.add_axis(in.shape_[i], {in.strides_[i], call.output.layout->strides_[i]});
  const LocalLayout rest = axes_from(in, axis), out_rest = axes_from(*call.output.layout, axis);
  IndexedWalk walk({call.inputs[0].data, call.inputs[0].dtype, rest.get()}, std::span(&indices, 1),
                   first_axis, 0, *out_rest);
  walk.report_axis = static_cast<int>(axis);
  gather(call, walk, rows);
}

}  // namespace lazynp
