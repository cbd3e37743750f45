// Hands NumPy's sort functions to the engine, which calls them on contiguous lines without the GIL.
#include "csrc/cpu/sort.h"
#include "csrc/python/array.h"
#include "csrc/python/module.h"
#include "csrc/python/numpy_api.h"

namespace lazynp::python {

bool init_numpy_sorts() {
  for (int d = 0; d < n_dtypes; ++d) {
    PyArray_Descr* const descr = reinterpret_cast<PyArray_Descr*>(descr_of(static_cast<DType>(d)));
    if (!descr) return false;
    const PyArray_ArrFuncs* const functions = PyDataType_GetArrFuncs(descr);
    constexpr NPY_SORTKIND kinds[n_sort_kinds] = {NPY_QUICKSORT, NPY_STABLESORT};
    for (int kind = 0; kind < n_sort_kinds; ++kind)
      set_host_sort(static_cast<DType>(d), static_cast<SortKind>(kind),
                    {functions->sort[kinds[kind]], functions->argsort[kinds[kind]]});
  }
  return true;
}

}  // namespace lazynp::python
