// Hands NumPy's sort functions to the engine, which calls them on contiguous lines without the GIL,
// likewise its sums of products, and its partitions, which take arrays.
#include "csrc/cpu/partition.h"
#include "csrc/cpu/sampled.h"
#include "csrc/cpu/sort.h"
#include "csrc/engine/host_kernels.h"
#include "csrc/python/engine_arrays.h"
#include "csrc/python/module.h"

namespace lazynp::python {

namespace {

Owned vector_over(std::span<const int64_t> values) {
  npy_intp n = static_cast<npy_intp>(values.size());
  return Owned(PyArray_SimpleNewFromData(1, &n, NPY_INT64, const_cast<int64_t*>(values.data())));
}

bool host_partition(const Operand& array, std::span<const int64_t> kth, int axis) {
  const WithGil gil;
  const Owned ours = ndarray_over(array), places = vector_over(kth);
  const bool is_done =
      ours && places &&
      PyArray_Partition(ndarray_of(ours), ndarray_of(places), axis, NPY_INTROSELECT) == 0;
  if (!is_done) clear_error();
  return is_done;
}

bool host_argpartition(const Operand& array, std::span<const int64_t> kth, int axis,
                       const Operand& order) {
  const WithGil gil;
  const Owned ours = ndarray_over(array), places = vector_over(kth), target = ndarray_over(order);
  const Owned made(ours && places ? PyArray_ArgPartition(ndarray_of(ours), ndarray_of(places), axis,
                                                         NPY_INTROSELECT)
                                  : nullptr);
  const bool is_done =
      made && target && PyArray_CopyInto(ndarray_of(target), ndarray_of(made)) == 0;
  if (!is_done) clear_error();
  return is_done;
}

}  // namespace

bool init_numpy_sorts() {
  set_host_partition({host_partition, host_argpartition});
  note_host_kernel(op_named("partition"));
  note_host_kernel(op_named("argpartition"));
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
