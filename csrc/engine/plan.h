// A plan: what to run for one structure of graph. It holds no shape, stride, scalar or address.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "csrc/passes/plan_graph.h"

namespace lazynp {

// One argument of an instruction: a register tile, or memory (a position in Group::memory_nodes).
struct Argument {
  bool is_register;
  int index;
  bool operator==(const Argument&) const = default;
};
struct Instruction {
  int node;  // whose value it computes; -1: a plain copy
  const OpSpec* op;
  uint8_t loop;
  uint8_t n_arguments;  // inputs, then the output
  // How many instructions right before it hand their value on in vector registers, the last one to
  // this (register_chain.h).
  uint8_t n_before_in_chain;
  Argument arguments[max_loop_inputs + 1];
  const Argument& output() const { return arguments[n_arguments - 1]; }
};

enum class GroupKind : uint8_t { map, reduce, structured, write };

struct Group {
  GroupKind kind;
  int seed;   // the last node: the shape source of maps
  int space;  // node whose shape is iterated; write: -1, the seed's region
  std::vector<Instruction> instructions;
  std::vector<int> memory_nodes;  // nodes with an address that the instructions touch, inputs first
  std::vector<int> outputs;       // nodes whose memory this group allocates
  int n_registers = 0;
  double cost = 0;  // rough cycles per element
  int widest = 1;   // bytes of the largest element that an instruction reads or writes
  // reduce: what is folded
  Argument folded{};
  // map: output that may take over the memory of a dying input, as {output, input}; -1 none
  int donated_output = -1, donated_input = -1;
  bool donates_base = false;    // write, structured updates: reuse the old version's memory
  std::vector<int> dead_after;  // nodes whose memory is not needed any more
};

struct Plan {
  std::vector<uint64_t> key;
  PlanGraph graph;
  std::vector<Group> groups;
  int n_computed = 0;  // nodes that a run computes
  bool may_warn = false;
  bool calls_host = false;
  std::vector<int> twins;  // the reductions that have one: to be compared before a plan is used
  std::vector<int> owned;  // the nodes that get memory in a run, ascending
  uint64_t last_used = 0;
  int in_use = 0;  // runs under way: not evicted
};

std::unique_ptr<Plan> make_plan(PlanGraph graph);

}  // namespace lazynp
