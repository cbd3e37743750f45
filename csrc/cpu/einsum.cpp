// Sums of products over labelled axes.
#include "csrc/cpu/einsum.h"

#include <algorithm>
#include <map>

#include "csrc/cpu/strided.h"

namespace lazynp {

namespace {

HostEinsum host_einsum = nullptr;

std::string checked_labels(std::string_view text) {
  std::string labels;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c == ' ') continue;
    if (c == '.')
      fail(ErrorClass::not_implemented, "lazynp: einsum: an ellipsis in the subscripts");
    if (!is_letter)
      fail(ErrorClass::value,
           std::string("invalid subscript '") + c +
               "' in einstein sum subscripts string, subscripts must be letters");
    labels.push_back(c);
  }
  return labels;
}

std::string labels_that_occur_once(const std::vector<std::string>& operands) {
  std::map<char, int> counts;
  for (const std::string& operand : operands)
    for (const char label : operand) ++counts[label];
  std::string result;
  for (const auto& [label, count] : counts)
    if (count == 1) result.push_back(label);
  return result;
}

}  // namespace

EinsumTerms parse_einsum(std::string_view subscripts) {
  EinsumTerms terms;
  const size_t arrow = subscripts.find("->");
  std::string_view operands = subscripts.substr(0, arrow);
  for (size_t comma; (comma = operands.find(',')) != std::string_view::npos;) {
    terms.operands.push_back(checked_labels(operands.substr(0, comma)));
    operands.remove_prefix(comma + 1);
  }
  terms.operands.push_back(checked_labels(operands));
  terms.result = arrow == std::string_view::npos ? labels_that_occur_once(terms.operands)
                                                 : checked_labels(subscripts.substr(arrow + 2));
  return terms;
}

void set_host_einsum(HostEinsum function) { host_einsum = function; }
bool has_host_einsum() { return host_einsum; }

namespace {

// Axes that all operands walk over together.
struct Axes {
  std::vector<int64_t> extents;
  std::vector<std::vector<int64_t>> strides;  // of each axis: one per operand
  int64_t size = 1;

  void offsets_at(int64_t index, std::vector<int64_t>& offsets) const {
    for (size_t axis = extents.size(); axis-- > 0;) {
      const int64_t position = index % extents[axis];
      index /= extents[axis];
      for (size_t k = 0; k < offsets.size(); ++k) offsets[k] += position * strides[axis][k];
    }
  }
};

int64_t stride_of(const Layout& layout, const std::string& labels, char label) {
  int64_t stride = 0;  // of the diagonal, where a label occurs twice
  for (size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == label && layout.shape_[i] != 1) stride += layout.strides_[i];
  return stride;
}

Axes axes_of(const KernelCall& call, const EinsumTerms& terms, const std::string& labels) {
  Axes axes;
  for (const char label : labels) {
    int64_t extent = 1;
    std::vector<int64_t> strides;
    for (size_t k = 0; k < terms.operands.size(); ++k) {
      const Layout& layout = *call.inputs[k].layout;
      const size_t axis = terms.operands[k].find(label);
      if (axis != std::string::npos && layout.shape_[axis] != 1) extent = layout.shape_[axis];
      strides.push_back(stride_of(layout, terms.operands[k], label));
    }
    axes.extents.push_back(extent);
    axes.strides.push_back(std::move(strides));
    axes.size *= extent;
  }
  return axes;
}

template <class T> struct Sum {
  T value{};
  void add(T x) { value = static_cast<T>(value + x); }
  static T product(T x, T y) { return static_cast<T>(x * y); }
};
template <> struct Sum<bool> {
  bool value = false;
  void add(bool x) { value = value || x; }
  static bool product(bool x, bool y) { return x && y; }
};

// Integers wrap; halves are multiplied and added in float.
template <class T> struct ComputedAs {
  using type = T;
};
template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
struct ComputedAs<T> {
  using type = uint64_t;
};
template <> struct ComputedAs<Half> {
  using type = float;
};

template <class T> void sum_products(const KernelCall& call, const EinsumTerms& terms) {
  using C = typename ComputedAs<T>::type;
  std::string summed;
  for (const std::string& operand : terms.operands)
    for (const char label : operand)
      if (terms.result.find(label) == std::string::npos && summed.find(label) == std::string::npos)
        summed.push_back(label);
  const Axes outer = axes_of(call, terms, terms.result), inner = axes_of(call, terms, summed);
  const Layout& out = *call.output.layout;
  parallel_for(call, out.size, grain_for(inner.size * 4), [&](int64_t begin, int64_t end) {
    Walk<1> to;
    for (int i = 0; i < out.ndim; ++i) to.add_axis(out.shape_[i], {out.strides_[i]});
    to.seek(begin);
    std::vector<int64_t> start(call.inputs.size()), here;
    for (int64_t i = begin; i < end; ++i, to.next()) {
      std::ranges::fill(start, 0);
      outer.offsets_at(i, start);
      Sum<C> sum;
      for (int64_t j = 0; j < inner.size; ++j) {
        here = start;
        inner.offsets_at(j, here);
        C product = static_cast<C>(load<T>(call.inputs[0].data + here[0]));
        for (size_t k = 1; k < here.size(); ++k)
          product =
              Sum<C>::product(product, static_cast<C>(load<T>(call.inputs[k].data + here[k])));
        sum.add(product);
      }
      store(call.output.data + to.offset(0), static_cast<T>(sum.value));
    }
  });
}

}  // namespace

void einsum_kernel(const KernelCall& call) {
  if (call.output.layout->size == 0) return;
  const std::string_view subscripts = call.attributes->string(0);
  if (host_einsum) {
    if (!host_einsum(subscripts, call.inputs, call.output))
      fail(ErrorClass::memory, "lazynp: einsum: NumPy could not do it");
    return;
  }
  const EinsumTerms terms = parse_einsum(subscripts);
  with_type_of(call.output.dtype, [&]<class T>() { sum_products<T>(call, terms); });
}

}  // namespace lazynp
