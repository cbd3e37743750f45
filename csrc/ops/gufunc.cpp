#include "csrc/ops/gufunc.h"

#include <algorithm>
#include <map>

#include "csrc/base/memory_order.h"

namespace lazynp {

namespace {

using Extents = std::vector<int64_t>;

[[noreturn]] void refuse_operand(const OpSpec& op, size_t i, const std::string& what) {
  fail(ErrorClass::value,
       std::string(op.name) + ": Input operand " + std::to_string(i) + " " + what + ")");
}

// A Python number counts as what the arrays make of it; a real one stays real among complex arrays.
DType effective_dtype(DType strong, Weak weak) {
  if (strong == DType::none) return default_dtype(weak);
  const DType dtype = promote_weak(strong, weak);
  if (!is_complex(dtype) || weak == Weak::complex) return dtype;
  return dtype == DType::complex64 ? DType::float32 : DType::float64;
}

std::vector<DType> effective_dtypes(std::span<const Value> inputs) {
  DType strong = DType::none;
  for (const Value& x : inputs)
    if (x.node()->weak == Weak::no)
      strong = strong == DType::none ? x.dtype() : promote(strong, x.dtype());
  std::vector<DType> dtypes;
  for (const Value& x : inputs) {
    const Weak weak = x.node()->weak;
    dtypes.push_back(weak == Weak::no ? x.dtype() : effective_dtype(strong, weak));
  }
  return dtypes;
}

int first_loop_for(const OpSpec& op, std::span<const Value> inputs) {
  const std::vector<DType> given = effective_dtypes(inputs);
  for (size_t l = 0; l < op.gufunc.loops.size(); ++l) {
    const std::vector<DType> wanted = loop_dtypes(op.gufunc.loops[l]);
    bool fits = true;
    for (size_t i = 0; i < given.size(); ++i) fits &= can_cast_safely(given[i], wanted[i]);
    if (fits) return static_cast<int>(l);
  }
  fail(ErrorClass::type, std::string("ufunc '") + op.name +
                             "' not supported for the input types, and the inputs could not be "
                             "safely coerced to any supported types according to the casting rule "
                             "''safe''");
}

// The extents of the core axes by name, and of the stacks, which broadcast.
struct Extent {
  std::map<std::string, int64_t> core;
  int64_t stack[max_ndim];
  int n_stack = 0;

  Shape stack_shape() const { return {stack, static_cast<size_t>(n_stack)}; }
};

void take_core(const OpSpec& op, const Values& inputs, const CoreAxes& axes, Extent& extent) {
  const std::string signature = op.gufunc.signature;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto& names = axes.inputs[i];
    const Shape shape = inputs[i].shape();
    if (shape.size() < names.size())
      refuse_operand(op, i,
                     "does not have enough dimensions (has " + std::to_string(shape.size()) +
                         ", gufunc core with signature " + signature + " requires " +
                         std::to_string(names.size()));
    for (size_t k = 0; k < names.size(); ++k) {
      const int64_t found = shape[shape.size() - names.size() + k];
      const auto [known, is_new] = extent.core.emplace(names[k], found);
      if (known->second != found)
        refuse_operand(op, i,
                       "has a mismatch in its core dimension " + std::to_string(k) +
                           ", with gufunc signature " + signature + " (size " +
                           std::to_string(found) + " is different from " +
                           std::to_string(known->second));
    }
  }
}

void take_stacks(const Values& inputs, std::span<const int> n_core, Extent& extent) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape own =
        inputs[i].shape().first(inputs[i].shape().size() - static_cast<size_t>(n_core[i]));
    int64_t joint[max_ndim];
    if (!broadcast_shapes(extent.stack_shape(), own, joint, extent.n_stack))
      fail(ErrorClass::value, "operands could not be broadcast together");
    std::copy(joint, joint + extent.n_stack, extent.stack);
  }
}

Extents core_shape(const std::vector<std::string>& names, const CoreAxes& axes,
                   const Extent& extent) {
  Extents shape;
  for (const std::string& name : names) {
    const auto found = extent.core.find(name);
    if (found != extent.core.end()) {
      shape.push_back(found->second);
      continue;
    }
    const auto& first = axes.inputs[0];
    shape.push_back(std::min(extent.core.at(first[0]), extent.core.at(first[1])));
  }
  return shape;
}

}  // namespace

CoreAxes core_axes(const char* signature) {
  CoreAxes axes;
  bool is_result = false;
  for (const char* c = signature; *c; ++c) {
    auto& operands = is_result ? axes.results : axes.inputs;
    if (*c == '(')
      operands.emplace_back();
    else if (*c == '>')
      is_result = true;
    else if (std::isalnum(static_cast<unsigned char>(*c))) {
      if (c[-1] == '(' || c[-1] == ',') operands.back().emplace_back();
      operands.back().back() += *c;
    }
  }
  return axes;
}

std::vector<DType> loop_dtypes(const char* loop) {
  std::vector<DType> dtypes;
  for (const char* c = loop; *c; ++c)
    if (*c != '-' && *c != '>') dtypes.push_back(dtype_from_code(*c));
  return dtypes;
}

Value cast_parts(const Value& x, DType dtype, int n_core) {
  if (x.dtype() == dtype && x.node()->weak == Weak::no) return x;
  const int n_stack = std::max(x.ndim() - n_core, 0);
  if (n_core == 0 || x.node()->is_constant()) return astype(x, dtype);
  const auto n = static_cast<size_t>(n_stack);
  const LayoutRef stack =
      make_layout(x.shape().first(n), x.layout().strides().first(n), 0, size_of(x.dtype()));
  const Layout* const operands[1] = {stack.get()};
  std::vector<int> order = common_memory_order(operands, n_stack);
  for (int i = n_stack; i < x.ndim(); ++i) order.push_back(i);
  return copy_as(x, layout_in_order(x.shape(), order, size_of(dtype)), dtype);
}

LayoutRef stacked_layout(std::span<const Value> operands, std::span<const int> n_core, Shape stack,
                         Shape core, int itemsize) {
  Extents shape(stack.begin(), stack.end());
  shape.insert(shape.end(), core.begin(), core.end());
  const int n_stack = static_cast<int>(stack.size());
  std::vector<LayoutRef> stacks;
  std::vector<const Layout*> layouts;
  for (size_t i = 0; i < operands.size(); ++i) {
    Extents extents(stack.size(), 1), strides(stack.size(), 0);
    const Layout& layout = operands[i].layout();
    const int64_t own = layout.ndim - n_core[i];
    std::copy_n(layout.shape_, own, extents.end() - own);
    std::copy_n(layout.strides_, own, strides.end() - own);
    stacks.push_back(make_layout(extents, strides, 0, itemsize));
    layouts.push_back(stacks.back().get());
  }
  std::vector<int> order = common_memory_order(layouts, n_stack);
  for (size_t i = 0; i < core.size(); ++i) order.push_back(n_stack + static_cast<int>(i));
  return layout_in_order(shape, order, itemsize);
}

std::vector<Inference> infer_gufunc(const OpSpec& op, Values& inputs, int loop) {
  const CoreAxes axes = core_axes(op.gufunc.signature);
  if (loop < 0) loop = first_loop_for(op, inputs);
  const std::vector<DType> dtypes = loop_dtypes(op.gufunc.loops[static_cast<size_t>(loop)]);
  Extent extent;
  take_core(op, inputs, axes, extent);
  std::vector<int> n_core;
  for (const auto& names : axes.inputs) n_core.push_back(static_cast<int>(names.size()));
  take_stacks(inputs, n_core, extent);
  std::vector<Inference> results;
  for (size_t i = 0; i < axes.results.size(); ++i) {
    const DType dtype = dtypes[inputs.size() + i];
    results.push_back(
        {dtype, stacked_layout(inputs, n_core, extent.stack_shape(),
                               core_shape(axes.results[i], axes, extent), size_of(dtype))});
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = cast_parts(inputs[i], dtypes[i], n_core[i]);
  return results;
}

}  // namespace lazynp
