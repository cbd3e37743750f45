// Hands NumPy's einsum to the engine, which calls it on arrays over its memory.
#include "csrc/cpu/einsum.h"
#include "csrc/engine/host_kernels.h"
#include "csrc/python/engine_arrays.h"
#include "csrc/python/module.h"

namespace lazynp::python {

namespace {

PyObject* einsum_of_numpy = nullptr;

bool host_einsum(std::string_view subscripts, std::span<const Operand> inputs,
                 const Operand& output) {
  const WithGil gil;
  const Owned arguments(PyTuple_New(static_cast<Py_ssize_t>(inputs.size()) + 1));
  if (!arguments) return PyErr_Clear(), false;
  PyTuple_SET_ITEM(
      arguments.get(), 0,
      PyUnicode_FromStringAndSize(subscripts.data(), static_cast<Py_ssize_t>(subscripts.size())));
  for (size_t k = 0; k < inputs.size(); ++k)
    PyTuple_SET_ITEM(arguments.get(), static_cast<Py_ssize_t>(k) + 1,
                     ndarray_over(inputs[k]).release());
  const Owned target = ndarray_over(output);
  const Owned made(
      stopping_at_exit([&] { return PyObject_Call(einsum_of_numpy, arguments.get(), nullptr); }));
  const bool is_done = made && target && PyArray_CopyObject(ndarray_of(target), made.get()) == 0;
  if (!is_done) PyErr_Clear();
  return is_done;
}

}  // namespace

bool init_numpy_einsum() {
  const Owned multiarray(PyImport_ImportModule("numpy._core.multiarray"));
  einsum_of_numpy =
      multiarray ? PyObject_GetAttrString(multiarray.get(), op_named("einsum").numpy[0]) : nullptr;
  if (!einsum_of_numpy) return false;
  set_host_einsum(host_einsum);
  note_host_kernel(op_named("einsum"));
  return true;
}

}  // namespace lazynp::python
