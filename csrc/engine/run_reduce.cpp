// Reduction groups: producers run tile by tile and are folded in NumPy's order.
//
// NumPy walks through memory from the outermost to the innermost axis. When the innermost axis is
// reduced, each run of it is summed pairwise and added to the result; otherwise rows of results are
// updated element by element. What fixes the bits is the order of additions per result element.
#include <algorithm>
#include <cstring>
#include <optional>

#include "csrc/engine/folder.h"
#include "csrc/engine/run_plan.h"
#include "csrc/engine/small_tile.h"
#include "csrc/engine/thread_pool.h"

namespace lazynp {

namespace {

constexpr int64_t numpy_buffer_elements =
    8192;  // NumPy casts the input of a reduction in such blocks

class Reducer {
 public:
  Reducer(Run& run, const Group& group)
      : run_(run),
        group_(group),
        node_(run.nodes[group.seed]),
        space_(run.slot(run.plan_node(group.seed).inputs[0]).layout),
        folder_(folder_of(node_)),
        minus_zero_(minus_zero(folder_.dtype)),
        output_(run.slot(group.seed)),
        chunk_(elements_per_chunk(group, space_->size)) {
    const uint64_t axes = axes_mask(*node_->attributes, 0, space_->ndim);
    describe_output(axes);
    for (int i : group.memory_nodes) slots_.push_back(&run.slot(i));
    slots_.push_back(&expanded_output_);
    make_nest(nest_, *space_, *space_, slots_, axes);
    first_run_axis_ = nest_.ndim;
    while (first_run_axis_ > 0 && nest_.is_reduced[static_cast<size_t>(first_run_axis_ - 1)])
      run_length_ *= nest_.extents[--first_run_axis_];
    check_sum_block(axes);
  }

  void run() {
    fill_identity();
    if (space_->size == 0) return;
    if (first_run_axis_ < nest_.ndim)
      fold_rows();
    else
      update_rows();
  }

 private:
  // The output as the input's axes see it: stride 0 along reduced axes.
  void describe_output(uint64_t axes) {
    int64_t strides[max_ndim];
    const Layout& layout = *output_.layout;
    const bool keepdims = layout.ndim == space_->ndim;
    int own = 0;
    for (int i = 0; i < space_->ndim; ++i) {
      const bool reduced = axes >> i & 1;
      strides[i] = reduced ? 0 : layout.strides_[keepdims ? i : own];
      own += !reduced;
    }
    expanded_layout_.emplace(space_->shape(), Strides{strides, space_->ndim}, 0, layout.itemsize);
    expanded_output_ = {output_.start, output_.data, expanded_layout_->get(), nullptr};
  }

  // How many elements NumPy adds in one pairwise sum. It looks at the input alone: where its axes
  // cannot be joined, or have to be cast, rows are copied into a buffer of 8192 elements.
  void check_sum_block(uint64_t axes) {
    // float16 sums run in float32 over a whole run of the axis: it cannot be cut into tiles.
    whole_rows_ = folder_.pairwise && folder_.dtype == DType::float16;
    if (!folder_.pairwise || run_length_ <= 1) return;
    const Slot folded = {nullptr, nullptr, space_, nullptr};
    const Slot* const alone[] = {&folded, &expanded_output_};
    Nest nest;
    make_nest(nest, *space_, *space_, alone, axes);
    const int64_t row = nest.inner();
    const bool is_cast = node_->flags & cast_while_reduced;
    if (row == run_length_ && !is_cast) return;
    block_ = row < numpy_buffer_elements ? numpy_buffer_elements / row * row
             : is_cast                   ? numpy_buffer_elements
                                         : row;
  }

  void fill_identity() {
    if (!folder_.has_identity) return;
    const int64_t size = folder_.itemsize(), n_bytes = output_.layout->size * size;
    if (n_bytes == 0) return;
    char* const out = output_.data;
    std::memcpy(out, folder_.identity.bytes, static_cast<size_t>(size));
    // What is filled doubles with every copy.
    for (int64_t done = size; done < n_bytes; done *= 2)
      std::memcpy(out + done, out, static_cast<size_t>(std::min(done, n_bytes - done)));
  }

  int output_operand() const { return static_cast<int>(slots_.size()) - 1; }
  const NestOperand& output_nest() const { return nest_.operands.back(); }

  // One thread's view of the nest: addresses at an outer index, and the folded operand of a tile.
  struct Cursor {
    Cursor(Reducer& reducer)
        : reducer(reducer),
          runner(reducer.run_, reducer.group_, reducer.nest_),
          origin(reducer.slots_.size()),
          row(origin.size()),
          tile(origin.size()) {
      const Argument& folded = reducer.group_.folded;
      if (!folded.is_register)
        operand = folded.index;
      else
        folded_register = runner.register_data(folded.index);
      unaligned = operand >= 0 && !reducer.nest_.operands[static_cast<size_t>(operand)].aligned;
    }
    // To an index of the axes before the run (or before the innermost axis, where that is kept).
    void seek(std::span<const int64_t> index) {
      const Nest& nest = reducer.nest_;
      for (size_t k = 0; k < row.size(); ++k) {
        origin[k] = nest.operands[k].data;
        for (size_t axis = 0; axis < index.size(); ++axis)
          origin[k] += index[axis] * nest.operands[k].strides[axis];
      }
      std::ranges::copy(origin, row.begin());
    }
    // One index further.
    void advance(int axis) {
      for (size_t k = 0; k < row.size(); ++k)
        row[k] = origin[k] += reducer.nest_.operands[k].strides[axis];
    }
    // To a row of the innermost axis within the run.
    void seek_row(int64_t number) {
      const Nest& nest = reducer.nest_;
      std::ranges::copy(origin, row.begin());
      for (int axis = nest.ndim - 2; axis >= reducer.first_run_axis_; --axis) {
        const int64_t i = number % nest.extents[axis];
        number /= nest.extents[axis];
        for (size_t k = 0; k < row.size(); ++k) row[k] += i * nest.operands[k].strides[axis];
      }
    }
    // Elements [position, position + n) of the run, wherever rows end: `data` and `stride`.
    void produce(int64_t position, int64_t n) {
      const int64_t inner = reducer.nest_.inner(), longest = reducer.longest_tile();
      const int64_t column = position % inner;
      if (column + n <= inner && n <= longest) {
        seek_row(position / inner);
        return run(column, n);
      }
      const auto size = static_cast<size_t>(reducer.folder_.itemsize());
      joined.resize(size * static_cast<size_t>(n));
      for (int64_t done = 0; done < n;) {
        const int64_t at = position + done,
                      count = std::min({n - done, inner - at % inner, longest});
        seek_row(at / inner);
        run(at % inner, count);
        const auto to_stride = static_cast<int64_t>(size);
        copy_elements(joined.data() + static_cast<size_t>(done) * size, {&to_stride, 1}, data,
                      {&stride, 1}, {&count, 1}, static_cast<int>(size));
        done += count;
      }
      data = joined.data();
      stride = static_cast<int64_t>(size);
    }
    int64_t inner_stride(size_t k) const {
      return reducer.nest_.ndim ? reducer.nest_.operands[k].strides[reducer.nest_.ndim - 1] : 0;
    }
    // Runs the producers for [position, position + n); afterwards `data` and `stride` are the
    // folded elements.
    void run(int64_t position, int64_t n) {
      for (size_t k = 0; k < row.size(); ++k) tile[k] = row[k] + position * inner_stride(k);
      if (!reducer.group_.instructions.empty()) runner.run(tile.data(), n);
      if (operand < 0) {
        data = folded_register;
        stride = reducer.folder_.itemsize();
      } else {
        data = tile[static_cast<size_t>(operand)];
        stride = inner_stride(static_cast<size_t>(operand));
        if (unaligned) gather(n);
      }
    }
    // The producers for n whole rows from here on; the bytes from one to the next of `data`.
    int64_t produce_rows(int64_t n) {
      const Nest& nest = reducer.nest_;
      if (!reducer.group_.instructions.empty()) runner.run(row.data(), n * nest.per_index);
      if (operand < 0) {
        data = folded_register;
        stride = reducer.folder_.itemsize();
        return stride * nest.per_index;
      }
      data = row[static_cast<size_t>(operand)];
      stride = inner_stride(static_cast<size_t>(operand));
      return nest.operands[static_cast<size_t>(operand)].strides[nest.tile_axis];
    }
    void gather(int64_t n) {
      const size_t size = static_cast<size_t>(reducer.folder_.itemsize());
      gathered.resize(size * static_cast<size_t>(n));
      for (int64_t i = 0; i < n; ++i)
        std::memcpy(gathered.data() + static_cast<size_t>(i) * size, data + i * stride, size);
      data = gathered.data();
      stride = static_cast<int64_t>(size);
    }
    void note(bool may_warn) { reducer.run_.note_float_flags(may_warn ? reducer.group_.seed : -1); }

    Reducer& reducer;
    TileRunner runner;
    SmallVector<char*, 8> origin, row, tile;
    std::vector<char> gathered, joined;
    int operand = -1;
    bool unaligned = false;
    char* folded_register = nullptr;
    char* data = nullptr;
    int64_t stride = 0;
  };

  int64_t longest_tile() const {
    // Nothing to produce: the loop may run over memory as it is.
    return group_.instructions.empty() ? INT64_MAX : tile_elements(group_);
  }

  // Sums over several rows go through a buffer, which stays small.
  int64_t longest_fold() const {
    return first_run_axis_ + 1 == nest_.ndim ? longest_tile() : tile_elements(group_);
  }

  // ---- the innermost axis is reduced ----

  // The pairwise sum of [position, position + n) of the current row.
  Scalar pairwise_sum(Cursor& cursor, int64_t position, int64_t n) {
    Scalar sum = minus_zero_;
    if (n <= longest_fold() || whole_rows_) {
      cursor.produce(position, n);
      folder_.fold(sum.bytes, cursor.data, cursor.stride, n);
      return sum;
    }
    const int64_t left = pairwise_split(n, folder_.dtype);
    sum = pairwise_sum(cursor, position, left);
    Scalar right = pairwise_sum(cursor, position + left, n - left);
    folder_.fold(sum.bytes, right.bytes, 0, 1);
    return sum;
  }

  // accumulator (combine)= the row's run of the innermost axis.
  void fold_row(Cursor& cursor, char* accumulator, bool is_first) {
    const int64_t n = run_length_;
    if (folder_.pairwise) {
      for (int64_t begin = 0; begin < n; begin += std::min(block_, n - begin)) {
        const int64_t count = std::min(block_, n - begin);
        if (whole_rows_) {  // the sum is rounded once, with the accumulator in it
          cursor.produce(begin, count);
          folder_.fold(accumulator, cursor.data, cursor.stride, count);
          continue;
        }
        Scalar part = pairwise_sum(cursor, begin, count);
        folder_.fold(accumulator, part.bytes, 0, 1);
      }
    } else {
      const int64_t tile = longest_fold();
      for (int64_t begin = 0; begin < n; begin += std::min(tile, n - begin)) {
        const int64_t count = std::min(tile, n - begin);
        cursor.produce(begin, count);
        const bool copies = is_first && begin == 0 && !folder_.has_identity;
        if (copies) std::memcpy(accumulator, cursor.data, static_cast<size_t>(folder_.itemsize()));
        if (count > copies)
          folder_.fold(accumulator, cursor.data + (copies ? cursor.stride : 0), cursor.stride,
                       count - copies);
      }
    }
    cursor.note(group_may_warn());
  }

  bool group_may_warn() const { return node_->op->combine->may_warn && is_inexact(folder_.dtype); }

  // Splits the axes before the innermost into kept ones (results) and reduced ones.
  struct OuterAxes {
    SmallVector<int, 8> kept, reduced;
    int64_t n_kept = 1, n_reduced = 1;
    OuterAxes(const Nest& nest, int n_outer) {
      for (int i = 0; i < n_outer; ++i) {
        const bool is_reduced = nest.is_reduced[static_cast<size_t>(i)];
        (is_reduced ? reduced : kept).push_back(i);
        (is_reduced ? n_reduced : n_kept) *= nest.extents[i];
      }
    }
  };
  void unravel(int64_t i, const SmallVector<int, 8>& axes, int64_t* index) const {
    for (size_t k = axes.size(); k-- > 0;) {
      index[axes[k]] = i % nest_.extents[axes[k]];
      i /= nest_.extents[axes[k]];
    }
  }

  // To index r of the reduced ones of the first n_axes, from the one before; `index` says where
  // among the kept ones.
  void move_to(Cursor& cursor, int64_t r, const OuterAxes& axes, int64_t* index, int n_axes) const {
    if (r > 0 && axes.reduced.size() == 1) return cursor.advance(axes.reduced[0]);
    unravel(r, axes.reduced, index);
    cursor.seek({index, static_cast<size_t>(n_axes)});
  }

  void fold_rows() {
    const OuterAxes axes(nest_, first_run_axis_);
    if (axes.n_reduced == 1 && has_short_rows()) return fold_short_rows();
    const int64_t per_result = axes.n_reduced * run_length_;
    if (axes.n_kept == 1 && per_result > chunk_ && !whole_rows_ && fold_one_result(axes)) return;
    const auto body = [&](int64_t begin, int64_t end) {
      Cursor cursor(*this);
      int64_t index[max_ndim] = {};
      for (int64_t kept = begin; kept < end; ++kept) {
        unravel(kept, axes.kept, index);
        for (int64_t r = 0; r < axes.n_reduced; ++r) {
          move_to(cursor, r, axes, index, first_run_axis_);
          fold_row(cursor, cursor.row[static_cast<size_t>(output_operand())], r == 0);
        }
      }
    };
    parallel_for(axes.n_kept, std::max<int64_t>(1, chunk_ / per_result), body);
  }

  // ---- short rows, each with a result ----

  bool has_short_rows() const {
    const bool is_in_place = group_.folded.is_register ||
                             nest_.operands[static_cast<size_t>(group_.folded.index)].aligned;
    return nest_.ndim >= 2 && first_run_axis_ == nest_.ndim - 1 && is_in_place &&
           run_length_ <= tile_elements(group_) / 4;
  }

  // What fold_row does with a row that is there as a whole.
  void fold_short_row(char* accumulator, char* data, int64_t stride) const {
    const int64_t n = run_length_, size = folder_.itemsize();
    if (folder_.pairwise && !whole_rows_) {
      Scalar sum = minus_zero_;
      folder_.fold(sum.bytes, data, stride, n);
      folder_.fold(accumulator, sum.bytes, 0, 1);
    } else if (folder_.has_identity) {
      folder_.fold(accumulator, data, stride, n);
    } else {
      std::memcpy(accumulator, data, static_cast<size_t>(size));
      if (n > 1) folder_.fold(accumulator, data + stride, stride, n - 1);
    }
  }

  // Tiles hold several rows.
  void fold_short_rows() {
    const int axis = nest_.tile_axis = nest_.ndim - 2;
    nest_.per_index = run_length_;
    const OuterAxes axes(nest_, axis);
    const int64_t n_rows = nest_.extents[axis],
                  per_tile = std::min(n_rows, tile_elements(group_) / run_length_),
                  tiles_per_axis = (n_rows + per_tile - 1) / per_tile;
    const auto out = static_cast<size_t>(output_operand());
    const auto body = [&](int64_t begin, int64_t end) {
      Cursor cursor(*this);
      int64_t index[max_ndim] = {};
      for (int64_t tile = begin; tile < end; ++tile) {
        const int64_t first = tile % tiles_per_axis * per_tile,
                      n = std::min(per_tile, n_rows - first);
        unravel(tile / tiles_per_axis, axes.kept, index);
        index[axis] = first;
        cursor.seek({index, static_cast<size_t>(nest_.ndim - 1)});
        const int64_t step = cursor.produce_rows(n);
        char *accumulator = cursor.row[out], *data = cursor.data;
        for (int64_t r = 0; r < n;
             ++r, data += step, accumulator += nest_.operands[out].strides[axis])
          fold_short_row(accumulator, data, cursor.stride);
        cursor.note(group_may_warn());
      }
    };
    parallel_for(nest_.n_outer() * tiles_per_axis,
                 std::max<int64_t>(1, chunk_ / (per_tile * run_length_)), body);
  }

  // A full reduction: the tree of partial sums is cut into pieces that threads compute.
  bool fold_one_result(const OuterAxes& axes) {
    if (!folder_.pairwise && !folder_.associative) return false;
    char* accumulator = output_nest().data;
    int64_t index[max_ndim] = {};
    for (int64_t r = 0; r < axes.n_reduced; ++r) {
      unravel(r, axes.reduced, index);
      std::vector<Scalar> parts = run_parts({index, static_cast<size_t>(first_run_axis_)});
      for (size_t p = 0; p < parts.size(); ++p) {
        if (r == 0 && p == 0 && !folder_.has_identity)
          std::memcpy(accumulator, parts[p].bytes, static_cast<size_t>(folder_.itemsize()));
        else
          folder_.fold(accumulator, parts[p].bytes, 0, 1);
      }
    }
    run_.note_float_flags(group_may_warn() ? group_.seed : -1);
    return true;
  }

  // What NumPy adds to the result one after the other: the sums of the blocks of one run.
  std::vector<Scalar> run_parts(std::span<const int64_t> at) {
    if (block_ >= run_length_) return {parallel_part(at, 0, run_length_)};
    const int64_t n_blocks = (run_length_ + block_ - 1) / block_;
    std::vector<Scalar> parts(static_cast<size_t>(n_blocks));
    parallel_for(n_blocks, std::max<int64_t>(1, chunk_ / block_), [&](int64_t first, int64_t last) {
      Cursor cursor(*this);
      cursor.seek(at);
      for (int64_t b = first; b < last; ++b)
        parts[static_cast<size_t>(b)] =
            pairwise_sum(cursor, b * block_, std::min(block_, run_length_ - b * block_));
    });
    return parts;
  }

  struct Piece {
    int64_t begin, n;
  };
  void cut(int64_t begin, int64_t n, std::vector<Piece>& pieces) const {
    if (n <= chunk_) {
      pieces.push_back({begin, n});
      return;
    }
    const int64_t left = pairwise_split(n, folder_.dtype);
    cut(begin, left, pieces);
    cut(begin + left, n - left, pieces);
  }
  Scalar join(int64_t n, const std::vector<Scalar>& parts, size_t& next) const {
    if (n <= chunk_) return parts[next++];
    const int64_t left = pairwise_split(n, folder_.dtype);
    Scalar sum = join(left, parts, next);
    Scalar right = join(n - left, parts, next);
    folder_.fold(sum.bytes, right.bytes, 0, 1);
    return sum;
  }

  Scalar parallel_part(std::span<const int64_t> at, int64_t begin, int64_t n) {
    std::vector<Piece> pieces;
    cut(begin, n, pieces);
    std::vector<Scalar> parts(pieces.size());
    parallel_for(static_cast<int64_t>(pieces.size()), 1, [&](int64_t first, int64_t last) {
      Cursor cursor(*this);
      cursor.seek(at);
      for (int64_t p = first; p < last; ++p)
        parts[static_cast<size_t>(p)] = part(cursor, pieces[static_cast<size_t>(p)]);
    });
    size_t next = 0;
    return join(n, parts, next);
  }

  Scalar part(Cursor& cursor, const Piece& piece) {
    if (folder_.pairwise) return pairwise_sum(cursor, piece.begin, piece.n);
    Scalar value{};
    const int64_t tile = longest_fold();
    for (int64_t done = 0; done < piece.n; done += std::min(tile, piece.n - done)) {
      const int64_t count = std::min(tile, piece.n - done);
      cursor.produce(piece.begin + done, count);
      const bool copies = done == 0;
      if (copies) std::memcpy(value.bytes, cursor.data, static_cast<size_t>(folder_.itemsize()));
      if (count > copies)
        folder_.fold(value.bytes, cursor.data + (copies ? cursor.stride : 0), cursor.stride,
                     count - copies);
    }
    return value;
  }

  // ---- the innermost axis is kept ----

  void update_rows() {
    const OuterAxes axes(nest_, std::max(nest_.ndim - 1, 0));
    const int64_t n = nest_.inner(), tile = std::min(n, tile_elements(group_)),
                  tiles_per_row = (n + tile - 1) / tile;
    const auto body = [&](int64_t begin, int64_t end) {
      Cursor cursor(*this);
      int64_t index[max_ndim] = {};
      for (int64_t item = begin; item < end; ++item) {
        unravel(item / tiles_per_row, axes.kept, index);
        const int64_t position = item % tiles_per_row * tile, count = std::min(tile, n - position);
        for (int64_t r = 0; r < axes.n_reduced; ++r) {
          move_to(cursor, r, axes, index, std::max(nest_.ndim - 1, 0));
          update_tile(cursor, position, count, r == 0 && !folder_.has_identity);
        }
      }
    };
    const int64_t per_item = axes.n_reduced * tile;
    parallel_for(axes.n_kept * tiles_per_row, std::max<int64_t>(1, chunk_ / per_item), body);
  }

  void update_tile(Cursor& cursor, int64_t position, int64_t n, bool copies) {
    cursor.run(position, n);
    const size_t out = static_cast<size_t>(output_operand());
    char* accumulators = cursor.tile[out];
    const int64_t stride = cursor.inner_stride(out);
    if (copies) {
      const int64_t size = folder_.itemsize();
      copy_elements(accumulators, {&stride, 1}, cursor.data, {&cursor.stride, 1}, {&n, 1},
                    static_cast<int>(size));
      return;
    }
    folder_.update(accumulators, stride, cursor.data, cursor.stride, n);
    cursor.note(group_may_warn());
  }

  Run& run_;
  const Group& group_;
  const Node* node_;
  const Layout* space_;
  Folder folder_;
  const Scalar minus_zero_;  // what pairwise sums begin with
  Slot& output_;
  const int64_t chunk_;  // elements
  std::optional<LocalLayout> expanded_layout_;
  Slot expanded_output_{};
  SmallVector<const Slot*, 8> slots_;
  Nest nest_;
  int first_run_axis_ = 0;  // the reduced axes at the end of the nest: one run of elements
  int64_t run_length_ = 1;
  bool whole_rows_ = false;
  int64_t block_ = INT64_MAX;
};

}  // namespace

namespace {

// The fold of one short row to one number.
bool reduce_small(Run& run, const Group& group) {
  const Node* node = run.nodes[group.seed];
  const Layout& space = *run.slot(run.plan_node(group.seed).inputs[0]).layout;
  const Slot& output = run.slot(group.seed);
  const bool one_row = space.ndim == 1 || space.fresh;  // one result: all else is folded
  if (!one_row || space.size == 0 || space.size > tile_elements() || output.layout->size != 1)
    return false;
  if (!SmallTile::fits(run, group, space)) return false;
  SmallTile tile(run, group, space);
  tile.run();
  const Folder folder = folder_of(node);
  auto [data, stride] = tile.row(group.folded, size_of(folder.dtype), false);
  const char* first = folder.has_identity ? folder.identity.bytes : data;
  std::memcpy(output.data, first, static_cast<size_t>(folder.itemsize()));
  const int64_t n_done = folder.has_identity ? 0 : 1;
  if (space.size > n_done)
    folder.fold(output.data, data + n_done * stride, stride, space.size - n_done);
  const bool may_warn = node->op->combine->may_warn && is_inexact(folder.dtype);
  run.note_float_flags(may_warn ? group.seed : -1);
  return true;
}

}  // namespace

void run_reduce(Run& run, const Group& group) {
  if (!reduce_small(run, group)) Reducer(run, group).run();
}

}  // namespace lazynp
