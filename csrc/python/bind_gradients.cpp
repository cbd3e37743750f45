// Watching arrays, and gradients with respect to what was watched.
#include <unordered_map>

#include "csrc/autodiff/gradient.h"
#include "csrc/engine/evaluate.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/bind_values.h"
#include "csrc/python/module.h"
#include "csrc/python/numpy_api.h"
#include "csrc/python/record_state.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

// Which leaf an array was when it was watched: gradients refer to it even after the array is
// written.
struct WatchedArray {
  PyObject* weak_reference;
  Value leaf;
};
using WatchTable = std::unordered_map<PyObject*, WatchedArray>;
WatchTable& watch_table() {
  static auto* table = new WatchTable;  // arrays may die after static destructors
  return *table;
}

PyObject* forget_dead_array(PyObject* address, PyObject*) {
  auto& table = watch_table();
  const auto found = table.find(static_cast<PyObject*>(PyLong_AsVoidPtr(address)));
  if (found != table.end()) {
    const WatchedArray entry = std::move(found->second);
    table.erase(found);
    end_watch(std::span(&entry.leaf, 1), {});
    Py_DECREF(entry.weak_reference);
  }
  Py_RETURN_NONE;
}

PyMethodDef forget_definition = {"forget", forget_dead_array, METH_O, nullptr};

void remember_leaf(PyObject* array, Value leaf) {
  auto& table = watch_table();
  if (const auto found = table.find(array); found != table.end()) {
    found->second.leaf = std::move(leaf);
    return;
  }
  const auto address = py::reinterpret_steal<py::object>(PyLong_FromVoidPtr(array));
  const auto callback =
      py::reinterpret_steal<py::object>(PyCFunction_New(&forget_definition, address.ptr()));
  PyObject* weak_reference = callback ? PyWeakref_NewRef(array, callback.ptr()) : nullptr;
  if (!weak_reference) throw py::error_already_set();
  table.emplace(array, WatchedArray{weak_reference, std::move(leaf)});
}

[[noreturn]] void refuse_type(const char* function, const char* argument, const py::handle object) {
  throw py::type_error(std::string("lazynp: ") + function + ": " + argument +
                       " must be a lazynp array; got " + Py_TYPE(object.ptr())->tp_name);
}

void require_array(const char* function, const char* argument, const py::handle object) {
  if (!is_array(object.ptr()) && !is_lazy_scalar(object.ptr()))
    refuse_type(function, argument, object);
  if (is_hosted(object.ptr()))
    throw py::type_error(std::string("lazynp: ") + function +
                         ": gradients need a native floating dtype; got " +
                         py::str(object.attr("dtype")).cast<std::string>());
}

// The handle shows `leaf` and nothing aliases it any more.
void detach_handle(ArrayObject& array, const Value& leaf) {
  const bool writeable = array.handle.writeable;
  clear_handle(array.handle);
  init_handle(array.handle, leaf.node());
  array.handle.writeable = writeable;
  Py_CLEAR(array.base);
}

void show_leaf(ArrayObject& array, const Value& leaf) {
  Handle& handle = array.handle;
  if (is_shared(handle)) {
    if (!watch_shared_memory(handle, leaf)) detach_handle(array, leaf);
  } else if (handle.view && elements_share_memory(*handle.view)) {
    cache_value(handle, leaf);
  } else if (handle.view) {
    write(handle, leaf);
  } else {
    replace_current(handle, leaf);
  }
}

// A SHARED array is copied now: its owner may write the memory at any moment.
Value snapshot(PyObject* object) {
  const Value value = Value::share(value_of(object));
  if (is_lazy_scalar(object) || !is_shared(reinterpret_cast<ArrayObject*>(object)->handle))
    return value;
  const Value copied = copy(value);
  evaluate(copied.node());
  return copied;
}

// The history behind arrays that are watched again, or that were computed from dead ones, is
// dropped.
void drop_old_history(const py::args& arrays) {
  Values old_leaves, values;
  for (const py::handle object : arrays) {
    const auto found = watch_table().find(object.ptr());
    if (found != watch_table().end()) old_leaves.push_back(found->second.leaf);
    values.push_back(Value::share(value_of(object.ptr())));
  }
  end_watch(old_leaves, values);
}

void watch_object(PyObject* object) {
  const Value leaf = watch(snapshot(object));
  if (is_array(object)) {
    show_leaf(*reinterpret_cast<ArrayObject*>(object), leaf);
    remember_leaf(object, leaf);
  } else {
    auto* scalar = reinterpret_cast<ScalarObject*>(object);
    add_reference(leaf.node());
    drop_reference(std::exchange(scalar->node, leaf.node()));
  }
}

py::object watch_arrays(const py::args& arrays) {
  for (const py::handle object : arrays) {
    require_array("watch", "x", object);
    check_watchable(value_of(object.ptr())->dtype);
  }
  drop_old_history(arrays);
  for (const py::handle object : arrays) watch_object(object.ptr());
  return arrays.size() == 1 ? py::object(arrays[0]) : py::object(arrays);
}

// What watch_argument() gave, so that end_watch() can take it back.
struct Watching {
  Values leaves;
};

// New arrays with the values of `arrays`, watched until end_watch().
py::tuple watch_arguments(const py::sequence& arrays) {
  Watching watching;
  py::list watched;
  for (const py::handle object : arrays) {
    require_array("grad", "every argument to differentiate", object);
    Value leaf = watch_argument(snapshot(object.ptr()));
    PyObject* wrapped = is_array(object.ptr()) ? wrap(leaf) : wrap_scalar(leaf);
    if (!wrapped) throw py::error_already_set();
    const auto result = py::reinterpret_steal<py::object>(wrapped);
    if (is_array(wrapped)) remember_leaf(wrapped, leaf);
    watched.append(result);
    watching.leaves.push_back(std::move(leaf));
  }
  return py::make_tuple(watched, py::cast(std::move(watching)));
}

Value target_of(const py::handle object) {
  require_array("gradients", "every x", object);
  const auto& table = watch_table();
  const auto found = table.find(object.ptr());
  return found != table.end() ? found->second.leaf : Value::share(value_of(object.ptr()));
}

// NumPy scalars are results that depend on nothing watched.
Value result_value(const py::object& y) {
  Value value;
  bool must_run_now = false;
  if (PyArray_CheckScalar(y.ptr()) && to_value(y.ptr(), value, must_run_now) == Operandness::native)
    return value;
  require_array("gradients", "y (a number is cut off from the graph)", y);
  return Value::share(value_of(y.ptr()));
}

Value cotangent(const py::object& gy) {
  if (gy.is_none()) return {};
  Value value;
  bool must_run_now = false;
  const Operandness kind = to_value(gy.ptr(), value, must_run_now);
  if (kind == Operandness::error) throw py::error_already_set();
  if (kind == Operandness::foreign) refuse_type("gradients", "gy", gy);
  if (must_run_now) {
    value = copy(value);
    evaluate(value.node());
  }
  return value;
}

py::list gradients_of(const py::object& y, const py::sequence& xs, const py::object& gy) {
  Values targets;
  for (const py::handle x : xs) targets.push_back(target_of(x));
  check_watched(targets);
  const bool now = begin_record_of_many();
  const Values found = gradients(result_value(y), targets, cotangent(gy));
  py::list result;
  for (size_t i = 0; i < found.size(); ++i) {
    PyObject* wrapped = is_array(py::object(xs[i]).ptr()) ? wrap(found[i]) : wrap_scalar(found[i]);
    if (!wrapped) throw py::error_already_set();
    if (!PyArray_CheckScalar(wrapped))  // the gradient may be a plain number
      value_of(wrapped)->flags |= NodeFlags::gradient_result;
    result.append(py::reinterpret_steal<py::object>(wrapped));
  }
  for (const Value& value : found) end_record(value, now || is_eager());
  return result;
}

bool is_watched(const py::handle object) {
  if (!is_array(object.ptr()) && !is_lazy_scalar(object.ptr())) return false;
  return !is_hosted(object.ptr()) && (value_of(object.ptr())->flags & NodeFlags::watched);
}

// The same value without history.
py::object stop_gradient(const py::handle object) {
  if (!is_watched(object)) return py::reinterpret_borrow<py::object>(object);
  const Value value = Value::share(value_of(object.ptr()));
  const Value cut = without_history(value);
  PyObject* wrapped = is_array(object.ptr()) ? wrap(cut) : wrap_scalar(cut);
  if (!wrapped) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(wrapped);
}

}  // namespace

bool only_watching_refers(PyObject* array) {
  const auto found = watch_table().find(array);
  if (found == watch_table().end()) return false;
  const auto* const reference =
      reinterpret_cast<const PyWeakReference*>(found->second.weak_reference);
  return !reference->wr_prev && !reference->wr_next;
}

void bind_gradients(py::module_& module) {
  py::class_<Watching>(module, "Watching",
                       "Leaves that are watched while a function is differentiated.")
      .def("end", [](Watching& watching, const py::object& results) {
        end_watch(watching.leaves, values_in(results));
        watching.leaves.clear();
      });
  module.def("watch", &watch_arrays,
             "Makes the present values leaves for gradients; returns the arrays.");
  module.def("watch_arguments", &watch_arguments, py::arg("arrays"));
  module.def("is_watched", &is_watched, py::arg("array"));
  module.def("stop_gradient", &stop_gradient, py::arg("array"));
  module.def("gradients", &gradients_of, py::arg("y"), py::arg("xs"), py::arg("gy") = py::none());
  module.def("set_detached_is_error", &set_detached_is_error);
}

}  // namespace lazynp::python
