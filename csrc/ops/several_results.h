// Ops of several results: one node whose memory holds them one after the other; each is a view of
// it. So they are computed once, whoever asks first, and a gradient flows back as that of one
// value.
#pragma once
#include <vector>

#include "csrc/ops/op_spec.h"

namespace lazynp {

// Where one result lies in the node's memory. Shape and strides are those of the attributes.
struct ResultPart {
  DType dtype;
  int64_t offset;  // in bytes
  Shape shape;
  Strides strides;
};
// `attributes` are those of a node of `op`.
std::vector<ResultPart> result_parts(const OpSpec& op, const Attributes* attributes);

// The value that holds all results, and the op's attributes followed by where they lie.
struct PackedResults {
  Inference whole;
  AttributesRef attributes;
};
PackedResults pack_results(const OpSpec& op, std::span<const Inference> results,
                           const Attributes* attributes);

// The results, of a value of such an op.
Values results_of(const Value& packed);
// For gradient rules: the parts of `d.gy` that belong to the results.
Values gradients_of_results(const GradientArguments& d);

}  // namespace lazynp
