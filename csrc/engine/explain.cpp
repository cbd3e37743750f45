// The plan of pending values as text: groups, ops, shapes, bytes moved, operations, peak memory.
#include <algorithm>
#include <cstdio>

#include "csrc/engine/evaluate.h"
#include "csrc/engine/pending.h"
#include "csrc/engine/plan.h"

namespace lazynp {

namespace {

std::string bytes_text(int64_t n_bytes) {
  static constexpr const char* units[] = {"B", "KB", "MB", "GB", "TB"};
  double amount = static_cast<double>(n_bytes);
  int unit = 0;
  while (amount >= 1000 && unit < 4) amount /= 1000, ++unit;
  char text[64];
  std::snprintf(text, sizeof text, unit ? "%.1f %s" : "%.0f %s", amount, units[unit]);
  return text;
}

std::string type_text(const Node* node) {
  return std::string(info(node->dtype).name) + shape_text(node->layout->shape());
}

class Explainer {
 public:
  Explainer(const Plan& plan, std::span<Node* const> nodes) : plan_(plan), nodes_(nodes) {}

  std::string text() {
    std::string lines;
    int number = 0;
    for (const Group& group : plan_.groups) lines += group_text(group, ++number);
    char summary[256];
    std::snprintf(summary, sizeof summary,
                  "%d nodes, %d groups, %s read, %s written, %.3g operations, peak %s\n",
                  n_computed_, number, bytes_text(read_).c_str(), bytes_text(written_).c_str(),
                  operations_, bytes_text(peak_).c_str());
    return summary + lines;
  }

 private:
  const PlanNode& plan_node(int i) const { return plan_.graph.nodes[static_cast<size_t>(i)]; }
  const Node* node(int i) const { return nodes_[static_cast<size_t>(i)]; }
  int64_t bytes_of(int i) const { return node(i)->layout->size * node(i)->layout->itemsize; }

  static const char* kind_text(GroupKind kind) {
    switch (kind) {
      case GroupKind::map: return "map";
      case GroupKind::reduce: return "map-reduce";
      case GroupKind::write: return "write";
      default: return "kernel";
    }
  }

  std::string source_of(int i) const {
    if (!host_hooks.source_text || !node(i)->source) return {};
    return "  " + host_hooks.source_text(node(i)->source);
  }

  std::string operand_text(int i) const {
    const PlanNode& p = plan_node(i);
    const char* role = p.is_constant                    ? "constant"
                       : p.shows >= 0                   ? "view of %"
                       : p.kind == PlanNodeKind::source ? "data %"
                                                        : "%";
    const int shown = p.shows < 0 ? i : p.shows;
    return role + (p.is_constant ? std::string() : std::to_string(shown)) + " " +
           type_text(node(i));
  }

  std::string op_line(int i, const char* name) {
    std::string line = "    %" + std::to_string(i) + " = " + name + "(";
    for (size_t k = 0; k < plan_node(i).inputs.size(); ++k)
      line += (k ? ", %" : "%") + std::to_string(plan_node(i).inputs[k]);
    ++n_computed_;
    const Node* n = node(i);
    const int64_t work = plan_node(i).kind == PlanNodeKind::reduction
                             ? node(plan_node(i).inputs[0])->layout->size
                             : n->layout->size;
    operations_ += static_cast<double>(work);
    return line + ") " + type_text(n) +
           (plan_node(i).keep        ? " kept"
            : plan_node(i).in_memory ? " stored"
                                     : "") +
           source_of(i) + "\n";
  }

  std::string group_text(const Group& group, int number) {
    int64_t read = 0, written = 0;
    for (int i : group.memory_nodes)
      if (std::find(group.outputs.begin(), group.outputs.end(), i) == group.outputs.end())
        read += bytes_of(i);
    for (int i : group.outputs) written += bytes_of(i);
    read_ += read;
    written_ += written;
    account(group);
    std::string text =
        "group " + std::to_string(number) + " " + kind_text(group.kind) + " over " +
        shape_text(node(group.space < 0 ? group.seed : group.space)->layout->shape()) + "  reads " +
        bytes_text(read) + ", writes " + bytes_text(written) +
        (group.donated_input >= 0 || group.donates_base ? ", in place" : "") + "\n";
    for (int i : group.memory_nodes)
      if (plan_node(i).kind == PlanNodeKind::source || plan_node(i).shows >= 0)
        text += "    reads " + operand_text(i) + "\n";
    for (size_t i = 0; i < plan_.graph.nodes.size(); ++i) {
      const PlanNode& p = plan_.graph.nodes[i];
      if (p.group == group.seed && p.replaced_by < 0)
        text += op_line(static_cast<int>(i), p.op->name);
    }
    return text;
  }

  void account(const Group& group) {
    for (int i : group.outputs)
      if (i != group.donated_output) live_ += bytes_of(i);
    peak_ = std::max(peak_, live_);
    for (int i : group.dead_after)
      if (plan_node(i).kind != PlanNodeKind::source && i != group.donated_input)
        live_ -= bytes_of(i);
  }

  const Plan& plan_;
  std::span<Node* const> nodes_;
  int n_computed_ = 0;
  int64_t read_ = 0, written_ = 0, live_ = 0, peak_ = 0;
  double operations_ = 0;
};

std::string graph_text(const PlanGraph& graph, std::span<Node* const> nodes) {
  std::string text;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const PlanNode& p = graph.nodes[i];
    text += "%" + std::to_string(i) + " = " +
            (p.op            ? p.op->name
             : p.is_constant ? "constant"
                             : "data");
    for (size_t k = 0; k < p.inputs.size(); ++k)
      text += (k ? ", %" : " %") + std::to_string(p.inputs[k]);
    text += "  " + type_text(nodes[i]);
    if (p.replaced_by >= 0) text += "  same as %" + std::to_string(p.replaced_by);
    if (p.shows >= 0) text += "  shows %" + std::to_string(p.shows);
    if (p.group >= 0) text += "  group %" + std::to_string(p.group);
    text += "\n";
  }
  return text;
}

}  // namespace

std::string explain(std::span<Node* const> roots, std::string_view after_pass) {
  PendingNodes pending;
  collect(roots, pending);
  PlanGraph graph = plan_graph(pending.nodes);
  if (after_pass.empty()) return Explainer(*make_plan(std::move(graph)), pending.nodes).text();
  if (after_pass == "record") return graph_text(graph, pending.nodes);
  std::string names = "record";
  for (const Pass& pass : pipeline()) {
    graph = pass.run(std::move(graph));
    if (after_pass == pass.name) return graph_text(graph, pending.nodes);
    names += std::string(", ") + pass.name;
  }
  fail(ErrorClass::value,
       "lazynp: explain: no pass is named '" + std::string(after_pass) + "'; use one of " + names);
}

}  // namespace lazynp
