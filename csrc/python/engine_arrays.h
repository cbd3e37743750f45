// For kernels of the engine that call NumPy: the GIL, and ndarrays over the engine's memory.
#pragma once
#include "csrc/ops/kernel.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/runtime_lock.h"

namespace lazynp::python {

// The GIL, for a kernel that runs with or without it.
class WithGil {
 public:
  WithGil() : state_(stopping_at_exit([] { return PyGILState_Ensure(); })) {}
  ~WithGil() { PyGILState_Release(state_); }
  WithGil(const WithGil&) = delete;
  WithGil& operator=(const WithGil&) = delete;

 private:
  PyGILState_STATE state_;
};

inline Owned ndarray_over(const Operand& operand) {
  const Layout& layout = *operand.layout;
  return Owned(PyArray_NewFromDescr(
      &PyArray_Type, new_descr(operand.dtype), layout.ndim, const_cast<npy_intp*>(layout.shape_),
      const_cast<npy_intp*>(layout.strides_), operand.data, NPY_ARRAY_WRITEABLE, nullptr));
}

inline PyArrayObject* ndarray_of(const Owned& object) {
  return reinterpret_cast<PyArrayObject*>(object.get());
}

}  // namespace lazynp::python
