// NumPy's own answers: about shapes and errors from stand-ins without data, and calls it serves.
#include <sys/mman.h>

#include "csrc/python/array_parts.h"
#include "csrc/python/protocols.h"
#include "csrc/python/record_state.h"

namespace lazynp::python {

// ---------------------------------------------------------------- stand-ins

namespace {

// What a phantom shows: address space without contents. NumPy may read and write it (it copies
// where a view cannot be had); pages appear when they are touched. The addresses lie where nothing
// else is mapped, shadows of sanitizers included; ThreadSanitizer allows only those near a program.
#ifdef __SANITIZE_THREAD__
char* const phantom_memory = reinterpret_cast<char*>(int64_t{0x55} << 40);
#else
char* const phantom_memory = reinterpret_cast<char*>(int64_t{1} << 45);
#endif

bool map_phantom_memory(int64_t n_bytes) {
  static int64_t n_mapped = 0;
  if (n_bytes <= n_mapped) return true;
  constexpr int64_t chunk = int64_t{1} << 24;
  const int64_t more = (n_bytes - n_mapped + chunk - 1) / chunk * chunk;
  char* const wanted = phantom_memory + n_mapped;
  void* const got = mmap(wanted, static_cast<size_t>(more), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != wanted) {
    if (got != MAP_FAILED) munmap(got, static_cast<size_t>(more));
    PyErr_SetString(PyExc_MemoryError, "lazynp: no address space for a stand-in of this array");
    return false;
  }
  n_mapped += more;
  return true;
}

PyObject* stride_zero_phantom(Shape shape, DType dtype) {
  alignas(16) static char scratch[16];
  static const int64_t zeros[max_ndim] = {};
  return PyArray_NewFromDescr(&PyArray_Type, new_descr(dtype), static_cast<int>(shape.size()),
                              const_cast<npy_intp*>(shape.data()), const_cast<npy_intp*>(zeros),
                              scratch, NPY_ARRAY_WRITEABLE, nullptr);
}

}  // namespace

PyObject* phantom(const Layout& layout, DType dtype, bool writeable) {
  if (!map_phantom_memory(byte_range(layout).end)) return nullptr;
  return PyArray_NewFromDescr(
      &PyArray_Type, new_descr(dtype), layout.ndim, const_cast<npy_intp*>(layout.shape_),
      const_cast<npy_intp*>(layout.strides_), phantom_memory + layout.offset,
      writeable ? NPY_ARRAY_WRITEABLE : 0, nullptr);
}

LayoutRef layout_of_phantom_view(PyObject* view) {
  auto* const ndarray = reinterpret_cast<PyArrayObject*>(view);
  return layout_from(ndarray, PyArray_BYTES(ndarray) - phantom_memory);
}

PyObject* view_like(PyObject* self, PyObject* phantom_view) {
  const Owned view(phantom_view);
  if (!view) return nullptr;
  return guarded([&] {
    const DType dtype = dtype_of_ndarray(reinterpret_cast<PyArrayObject*>(view.get()));
    LayoutRef layout = layout_of_phantom_view(view.get());
    return array_from_storage(as_array(self), std::move(layout), dtype,
                              PyArray_ISWRITEABLE(reinterpret_cast<PyArrayObject*>(view.get())));
  });
}

PyObject* phantom_of(PyObject* self) {
  const Handle& handle = as_array(self)->handle;
  return phantom(layout_of(handle), handle.dtype, handle.writeable);
}

PyObject* as_phantom(PyObject* operand) {
  if (is_native_array(operand)) {
    const Handle& handle = as_array(operand)->handle;
    return stride_zero_phantom(layout_of(handle).shape(), handle.dtype);
  }
  if (is_lazy_scalar(operand)) return stride_zero_phantom({}, value_of(operand)->dtype);
  if (PyArray_CheckExact(operand)) {
    auto* const ndarray = reinterpret_cast<PyArrayObject*>(operand);
    const DType dtype = dtype_of_ndarray(ndarray);
    const auto n = static_cast<size_t>(PyArray_NDIM(ndarray));
    if (dtype != DType::none) return stride_zero_phantom({PyArray_DIMS(ndarray), n}, dtype);
  }
  return Py_NewRef(operand);
}

PyObject* raise_as_numpy(PyObject* numpy_callable, std::initializer_list<PyObject*> operands) {
  if (PyErr_Occurred()) return nullptr;
  const Owned arguments(PyTuple_New(static_cast<Py_ssize_t>(operands.size())));
  if (!arguments) return nullptr;
  Py_ssize_t i = 0;
  for (PyObject* operand : operands) {
    PyObject* const stand_in = as_phantom(operand);
    if (!stand_in) return nullptr;
    PyTuple_SET_ITEM(arguments.get(), i++, stand_in);
  }
  const Owned result(PyObject_Call(numpy_callable, arguments.get(), nullptr));
  return result ? set_python_error() : nullptr;
}

// ---------------------------------------------------------------- calls

PyObject* numpy_name(const char* name) {
  static PyObject* const numpy = PyImport_ImportModule("numpy");
  return numpy ? PyObject_GetAttrString(numpy, name) : nullptr;
}

PyObject* ndarray_method(const char* name) {
  return PyObject_GetAttrString(as_object(&PyArray_Type), name);
}

PyObject* fallback(PyObject* numpy_callable, std::initializer_list<PyObject*> arguments) {
  const Owned tuple(PyTuple_New(static_cast<Py_ssize_t>(arguments.size())));
  if (!tuple || !numpy_callable) return nullptr;
  Py_ssize_t i = 0;
  for (PyObject* argument : arguments) PyTuple_SET_ITEM(tuple.get(), i++, Py_NewRef(argument));
  return fallback_call(numpy_callable, tuple.get(), nullptr);
}

PyObject* call_exported(const char* name, PyObject* self, PyObject* const* args, Py_ssize_t n,
                        PyObject* names) {
  const Owned ndarray(to_numpy(self));
  if (!ndarray) return nullptr;
  const Owned method(PyObject_GetAttrString(ndarray.get(), name));
  return method ? PyObject_Vectorcall(method.get(), args, static_cast<size_t>(n), names) : nullptr;
}

PyObject* method_fallback(const char* name, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t n, PyObject* names) {
  const Owned method(ndarray_method(name));
  const Owned tuple(PyTuple_New(n + 1));
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  const Owned keywords(n_names ? PyDict_New() : nullptr);
  if (!method || !tuple || (n_names && !keywords)) return nullptr;
  PyTuple_SET_ITEM(tuple.get(), 0, Py_NewRef(self));
  for (Py_ssize_t i = 0; i < n; ++i) PyTuple_SET_ITEM(tuple.get(), i + 1, Py_NewRef(arguments[i]));
  for (Py_ssize_t i = 0; i < n_names; ++i)
    if (PyDict_SetItem(keywords.get(), PyTuple_GET_ITEM(names, i), arguments[n + i]) < 0)
      return nullptr;
  PyObject* const result = fallback_call(method.get(), tuple.get(), keywords.get());
  // The function of that name would ask the elements once more, which may be objects that count it.
  if (!result && !PyErr_ExceptionMatches(PyExc_TypeError)) mark_as_final();
  return result;
}

}  // namespace lazynp::python
