// evaluate(): collect the pending sub-graph, find its plan, run it, hand out the buffers.
#include "csrc/engine/evaluate.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "csrc/base/allocation_error.h"
#include "csrc/engine/pending.h"
#include "csrc/engine/plan_cache.h"
#include "csrc/engine/run_plan.h"
#include "csrc/engine/thread_pool.h"

namespace lazynp {

HostHooks host_hooks;
EngineConfig engine_config;

namespace {

EngineStatistics statistics{};

PlanCache& plan_cache() {
  static auto* cache = new PlanCache;
  return *cache;
}

// From this many elements on, work is long enough to let other Python threads run meanwhile.
constexpr int64_t leave_lock_from_elements = 32768;

// Groups that work longer than this (about 50 ms on one core) do not take over an input's memory
// ...
constexpr double long_work_cycles = 1.5e8;
// ... unless that would need more memory than this.
constexpr int64_t max_bytes_beside_input = int64_t{256} << 20;

// Runs that left the lock: others wait here for the nodes that they compute.
struct InFlight {
  std::mutex mutex;
  std::condition_variable finished;
  uint64_t n_finished = 0;
  int n_running = 0;  // guarded by the runtime lock
};
thread_local int n_own_runs = 0;  // those of this thread: more than one where runs nest

InFlight* in_flight_runs = nullptr;

// Of the runs under way the child has only those of the thread that forked.
void after_fork_in_child() {
  in_flight_runs = new InFlight;
  in_flight_runs->n_running = n_own_runs;
}

InFlight& runs_in_flight() {
  static const bool ready = [] {
    in_flight_runs = new InFlight;  // never destroyed: threads may wait while the process ends
    pthread_atfork(nullptr, nullptr, after_fork_in_child);
    return true;
  }();
  (void)ready;
  return *in_flight_runs;
}

Plan* find_plan(std::span<Node* const> nodes, PlanKey& key, std::unique_ptr<Plan>& owned) {
  make_key(nodes, key);
  if (engine_config.plan_cache)
    if (Plan* plan = plan_cache().find(key.hash, key.words)) {
      ++statistics.n_plan_hits;
      return plan;
    }
  ++statistics.n_plan_misses;
  owned = make_plan(plan_graph(nodes));
  owned->key.assign(key.words.begin(), key.words.end());
  if (!engine_config.plan_cache) return owned.get();
  return plan_cache().insert(key.hash, std::move(owned));
}

// A loop evaluates the same structure again and again: the plan of the last time is tried first.
Plan* predicted_plan(Node* root, PendingNodes& pending) {
  if (!engine_config.plan_cache || root->is_materialized()) return nullptr;
  Plan* const plan = plan_cache().predict(root);
  if (!plan || !matches(*plan, root, pending)) return nullptr;
  plan_cache().note_hit(plan);
  ++statistics.n_plan_hits;
  return plan;
}

// ---- running ----

// What one evaluation needs; kept between evaluations, so that small ones allocate nothing.
struct Workspace {
  PendingNodes pending;
  PlanKey key;
  Run run;
  std::vector<Node*> done;
  std::vector<int> float_flags;
};

// Evaluations may nest (a fallback evaluates while it runs), so there is one workspace per level.
class BorrowedWorkspace {
 public:
  BorrowedWorkspace() {
    auto& idle = idle_workspaces();
    if (idle.empty()) {
      workspace_ = std::make_unique<Workspace>();
    } else {
      workspace_ = std::move(idle.back());
      idle.pop_back();
    }
  }
  ~BorrowedWorkspace() { idle_workspaces().push_back(std::move(workspace_)); }
  Workspace& operator*() { return *workspace_; }

 private:
  static std::vector<std::unique_ptr<Workspace>>& idle_workspaces() {
    static auto* idle = new std::vector<std::unique_ptr<Workspace>>;  // guarded by the runtime lock
    return *idle;
  }
  std::unique_ptr<Workspace> workspace_;
};

class PlanRun {
 public:
  PlanRun(const Plan& plan, std::span<Node* const> nodes, Workspace& workspace)
      : nodes_(nodes), run_(workspace.run), forget_inputs_later_(workspace.done) {
    forget_inputs_later_.clear();
    run_.plan = &plan;
    run_.nodes = nodes.data();
    if (run_.slots.size() < nodes.size()) run_.slots.resize(2 * nodes.size());
    int64_t largest = 0;
    for (size_t i = 0; i < nodes.size(); ++i) {
      largest = std::max(largest, nodes[i]->layout->size);
      bind(i);
      if (plan.graph.nodes[i].group != no_group) n_bytes_read_ += bytes_of_inputs(nodes[i]);
    }
    run_.float_flags = nullptr;
    run_.may_leave_lock =
        (largest >= leave_lock_from_elements || plan.calls_host) && host_hooks.leave_lock;
    if (plan.may_warn && host_hooks.float_event) {
      workspace.float_flags.assign(nodes.size(), 0);
      run_.float_flags = workspace.float_flags.data();
      clear_float_flags();
    }
  }

  void run() {
    if (run_.may_leave_lock) mark_in_flight(true);
    const auto& groups = run_.plan->groups;
    for (size_t first = 0, end; first < groups.size(); first = end) {
      end = run_.may_leave_lock ? row_block_end(run_, first) : first + 1;
      const bool are_blocks = end > first + 1;
      if (run_.may_leave_lock && !are_blocks) end = row_band_end(run_, first);
      try {
        stop_if_interrupted();
        if (are_blocks)
          run_in_blocks(first, end);
        else if (end > first + 1)
          run_in_bands(first, end);
        else
          run_group(groups[first]);
      } catch (...) {
        for (size_t g = first; g < end; ++g) drop_outputs(groups[g]);
        finish_run(true);
        throw;
      }
      statistics.n_groups_run += static_cast<int64_t>(end - first);
    }
    finish_run(false);
    statistics.n_nodes_run += run_.plan->n_computed;
    statistics.n_bytes_read += n_bytes_read_;
  }

  // To be reported when the run is over: a report may run any code, and may throw.
  std::vector<FloatEvent> float_events() const {
    std::vector<FloatEvent> events;
    for (size_t i = 0; run_.float_flags && i < nodes_.size(); ++i) {
      // What was computed once for several operations has happened to each of them.
      const PlanNode& planned = run_.plan_node(static_cast<int>(i));
      if (const int flags = run_.float_flags[planned.computed_as(static_cast<int>(i))])
        events.push_back({flags, nodes_[i]->source, nodes_[i]->error_state, planned.op});
    }
    return events;
  }

 private:
  void bind(size_t i) {
    Node* node = nodes_[i];
    Slot& slot = run_.slots[i];
    slot = {nullptr, nullptr, node->layout, nullptr};
    if (node->is_constant())
      slot.start = slot.data = node->value.bytes;
    else if (node->buffer)
      place(slot, node->buffer->data);
    else if (is_view(node))
      bind_view(slot, static_cast<int>(i));
  }
  static void place(Slot& slot, char* start) {
    slot.start = start;
    slot.data = start + slot.layout->offset;
  }
  void bind_view(Slot& slot, int view) {
    const Slot& base = run_.slot(run_.plan_node(view).inputs[0]);
    if (base.start) place(slot, base.start);
  }

  // Views of a value get their address as soon as the value has memory.
  void place_views_of(int base, char* start) {
    for (int view : run_.plan_node(base).views) place(run_.slot(view), start);
  }

  void set_memory(int i, BufferRef buffer) {
    Slot& slot = run_.slot(i);
    char* start = buffer->data;
    slot.buffer = buffer.release();
    place(slot, start);
    place_views_of(i, start);
  }

  void allocate(int i) {
    const Layout& layout = *run_.slot(i).layout;
    const int64_t n_bytes = layout.size * layout.itemsize;
    statistics.n_bytes_allocated += n_bytes;
    try {
      const int64_t limit = engine_config.memory_limit_bytes;
      if (limit > 0 && pool_statistics().bytes_in_use + n_bytes > limit)
        fail(ErrorClass::memory, "limit");
      set_memory(i, allocate_buffer(n_bytes));
    } catch (const Error&) {
      fail_to_allocate(layout, nodes_[static_cast<size_t>(i)]->dtype);
    }
  }

  // Moves the memory of a dying input to `to`: the run's own temporary, or a node's buffer.
  void donate(int from, int to) {
    Slot& source = run_.slot(from);
    BufferRef buffer = source.buffer
                           ? BufferRef::adopt(std::exchange(source.buffer, nullptr))
                           : BufferRef::adopt(take_buffer(nodes_[static_cast<size_t>(from)]));
    ++statistics.n_donated;
    takes_over_memory_ = true;
    set_memory(to, std::move(buffer));
  }

  bool owns_alone(int i) const {
    const Slot& slot = run_.slots[static_cast<size_t>(i)];
    const Buffer* buffer = slot.buffer ? slot.buffer : nodes_[static_cast<size_t>(i)]->buffer;
    return buffer && buffer->references == 1 && is_ours(buffer) && buffer->writeable;
  }

  // Watched values keep their inputs. Those that were not stored may be computed again, in the end
  // from leaves, which cannot be.
  bool is_kept_by_history(int leaf) const {
    const auto is_watched = [](const Node* node) { return (node->flags & watched) != 0; };
    if (std::none_of(nodes_.begin(), nodes_.end(), is_watched)) return false;
    std::vector<bool> kept(nodes_.size());
    for (size_t i = nodes_.size(); i-- > 0;) {
      const PlanNode& planned = run_.plan_node(static_cast<int>(i));
      if (is_watched(nodes_[i]) || (kept[i] && !planned.keep))
        for (int input : planned.inputs) kept[static_cast<size_t>(input)] = true;
    }
    return kept[static_cast<size_t>(leaf)];
  }

  // Results may take over an input that lies exactly alike.
  bool may_reuse(int from, int to) const {
    const Layout& a = *run_.slots[static_cast<size_t>(from)].layout;
    const Layout& b = *run_.slots[static_cast<size_t>(to)].layout;
    const Node* const source = nodes_[static_cast<size_t>(from)];
    if (source->buffer && source->n_inputs == 0 && is_kept_by_history(from)) return false;
    return owns_alone(from) && a.offset == 0 && same_layout(a, b) && a.dense && b.dense;
  }

  // Where a group would work for long, which no interrupt could end, memory is the cheaper price.
  bool may_take_over(const Group& group, int from, int to, int64_t n_elements) const {
    if (!may_reuse(from, to)) return false;
    if (!run_.may_leave_lock || !host_hooks.interrupted || engine_config.memory_limit_bytes > 0)
      return true;
    const Layout& layout = *run_.slots[static_cast<size_t>(to)].layout;
    if (layout.size * layout.itemsize > max_bytes_beside_input) return true;
    return group.cost * static_cast<double>(n_elements) < long_work_cycles;
  }

  // Between groups; within them the chunks ask.
  void stop_if_interrupted() const {
    if (run_.may_leave_lock && host_hooks.interrupted_in_lock && host_hooks.interrupted_in_lock())
      fail(ErrorClass::interrupted, "interrupted");
  }

  // A group that took over an input's memory runs to its end: the input could not be read again.
  template <class Work> void unlocked(Work work) {
    if (!run_.may_leave_lock) return work();
    const Interruptible interruptible(takes_over_memory_ ? nullptr : host_hooks.interrupted);
    void* state = host_hooks.leave_lock();
    try {
      work();
    } catch (...) {
      host_hooks.enter_lock(state);
      throw;
    }
    host_hooks.enter_lock(state);
  }

  void run_group(const Group& group) {
    takes_over_memory_ = false;
    switch (group.kind) {
      case GroupKind::map:
        prepare_map(group);
        unlocked([&] { run_map(run_, group, *run_.slot(group.space).layout); });
        break;
      case GroupKind::reduce:
        for (int i : group.outputs) allocate(i);
        unlocked([&] { run_reduce(run_, group); });
        break;
      case GroupKind::structured: run_structured_group(group); break;
      case GroupKind::write: run_write_group(group); break;
    }
    release_dead(group);
  }

  void run_in_blocks(size_t first, size_t end) {
    takes_over_memory_ = false;
    const auto& groups = run_.plan->groups;
    for (size_t g = first; g < end; ++g) {
      if (groups[g].kind == GroupKind::map)
        prepare_map(groups[g]);
      else
        for (int i : groups[g].outputs) allocate(i);
    }
    unlocked([&] { run_row_blocks(run_, first, end); });
    for (size_t g = first; g < end; ++g) release_dead(groups[g]);
  }

  void run_in_bands(size_t first, size_t end) {
    takes_over_memory_ = false;
    const auto& groups = run_.plan->groups;
    for (int i : groups[end - 1].outputs) allocate(i);
    unlocked([&] { run_row_bands(run_, first); });
    for (size_t g = first; g < end; ++g) release_dead(groups[g]);
  }

  void release_dead(const Group& group) {
    for (int i : group.dead_after) {
      Slot& slot = run_.slot(i);
      if (slot.buffer) drop_reference(std::exchange(slot.buffer, nullptr));
    }
  }

  void prepare_map(const Group& group) {
    const bool donates =
        group.donated_input >= 0 && may_take_over(group, group.donated_input, group.donated_output,
                                                  run_.slot(group.space).layout->size);
    for (int i : group.outputs)
      if (!donates || i != group.donated_output) allocate(i);
    // The input keeps its address for reading, the output takes the buffer.
    if (donates) donate(group.donated_input, group.donated_output);
  }

  void copy_base(int base, int to) {
    const Slot from = run_.slot(base);
    allocate(to);
    const Slot& target = run_.slot(to);
    unlocked([&] {
      copy_elements(target.data, target.layout->strides(), from.data, from.layout->strides(),
                    from.layout->shape(), from.layout->itemsize);
    });
  }

  void run_structured_group(const Group& group) {
    const PlanNode& seed = run_.plan_node(group.seed);
    if (seed.op->updates_input < 0) {
      allocate(group.seed);
    } else {
      const int base = seed.inputs[static_cast<size_t>(seed.op->updates_input)];
      if (group.donates_base && may_reuse(base, group.seed))
        donate(base, group.seed);
      else
        copy_base(base, group.seed);
    }
    unlocked([&] { run_structured(run_, group); });
  }

  // The region of the new version, as the output of a map.
  void run_write_group(const Group& group) {
    const Node* node = nodes_[static_cast<size_t>(group.seed)];
    const int base = run_.plan_node(group.seed).inputs[0];
    if (group.donates_base && may_take_over(group, base, group.seed, node->region->size))
      donate(base, group.seed);
    else
      copy_base(base, group.seed);
    for (int i : group.outputs)
      if (i != group.seed) allocate(i);
    Slot& seed = run_.slot(group.seed);
    const Slot whole = seed;
    Slot region = {whole.start, whole.start + node->region->offset, node->region, nullptr};
    const bool hazard = reads_overlap(group, region);
    BufferRef temporary;
    LayoutRef dense;
    Slot target = region;
    if (hazard) {
      dense = c_layout(node->region->shape(), node->region->itemsize);
      temporary = allocate_buffer(dense->size * dense->itemsize);
      target = {temporary->data, temporary->data, dense.get(), nullptr};
    }
    seed = target;
    try {
      unlocked([&] { run_map(run_, group, *target.layout); });
    } catch (...) {
      seed = whole;
      throw;
    }
    if (hazard)
      unlocked([&] {
        copy_elements(region.data, region.layout->strides(), target.data, target.layout->strides(),
                      region.layout->shape(), region.layout->itemsize);
      });
    seed = whole;
  }

  // Does the group read memory that it writes, other than element for element?
  bool reads_overlap(const Group& group, const Slot& region) {
    const ByteRange out = byte_range(*region.layout);
    for (int i : group.memory_nodes) {
      if (i == group.seed) continue;
      const Slot& slot = run_.slot(i);
      const ByteRange in = byte_range(*slot.layout);
      const char* begin = slot.start + in.begin;
      const char* end = slot.start + in.end;
      if (begin >= region.start + out.end || end <= region.start + out.begin) continue;
      if (slot.data == region.data && same_layout(*slot.layout, *region.layout) &&
          !has_repeats(*region.layout))
        continue;
      return true;
    }
    // Several elements in one place: the last one in C order wins, so no tiles in parallel.
    return has_repeats(*region.layout);
  }
  static bool has_repeats(const Layout& layout) {
    for (int i = 0; i < layout.ndim; ++i)
      if (layout.shape_[i] > 1 && layout.strides_[i] == 0) return true;
    return false;
  }

  void mark_in_flight(bool on) {
    for (Node* node : nodes_) {
      if (on) add_reference(node);
      if (node->is_materialized() && on) continue;
      node->flags = static_cast<uint8_t>(on ? node->flags | in_flight : node->flags & ~in_flight);
    }
    InFlight& runs = runs_in_flight();
    runs.n_running += on ? 1 : -1;
    n_own_runs += on ? 1 : -1;
    if (on) return;
    {
      const std::lock_guard lock(runs.mutex);
      ++runs.n_finished;
    }
    runs.finished.notify_all();
    held_ = true;
  }

  void finish_run(bool failed) {
    if (run_.may_leave_lock) mark_in_flight(false);
    attach(failed);
  }

  // What a failed group has begun is no value.
  void drop_outputs(const Group& group) {
    for (int i : group.outputs) {
      Slot& slot = run_.slot(i);
      if (slot.buffer) drop_reference(std::exchange(slot.buffer, nullptr));
    }
  }

  // Values get their buffers. After a failure everything that is still alive does: the rest of the
  // graph can be run again from there.
  void attach(bool failed) {
    for (int i : run_.plan->owned) {
      Node* const node = nodes_[static_cast<size_t>(i)];
      Buffer* const buffer = run_.slot(i).buffer;
      if (!buffer || node->buffer || !(failed || run_.plan_node(i).keep)) continue;
      set_buffer(node, buffer);
      if (node->flags & watched) continue;
      if (node->n_handles == 0) begin_orphanage(node);  // pending nodes read it
      forget_inputs_later_.push_back(node);
    }
  }

 public:
  // Last step: nodes drop their history. May free the nodes of this run.
  void finish() {
    for (int i : run_.plan->owned)
      if (run_.slot(i).buffer) drop_reference(std::exchange(run_.slot(i).buffer, nullptr));
    for (Node* node : forget_inputs_later_) add_reference(node);
    for (Node* node : forget_inputs_later_) forget_inputs(node);
    for (Node* node : forget_inputs_later_) drop_reference(node);
    if (held_)
      for (Node* node : nodes_) drop_reference(node);
  }

 private:
  std::span<Node* const> nodes_;
  Run& run_;
  std::vector<Node*>& forget_inputs_later_;
  bool held_ = false;
  bool takes_over_memory_ = false;
  int64_t n_bytes_read_ = 0;
};

// Waits until one of the runs that other threads have under way is over.
void wait_for_runs() {
  InFlight& runs = runs_in_flight();
  if (runs.n_running == n_own_runs || (host_hooks.is_ending && host_hooks.is_ending()))
    fail(ErrorClass::lazy,
         "lazynp: evaluate: this value is being computed by a run that cannot end: the run waits "
         "for the present code (a signal handler), or its thread ended with Python or by a fork");
  uint64_t seen;
  {
    const std::lock_guard lock(runs.mutex);
    seen = runs.n_finished;
  }
  void* state = host_hooks.leave_lock ? host_hooks.leave_lock() : nullptr;
  {
    std::unique_lock lock(runs.mutex);
    runs.finished.wait_for(lock, std::chrono::milliseconds(50),
                           [&] { return runs.n_finished != seen; });
  }
  if (host_hooks.enter_lock) host_hooks.enter_lock(state);
}

}  // namespace

EngineStatistics engine_statistics() { return statistics; }

char* data_of(Node* node) {
  if (node->is_constant()) return node->value.bytes;
  if (is_view(node)) {
    evaluate(node->inputs[0]);
    return node->inputs[0]->buffer->data + node->layout->offset;
  }
  evaluate(node);
  return node->buffer->data + node->layout->offset;
}

void evaluate(std::span<Node* const> roots) {
  if (roots.size() == 1 && run_single_op(roots[0], statistics.n_bytes_read)) {
    ++statistics.n_evaluations;
    ++statistics.n_nodes_run;
    ++statistics.n_groups_run;
    statistics.n_bytes_allocated += roots[0]->layout->size * roots[0]->layout->itemsize;
    return;
  }
  BorrowedWorkspace borrowed;
  Workspace& workspace = *borrowed;
  PendingNodes& pending = workspace.pending;
  std::unique_ptr<Plan> owned;
  Plan* plan = roots.size() == 1 ? predicted_plan(roots[0], pending) : nullptr;
  if (!plan) {
    collect(roots, pending);
    while (pending.meets_in_flight) {
      wait_for_runs();
      collect(roots, pending);
    }
    const bool nothing_to_do =
        std::all_of(pending.nodes.begin(), pending.nodes.end(),
                    [](const Node* node) { return node->is_materialized() || is_view(node); });
    if (nothing_to_do) return;
  }
  AnnouncedRun announced(0);
  if (!plan) {
    plan = find_plan(pending.nodes, workspace.key, owned);
    if (roots.size() == 1 && !owned) plan_cache().expect(roots[0], plan);
  }
  announced.n_nodes = plan->n_computed;
  ++statistics.n_evaluations;
  ++plan->in_use;
  struct Release {
    Plan* plan;
    ~Release() { --plan->in_use; }
  } release{plan};
  PlanRun run(*plan, pending.nodes, workspace);
  try {
    run.run();
  } catch (...) {
    run.finish();
    throw;
  }
  const std::vector<FloatEvent> events = run.float_events();
  run.finish();
  for (const FloatEvent& event : events) host_hooks.float_event(event);
}

}  // namespace lazynp
