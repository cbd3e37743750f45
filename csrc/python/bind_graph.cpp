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

// The value of a constant; None for complex ones.
py::object number_of(const Node& node) {
  const auto read = [&]<class T>(T number) {
    std::memcpy(&number, node.value.bytes, sizeof number);
    return number;
  };
  switch (node.dtype) {
    case DType::boolean: return py::bool_(read(bool()));
    case DType::int8: return py::int_(read(int8_t()));
    case DType::uint8: return py::int_(read(uint8_t()));
    case DType::int16: return py::int_(read(int16_t()));
    case DType::uint16: return py::int_(read(uint16_t()));
    case DType::int32: return py::int_(read(int32_t()));
    case DType::uint32: return py::int_(read(uint32_t()));
    case DType::int64: return py::int_(read(int64_t()));
    case DType::uint64: return py::int_(read(uint64_t()));
    case DType::float16: return py::float_(static_cast<float>(read(Half())));
    case DType::float32: return py::float_(read(float()));
    case DType::float64: return py::float_(read(double()));
    default: return py::none();
  }
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
  result["value"] = node.is_constant() ? number_of(node) : py::none();
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
             "The graph behind the arrays: nodes, edges and roots. `history`: also behind computed "
             "nodes.");
}

}  // namespace lazynp::python
