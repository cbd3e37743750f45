// What the files of the array type share.
#pragma once
#include "csrc/python/array.h"
#include "csrc/python/numpy_api.h"

namespace lazynp::python {

inline ArrayObject* as_array(PyObject* object) { return reinterpret_cast<ArrayObject*>(object); }
inline PyObject* as_object(void* object) { return static_cast<PyObject*>(object); }
inline bool is_native_array(PyObject* object) {
  return is_exact_array(object) && !as_array(object)->host;
}
inline bool is_hosted_array(PyObject* object) {
  return is_exact_array(object) && as_array(object)->host;
}

// Runs `body`, which returns an object or throws.
template <class Body> PyObject* guarded(Body body) {
  try {
    return body();
  } catch (...) {
    return set_python_error();
  }
}
template <class Body> int guarded_status(Body body) {
  try {
    return body();
  } catch (...) {
    set_python_error();
    return -1;
  }
}

// An owned Python object.
class Owned {
 public:
  Owned() = default;
  explicit Owned(PyObject* object) : object_(object) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Owned(Owned&& other) noexcept : object_(other.release()) {}
  ~Owned() { Py_XDECREF(object_); }
  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  PyObject* object_ = nullptr;
};

template <class Function> PyCFunction as_method(Function function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(function));
}
template <class Function> void* as_slot(Function function) {
  return reinterpret_cast<void*>(function);
}

// ---- what array_type.cpp joins into the type ----
extern const PyType_Slot operator_slots[];    // array_operators.cpp; each ends with {0, nullptr}
extern const PyType_Slot subscript_slots[];   // array_subscript.cpp
extern const PyType_Slot conversion_slots[];  // array_conversion.cpp
extern PyMethodDef array_methods[];           // array_methods.cpp
// Appends every method of numpy.ndarray that is one op and that `methods` does not have yet.
bool append_op_methods(std::vector<PyMethodDef>& methods);
extern PyMethodDef conversion_methods[];  // array_conversion.cpp
extern PyMethodDef attribute_methods[];   // array_attributes.cpp
extern PyGetSetDef array_attributes[];    // array_attributes.cpp
bool init_operators();
bool init_conversions(PyObject* module);
bool init_flags();
PyObject* get_flags(PyObject* self, void*);  // array_flags.cpp
PyObject* array_setflags(PyObject* self, PyObject* args, PyObject* kwargs);

// ---- objects ----
ArrayObject* allocate_array();  // all fields zero
// Stands for the `.base` of an array that owns its memory where NumPy's is a view: made when asked.
PyObject* base_to_be_made();
PyObject* wrap_host(PyObject* ndarray);  // takes over the reference
PyObject* array_from_storage(ArrayObject* owner, LayoutRef layout, DType dtype, bool writeable);
// NumPy's docstring of an attribute of a type, with the signature where a method has one; kept for
// ever.
const char* numpy_doc(PyTypeObject* type, const char* name, bool is_method);
// What an ndarray's memory belongs to (borrowed), through the wrappers of numpy.lib.stride_tricks.
PyObject* memory_owner(PyArrayObject* ndarray);
// A view by `rule` (const Layout& -> LayoutRef; may be empty: then nullptr without an exception).
void show_part_of_separate_value(ArrayObject* view, Node* value, LayoutRef layout);
template <class Rule> PyObject* derive_view(ArrayObject* array, Rule rule) {
  LayoutRef layout = rule(layout_of(array->handle));
  if (!layout) return nullptr;
  PyObject* const view = make_array_view(array, std::move(layout), array->handle.dtype);
  if (view)
    if (Node* const value = separate_value(array->handle)) [[unlikely]]
      show_part_of_separate_value(as_array(view), value, rule(*value->layout));
  return view;
}
// Foreign memory whose last reference went waits here: releasing it may run any Python code.
extern bool has_dead_owners;
void release_dead_owners();
void queue_owner(void* owner);  // an object that a buffer kept alive

// ---- values ----
// Ufuncs and reductions give scalars where the result has no axes.
PyObject* wrap_node(Node* node);  // a value with memory of its own; takes over the reference
inline PyObject* wrap_ufunc_result(Value value) {
  const Node* const node = value.node();
  const bool is_array = node->layout->ndim && node->op && node->op->kind != OpKind::view;
  if (is_array) [[likely]]
    return wrap_node(value.release());
  return wrap_result(std::move(value), true);
}
PyObject* numpy_scalar(DType dtype, const char* data);
PyObject* scalar_of_value(const Value& value);  // evaluates; a NumPy scalar
// One element, `offset` bytes into the base's buffer: a NumPy scalar, or a LazyScalar where the
// value is watched or expensive.
PyObject* element_at(ArrayObject* array, int64_t offset);
bool is_cheap_to_run(Node* node);  // few elements are pending below
// A copy in the order in which NumPy's iterator visits the elements, as operands need it.
Value operand_copy(PyArrayObject* ndarray, DType dtype);
PyObject* own_copy(ArrayObject* array,
                   LayoutRef layout);  // a new array; shares the value where it can
// Whether nobody but watching holds weak references to the array.
bool only_watching_refers(PyObject* array);
// Copies what reads SHARED memory where the result would keep it (watching).
Value settled(Value value);

// ---- NumPy ----
PyArray_Descr* new_descr(DType dtype);  // new reference
DType dtype_of_ndarray(PyArrayObject* ndarray);
LayoutRef layout_from(PyArrayObject* ndarray, int64_t offset);  // offset in its base, in bytes
PyObject* numpy_name(const char* name);                         // new reference to numpy.<name>
PyObject* ndarray_method(const char* name);        // new reference to numpy.ndarray.<name>
const OpSpec* op_serving(const char* numpy_name);  // nullptr: no native op
const OpSpec* op_of_python_operator(std::string_view function);  // of Python's module `operator`
// A numpy.ndarray with this metadata over memory that must not be read: for NumPy's own answers and
// errors about shapes, strides and dtypes.
PyObject* phantom(const Layout& layout, DType dtype, bool writeable = true);
PyObject* phantom_of(PyObject* self);  // of a native array
// The layout that a view of a phantom describes, in terms of the phantom's own buffer.
LayoutRef layout_of_phantom_view(PyObject* view);
// The view of `self` that NumPy made of its phantom (taken over; its dtype is native).
PyObject* view_like(PyObject* self, PyObject* phantom_view);
// NumPy with phantoms in place of our arrays raises its own error; otherwise the C++ exception in
// flight is used. Call inside a catch block. Returns nullptr.
PyObject* raise_as_numpy(PyObject* numpy_callable, std::initializer_list<PyObject*> operands);
// A method that only ever makes views: NumPy makes them of a phantom.
PyObject* view_by_phantom(const char* method, PyObject* self, PyObject* const* args, Py_ssize_t n,
                          PyObject* names);
PyObject* as_phantom(PyObject* operand);  // arrays become phantoms, the rest stays; new reference
// Whether the exception that is set is NumPy's, which takes no array of ours from the __array__ of
// somebody's class; calls through NumPy are made again then, so that it gets an ndarray.
bool is_array_like_refused();
// fallback_call with positional arguments.
PyObject* fallback(PyObject* numpy_callable, std::initializer_list<PyObject*> arguments);
// The same call on the exported array, where the result stays what NumPy made it (not a fallback).
PyObject* call_exported(const char* name, PyObject* self, PyObject* const* arguments, Py_ssize_t n,
                        PyObject* names);
// numpy.ndarray.<name>(self, ...): METH_FASTCALL arguments.
PyObject* method_fallback(const char* name, PyObject* self, PyObject* const* arguments,
                          Py_ssize_t n, PyObject* names);

// Whether NumPy gets from a buffer the records that it describes there: plain bytes are padding in
// its format, padding at the end is lost, objects lose their alignment. False: an exception is set.
bool is_read_back_from_buffer(PyObject* ndarray);

// ---- writing ----
// `array[region] = value`, as NumPy's setitem casts and broadcasts; records or writes SHARED
// memory.
int assign_region(ArrayObject* array, LayoutRef region, PyObject* value);
bool require_writeable(ArrayObject* array,
                       const char* text = "assignment destination is read-only");
// After a write: bounds and eager().
void end_write(ArrayObject* array, bool now);
bool warn_discarded_imaginary_part(DType from, DType to);  // NumPy's ComplexWarning
// The same where the op computes in a dtype that its caller asked for.
bool warn_of_real_dtype(const OpSpec& op, std::span<const Value> inputs,
                        const Attributes* attributes);
// operand -> Value of `dtype` for an element store; Operandness as in to_value.
Operandness stored_value(PyObject* operand, DType dtype, Value& value, bool& must_run_now);

}  // namespace lazynp::python
