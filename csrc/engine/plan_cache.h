// Plans by structure of graph: a key is compared in full, the least recently used half is dropped.
#pragma once
#include <memory>
#include <span>
#include <unordered_map>

#include "csrc/engine/plan.h"

namespace lazynp {

class PlanCache {
 public:
  Plan* find(uint64_t hash, std::span<const uint64_t> key);
  Plan* insert(uint64_t hash, std::unique_ptr<Plan> plan);
  void clear() { plans_.clear(); }

 private:
  static constexpr size_t max_plans = 4096;
  std::unordered_map<uint64_t, std::unique_ptr<Plan>> plans_;
  uint64_t clock_ = 0;
  void drop_old();
};

}  // namespace lazynp
