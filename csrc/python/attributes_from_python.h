// Attributes of an op from a Python tuple (in order) or dict (by name); what is missing takes its
// default.
#pragma once
#include <pybind11/pybind11.h>

#include "csrc/ops/op_spec.h"

namespace lazynp::python {

// Throws TypeError for unknown names and values of the wrong kind; empty for ops without
// attributes.
AttributesRef attributes_from_python(const OpSpec& op, const pybind11::object& values);

// The value that a missing attribute takes, and the name of its type.
pybind11::object default_of(const Attribute& attribute);
const char* type_name(AttributeType type);

// The attributes of a node by name, for people to read.
pybind11::dict attributes_to_python(const OpSpec& op, const Attributes* attributes);

}  // namespace lazynp::python
