// From pending nodes to buffers: order, plan key, cached plan or passes, run.
#pragma once
#include <span>
#include <string>

#include "csrc/graph/value.h"

namespace lazynp {

// Gives every root a buffer (views: their base). Runs each pending node at most once. Throws Error;
// a failed run leaves every node as it was, pending and re-runnable.
void evaluate(std::span<Node* const> roots);
inline void evaluate(Node* root) {
  if (!root->is_materialized()) evaluate(std::span(&root, 1));
}

// Address of element [0,0,...] of a value after evaluate (views and constants included).
char* data_of(Node* node);

struct EngineStatistics {
  int64_t n_evaluations, n_plan_hits, n_plan_misses, n_nodes_run, n_groups_run, n_donated,
      n_bytes_allocated,
      n_bytes_read;  // of the arrays that the nodes run had as inputs, constants left out
};
EngineStatistics engine_statistics();

// A floating-point event (bits of FE_*) seen while `node` was computed.
struct FloatEvent {
  int flags;
  uint32_t source;
  uint8_t error_state;
  const OpSpec* op;
};

// What the host language adds; all optional. Set once at start.
struct HostHooks {
  void* (*leave_lock)() = nullptr;  // before long work: release the runtime lock
  void (*enter_lock)(void*) = nullptr;
  void (*before_run)() = nullptr;  // under the lock, before pending nodes are run; may throw
  // Under the lock, after as many nodes were run, or an error ended the run; may not throw.
  void (*after_run)(int64_t n_nodes) = nullptr;
  void (*float_event)(const FloatEvent&) =
      nullptr;                              // called under the lock after the run; may throw
  bool (*interrupted)() = nullptr;          // polled between tiles, under no lock
  bool (*interrupted_in_lock)() = nullptr;  // between groups, under the lock
  bool (*is_ending)() = nullptr;            // other threads will not get the lock again
  std::string (*source_text)(uint32_t source) = nullptr;  // "file:line"
};
extern HostHooks host_hooks;

// A run as the host sees it: announced before it starts, and told when it is over.
struct AnnouncedRun {
  int64_t n_nodes;
  explicit AnnouncedRun(int64_t n_nodes) : n_nodes(n_nodes) {
    if (host_hooks.before_run) [[unlikely]]
      host_hooks.before_run();
  }
  ~AnnouncedRun() {
    if (host_hooks.after_run) [[unlikely]]
      host_hooks.after_run(n_nodes);
  }
  AnnouncedRun(const AnnouncedRun&) = delete;
  AnnouncedRun& operator=(const AnnouncedRun&) = delete;
};

// The plan that evaluate(roots) would run, as text: groups, ops, shapes, bytes, flops, peak.
std::string explain(std::span<Node* const> roots, std::string_view after_pass = {});

struct EngineConfig {
  bool use_host_loops = true;  // config.math = "numpy"
  int64_t tile_bytes = 8192;
  int64_t memory_limit_bytes = 0;  // 0: none
  bool plan_cache = true, fuse = true, donate = true;
};
extern EngineConfig engine_config;

}  // namespace lazynp
