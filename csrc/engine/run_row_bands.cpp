// Consecutive maps that read each other's results some rows off, run band by band of rows.
//
// A stencil of a stencil would walk through memory twice and store what lies between. Here a thread
// takes a slab of the last map's rows and goes through it in bands: of each map it computes the
// rows that the band asks for and that are not there yet, into a buffer that slides along. Where
// slabs meet, both threads compute the few rows that both need.
#include <cstring>

#include "csrc/engine/row_block.h"
#include "csrc/engine/thread_pool.h"

namespace lazynp {

namespace {

constexpr int64_t smallest_bytes = 2 << 20;  // of results between: below this the cache has them

// Group `reader` reads row r + shift of a result for its row r.
struct RowRead {
  size_t reader;
  int64_t shift;
};

// What one group computes for the others.
struct BandGroup {
  std::vector<RowRead> reads;  // of its results
  int64_t from = 0, to = 0;    // for rows [a, b) of the last group: rows [a + from, b + to)
  std::vector<int> results;    // that are not there as a whole
};

class RowBands {
 public:
  RowBands(const Run& run, size_t first) : run_(run), first_(first), end_(first) {
    while (end_ < run.plan->groups.size() && joins(end_)) ++end_;
    while (end_ > first + 1 && !only_last_is_kept()) --end_;
    if (end_ > first + 1) find_extents();
    if (end_ <= first + 1 || !is_worthwhile()) end_ = first + 1;
  }

  // Where the groups end that can run in bands; first + 1: there is but one.
  size_t end() const { return end_; }

  const BandGroup& operator[](size_t g) const { return groups_[g - first_]; }
  // How many rows more than those of the last group some group computes for a band.
  int64_t n_extra_rows() const {
    int64_t most = 0;
    for (const BandGroup& group : groups_) most = std::max(most, group.to - group.from);
    return most;
  }

 private:
  const Layout& layout_of(int i) const { return *run_.slots[static_cast<size_t>(i)].layout; }

  bool joins(size_t g) {
    const Group& group = run_.plan->groups[g];
    if (group.kind != GroupKind::map || depends_on_calls(group)) return false;
    const Layout& space = space_of(run_, group);
    if (space.ndim == 0 || space.shape_[0] < 2 || !has_outer_rows(space)) return false;
    groups_.emplace_back();
    for (int i : group.memory_nodes)
      if (!reads_rows(g, i, space)) {
        groups_.pop_back();
        for (BandGroup& before : groups_)
          std::erase_if(before.reads, [&](const RowRead& read) { return read.reader == g; });
        return false;
      }
    return true;
  }

  // Nothing but whole rows of what groups before have computed.
  bool reads_rows(size_t g, int i, const Layout& space) {
    const int shown = run_.plan_node(i).shows, owner = shown < 0 ? i : shown;
    const size_t producer = producer_of(owner, g);
    if (producer == g) return true;
    const Layout &layout = layout_of(i), &whole = layout_of(owner);
    const int64_t row_bytes = whole.ndim ? whole.strides_[0] : 0;
    if (layout.ndim != space.ndim || layout.shape_[0] != space.shape_[0] || row_bytes <= 0 ||
        layout.strides_[0] != row_bytes)
      return false;
    int64_t last = layout.offset % row_bytes + layout.itemsize;
    for (int k = 1; k < layout.ndim; ++k) {
      if (layout.strides_[k] < 0) return false;
      last += (layout.shape_[k] - 1) * layout.strides_[k];
    }
    if (last > row_bytes) return false;
    groups_[producer - first_].reads.push_back({g, layout.offset / row_bytes});
    return true;
  }

  // The group before g that computes node i; g: none does, or g itself.
  size_t producer_of(int i, size_t g) const {
    for (size_t k = first_; k < g; ++k) {
      const auto& outputs = run_.plan->groups[k].outputs;
      if (std::find(outputs.begin(), outputs.end(), i) != outputs.end()) return k;
    }
    return g;
  }

  // Whether nobody reads the results of groups before the last but the groups up to it.
  bool only_last_is_kept() const {
    const auto& all = run_.plan->groups;
    for (size_t g = first_; g + 1 < end_; ++g)
      for (int i : all[g].outputs) {
        const Layout& layout = layout_of(i);
        const bool dies = std::any_of(
            all.begin() + static_cast<std::ptrdiff_t>(g),
            all.begin() + static_cast<std::ptrdiff_t>(end_),
            [&](const Group& group) { return std::ranges::count(group.dead_after, i) > 0; });
        if (!dies || layout.strides_[0] * layout.shape_[0] != layout.size * layout.itemsize)
          return false;
      }
    return true;
  }

  void find_extents() {
    groups_.resize(end_ - first_);
    groups_.back().reads.clear();  // of groups behind
    for (size_t g = end_ - 1; g-- > first_;) {
      BandGroup& group = groups_[g - first_];
      std::erase_if(group.reads, [&](const RowRead& read) { return read.reader >= end_; });
      group.results = run_.plan->groups[g].outputs;
      group.from = INT64_MAX;
      for (const RowRead& read : group.reads) {
        const BandGroup& reader = groups_[read.reader - first_];
        group.from = std::min(group.from, reader.from + read.shift);
        group.to = std::max(group.to, reader.to + read.shift);
      }
    }
  }

  bool is_worthwhile() const {
    int64_t bytes = 0;
    for (const BandGroup& group : groups_) {
      if (&group != &groups_.back() && group.reads.empty()) return false;
      for (int i : group.results) bytes += layout_of(i).size * layout_of(i).itemsize;
    }
    const int64_t n_rows = space_of(run_, run_.plan->groups[end_ - 1]).shape_[0];
    return bytes >= smallest_bytes && n_rows >= 16 * (n_extra_rows() + 1) * num_threads();
  }

  const Run& run_;
  size_t first_, end_;
  std::vector<BandGroup> groups_;
};

// Rows of one result that are there, in memory that is smaller than all of them.
struct SlidingRows {
  int node;
  int64_t row_bytes, capacity;  // rows
  std::unique_ptr<char[]> memory;
  int64_t first = 0;  // the row that lies at the beginning

  // Makes room for rows up to `end`; of those up to `done`, the ones from `needed` on stay.
  void slide(int64_t needed, int64_t done, int64_t end) {
    if (end - first <= capacity) return;
    std::memmove(memory.get(), memory.get() + (needed - first) * row_bytes,
                 static_cast<size_t>((done - needed) * row_bytes));
    first = needed;
  }
  // Where row 0 would lie.
  char* start() const { return memory.get() - first * row_bytes; }
};

// One thread's way through a slab.
class Slab {
 public:
  Slab(const Run& run, const RowBands& bands, size_t first, int64_t rows_per_band)
      : run_(run), bands_(bands), first_(first), end_(bands.end()), rows_per_band_(rows_per_band) {
    for (size_t g = first_; g < end_; ++g) {
      const BandGroup& group = bands[g];
      for (int i : group.results) {
        const Layout& layout = *run.slots[static_cast<size_t>(i)].layout;
        const int64_t capacity = 2 * (rows_per_band + group.to - group.from);
        buffers_.push_back({i, layout.strides_[0], capacity, nullptr});
        buffers_.back().memory.reset(new char[static_cast<size_t>(capacity * layout.strides_[0])]);
      }
    }
    for (size_t g = first_; g < end_; ++g)
      blocks_.push_back(std::make_unique<RowBlock>(run_, g, g + 1));
  }

  void work(int64_t begin, int64_t stop) {
    done_.clear();
    for (size_t g = first_; g < end_; ++g) done_.push_back(begin + bands_[g].from);
    for (SlidingRows& rows : buffers_) rows.first = begin + bands_[group_of(rows.node)].from;
    for (int64_t row = begin; row < stop; row += rows_per_band_) {
      const int64_t band_end = std::min(stop, row + rows_per_band_);
      for (size_t g = first_; g < end_; ++g) compute(g, band_end + bands_[g].to);
    }
  }

 private:
  int64_t& done(size_t g) { return done_[g - first_]; }

  size_t group_of(int node) const {
    size_t g = first_;
    while (std::ranges::count(bands_[g].results, node) == 0) ++g;
    return g;
  }

  // Of group g the rows up to `end` that are not there yet.
  void compute(size_t g, int64_t end) {
    int64_t needed = INT64_MAX;
    for (const RowRead& read : bands_[g].reads)
      needed = std::min(needed, done(read.reader) + read.shift);
    for (SlidingRows& rows : buffers_)
      if (std::ranges::count(bands_[g].results, rows.node)) {
        rows.slide(needed, done(g), end);
        place(rows);
      }
    Run& part = blocks_[g - first_]->rows(done(g), end);
    const Group& group = run_.plan->groups[g];
    run_map(part, group, *part.slot(group.space).layout);
    done(g) = end;
  }

  void place(const SlidingRows& rows) {
    const auto put = [&](int i) {
      Slot& slot = run_.slot(i);
      slot.start = rows.start();
      slot.data = slot.start + slot.layout->offset;
    };
    put(rows.node);
    for (int view : run_.plan_node(rows.node).views) put(view);
  }

  Run run_;  // in which results lie in the buffers
  const RowBands& bands_;
  size_t first_, end_;
  int64_t rows_per_band_;
  std::vector<SlidingRows> buffers_;
  std::vector<std::unique_ptr<RowBlock>> blocks_;
  std::vector<int64_t> done_;  // per group, rows
};

}  // namespace

size_t row_band_end(const Run& run, size_t first) { return RowBands(run, first).end(); }

void run_row_bands(Run& run, size_t first) {
  const RowBands bands(run, first);
  const Layout& space = space_of(run, run.plan->groups[bands.end() - 1]);
  const int64_t n_rows = space.shape_[0],
                row_bytes = std::max<int64_t>(space.size / n_rows * space.itemsize, 1);
  const int64_t extra = bands.n_extra_rows(),
                rows_per_band = std::clamp<int64_t>(row_block_bytes / row_bytes, extra + 1, n_rows);
  const int64_t rows_per_slab =
      std::max(8 * (extra + 1), (n_rows + 4 * num_threads() - 1) / (4 * num_threads()));
  parallel_for(n_rows, rows_per_slab, [&](int64_t begin, int64_t stop) {
    Slab(run, bands, first, rows_per_band).work(begin, stop);
  });
}

}  // namespace lazynp
