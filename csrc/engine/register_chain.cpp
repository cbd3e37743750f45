#include "csrc/engine/register_chain.h"

#include <cstring>

#include "csrc/engine/run_plan.h"

namespace lazynp {

bool RegisterChain::add(const RegisterSteps& steps, std::span<const Row> inputs, int value) {
  if (value < 0) {
    value = is_array(inputs[0]) ? 0 : static_cast<int>(inputs.size()) - 1;
    const Row& first = inputs[static_cast<size_t>(value)];
    if (!is_array(first)) return false;
    push(chains_->load, first.data);
  }
  if (inputs.size() == 1) {
    push(steps.alone, nullptr);
    return true;
  }
  const Row& other = inputs[value == 0 ? 1 : 0];
  const bool comes_first = value == 1;
  if (is_array(other))
    push(comes_first ? steps.array_with : steps.with_array, other.data);
  else if (other.stride == 0 && reinterpret_cast<uintptr_t>(other.data) % itemsize_ == 0)
    push(comes_first ? steps.number_with : steps.with_number, other.data);
  else
    return false;
  return true;
}

bool RegisterChain::overlaps(const char* begin, int64_t n_bytes) const {
  for (int i = 0; i < n_links_; ++i) {
    const char* const operand = links_[i].operand;
    if (operand && operand < begin + n_bytes && begin < operand + n_bytes) return true;
  }
  return false;
}

bool RegisterChain::run(const Row& output, int64_t n, char* spare, bool with_events) {
  if (!is_array(output)) return false;
  const int64_t n_bytes = n * itemsize_;
  char* const result = overlaps(output.data, n_bytes) ? spare : output.data;
  push(chains_->store, result);
  chains_->run(links_, n);
  if (with_events && raised_float_flags()) return false;
  if (result != output.data) std::memcpy(output.data, result, static_cast<size_t>(n_bytes));
  return true;
}

}  // namespace lazynp
