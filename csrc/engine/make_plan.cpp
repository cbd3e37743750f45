// From a grouped graph to a linear plan: instructions, registers, lifetimes, donation.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "csrc/engine/host_kernels.h"
#include "csrc/engine/plan.h"
#include "csrc/engine/register_chain.h"

namespace lazynp {

namespace {

class PlanMaker {
 public:
  explicit PlanMaker(PlanGraph graph) : plan_(std::make_unique<Plan>()), graph_(plan_->graph) {
    graph_ = std::move(graph);
  }

  std::unique_ptr<Plan> make() {
    for (const Pass& pass : pipeline()) graph_ = pass.run(std::move(graph_));
    find_memory_nodes();
    collect_groups();
    for (int i = 0; i < n_nodes(); ++i)
      if (node(i).group != no_group && node(i).replaced_by < 0)
        members_[node(i).group].push_back(i);
    for (Group& group : plan_->groups) emit(group);
    find_lifetimes();
    find_donations();
    summarize();
    return std::move(plan_);
  }

 private:
  // What a run asks of the plan as a whole.
  void summarize() {
    for (const PlanNode& n : graph_.nodes) {
      plan_->n_computed += n.group != no_group;
      plan_->may_warn |= n.op && (n.op->may_warn || n.op->kind == OpKind::reduction);
      plan_->calls_host |= n.op && calls_host(*n.op);
    }
    for (int i = 0; i < n_nodes(); ++i)
      if (node(i).twin >= 0) plan_->twins.push_back(i);
    auto& owned = plan_->owned;
    for (const Group& group : plan_->groups) {
      owned.insert(owned.end(), group.outputs.begin(), group.outputs.end());
      owned.push_back(group.seed);
    }
    std::sort(owned.begin(), owned.end());
    owned.erase(std::unique(owned.begin(), owned.end()), owned.end());
  }

  PlanNode& node(int i) { return graph_.nodes[static_cast<size_t>(i)]; }
  int n_nodes() const { return static_cast<int>(graph_.nodes.size()); }
  // Whose memory a node's elements lie in.
  int owner(int i) { return node(i).shows < 0 ? i : node(i).shows; }

  static bool reads_through_memory(const PlanNode& consumer, Edge edge) {
    return edge != Edge::same_shape || consumer.kind == PlanNodeKind::structured;
  }

  void find_memory_nodes() {
    for (int i = 0; i < n_nodes(); ++i) {
      PlanNode& n = node(i);
      if (n.replaced_by >= 0) continue;
      n.in_memory = n.keep || n.kind == PlanNodeKind::source || n.shows >= 0 || n.group == i;
      if (n.shows >= 0) {
        node(n.shows).views.push_back(i);
        node(n.shows).in_memory = true;
        continue;
      }
      for (size_t k = 0; k < n.inputs.size(); ++k) {
        PlanNode& input = node(n.inputs[k]);
        const bool is_old_version = n.kind == PlanNodeKind::write && k == 0;
        if (input.group != n.group || is_old_version || reads_through_memory(n, n.edges[k]))
          input.in_memory = true;
      }
    }
  }

  void collect_groups() {
    std::map<int, Group> by_seed;
    for (int i = 0; i < n_nodes(); ++i) {
      const PlanNode& n = node(i);
      if (n.group != i || n.replaced_by >= 0) continue;
      Group group{};
      group.seed = i;
      switch (n.kind) {
        case PlanNodeKind::reduction:
          group.kind = GroupKind::reduce;
          group.space = n.inputs[0];
          break;
        case PlanNodeKind::structured:
          group.kind = GroupKind::structured;
          group.space = i;
          break;
        case PlanNodeKind::write:
          group.kind = GroupKind::write;
          group.space = -1;
          break;
        default: group.kind = GroupKind::map; group.space = i;
      }
      by_seed.emplace(i, std::move(group));
    }
    for (auto& [seed, group] : by_seed) plan_->groups.push_back(std::move(group));
  }

  // ---- instructions ----

  struct Registers {
    std::vector<std::pair<int, int>> free;  // register, bytes per element of its last value
    int n = 0;
    std::map<int, int> of_node;
  };

  Argument argument_of(Group& group, int i, const Registers& registers) {
    auto found = registers.of_node.find(i);
    if (found != registers.of_node.end()) return {true, found->second};
    return {false, add_memory(group, i)};
  }

  void emit(Group& group) {
    const std::vector<int>& members = members_[group.seed];
    if (group.kind == GroupKind::structured) {
      group.outputs = {group.seed};
      position_of_.clear();
      for (int input : node(group.seed).inputs) add_memory(group, input);
      return;
    }
    position_of_.clear();
    std::map<int, int> last_reader = last_readers(members);
    Registers registers;
    const int written_directly =
        group.kind == GroupKind::write ? value_written_directly(group) : -1;
    for (int member : members)
      if (node(member).kind == PlanNodeKind::elementwise)
        emit_instruction(group, member, registers, last_reader, written_directly);
    if (group.kind == GroupKind::reduce) {
      group.folded = argument_of(group, node(group.seed).inputs[0], registers);
    }
    if (group.kind == GroupKind::write && written_directly < 0) emit_copy(group, registers);
    for (int member : members)
      if (node(member).in_memory && member != written_directly) group.outputs.push_back(member);
    group.n_registers = registers.n;
    for (const Instruction& instruction : group.instructions) measure(group, instruction);
  }

  static void measure(Group& group, const Instruction& instruction) {
    const Loop& loop = instruction.op->kernel.loops[instruction.loop];
    group.cost += instruction.op->cost;
    group.widest = std::max(group.widest, size_of(loop.output));
    for (int k = 0; k < loop.n_inputs; ++k)
      group.widest = std::max(group.widest, size_of(loop.inputs[k]));
  }

  std::map<int, int> last_readers(const std::vector<int>& members) {
    std::map<int, int> last;
    for (int member : members)
      for (int input : node(member).inputs) last[input] = member;
    return last;
  }

  // The value that only the write reads goes straight into the region.
  int value_written_directly(const Group& group) {
    const int value = node(group.seed).inputs[1];
    return node(value).group == group.seed && !node(value).in_memory ? value : -1;
  }

  void emit_instruction(Group& group, int i, Registers& registers,
                        const std::map<int, int>& last_reader, int written_directly) {
    const PlanNode& n = node(i);
    Instruction instruction{};
    instruction.node = i;
    instruction.op = n.op;
    instruction.loop = n.loop;
    instruction.n_arguments = static_cast<uint8_t>(n.inputs.size() + 1);
    for (size_t k = 0; k < n.inputs.size(); ++k)
      instruction.arguments[k] = argument_of(group, n.inputs[k], registers);
    if (!group.instructions.empty() && continues_chain(group.instructions.back(), n) &&
        last_reader.at(group.instructions.back().node) == i)
      instruction.n_before_in_chain = group.instructions.back().n_before_in_chain + 1u;
    // Registers of inputs that die here are free for the output when elements have the same size.
    for (int input : n.inputs) {
      auto found = registers.of_node.find(input);
      if (found == registers.of_node.end() || last_reader.at(input) != i) continue;
      registers.free.emplace_back(found->second, size_of(node(input).dtype));
      registers.of_node.erase(found);
    }
    Argument& output = instruction.arguments[n.inputs.size()];
    if (i == written_directly)
      output = {false, add_memory(group, group.seed)};
    else if (n.in_memory)
      output = {false, add_memory(group, i)};
    else
      output = {true, take_register(registers, size_of(n.dtype), instruction)};
    if (output.is_register) registers.of_node[i] = output.index;
    group.instructions.push_back(instruction);
  }

  // Whether the last instruction's value is an operand of arithmetic, in a register of its dtype.
  static bool continues_chain(const Instruction& last, const PlanNode& n) {
    const Loop &before = last.op->kernel.loops[last.loop], &loop = n.op->kernel.loops[n.loop];
    return last.arguments[last.n_arguments - 1].is_register && before.steps && loop.steps &&
           before.output == loop.output && last.n_before_in_chain + 2 <= max_chain_length &&
           std::count(n.inputs.begin(), n.inputs.end(), last.node) == 1;
  }

  // A register that the instruction itself reads may be overwritten only element by element.
  static int take_register(Registers& registers, int itemsize, const Instruction& instruction) {
    for (size_t k = registers.free.size(); k-- > 0;) {
      const auto [index, size] = registers.free[k];
      bool is_read = false;
      for (int a = 0; a + 1 < instruction.n_arguments; ++a)
        is_read |= instruction.arguments[a].is_register && instruction.arguments[a].index == index;
      if (is_read && size != itemsize) continue;
      registers.free.erase(registers.free.begin() + static_cast<std::ptrdiff_t>(k));
      return index;
    }
    return registers.n++;
  }

  void emit_copy(Group& group, const Registers& registers) {
    const int value = node(group.seed).inputs[1];
    const DType dtype = node(value).dtype;
    Instruction copy{};
    copy.node = -1;
    copy.op = &cast_op();
    copy.loop = cast_loop(dtype, dtype);
    copy.n_arguments = 2;
    copy.arguments[0] = argument_of(group, value, registers);
    copy.arguments[1] = {false, add_memory(group, group.seed)};
    group.instructions.push_back(copy);
  }

  // The position of node i among the group's memory nodes.
  int add_memory(Group& group, int i) {
    auto [found, is_new] = position_of_.emplace(i, static_cast<int>(group.memory_nodes.size()));
    if (is_new) group.memory_nodes.push_back(i);
    return found->second;
  }

  // ---- lifetimes and donation ----

  void find_lifetimes() {
    last_use_.assign(graph_.nodes.size(), -1);
    for (size_t g = 0; g < plan_->groups.size(); ++g) {
      const Group& group = plan_->groups[g];
      const auto use = [&](int i) {
        last_use_[static_cast<size_t>(owner(i))] = static_cast<int>(g);
      };
      for (int i : group.memory_nodes) use(i);
      for (int i : group.outputs) use(i);
      if (group.kind == GroupKind::write) use(node(group.seed).inputs[0]);
    }
    for (int i = 0; i < n_nodes(); ++i) {
      const PlanNode& n = node(i);
      if (last_use_[static_cast<size_t>(i)] < 0 || n.keep || n.shows >= 0) continue;
      if (n.kind == PlanNodeKind::source && !n.donatable) continue;
      plan_->groups[static_cast<size_t>(last_use_[static_cast<size_t>(i)])].dead_after.push_back(i);
    }
  }

  bool dies_in(int i, const Group& group) {
    const int last = last_use_[static_cast<size_t>(i)];
    const PlanNode& n = node(i);
    if (last < 0 || &plan_->groups[static_cast<size_t>(last)] != &group || n.keep || n.shows >= 0)
      return false;
    return n.kind != PlanNodeKind::source || n.donatable;
  }

  bool viewed_in(int i, const Group& group) {
    for (int m : group.memory_nodes)
      if (m != i && owner(m) == i) return true;
    return false;
  }

  // What was written over could not be read again after the error.
  bool may_refuse_values(const Group& group) {
    const auto refuses = [&](int i) {
      const PlanNode& n = node(i);
      return n.op &&
             (n.op->may_raise || (n.op->has_raising_loops && n.op->kernel.loops[n.loop].may_raise));
    };
    return std::ranges::any_of(members_[group.seed], refuses);
  }

  void find_donations() {
    for (Group& group : plan_->groups) {
      if (may_refuse_values(group)) continue;
      const PlanNode& seed = node(group.seed);
      if (group.kind == GroupKind::write) group.donates_base = dies_in(seed.inputs[0], group);
      if (group.kind == GroupKind::structured && seed.op->updates_input >= 0) {
        const int base = seed.inputs[static_cast<size_t>(seed.op->updates_input)];
        const auto n_reads = std::count(seed.inputs.begin(), seed.inputs.end(), base);
        group.donates_base = n_reads == 1 && dies_in(base, group) && !viewed_in(base, group);
      }
      if (group.kind == GroupKind::map) find_map_donation(group);
    }
  }

  // The seed is computed by the last instruction, so nothing reads a donated input after it.
  void find_map_donation(Group& group) {
    for (int i : group.memory_nodes) {
      const PlanNode& n = node(i);
      if (n.is_constant || !dies_in(i, group) || n.group == group.seed) continue;
      if (size_of(n.dtype) != size_of(node(group.seed).dtype) || viewed_in(i, group)) continue;
      group.donated_output = group.seed;
      group.donated_input = i;
      return;
    }
  }

  std::unique_ptr<Plan> plan_;
  PlanGraph& graph_;
  std::vector<int> last_use_;
  std::unordered_map<int, std::vector<int>> members_;  // by seed
  std::unordered_map<int, int> position_of_;           // of the group at hand
};

}  // namespace

std::unique_ptr<Plan> make_plan(PlanGraph graph) { return PlanMaker(std::move(graph)).make(); }

}  // namespace lazynp
