// Plans by structure of graph: a key is compared in full, the least recently used half is dropped.
#pragma once
#include <memory>
#include <span>
#include <unordered_map>

#include "csrc/engine/plan.h"
#include "csrc/graph/node.h"

namespace lazynp {

class PlanCache {
 public:
  Plan* find(uint64_t hash, std::span<const uint64_t> key);
  Plan* insert(uint64_t hash, std::unique_ptr<Plan> plan);
  // The plan that ran last for a root like this one, recorded at the same place; or nullptr.
  Plan* predict(const Node* root) const { return predicted_[place_of(root)]; }
  void note_hit(Plan* plan) { plan->last_used = ++clock_; }
  void expect(const Node* root, Plan* plan) { predicted_[place_of(root)] = plan; }

 private:
  static constexpr size_t max_plans = 4096;
  std::unordered_multimap<uint64_t, std::unique_ptr<Plan>> plans_;  // a hash may stand for several
  static constexpr size_t n_predicted = 256;
  Plan* predicted_[n_predicted] = {};
  uint64_t clock_ = 0;
  static size_t place_of(const Node* root) {
    return (reinterpret_cast<size_t>(root->op) / 64 + root->source) % n_predicted;
  }
  void drop_old();
  void forget_predictions();
};

}  // namespace lazynp
