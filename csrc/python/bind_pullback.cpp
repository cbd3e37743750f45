// Gradients that a Python function computes.
#include "csrc/ops/pullback.h"

#include "csrc/python/array_parts.h"
#include "csrc/python/bind_values.h"
#include "csrc/python/module.h"
#include "csrc/python/record_state.h"

namespace py = pybind11;

namespace lazynp::python {
namespace {

// The function stays alive as long as the node that keeps the token.
Value token_of(const py::object& function) {
  static char nothing[16] = {};
  BufferRef buffer = foreign_buffer(nothing, 1, false, function.inc_ref().ptr(), queue_owner);
  return leaf(std::move(buffer), DType::uint8, scalar_layout(1));
}

Value gradient_value(const py::handle object, const Value& x, size_t i) {
  if (object.is_none()) return {};
  Value value = returned_value(object, "lazynp: custom_gradient: the pullback must return arrays");
  if (!value.node()->is_constant() && !same_shape(value.layout(), x.layout()))
    fail(ErrorClass::value,
         "lazynp: custom_gradient: a gradient must have the shape of what it belongs to; got " +
             shape_text(value.shape()) + " for differentiable argument " + std::to_string(i) +
             " of shape " + shape_text(x.shape()));
  return value;
}

// The Python function takes gy, the xs and the number of batches, and returns a list with a
// gradient (None: zero) for each x.
Values pull_back_by_python(void* function, const Value& gy, std::span<const Value> xs,
                           int64_t n_batches) {
  try {
    const py::handle call(static_cast<PyObject*>(function));
    py::list arrays;
    for (const Value& x : xs) arrays.append(wrapped(x, false));
    const py::list found = call(wrapped(gy, false), arrays, n_batches);
    Values gradients;
    for (size_t i = 0; i < xs.size(); ++i)
      gradients.push_back(gradient_value(py::object(found[i]), xs[i], i));
    return gradients;
  } catch (py::error_already_set& error) {
    error.restore();
    throw_python_error();
  }
}

// `y` as a value whose gradient goes to `xs` by `function`; without xs it goes to y as ever.
py::object attach_pullback(const py::object& y, const py::sequence& xs,
                           const py::object& function) {
  Values targets;
  for (const py::handle x : xs) targets.push_back(Value::share(value_of(x.ptr())));
  const Value value = settled(Value::share(value_of(y.ptr())));
  return wrapped(with_pullback(value, targets, token_of(function)), is_lazy_scalar(y.ptr()));
}

}  // namespace

void bind_pullback(py::module_& module) {
  pull_back = pull_back_by_python;
  module.def("attach_pullback", &attach_pullback, py::arg("y"), py::arg("xs"), py::arg("function"));
}

}  // namespace lazynp::python
