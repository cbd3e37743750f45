// Attributes of an op from a Python tuple or dict, and back.
#include "csrc/python/attributes_from_python.h"

#include "csrc/python/array.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

// Axes and lengths; NumPy says which of its functions take a truth value for one.
int64_t to_integer(const py::handle value) {
  if (PyBool_Check(value.ptr())) throw py::type_error("an integer is required");
  const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) throw py::error_already_set();
  const int64_t result = PyLong_AsLongLong(index.ptr());
  if (result == -1 && PyErr_Occurred()) throw py::error_already_set();
  return result;
}

std::vector<int64_t> to_integers(const py::handle value) {
  std::vector<int64_t> result;
  const bool is_number = PyIndex_Check(value.ptr()) && PyObject_Length(value.ptr()) < 0;
  clear_error();  // a number has no length, nor has an array without axes
  if (is_number) {
    result.push_back(to_integer(value));
    return result;
  }
  if (!PySequence_Check(value.ptr())) throw py::type_error("a sequence of integers is required");
  for (const py::handle item : py::iter(value)) result.push_back(to_integer(item));
  return result;
}

DType to_dtype(const py::handle value) {
  const py::object descr = py::module_::import("numpy").attr("dtype")(value);
  const DType dtype = dtype_of_descr(descr.ptr());
  if (dtype == DType::none) {
    throw py::type_error("lazynp: dtype " + py::str(descr).cast<std::string>() +
                         " is not native; got it as an attribute of a native op");
  }
  return dtype;
}

std::string to_text(const py::handle value) { return py::cast<std::string>(value); }

// An integer stays one, so that a range from 2**60 is exact; Attributes::real reads both. Whatever
// else can be read as a number is NumPy's to treat: it keeps its class and dtype.
void put_real(AttributeWriter& writer, const py::handle value) {
  if (PyFloat_Check(value.ptr())) {
    writer.real(PyFloat_AS_DOUBLE(value.ptr()));
    return;
  }
  if (!PyLong_CheckExact(value.ptr())) throw py::type_error("a number is required");
  const int64_t integer = PyLong_AsLongLong(value.ptr());
  if (integer == -1 && PyErr_Occurred()) throw py::error_already_set();
  writer.integer(integer);
}

void put(AttributeWriter& writer, AttributeType type, const py::handle value) {
  switch (type) {
    case AttributeType::integer: writer.integer(to_integer(value)); break;
    case AttributeType::real: put_real(writer, value); break;
    case AttributeType::boolean: writer.boolean(PyObject_IsTrue(value.ptr()) == 1); break;
    case AttributeType::dtype: writer.dtype(to_dtype(value)); break;
    case AttributeType::integers: writer.integers(to_integers(value)); break;
    case AttributeType::string: writer.string(to_text(value)); break;
    case AttributeType::none: writer.none(); break;
  }
}

// The given value of each declared attribute, null where it is missing.
std::vector<py::object> by_position(const OpSpec& op, const py::object& values) {
  std::vector<py::object> found(op.attributes.size());
  if (values.is_none()) return found;
  if (!py::isinstance<py::dict>(values)) {
    const py::tuple given(values);
    if (given.size() > found.size()) {
      throw py::type_error(std::string("lazynp: ") + op.name + ": takes " +
                           std::to_string(found.size()) + " attributes; got " +
                           std::to_string(given.size()));
    }
    for (size_t i = 0; i < given.size(); ++i) found[i] = given[i];
    return found;
  }
  for (const auto& [key, value] : py::reinterpret_borrow<py::dict>(values)) {
    const std::string name = to_text(key);
    size_t i = 0;
    while (i < found.size() && name != op.attributes[i].name) ++i;
    if (i == found.size())
      throw py::type_error(std::string("lazynp: ") + op.name + ": has no attribute '" + name + "'");
    found[i] = py::reinterpret_borrow<py::object>(value);
  }
  return found;
}

py::object value_at(const Attributes& attributes, int i) {
  if (!attributes.has(i)) return py::none();
  switch (attributes.type(i)) {
    case AttributeType::integer: return py::int_(attributes.integer(i));
    case AttributeType::real: return py::float_(attributes.real(i));
    case AttributeType::boolean: return py::bool_(attributes.boolean(i));
    case AttributeType::dtype: return py::str(info(attributes.dtype(i)).name);
    case AttributeType::string: return py::str(std::string(attributes.string(i)));
    case AttributeType::integers: {
      py::list list;
      for (const int64_t value : attributes.integers(i)) list.append(value);
      return py::tuple(list);
    }
    case AttributeType::none: break;
  }
  return py::none();
}

}  // namespace

const char* type_name(AttributeType type) {
  static constexpr const char* names[] = {"none", "int",   "float",          "bool",
                                          "str",  "dtype", "tuple[int, ...]"};
  return names[static_cast<int>(type)];
}

py::object default_of(const Attribute& attribute) {
  if (attribute.optional && attribute.none_by_default) return py::none();
  switch (attribute.type) {
    case AttributeType::integer: return py::int_(attribute.default_integer);
    case AttributeType::real: return py::float_(attribute.default_real);
    case AttributeType::boolean: return py::bool_(attribute.default_integer != 0);
    case AttributeType::dtype:
      return py::str(info(static_cast<DType>(attribute.default_integer)).name);
    case AttributeType::string: return py::str("");
    case AttributeType::integers: return py::tuple();
    case AttributeType::none: break;
  }
  return py::none();
}

AttributesRef attributes_from_python(const OpSpec& op, const py::object& values) {
  const std::vector<py::object> given = by_position(op, values);
  if (given.empty()) return {};
  AttributeWriter writer;
  for (size_t i = 0; i < given.size(); ++i) {
    const Attribute& attribute = op.attributes[i];
    if (!given[i]) {
      writer.default_of(attribute);
    } else if (given[i].is_none() && attribute.optional) {
      writer.none();
    } else {
      put(writer, attribute.type, given[i]);
    }
  }
  return writer.finish();
}

py::dict attributes_to_python(const OpSpec& op, const Attributes* attributes) {
  py::dict result;
  if (!attributes) return result;
  for (size_t i = 0; i < op.attributes.size() && i < attributes->n_attributes; ++i)
    result[op.attributes[i].name] = value_at(*attributes, static_cast<int>(i));
  return result;
}

}  // namespace lazynp::python
