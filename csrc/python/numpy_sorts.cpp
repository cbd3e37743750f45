// Hands NumPy's sort functions to the engine, which calls them on contiguous lines without the GIL,
// likewise its sums of products, and its partitions, which take arrays.
#include "csrc/cpu/partition.h"
#include "csrc/cpu/sampled.h"
#include "csrc/cpu/sort.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/module.h"
#include "csrc/python/runtime_lock.h"

namespace lazynp::python {

namespace {

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

// An ndarray over memory of the engine's.
Owned ndarray_over(const Operand& operand) {
  const Layout& layout = *operand.layout;
  return Owned(PyArray_NewFromDescr(
      &PyArray_Type, new_descr(operand.dtype), layout.ndim, const_cast<npy_intp*>(layout.shape_),
      const_cast<npy_intp*>(layout.strides_), operand.data, NPY_ARRAY_WRITEABLE, nullptr));
}

Owned ndarray_of(std::span<const int64_t> values) {
  npy_intp n = static_cast<npy_intp>(values.size());
  return Owned(PyArray_SimpleNewFromData(1, &n, NPY_INT64, const_cast<int64_t*>(values.data())));
}

PyArrayObject* array_of(const Owned& object) {
  return reinterpret_cast<PyArrayObject*>(object.get());
}

bool host_partition(const Operand& array, std::span<const int64_t> kth, int axis) {
  const WithGil gil;
  const Owned ours = ndarray_over(array), places = ndarray_of(kth);
  const bool is_done =
      ours && places &&
      PyArray_Partition(array_of(ours), array_of(places), axis, NPY_INTROSELECT) == 0;
  if (!is_done) PyErr_Clear();
  return is_done;
}

bool host_argpartition(const Operand& array, std::span<const int64_t> kth, int axis,
                       const Operand& order) {
  const WithGil gil;
  const Owned ours = ndarray_over(array), places = ndarray_of(kth), target = ndarray_over(order);
  const Owned made(
      ours && places ? PyArray_ArgPartition(array_of(ours), array_of(places), axis, NPY_INTROSELECT)
                     : nullptr);
  const bool is_done = made && target && PyArray_CopyInto(array_of(target), array_of(made)) == 0;
  if (!is_done) PyErr_Clear();
  return is_done;
}

}  // namespace

bool init_numpy_sorts() {
  set_host_partition({host_partition, host_argpartition});
  for (int d = 0; d < n_dtypes; ++d) {
    PyArray_Descr* const descr = reinterpret_cast<PyArray_Descr*>(descr_of(static_cast<DType>(d)));
    if (!descr) return false;
    const PyArray_ArrFuncs* const functions = PyDataType_GetArrFuncs(descr);
    set_host_dot(static_cast<DType>(d), functions->dotfunc);
    constexpr NPY_SORTKIND kinds[n_sort_kinds] = {NPY_QUICKSORT, NPY_STABLESORT};
    for (int kind = 0; kind < n_sort_kinds; ++kind)
      set_host_sort(static_cast<DType>(d), static_cast<SortKind>(kind),
                    {functions->sort[kinds[kind]], functions->argsort[kinds[kind]]});
  }
  return true;
}

}  // namespace lazynp::python
