// Recording: from an op and its inputs to a node with dtype, shape and memory order. Runs nothing.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "csrc/base/allocation_error.h"
#include "csrc/base/memory_order.h"
#include "csrc/ops/new_node.h"
#include "csrc/ops/op_spec.h"
#include "csrc/ops/structure.h"

namespace lazynp {

namespace {

// ---- nodes ----

// A watched value that a gradient rule will read must stay; a view's value lives in its base.
void keep_for_gradient(Node* node) {
  node->flags |= read_by_gradient;
  if (node->op && node->op->kind == OpKind::view && node->n_inputs)
    node->inputs[0]->flags |= read_by_gradient;
}

void mark_gradient_reads(Node* node) {
  for (int i = 0; i < node->n_inputs; ++i)
    if (node->op->gradient_reads_inputs & (1 << std::min(i, 7))) keep_for_gradient(node->inputs[i]);
  if (node->op->gradient_reads_output) node->flags |= read_by_gradient;
}

void link_inputs(Node* node, std::span<Node* const> inputs) {
  const size_t n = inputs.size();
  if (n > 3) {
    node->inputs = static_cast<Node**>(std::malloc(n * sizeof(Node*)));
    if (!node->inputs) throw std::bad_alloc();
  }
  LNP_ASSERT(n < 256);
  node->n_inputs = static_cast<uint8_t>(n);
  uint32_t depth = 0;
  for (size_t i = 0; i < n; ++i) {
    Node* input = inputs[i];
    add_reference(input);
    node->inputs[i] = input;
    node->flags |= input->flags & watched;
    if (!input->is_materialized()) depth = std::max(depth, input->depth);
  }
  node->depth = depth + 1;
  if (node->flags & watched) mark_gradient_reads(node);
}

}  // namespace

Node* new_node(const OpSpec& op, DType dtype, LayoutRef layout, std::span<Node* const> inputs) {
  if (layout->size > addressable_bytes / layout->itemsize && op.kind != OpKind::view) [[unlikely]]
    fail_to_allocate(*layout, dtype);
  Node* node = allocate_node();
  node->op = &op;
  node->dtype = dtype;
  node->layout = layout.release();
  link_inputs(node, inputs);
  return node;
}

// ---- dtypes ----

void unsupported_types(const OpSpec& op) {
  const char* name = op.numpy.empty() ? op.name : op.numpy[0];
  fail(ErrorClass::type,
       std::string("ufunc '") + name +
           "' not supported for the input types, and the inputs could not be safely coerced to any "
           "supported types according to the casting rule ''safe''");
}

namespace {

// The dtype that decides the loop: NEP 50 promotion of the inputs that are not fixed.
struct Promotion {
  DType strong = DType::none;
  Weak weak = Weak::no;

  void add(const Node* input) {
    if (input->weak != Weak::no)
      weak = std::max(weak, input->weak);
    else
      strong = strong == DType::none ? input->dtype : promote(strong, input->dtype);
  }
  DType result() const {
    if (weak == Weak::no) return strong;
    return strong == DType::none ? default_dtype(weak) : promote_weak(strong, weak);
  }
};

// Range of the integer dtypes, for Python integers that must fit.
bool integer_fits(int64_t value, DType dtype) {
  switch (dtype) {
    case DType::int8: return value >= INT8_MIN && value <= INT8_MAX;
    case DType::uint8: return value >= 0 && value <= UINT8_MAX;
    case DType::int16: return value >= INT16_MIN && value <= INT16_MAX;
    case DType::uint16: return value >= 0 && value <= UINT16_MAX;
    case DType::int32: return value >= INT32_MIN && value <= INT32_MAX;
    case DType::uint32: return value >= 0 && value <= UINT32_MAX;
    case DType::uint64: return value >= 0;
    default: return true;
  }
}

Value cast_constant(const Node* node, DType dtype) {
  if (node->weak == Weak::integer && is_integer(dtype) && !integer_fits(node->value.integer, dtype))
    fail(ErrorClass::overflow, "Python integer " + std::to_string(node->value.integer) +
                                   " out of bounds for " + info(dtype).name);
  Scalar converted{};
  char* arguments[2] = {const_cast<char*>(node->value.bytes), converted.bytes};
  const intptr_t n = 1, strides[2] = {0, 0};
  cast_op().kernel.loops[cast_loop(node->dtype, dtype)].native(arguments, &n, strides, nullptr);
  return constant(dtype, converted.bytes);
}

Node* new_cast(Node* node, DType dtype, LayoutRef layout) {
  Node* cast = new_node(cast_op(), dtype, std::move(layout), std::span(&node, 1));
  cast->loop = cast_loop(node->dtype, dtype);
  return cast;
}

// A number that the dtype may not hold, as a finite one that rounds to infinity, or an infinite one
// that becomes an integer: the cast of it warns when it is run.
bool overflows(const Node* number, DType dtype) {
  const bool is_half = dtype == DType::float16;
  const bool is_single = dtype == DType::float32 || dtype == DType::complex64;
  const bool is_strong_float = number->weak == Weak::no && is_inexact(number->dtype);
  if (!is_half && !is_single && !(is_integer(dtype) && is_strong_float)) return false;
  if (number->weak == Weak::real && !is_integer(dtype)) [[likely]] {
    const double size = std::abs(number->value.real);
    return std::isfinite(size) && size >= (is_half ? 65520 : 0x1.ffffffp127);
  }
  double parts[2];
  char* arguments[2] = {const_cast<char*>(number->value.bytes), reinterpret_cast<char*>(parts)};
  const intptr_t n = 1, strides[2] = {0, 0};
  const uint8_t loop = cast_loop(number->dtype, DType::complex128);
  cast_op().kernel.loops[loop].native(arguments, &n, strides, nullptr);
  const double size = std::max(std::abs(parts[0]), std::abs(parts[1]));
  if (is_integer(dtype)) return !(size < 128) || (std::signbit(parts[0]) && size >= 1);
  return std::isfinite(size) && size >= (is_half ? 65520 : 0x1.ffffffp127);
}

}  // namespace

// The node itself, or a cast of it; owned.
Value converted(Node* node, DType dtype) {
  if (node->dtype == dtype && node->weak == Weak::no) return Value::share(node);
  if (node->is_constant() && !overflows(node, dtype)) return cast_constant(node, dtype);
  return Value::adopt(new_cast(node, dtype, dense_like(*node->layout, size_of(dtype))));
}

namespace {

// ---- shapes and memory order ----

[[noreturn]] void cannot_broadcast(std::span<const Value> inputs) {
  std::string text = "operands could not be broadcast together with shapes ";
  for (const Value& input : inputs) text += shape_text(input.shape()) + " ";
  fail(ErrorClass::value, text);
}

LayoutRef ordered_layout(Shape shape, const int* order, int itemsize) {
  const int ndim = static_cast<int>(shape.size());
  bool c_order = true;
  for (int i = 0; i < ndim; ++i) c_order &= order[i] == ndim - 1 - i;
  if (c_order) return c_layout(shape, itemsize);
  checked_size(shape, itemsize);
  int64_t strides[max_ndim], stride = itemsize;
  for (int i = 0; i < ndim; ++i) {
    strides[order[i]] = stride;
    stride *= std::max<int64_t>(shape[order[i]], 1);
  }
  return make_layout(shape, {strides, shape.size()}, 0, itemsize);
}

LayoutRef result_like(const Layout& input, int itemsize) {
  if (input.fresh) {
    if (input.itemsize == itemsize) return LayoutRef::share(&input);
    return c_layout(input.shape(), itemsize);
  }
  const Layout* operands[1] = {&input};
  int order[max_ndim];
  iterator_order(operands, input.ndim, order);
  return ordered_layout(input.shape(), order, itemsize);
}

LayoutRef elementwise_layout(std::span<const Value> inputs, int itemsize) {
  int64_t shape[max_ndim];
  int ndim = 0;
  const Layout* operands[max_loop_inputs];
  size_t n = 0;
  bool all_c = true;
  for (const Value& input : inputs) {
    const Layout& layout = input.layout();
    operands[n++] = &layout;
    all_c &= layout.c_contiguous;
    int64_t joint[max_ndim];
    if (!broadcast_shapes({shape, static_cast<size_t>(ndim)}, layout.shape(), joint, ndim))
      cannot_broadcast(inputs);
    std::copy(joint, joint + ndim, shape);
  }
  const Shape result{shape, static_cast<size_t>(ndim)};
  if (all_c || ndim < 2) return c_layout(result, itemsize);
  int order[max_ndim];
  iterator_order({operands, n}, ndim, order);
  return ordered_layout(result, order, itemsize);
}

// ---- kinds ----

bool takes_weak(DType dtype, Weak weak) {
  return weak == Weak::complex ? is_complex(dtype) : weak == Weak::real ? is_inexact(dtype) : true;
}

}  // namespace

// Where no loop has the common dtype, each input has to fit, not their common dtype: uint8 and int8
// are both float16, int16 would be float32.
// Python numbers adapt to a dtype of their kind (`keeps_strong`), else they are of their default
// one.
uint8_t first_safe_loop(const OpSpec& op, std::span<const Value> inputs, bool keeps_strong,
                        uint8_t otherwise) {
  for (size_t k = 0; k < op.kernel.loops.size(); ++k) {
    bool fits = true;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Node* input = inputs[i].node();
      const DType dtype = op.kernel.loops[k].inputs[i];
      fits &= input->weak != Weak::no && keeps_strong ? takes_weak(dtype, input->weak)
                                                      : can_cast_safely(input->dtype, dtype);
    }
    if (fits) return static_cast<uint8_t>(k);
  }
  return otherwise;
}

namespace {

// A loop made for just these two dtypes: int64 with uint64 compares exactly.
int mixed_loop(const OpSpec& op, std::span<const Value> inputs) {
  if (inputs.size() != 2 || op.fixed_inputs || inputs[0].dtype() == inputs[1].dtype()) return -1;
  if (inputs[0].node()->weak != Weak::no || inputs[1].node()->weak != Weak::no) return -1;
  for (size_t l = 0; l < op.kernel.loops.size(); ++l) {
    const Loop& loop = op.kernel.loops[l];
    if (loop.inputs[0] == inputs[0].dtype() && loop.inputs[1] == inputs[1].dtype() &&
        !loop.type_error)
      return static_cast<int>(l);
  }
  return -1;
}

int choose_loop(const OpSpec& op, std::span<const Value> inputs) {
  if (const int mixed = mixed_loop(op, inputs); mixed >= 0) return mixed;
  Promotion promotion;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!(op.fixed_inputs & (1 << i))) promotion.add(inputs[i].node());
  DType common = promotion.result();
  // A Python integer outside the dtype's range is compared exactly, and divided as it is.
  const uint8_t common_loop = op.loop_of_dtype[static_cast<int>(common)];
  if (promotion.weak == Weak::integer && promotion.strong != DType::none && is_integer(common) &&
      common_loop != no_loop && op.kernel.loops[common_loop].inputs[0] == common &&
      !is_integer(op.kernel.loops[common_loop].output))
    for (const Value& input : inputs)
      if (input.node()->weak == Weak::integer && !integer_fits(input.node()->value.integer, common))
        common = promote(common, DType::int64);
  uint8_t loop = op.loop_of_dtype[static_cast<int>(common)];
  const bool keeps_strong = promotion.weak == Weak::no || common == promotion.strong;
  if (loop != no_loop && keeps_strong && !op.fixed_inputs &&
      op.kernel.loops[loop].inputs[0] != common)
    loop = first_safe_loop(op, inputs, true, loop);
  if (loop == no_loop) loop = first_safe_loop(op, inputs, keeps_strong, no_loop);
  if (loop == no_loop) unsupported_types(op);
  if (const char* refusal = op.kernel.loops[loop].type_error) fail(ErrorClass::type, refusal);
  for (size_t i = 0; i < inputs.size(); ++i)
    if ((op.fixed_inputs & (1 << i)) && inputs[i].node()->weak == Weak::no &&
        !can_cast_safely(inputs[i].dtype(), op.kernel.loops[loop].inputs[i]))
      unsupported_types(op);
  return loop;
}

Value apply_elementwise(const OpSpec& op, std::span<const Value> inputs) {
  return apply_loop(op, choose_loop(op, inputs), inputs);
}

const Value& not_constant(const Value& x, Value& keep) {
  if (!x.node()->is_constant()) return x;
  keep = copy(x);
  return keep;
}

Value apply_view(const OpSpec& op, const Value& input, const Attributes* attributes) {
  Value keep;
  const Value& x = not_constant(input, keep);
  ViewResult result = op.layout_rule(x.layout(), x.dtype(), attributes);
  if (result.layout) return view(x, std::move(result.layout), result.dtype);
  const Value dense = copy_as(x, c_layout(x.shape(), size_of(x.dtype())), x.dtype());
  result = op.layout_rule(dense.layout(), dense.dtype(), attributes);
  LNP_ASSERT(result.layout);
  return view(dense, std::move(result.layout), result.dtype);
}

// NumPy sums small integers in the platform's (unsigned) integer.
DType reduction_dtype(const OpSpec& op, DType input, const Attributes* attributes) {
  if (op.reduction.to_bool) return DType::boolean;
  if (attributes->has(2)) return attributes->dtype(2);
  if (op.reduction.promote_small_integers &&
      (input == DType::boolean || (is_integer(input) && size_of(input) < 8)))
    return info(input).kind == 'u' ? DType::uint64 : DType::int64;
  return input;
}

// The kept axes in the order of all axes of the input: a reduced one may decide between two others.
LayoutRef reduction_layout(const Layout& input, uint64_t axes, bool keepdims, int itemsize) {
  int64_t shape[max_ndim];
  int position[max_ndim], ndim = 0;
  for (int i = 0; i < input.ndim; ++i) {
    const bool reduced = axes >> i & 1;
    position[i] = reduced && !keepdims ? -1 : ndim;
    if (position[i] >= 0) shape[ndim++] = reduced ? 1 : input.shape_[i];
  }
  const Shape result{shape, static_cast<size_t>(ndim)};
  if (input.c_contiguous || ndim < 2) return c_layout(result, itemsize);
  const Layout* const operands[1] = {&input};
  int order[max_ndim], kept_order[max_ndim], n_kept = 0;
  iterator_order(operands, input.ndim, order);
  for (int k = 0; k < input.ndim; ++k)
    if (position[order[k]] >= 0) kept_order[n_kept++] = position[order[k]];
  return ordered_layout(result, kept_order, itemsize);
}

Node* new_reduction(const OpSpec& op, const Value& x, AttributesRef attributes) {
  const DType wanted = reduction_dtype(op, x.dtype(), attributes.get());
  const OpSpec& combine = *op.combine;
  const uint8_t loop = combine.loop_of_dtype[static_cast<int>(wanted)];
  if (loop == no_loop) unsupported_types(combine);
  const DType dtype = combine.kernel.loops[loop].output;
  const uint64_t axes = axes_mask(*attributes, 0, x.ndim());
  if (!op.reduction.has_identity)
    for (int i = 0; i < x.ndim(); ++i)
      if ((axes >> i & 1) && x.shape()[i] == 0)
        fail(ErrorClass::value, std::string("zero-size array to reduction operation ") +
                                    combine.name + " which has no identity");
  const Value input = converted(x.node(), combine.kernel.loops[loop].inputs[0]);
  Node* inputs[1] = {input.node()};
  Node* node =
      new_node(op, dtype,
               reduction_layout(x.layout(), axes, attributes->has(1) && attributes->boolean(1),
                                size_of(dtype)),
               inputs);
  node->loop = loop;
  if (input.dtype() != x.dtype()) node->flags |= cast_while_reduced;
  node->attributes = attributes.release();
  return node;
}

}  // namespace

// ---- the public functions ----

Value apply(const OpSpec& op, std::span<const Value> inputs, AttributesRef attributes) {
  const size_t n_most = static_cast<size_t>(op.n_inputs),
               n_least = n_most - op.optional_inputs.size();
  if (op.n_inputs >= 0 && (inputs.size() < n_least || inputs.size() > n_most))
    fail(ErrorClass::type, std::string(op.name) + "() takes " + std::to_string(op.n_inputs) +
                               " arrays; got " + std::to_string(inputs.size()));
  if (!attributes && !op.attributes.empty()) attributes = default_attributes(op);
  if (op.rewrite)
    if (Value other = op.rewrite(inputs, attributes.get())) return other;
  switch (op.kind) {
    case OpKind::elementwise: return apply_elementwise(op, inputs);
    case OpKind::reduction:
      return Value::adopt(apply_reduction(op, inputs[0].node(), std::move(attributes)));
    case OpKind::view:
      if (op.layout_rule) return apply_view(op, inputs[0], attributes.get());
      return inputs[0];
    case OpKind::write: fail(ErrorClass::lazy, "lazynp: write is recorded by write_region");
    case OpKind::structured: return apply_structured(op, inputs, std::move(attributes));
    case OpKind::composite:
      if (!op.lower) fail(ErrorClass::type, std::string(op.name) + "() gives several results");
      return op.lower(inputs, attributes.get());
  }
  fail(ErrorClass::lazy, "lazynp: unknown kind of operation");
}

Value apply(std::string_view op, std::initializer_list<Value> inputs, AttributesRef attributes) {
  return apply(op_named(op), std::span<const Value>(inputs.begin(), inputs.size()),
               std::move(attributes));
}

Value apply_loop(const OpSpec& op, int loop_index, std::span<const Value> inputs) {
  const Loop& loop = op.kernel.loops[static_cast<size_t>(loop_index)];
  Value casts[max_loop_inputs];
  Node* nodes[max_loop_inputs];
  for (size_t i = 0; i < inputs.size(); ++i) {
    casts[i] = converted(inputs[i].node(), loop.inputs[i]);
    nodes[i] = casts[i].node();
  }
  LayoutRef layout = elementwise_layout(inputs, size_of(loop.output));
  Node* node = new_node(op, loop.output, std::move(layout), {nodes, inputs.size()});
  node->loop = static_cast<uint8_t>(loop_index);
  return Value::adopt(node);
}

namespace {

// A node on one or two inputs of the loop's own dtypes, whose result lies like the fresh `like`.
[[gnu::always_inline]] inline Node* new_elementwise(const OpSpec& op, uint8_t loop,
                                                    const Layout& like, Node* x1, Node* x2,
                                                    uint64_t broadcast_inputs = 0) {
  const DType dtype = op.kernel.loops[loop].output;
  const int itemsize = size_of(dtype);
  LayoutRef layout =
      like.itemsize == itemsize ? LayoutRef::share(&like) : c_layout(like.shape(), itemsize);
  Node* const node = allocate_node();
  node->op = &op;
  node->dtype = dtype;
  node->loop = loop;
  node->layout = layout.release();
  node->n_inputs = x2 ? 2 : 1;
  node->inline_inputs[0] = x1;
  add_reference(x1);
  uint8_t flags = x1->flags;
  uint32_t depth = x1->is_materialized() ? 0 : x1->depth;
  if (x2) {
    node->inline_inputs[1] = x2;
    add_reference(x2);
    flags |= x2->flags;
    depth = std::max(depth, x2->is_materialized() ? 0 : x2->depth);
  }
  node->depth = depth + 1;
  node->structure = structure_word(op, dtype, loop, node->n_inputs, broadcast_inputs);
  if (flags & watched) [[unlikely]] {
    node->flags = watched;
    mark_gradient_reads(node);
  }
  return node;
}

bool is_fresh_array(const Node* node) { return node->weak == Weak::no && node->layout->fresh; }

uint8_t direct_loop(const OpSpec& op, const Node* node) {
  return op.direct_loop[static_cast<int>(node->dtype)];
}

Node* apply_generally(const OpSpec& op, Node* x1, Node* x2) {
  const Value inputs[2] = {Value::share(x1), x2 ? Value::share(x2) : Value()};
  return apply(op, std::span(inputs, x2 ? 2 : 1)).release();
}

}  // namespace

Value for_output(const OpSpec& op, Value value, std::span<const Value> inputs, const Layout& out,
                 DType out_dtype) {
  if (!op.rewrite_for_output || value.dtype() != out_dtype || !same_shape(value.layout(), out))
    return value;
  Value other = op.rewrite_for_output(inputs, out);
  return other ? other : value;
}

Node* apply_unary(const OpSpec& op, Node* x) {
  const uint8_t loop = direct_loop(op, x);
  if (loop == no_loop || !is_fresh_array(x)) return apply_generally(op, x, nullptr);
  return new_elementwise(op, loop, *x->layout, x, nullptr);
}

Node* apply_binary(const OpSpec& op, Node* x1, Node* x2) {
  const Layout *const l1 = x1->layout, *const l2 = x2->layout;
  const uint8_t loop = direct_loop(op, x1);
  if (loop != no_loop && x1->dtype == x2->dtype && x1->weak == Weak::no && x2->weak == Weak::no &&
      l1->fresh && (l1 == l2 || (l2->fresh && same_shape(*l1, *l2)))) [[likely]]
    return new_elementwise(op, loop, *l1, x1, x2);
  return apply_generally(op, x1, x2);
}

namespace {

// Loops reduce arrays of one layout again and again: how the last result of an op came out.
struct LastReduction {
  LayoutRef input, output;
  AttributesRef attributes;
  DType input_dtype, dtype;
  uint8_t loop;
};

LastReduction& last_reduction(const OpSpec& op) {
  static auto* last = new std::vector<LastReduction>(registry().size());
  return (*last)[static_cast<size_t>(op.index)];
}

void remember(LastReduction& last, const Node* node, const Node* x) {
  if (node->inputs[0] != x) return;  // cast first
  last = {LayoutRef::share(x->layout),
          LayoutRef::share(node->layout),
          AttributesRef::share(node->attributes),
          x->dtype,
          node->dtype,
          node->loop};
}

}  // namespace

Node* apply_reduction(const OpSpec& op, Node* x, AttributesRef attributes) {
  LastReduction& last = last_reduction(op);
  if (last.input.get() != x->layout || last.input_dtype != x->dtype ||
      last.attributes.get() != attributes.get() || x->weak != Weak::no) {
    Node* const node = new_reduction(op, Value::share(x), std::move(attributes));
    remember(last, node, x);
    return node;
  }
  Node* const node = new_node(op, last.dtype, last.output, std::span(&x, 1));
  node->loop = last.loop;
  node->attributes = attributes.release();
  return node;
}

Node* apply_with_number(const OpSpec& op, Node* array, double number, bool number_first) {
  const DType dtype = array->dtype;
  const Value weak = dtype == DType::float64 ? Value() : constant(number);
  if (weak && overflows(weak.node(), dtype))
    return number_first ? apply_generally(op, weak.node(), array)
                        : apply_generally(op, array, weak.node());
  const Value value = weak ? cast_constant(weak.node(), dtype) : constant(dtype, &number);
  const uint8_t loop = direct_loop(op, array);
  const uint64_t broadcast_inputs = array->layout->ndim == 0 ? 0 : number_first ? 1 : 2;
  return number_first
             ? new_elementwise(op, loop, *array->layout, value.node(), array, broadcast_inputs)
             : new_elementwise(op, loop, *array->layout, array, value.node(), broadcast_inputs);
}

Value view(const Value& base, LayoutRef layout, DType dtype) {
  Value keep;
  Node* root = not_constant(base, keep).node();
  if (root->op == &view_op() && root->n_inputs) root = root->inputs[0];
  return Value::adopt(new_node(view_op(), dtype, std::move(layout), std::span(&root, 1)));
}

Value write_region(const Value& base, LayoutRef region, const Value& value, DType region_dtype) {
  Value keep;
  const Value& whole = not_constant(base, keep);
  Value part = converted(value.node(), region_dtype);
  if (!same_shape(part.layout(), *region) && !part.node()->is_constant())
    part = broadcast_to(part, region->shape());
  LNP_ASSERT(whole.node()->op != &view_op());
  Node* inputs[2] = {whole.node(), part.node()};
  Node* node = new_node(write_op(), whole.dtype(), LayoutRef::share(whole.node()->layout), inputs);
  node->region = region.release();
  return Value::adopt(node);
}

Value astype(const Value& x, DType dtype) { return converted(x.node(), dtype); }

Value copy(const Value& x) {
  return copy_as(x, result_like(x.layout(), size_of(x.dtype())), x.dtype());
}

Value copy_as(const Value& x, LayoutRef layout, DType dtype) {
  LNP_ASSERT(same_shape(x.layout(), *layout) || x.node()->is_constant());
  Node* input = x.node();
  const Value strong = input->weak == Weak::no ? x : cast_constant(input, dtype);
  return Value::adopt(new_cast(strong.node(), dtype, std::move(layout)));
}

}  // namespace lazynp
