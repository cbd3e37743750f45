// Einstein's summation.

#include <algorithm>
#include <map>

#include "csrc/cpu/einsum.h"
#include "csrc/ops/batch_rules.h"
#include "csrc/ops/families.h"
#include "csrc/ops/rules.h"

namespace lazynp {

namespace {

constexpr size_t max_operands = 8;

using LabelExtents = std::map<char, int64_t>;

// An axis of length 1 goes with any other of its label.
LabelExtents extents_of(const EinsumTerms& terms, std::span<const Value> inputs) {
  LabelExtents extents;
  for (size_t k = 0; k < inputs.size(); ++k)
    for (size_t i = 0; i < terms.operands[k].size(); ++i) {
      const int64_t extent = inputs[k].shape()[i];
      int64_t& known = extents.try_emplace(terms.operands[k][i], extent).first->second;
      if (known == 1) known = extent;
      if (extent != known && extent != 1)
        fail(ErrorClass::value, "operands could not be broadcast together");
    }
  return extents;
}

void check_terms(const EinsumTerms& terms, std::span<const Value> inputs) {
  if (terms.operands.size() != inputs.size() || inputs.size() > max_operands)
    fail(ErrorClass::value, "einstein sum subscripts string does not fit the number of operands");
  std::string all;
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (terms.operands[k].size() != static_cast<size_t>(inputs[k].ndim()))
      fail(ErrorClass::value, "einstein sum subscripts string does not fit an operand's axes");
    for (size_t i = 0; i < terms.operands[k].size(); ++i) {  // a diagonal does not broadcast
      const size_t first = terms.operands[k].find(terms.operands[k][i]);
      if (inputs[k].shape()[first] != inputs[k].shape()[i])
        fail(ErrorClass::value, "dimensions for collapsing an index don't match");
    }
    all += terms.operands[k];
  }
  for (const char label : terms.result)
    if (all.find(label) == std::string::npos || std::ranges::count(terms.result, label) > 1)
      fail(ErrorClass::value, "einstein sum subscripts string has a wrong output label");
  const bool sums = std::ranges::any_of(
      all, [&](char label) { return terms.result.find(label) == std::string::npos; });
  if (inputs.size() == 1 && !sums)
    fail(ErrorClass::not_implemented, "lazynp: einsum: NumPy gives a view");
}

// The result lies in the order in which NumPy's iterator walks over the operands.
LayoutRef einsum_layout(const EinsumTerms& terms, std::span<const Value> inputs, int itemsize) {
  const LabelExtents extents = extents_of(terms, inputs);
  std::string labels = terms.result;
  for (const auto& [label, extent] : extents)
    if (labels.find(label) == std::string::npos) labels.push_back(label);
  Extents shape;
  for (const char label : labels) shape.push_back(extents.at(label));
  std::vector<LayoutRef> layouts;
  std::vector<const Layout*> operands;
  for (size_t k = 0; k < inputs.size(); ++k) {
    Extents strides(labels.size(), 0);
    for (size_t i = 0; i < terms.operands[k].size(); ++i)
      if (inputs[k].shape()[i] != 1)
        strides[labels.find(terms.operands[k][i])] += inputs[k].layout().strides()[i];
    layouts.push_back(make_layout(shape, strides, 0, itemsize));
    operands.push_back(layouts.back().get());
  }
  Axes order;
  const int n = static_cast<int>(terms.result.size());
  for (const int axis : common_memory_order(operands, static_cast<int>(labels.size())))
    if (axis < n) order.push_back(axis);
  shape.resize(static_cast<size_t>(n));
  return layout_in_order(shape, order, itemsize);
}

Inference infer_einsum(Values& inputs, const Attributes* attributes) {
  const EinsumTerms terms = parse_einsum(attributes->string(0));
  if (inputs.empty()) fail(ErrorClass::value, "must provide at least an operand");
  for (Value& x : inputs)
    if (x.node()->is_constant()) x = copy(x);
  check_terms(terms, inputs);
  DType dtype = inputs[0].dtype();
  for (const Value& x : inputs) dtype = promote(dtype, x.dtype());
  LayoutRef layout = einsum_layout(terms, inputs, size_of(dtype));
  if (!has_host_einsum())
    for (Value& x : inputs) x = astype(x, dtype);
  return {dtype, std::move(layout)};
}

// gy and the other operands, summed over what this operand does not have; what only it has is the
// same everywhere.
Value gradient_of_operand(const GradientArguments& d, const EinsumTerms& terms, size_t k) {
  const std::string& own = terms.operands[k];
  const Value& x = d.inputs[k];
  for (const char label : own)
    if (std::ranges::count(own, label) > 1)
      fail(ErrorClass::no_gradient, "lazynp: einsum: an operand has a label twice; got '" + own +
                                        "'; take its diagonal first");
  Values factors{d.gy};
  std::string subscripts = terms.result, known = terms.result;
  for (size_t i = 0; i < d.inputs.size(); ++i) {
    if (i == k) continue;
    factors.push_back(conjugate(d.inputs[i]));
    subscripts += "," + terms.operands[i];
    known += terms.operands[i];
  }
  std::string target;
  for (const char label : own)
    if (known.find(label) != std::string::npos) target.push_back(label);
  Value gradient = d.gy;
  if (factors.size() > 1) {
    gradient = apply_list("einsum", factors,
                          AttributeWriter().string(subscripts + "->" + target).finish());
  } else {
    Axes axes;
    for (const char label : target) axes.push_back(static_cast<int>(terms.result.find(label)));
    if (!axes.empty()) gradient = transpose(gradient, axes);
  }
  Extents shape;
  size_t next = 0;
  for (const char label : own) {
    const bool is_known = target.find(label) != std::string::npos;
    shape.push_back(is_known ? gradient.shape()[next++] : 1);
  }
  Extents summed = shape;
  for (size_t i = 0; i < shape.size(); ++i) summed[i] = std::min(shape[i], x.shape()[i]);
  return broadcast_to(sum_to_shape(reshape(gradient, shape), summed), x.shape());
}

Values einsum_gradient(const GradientArguments& d) {
  const EinsumTerms terms = parse_einsum(d.attributes->string(0));
  Values gradients;
  for (size_t k = 0; k < d.inputs.size(); ++k)
    gradients.push_back(gradient_of_operand(d, terms, k));
  return gradients;
}

}  // namespace

std::vector<OpSpec> einsum_ops() {
  return {
      OpSpec{
          .name = "einsum",
          .doc =
              "Products of operands whose axes have labels, summed over those not in the result.",
          .kind = OpKind::structured,
          .n_inputs = -1,
          .attributes = {{"subscripts", AttributeType::string}},
          .run = einsum_kernel,
          .infer = infer_einsum,
          .gradient = einsum_gradient,
          .batch = batch_einsum,
          .numpy = {"c_einsum"},
          .signature = "(subscripts, *operands, out=None, dtype=None, order='K', casting='safe')",
          .max_ulp = 64,
          .gradient_reads_output = false,
          .cost = 20,
      },
  };
}

}  // namespace lazynp
