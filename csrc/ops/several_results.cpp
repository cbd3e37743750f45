#include "csrc/ops/several_results.h"

#include <algorithm>

namespace lazynp {

namespace {

constexpr int64_t part_alignment = 16;  // of any dtype

int64_t aligned(int64_t n_bytes, int64_t alignment) {
  return (n_bytes + alignment - 1) / alignment * alignment;
}

// Gradients pass through values of floating dtypes only, and those of complex results are complex.
DType packed_dtype(std::span<const Inference> results) {
  const auto rank = [](DType d) { return is_complex(d) ? 2 : is_floating(d) ? 1 : 0; };
  return std::ranges::max_element(results, {}, [&](const Inference& r) { return rank(r.dtype); })
      ->dtype;
}

Values parts_as_views(const Value& memory, const OpSpec& op, const Attributes* attributes) {
  Values views;
  for (const ResultPart& part : result_parts(op, attributes))
    views.push_back(view(memory,
                         make_layout(part.shape, part.strides, memory.layout().offset + part.offset,
                                     size_of(part.dtype)),
                         part.dtype));
  return views;
}

}  // namespace

PackedResults pack_results(const OpSpec& op, std::span<const Inference> results,
                           const Attributes* attributes) {
  AttributeWriter writer;
  for (size_t i = 0; i < op.attributes.size(); ++i) writer.copy_of(attributes, static_cast<int>(i));
  std::vector<int64_t> words;
  int64_t n_bytes = 0;
  for (const Inference& result : results) {
    const Layout& layout = *result.layout;
    words.insert(words.end(), {static_cast<int64_t>(result.dtype), n_bytes, layout.ndim});
    words.insert(words.end(), layout.shape().begin(), layout.shape().end());
    words.insert(words.end(), layout.strides().begin(), layout.strides().end());
    n_bytes += aligned(layout.size * layout.itemsize, part_alignment);
  }
  const DType dtype = packed_dtype(results);
  const int64_t shape[] = {n_bytes / size_of(dtype)};
  return {{dtype, c_layout(shape, size_of(dtype))}, writer.integers(words).finish()};
}

std::vector<ResultPart> result_parts(const OpSpec& op, const Attributes* attributes) {
  std::vector<ResultPart> parts;
  auto words = attributes->integers(static_cast<int>(op.attributes.size()));
  while (!words.empty()) {
    const auto ndim = static_cast<size_t>(words[2]);
    parts.push_back({static_cast<DType>(words[0]), words[1], words.subspan(3, ndim),
                     words.subspan(3 + ndim, ndim)});
    words = words.subspan(3 + 2 * ndim);
  }
  return parts;
}

Values results_of(const Value& packed) {
  return parts_as_views(packed, *packed.node()->op, packed.node()->attributes);
}

Values gradients_of_results(const GradientArguments& d) {
  const bool is_dense = d.gy.layout().c_contiguous && !d.gy.node()->is_constant();
  const Value memory =
      is_dense ? d.gy : copy_as(d.gy, c_layout(d.gy.shape(), size_of(d.gy.dtype())), d.gy.dtype());
  return parts_as_views(memory, *d.node.op, d.attributes);
}

}  // namespace lazynp
