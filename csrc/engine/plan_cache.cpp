// Look-up and eviction of plans.
#include "csrc/engine/plan_cache.h"

#include <algorithm>
#include <cstring>

namespace lazynp {

Plan* PlanCache::find(uint64_t hash, std::span<const uint64_t> key) {
  const auto [first, end] = plans_.equal_range(hash);
  for (auto entry = first; entry != end; ++entry) {
    Plan* const plan = entry->second.get();
    if (plan->key.size() != key.size() ||
        std::memcmp(plan->key.data(), key.data(), key.size_bytes()) != 0)
      continue;
    note_hit(plan);
    return plan;
  }
  return nullptr;
}

Plan* PlanCache::insert(uint64_t hash, std::unique_ptr<Plan> plan) {
  if (plans_.size() >= max_plans) drop_old();
  note_hit(plan.get());
  return plans_.emplace(hash, std::move(plan))->second.get();
}

void PlanCache::forget_predictions() { std::fill(predicted_, predicted_ + n_predicted, nullptr); }

void PlanCache::drop_old() {
  forget_predictions();
  std::vector<uint64_t> stamps;
  stamps.reserve(plans_.size());
  for (const auto& [hash, plan] : plans_) stamps.push_back(plan->last_used);
  std::nth_element(stamps.begin(), stamps.begin() + static_cast<std::ptrdiff_t>(stamps.size() / 2),
                   stamps.end());
  const uint64_t median = stamps[stamps.size() / 2];
  std::erase_if(plans_, [&](const auto& item) {
    return item.second->last_used < median && !item.second->in_use;
  });
}

}  // namespace lazynp
