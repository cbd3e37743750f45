// Functions of one element, applied to a batch: arguments become placeholders, results are batched.
#include <pybind11/stl.h>

#include "csrc/autodiff/batching.h"

#include "csrc/engine/evaluate.h"
#include "csrc/ops/placeholder.h"
#include "csrc/ops/rules.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/bind_values.h"
#include "csrc/python/module.h"
#include "csrc/python/record_state.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

[[noreturn]] void fail_batch(const std::string& text) {
  fail(ErrorClass::value, "lazynp: vmap: " + text);
}

int mapped_axis(int64_t axis, int ndim, Shape shape, const char* argument) {
  if (axis >= -ndim && axis < ndim) return static_cast<int>(axis < 0 ? axis + ndim : axis);
  fail_batch("the axis " + std::to_string(axis) + " of " + argument +
             " is out of range; got an array of shape " + shape_text(shape) +
             "; choose one of its axes, or None");
}

// As move_axis, which gives a view, of which an array would be a copy.
Value axis_moved(const Value& x, int from, int to) {
  return from == to ? x : move_axis(x, from, to);
}

// The value with its mapped axis in front. Memory that others may write is copied now.
Value mapped_value(const py::handle object, int64_t axis) {
  if (is_hosted(object.ptr()))
    throw py::type_error("lazynp: vmap: a mapped argument needs a native dtype; got " +
                         py::str(object.attr("dtype")).cast<std::string>());
  const Value value = settled(Value::share(value_of(object.ptr())));
  return axis_moved(value, mapped_axis(axis, value.ndim(), value.shape(), "in_axes"), 0);
}

// The mapped arrays, whose mapped axes must have one size, and what stands for them in a function.
py::tuple begin_batch(const py::sequence& arrays, const std::vector<int64_t>& axes) {
  Batch batch{{}, {}, -1};
  py::list elements;
  for (size_t i = 0; i < axes.size(); ++i) {
    Value value = mapped_value(py::object(arrays[i]), axes[i]);
    const int64_t size = value.shape()[0];
    if (batch.size >= 0 && size != batch.size)
      fail_batch("mapped axes must have one size; got " + std::to_string(batch.size) + " and " +
                 std::to_string(size) + "; see in_axes");
    batch.size = size;
    Value element = placeholder(value.shape().subspan(1), value.dtype());
    if (value.node()->flags & watched)  // a function of it asks, and may have a gradient of its own
      element.node()->flags |= watched | watched_leaf;
    batch.placeholders.push_back(element);
    batch.values.push_back(std::move(value));
    const bool is_scalar = element.ndim() == 0;
    elements.append(wrapped(std::move(element), is_scalar));
  }
  return py::make_tuple(elements, py::cast(std::move(batch)));
}

// The batch's axis goes to `axis`; what is the same for all elements is repeated.
Value placed(Value all, const Value& one, int64_t size, int64_t axis) {
  if (!all) {
    Extents shape{size};
    shape.insert(shape.end(), one.shape().begin(), one.shape().end());
    all = full(shape, one.dtype(), one);
  }
  return axis_moved(all, 0, mapped_axis(axis, all.ndim(), all.shape(), "out_axes"));
}

void run_now(const Values& values) {
  for (const Value& value : values)
    if (has_no_value(value.node())) return;  // part of another batch
  evaluate(nodes_of(values));
}

// The results for all elements; an axis None asks for a value that is the same for all.
py::list finish_batch(const Batch& batch, const py::sequence& results, const py::sequence& axes) {
  Values of_one, wanted;
  for (const py::handle result : results)
    of_one.push_back(
        returned_value(result, "lazynp: vmap: the function must return arrays and numbers"));
  const bool now = begin_record_of_many();
  const BatchedValues found = batched(of_one, batch);
  py::list finished;
  for (size_t i = 0; i < of_one.size(); ++i) {
    const py::object axis = axes[i];
    if (axis.is_none()) {
      if (found.values[i])
        fail_batch("out_axes is None for a result that differs between elements; got shape " +
                   shape_text(of_one[i].shape()) + "; give it an axis");
      finished.append(py::object(results[i]));
      continue;
    }
    Value value = placed(found.values[i], of_one[i], batch.size, axis.cast<int64_t>());
    finished.append(wrapped(std::move(value), false));
    wanted.push_back(Value::share(value_of(py::object(finished[i]).ptr())));
  }
  const bool may_raise = found.may_raise && !has_late_errors();
  if (now || is_eager() || found.reads_shared || may_raise) run_now(wanted);
  return finished;
}

}  // namespace

void bind_batching(py::module_& module) {
  py::class_<Batch>(module, "Batch", "Mapped arguments and what stands for each element of them.")
      .def_readonly("size", &Batch::size)
      .def("finish", &finish_batch, py::arg("results"), py::arg("axes"));
  module.def("begin_batch", &begin_batch, py::arg("arrays"), py::arg("axes"));
}

}  // namespace lazynp::python
