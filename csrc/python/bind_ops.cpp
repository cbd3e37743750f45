// The registry as Python sees it, and recording an op by name.
#include <pybind11/stl.h>

#include "csrc/python/array.h"
#include "csrc/python/attributes_from_python.h"
#include "csrc/python/module.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

// One entry of the registry.
struct OpInfo {
  const OpSpec* op;
};

const char* kind_name(OpKind kind) {
  static constexpr const char* names[] = {"elementwise", "reduction",  "view",
                                          "write",       "structured", "composite"};
  return names[static_cast<int>(kind)];
}

std::vector<std::string> names(const std::vector<const char*>& list) {
  return {list.begin(), list.end()};
}

std::string types(const Loop& loop) {
  std::string text;
  for (int i = 0; i < loop.n_inputs; ++i) text += info(loop.inputs[i]).code;
  return text + "->" + info(loop.output).code;
}

std::vector<std::string> loops(const OpSpec& op) {
  std::vector<std::string> result;
  for (const Loop& loop : op.kernel.loops)
    if (!loop.type_error) result.push_back(types(loop));
  result.insert(result.end(), op.gufunc.loops.begin(), op.gufunc.loops.end());
  return result;
}

// Those that are code of NumPy's or SciPy's while math is "numpy".
std::vector<std::string> host_loops(const OpSpec& op) {
  std::vector<std::string> result;
  for (const Loop& loop : op.kernel.loops)
    if (loop.host && loop.host != loop.like_host) result.push_back(types(loop));
  return result;
}

// (name, type, default) in NumPy's parameter order.
py::list attributes(const OpSpec& op) {
  py::list result;
  for (const Attribute& attribute : op.attributes) {
    std::string type = type_name(attribute.type);
    if (attribute.optional) type += " | None";
    result.append(py::make_tuple(attribute.name, type, default_of(attribute)));
  }
  return result;
}

bool has_gradient(const OpSpec& op) {
  if (op.no_gradient) return false;
  return op.gradient || op.lower || op.lower_results || op.kind == OpKind::view ||
         op.kind == OpKind::write;
}

py::object optional_text(const char* text) { return text ? py::object(py::str(text)) : py::none(); }

py::object record(const std::string& name, const py::sequence& inputs,
                  const py::object& attributes) {
  const OpSpec& op = op_named(name);
  std::vector<py::object> owned;
  std::vector<PyObject*> operands;
  for (const py::handle input : inputs) {
    owned.push_back(py::reinterpret_borrow<py::object>(input));
    operands.push_back(input.ptr());
  }
  PyObject* result = record_op(op, operands.data(), static_cast<int>(operands.size()),
                               attributes_from_python(op, attributes));
  if (!result) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(result);
}

py::object change(const std::string& name, const py::object& array, const py::sequence& others,
                  const py::object& attributes) {
  const OpSpec& op = op_named(name);
  std::vector<py::object> owned;
  std::vector<PyObject*> operands;
  for (const py::handle other : others) {
    owned.push_back(py::reinterpret_borrow<py::object>(other));
    operands.push_back(other.ptr());
  }
  PyObject* result =
      change_by_op(op, array.ptr(), operands.data(), static_cast<int>(operands.size()),
                   attributes_from_python(op, attributes));
  if (!result) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(result);
}

py::list all_ops() {
  py::list result;
  for (const OpSpec& op : registry()) result.append(py::cast(OpInfo{&op}));
  return result;
}

template <class T> auto field(T OpSpec::* member) {
  return [member](const OpInfo& info) { return info.op->*member; };
}

void bind_op_info(py::module_& module) {
  py::class_<OpInfo>(module, "OpInfo", "One operation of the registry.")
      .def_property_readonly("name", field(&OpSpec::name))
      .def_property_readonly("doc", field(&OpSpec::doc))
      .def_property_readonly("kind", [](const OpInfo& i) { return kind_name(i.op->kind); })
      .def_property_readonly("n_inputs", field(&OpSpec::n_inputs))
      .def_property_readonly("attributes", [](const OpInfo& i) { return attributes(*i.op); })
      .def_property_readonly("numpy", [](const OpInfo& i) { return names(i.op->numpy); })
      .def_property_readonly("gufunc",
                             [](const OpInfo& i) { return optional_text(i.op->gufunc.numpy); })
      .def_property_readonly("takes_sequences", field(&OpSpec::takes_sequences))
      .def_property_readonly("python_operator",
                             [](const OpInfo& i) { return optional_text(i.op->python_operator); })
      .def_property_readonly(
          "with_first_argument",
          [](const OpInfo& i) { return optional_text(i.op->with_first_argument); })
      .def_property_readonly("is_part", field(&OpSpec::is_part))
      .def_property_readonly("creates", field(&OpSpec::creates))
      .def_property_readonly("method_changes_array", field(&OpSpec::method_changes_array))
      .def_property_readonly("function_changes_array", field(&OpSpec::function_changes_array))
      .def_property_readonly("optional_inputs",
                             [](const OpInfo& i) { return names(i.op->optional_inputs); })
      .def_property_readonly("signature",
                             [](const OpInfo& i) { return optional_text(i.op->signature); })
      .def_property_readonly("may_copy", field(&OpSpec::may_copy))
      .def_property_readonly("array_api", [](const OpInfo& i) { return names(i.op->array_api); })
      .def_property_readonly("array_api_keywords",
                             [](const OpInfo& i) { return names(i.op->array_api_keywords); })
      .def_property_readonly("scipy_special",
                             [](const OpInfo& i) { return names(i.op->scipy_special); })
      .def_property_readonly("loops", [](const OpInfo& i) { return loops(*i.op); })
      .def_property_readonly("host_loops", [](const OpInfo& i) { return host_loops(*i.op); })
      .def_property_readonly("expression", [](const OpInfo& i) { return i.op->kernel.expression; })
      .def_property_readonly("combine",
                             [](const OpInfo& i) { return optional_text(i.op->reduction.combine); })
      .def_property_readonly("may_warn", field(&OpSpec::may_warn))
      .def_property_readonly("may_raise", field(&OpSpec::may_raise))
      .def_property_readonly("commutative", field(&OpSpec::commutative))
      .def_property_readonly("differentiable", [](const OpInfo& i) { return has_gradient(*i.op); })
      .def_property_readonly("no_gradient",
                             [](const OpInfo& i) { return optional_text(i.op->no_gradient); })
      .def_property_readonly(
          "samples", [](const OpInfo& i) { return std::pair(i.op->samples.lo, i.op->samples.hi); })
      .def_property_readonly("max_ulp", field(&OpSpec::max_ulp))
      .def_property_readonly("cost", field(&OpSpec::cost))
      .def("__repr__", [](const OpInfo& i) {
        return std::string("<lazynp op ") + i.op->name + ": " + i.op->doc + ">";
      });
}

}  // namespace

void bind_ops(py::module_& module) {
  bind_op_info(module);
  module.def("ops", &all_ops, "Every operation of the registry.");
  module.def("record", &record, py::arg("op_name"), py::arg("inputs"),
             py::arg("attributes") = py::none(),
             "Records an op; attributes by name (dict) or in order (sequence), missing ones take "
             "their defaults.");
  module.def("change", &change, py::arg("op_name"), py::arg("array"), py::arg("others"),
             py::arg("attributes") = py::none(),
             "Records an op of an array and others; its result takes the place of the array's "
             "elements.");
}

}  // namespace lazynp::python
