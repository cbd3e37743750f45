#include "csrc/engine/record_by_value.h"

#include <algorithm>
#include <cstring>

#include "csrc/engine/evaluate.h"

namespace lazynp {

namespace {

int64_t computed_integer(const Value& value) {
  const Value integer = astype(value, DType::int64);
  evaluate(integer.node());
  int64_t number;
  std::memcpy(&number, data_of(integer.node()), sizeof number);
  return number;
}

AttributesRef with_length(const OpSpec& op, Values& inputs, const AttributesRef& attributes) {
  const int last = static_cast<int>(op.attributes.size()) - 1;
  if (attributes->has(last)) return attributes;
  AttributeWriter writer;
  for (int i = 0; i < last; ++i) writer.copy_of(*attributes, i);
  return writer.integer(computed_integer(op.length(inputs, attributes.get()))).finish();
}

void check_values(const OpSpec& op, std::span<const Value> inputs, const Attributes* attributes) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!(op.checked_inputs >> std::min<size_t>(i, 7) & 1)) continue;
    const Value integers = astype(inputs[i], DType::int64);
    evaluate(integers.node());
    op.check({i, data_of(integers.node()), integers.layout()}, inputs, attributes);
  }
}

}  // namespace

Value apply_by_value(const OpSpec& op, std::span<const Value> inputs, AttributesRef attributes) {
  if (!looks_at_values(op)) return apply(op, inputs, std::move(attributes));
  if (!attributes) attributes = default_attributes(op);
  Values settled(inputs.begin(), inputs.end());
  if (op.length) attributes = with_length(op, settled, attributes);
  Value result = apply(op, settled, attributes);
  if (op.check) check_values(op, inputs, attributes.get());
  return result;
}

}  // namespace lazynp
