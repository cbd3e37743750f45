// Joins the families into one registry and derives what the blocks imply.
#include <algorithm>
#include <deque>
#include <unordered_map>

#include "csrc/ops/families.h"
#include "csrc/ops/folds.h"
#include "csrc/ops/gufunc.h"
#include "csrc/ops/op_spec.h"

namespace lazynp {

namespace {

constexpr uint8_t no_loop = 255;

void find_fixed_inputs(OpSpec& op) {
  const auto& loops = op.kernel.loops;
  if (loops.size() < 2) return;
  for (int i = 0; i < loops[0].n_inputs; ++i) {
    const bool fixed = std::all_of(loops.begin(), loops.end(), [&](const Loop& loop) {
      return loop.inputs[i] == loops[0].inputs[i];
    });
    if (fixed) op.fixed_inputs |= static_cast<uint8_t>(1 << i);
  }
}

// Such a loop is never chosen by a common dtype.
bool takes_several_dtypes(const OpSpec& op, const Loop& loop) {
  DType common = DType::none;
  for (int i = 0; i < loop.n_inputs; ++i) {
    if (op.fixed_inputs & (1 << i)) continue;
    if (common != DType::none && loop.inputs[i] != common) return true;
    common = loop.inputs[i];
  }
  return false;
}

// NumPy's rule: the first loop to which the common dtype casts safely.
void tabulate_loops(OpSpec& op) {
  find_fixed_inputs(op);
  std::fill(std::begin(op.loop_of_dtype), std::end(op.loop_of_dtype), no_loop);
  LNP_ASSERT(op.kernel.loops.size() < no_loop);
  for (int d = 0; d < n_dtypes; ++d)
    for (size_t l = 0; l < op.kernel.loops.size() && op.loop_of_dtype[d] == no_loop; ++l) {
      const Loop& loop = op.kernel.loops[l];
      bool fits = !takes_several_dtypes(op, loop);
      for (int i = 0; i < loop.n_inputs; ++i)
        if (!(op.fixed_inputs & (1 << i)))
          fits &= can_cast_safely(static_cast<DType>(d), loop.inputs[i]);
      if (fits) op.loop_of_dtype[d] = static_cast<uint8_t>(l);
    }
  for (const Loop& loop : op.kernel.loops) op.has_raising_loops |= loop.may_raise;
}

void tabulate_direct_loops(OpSpec& op) {
  for (int d = 0; d < n_dtypes; ++d) {
    const uint8_t l = op.loop_of_dtype[d];
    const bool is_direct = l != no_loop && !op.rewrite && !op.fixed_inputs &&
                           !op.kernel.loops[l].type_error &&
                           op.kernel.loops[l].inputs[0] == static_cast<DType>(d);
    op.direct_loop[d] = is_direct ? l : no_loop;
  }
}

struct Registry {
  std::vector<OpSpec> ops;
  std::unordered_map<std::string_view, int> index_of;

  void add(Family family) { add(family()); }
  void add(std::vector<OpSpec> family) {
    for (OpSpec& op : family) {
      op.index = static_cast<int>(ops.size());
      if (op.gufunc.signature)
        op.gufunc.n_results = static_cast<int>(core_axes(op.gufunc.signature).results.size());
      std::fill(std::begin(op.direct_loop), std::end(op.direct_loop), no_loop);
      if (op.kind == OpKind::elementwise) {
        tabulate_loops(op);
        tabulate_direct_loops(op);
      }
      ops.push_back(std::move(op));
    }
  }

  Registry() {
#define LNP_ADD_FAMILY(name) add(name##_ops);
    LNP_FAMILIES(LNP_ADD_FAMILY)
#undef LNP_ADD_FAMILY
    const size_t n_blocks = ops.size();
    for (size_t i = 0; i < n_blocks; ++i) add(folds_of(ops[i]));
    for (const OpSpec& op : ops)
      if (!index_of.emplace(op.name, op.index).second)
        throw std::logic_error(std::string("lazynp: op '") + op.name + "' is declared twice");
    for (OpSpec& op : ops) {
      if (!op.reduction.combine) continue;
      auto found = index_of.find(op.reduction.combine);
      if (found == index_of.end())
        throw std::logic_error(std::string("lazynp: op '") + op.name + "' combines an unknown op");
      op.combine = &ops[static_cast<size_t>(found->second)];
    }
    give_gradients_to_folds(ops);
  }
};

Registry& instance() {
  static Registry* registry = new Registry;  // nodes point at it until the process ends
  return *registry;
}

}  // namespace

std::span<const OpSpec> registry() { return instance().ops; }

const OpSpec* find_op(std::string_view name) {
  const auto& index_of = instance().index_of;
  auto found = index_of.find(name);
  return found == index_of.end() ? nullptr : &instance().ops[static_cast<size_t>(found->second)];
}

const OpSpec& op_named(std::string_view name) {
  const OpSpec* op = find_op(name);
  if (!op) fail(ErrorClass::value, "lazynp: no op is named '" + std::string(name) + "'");
  return *op;
}

AttributesRef default_attributes(const OpSpec& op) {
  AttributeWriter writer;
  for (const Attribute& attribute : op.attributes) writer.default_of(attribute);
  return writer.finish();
}

OpSpec& mutable_op(int index) { return instance().ops.at(static_cast<size_t>(index)); }

}  // namespace lazynp
