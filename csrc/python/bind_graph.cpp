// The recorded graph as Python dicts, for pictures.
#include <unordered_map>

#include "csrc/python/attributes_from_python.h"
#include "csrc/python/bind_values.h"
#include "csrc/python/module.h"
#include "csrc/python/source_position.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

py::tuple shape_of(const Node& node) {
  py::list shape;
  for (const int64_t extent : node.layout->shape()) shape.append(extent);
  return py::tuple(shape);
}

std::string state_of(const Node& node) {
  if (node.is_constant()) return "constant";
  if (node.flags & NodeFlags::watched_leaf) return "watched";
  if (node.is_leaf() || (node.buffer && node.n_inputs == 0)) return "data";
  return node.buffer ? "computed" : "pending";
}

py::dict describe(const Node& node, size_t id) {
  py::dict result;
  result["id"] = id;
  result["op"] = node.op ? py::object(py::str(node.op->name)) : py::none();
  result["state"] = state_of(node);
  result["dtype"] = info(node.dtype).name;
  result["shape"] = shape_of(node);
  result["source"] = source_text(node.source);
  result["attributes"] = node.op ? attributes_to_python(*node.op, node.attributes) : py::dict();
  result["value"] = py::none();
  if (node.is_constant() && (is_floating(node.dtype) || is_integer(node.dtype)) && node.weak != Weak::no)
    result["value"] = node.weak == Weak::real ? py::object(py::float_(node.value.real)) : py::object(py::int_(node.value.integer));
  return result;
}

// Nodes in order of computation; computed ones are where the graph begins.
py::dict graph_of(const py::object& arrays, bool history) {
  const Values values = values_in(arrays);
  std::vector<Node*> order = topological_order(nodes_of(values));
  std::unordered_map<const Node*, size_t> id_of;
  std::vector<char> is_needed(order.size(), 0);
  std::unordered_map<const Node*, size_t> position;
  for (size_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  py::list roots;
  for (const Value& value : values) is_needed[position[value.node()]] = 1;
  for (size_t i = order.size(); i-- > 0;) {
    if (!is_needed[i] || (order[i]->buffer && !history)) continue;
    for (const Node* input : order[i]->operands()) is_needed[position[input]] = 1;
  }
  py::list nodes, edges;
  for (size_t i = 0; i < order.size(); ++i) {
    if (!is_needed[i]) continue;
    const size_t id = id_of.size();
    id_of[order[i]] = id;
    nodes.append(describe(*order[i], id));
    if (order[i]->buffer && !history) continue;
    for (const Node* input : order[i]->operands()) edges.append(py::make_tuple(id_of[input], id));
  }
  for (const Value& value : values) roots.append(id_of[value.node()]);
  py::dict result;
  result["nodes"] = nodes;
  result["edges"] = edges;
  result["roots"] = roots;
  return result;
}

}  // namespace

void bind_graph(py::module_& module) {
  module.def("graph", &graph_of, py::arg("arrays"), py::arg("history") = false,
             "The graph behind the arrays: nodes, edges and roots. `history`: also behind computed nodes.");
}

}  // namespace lazynp::python
