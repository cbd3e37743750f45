// Hands NumPy's einsum to the engine, which calls it on arrays over its memory.
#include <algorithm>
#include <vector>

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
  const auto n_letters = static_cast<Py_ssize_t>(subscripts.size());
  std::vector<Owned> arguments;
  arguments.emplace_back(PyUnicode_FromStringAndSize(subscripts.data(), n_letters));
  for (const Operand& input : inputs) arguments.push_back(ndarray_over(input));
  const Owned target = ndarray_over(output);
  std::vector<PyObject*> borrowed;
  for (const Owned& argument : arguments) borrowed.push_back(argument.get());
  if (!target || std::ranges::count(borrowed, nullptr)) return clear_error(), false;
  const Owned made(stopping_at_exit([&] {
    return PyObject_Vectorcall(einsum_of_numpy, borrowed.data(), borrowed.size(), nullptr);
  }));
  const bool is_done = made && PyArray_CopyObject(ndarray_of(target), made.get()) == 0;
  if (!is_done) clear_error();
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
