#include "csrc/engine/register_chain.h"

#include <cstring>

#include "csrc/engine/run_plan.h"

namespace lazynp {

bool RegisterChain::add(const RegisterSteps& steps, std::span<const Row> inputs, int value) {
  if (value < 0) {
    value = is_array(inputs[0]) ? 0 : static_cast<int>(inputs.size()) - 1;
    if (!is_array(inputs[static_cast<size_t>(value)])) return false;
    push(chains_->load, inputs, value);
  }
  if (inputs.size() == 1) {
    push(steps.alone, inputs, -1);
    return true;
  }
  const int other = value == 0 ? 1 : 0;
  const Row& row = inputs[static_cast<size_t>(other)];
  const bool comes_first = other == 0;
  if (is_array(row))
    push(comes_first ? steps.array_with : steps.with_array, inputs, other);
  else if (row.stride == 0 && reinterpret_cast<uintptr_t>(row.data) % itemsize_ == 0)
    push(comes_first ? steps.number_with : steps.with_number, inputs, other);
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
  links_[n_links_] = {chains_->store, result};
  chains_->run(links_, n);
  if (with_events && raised_float_flags()) return false;
  if (result != output.data) std::memcpy(output.data, result, static_cast<size_t>(n_bytes));
  return true;
}

}  // namespace lazynp
