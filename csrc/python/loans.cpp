// What one call lends NumPy in place of our objects, and how its results come back.
#include "csrc/python/loans.h"
#include "csrc/python/write_warnings.h"

#include <cstring>

namespace lazynp::python {

PyObject* array_like_class = nullptr;

std::unordered_map<PyObject*, PyObject*>& stand_ins() {
  static auto* const map = new std::unordered_map<PyObject*, PyObject*>;  // holds Python objects
  return *map;
}

// ------------------------------------------------------------------ from ours to NumPy's

namespace {

bool is_container(PyObject* x) {
  return PyList_Check(x) || PyTuple_Check(x) || PyDict_CheckExact(x);
}
bool is_named_tuple(PyObject* x) {
  return !PyTuple_CheckExact(x) && PyObject_HasAttrString(x, "_fields");
}

PyObject* lend_array(PyObject* x, Loans& loans) {
  for (const Loan& loan : loans)  // NumPy may ask whether two arguments are the same array
    if (loan.ours.get() == x && loan.is_phantom == loans.only_layouts)
      return Py_NewRef(loan.theirs.get());
  const bool is_phantom = loans.only_layouts && is_native_array(x);
  const Handle& handle = as_array(x)->handle;
  PyObject* const theirs = is_phantom ? phantom(layout_of(handle), handle.dtype,
                                                handle.writeable || warns_on_write(as_array(x)))
                                      : to_numpy(x);
  if (!theirs) return nullptr;
  loans.emplace_back(Py_NewRef(theirs), Py_NewRef(x), loans.only_layouts);
  return theirs;
}

// A LazyScalar is handed over as the NumPy scalar that it stands for.
PyObject* lend_scalar(PyObject* x, Loans& loans) {
  PyObject* array = nullptr;
  if (loans.only_layouts && !loans.with_scalar_values) {
    loans.lent_scalar_layouts = true;
    PyObject* const descr = Py_NewRef(descr_of(value_of(x)->dtype));
    array = PyArray_Zeros(0, nullptr, reinterpret_cast<PyArray_Descr*>(descr), 0);
  } else {
    array = PyArray_FromAny(x, nullptr, 0, 0, 0, nullptr);
  }
  return array ? PyArray_Return(reinterpret_cast<PyArrayObject*>(array)) : nullptr;
}

// Whether NumPy makes an array of `x` by asking it for one.
bool is_array_like(PyObject* x) {
  return !PyType_Check(x) && !PyArray_Check(x) && !PyArray_IsScalar(x, Generic) &&
         PyObject_HasAttrString(as_object(Py_TYPE(x)), "__array__");
}

PyObject* lend_array_like(PyObject* x, Loans& loans) {
  loans.array_likes.emplace_back(PyObject_CallOneArg(array_like_class, x));
  return Py_XNewRef(loans.array_likes.back().get());
}

bool is_ours(PyObject* x, const Loans& loans);

bool any_is_ours(PyObject* const* items, Py_ssize_t n, const Loans& loans) {
  for (Py_ssize_t i = 0; i < n; ++i)
    if (is_ours(items[i], loans)) return true;
  return false;
}

// Whether NumPy must not get `x` as it is. Containers nested too deep are left to NumPy.
bool is_ours(PyObject* x, const Loans& loans) {
  if (PyFloat_CheckExact(x) || PyLong_CheckExact(x) || PyUnicode_CheckExact(x)) return false;
  if (is_exact_array(x) || is_lazy_scalar(x)) return true;
  if (!is_container(x))
    return stand_ins().contains(x) || (loans.with_array_likes && is_array_like(x));
  if (Py_EnterRecursiveCall(" while handing arguments to NumPy")) {
    clear_error();
    return false;
  }
  bool found = false;
  PyObject* value;
  if (PyDict_CheckExact(x)) {
    for (Py_ssize_t position = 0; !found && PyDict_Next(x, &position, nullptr, &value);)
      found = is_ours(value, loans);
  } else {
    found = any_is_ours(PySequence_Fast_ITEMS(x), PySequence_Fast_GET_SIZE(x), loans);
  }
  Py_LeaveRecursiveCall();
  return found;
}

// A new tuple with what NumPy gets for each item.
PyObject* lend_items(PyObject* const* items, Py_ssize_t n, Loans& loans) {
  Owned lent(PyTuple_New(n));
  if (!lent) return nullptr;
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* const item = lend(items[i], loans);
    if (!item) return nullptr;
    PyTuple_SET_ITEM(lent.get(), i, item);
  }
  return lent.release();
}

// Subclasses of list and tuple become plain ones, named tuples stay what they are.
PyObject* lend_sequence(PyObject* x, Loans& loans) {
  Owned lent(lend_items(PySequence_Fast_ITEMS(x), PySequence_Fast_GET_SIZE(x), loans));
  if (!lent) return nullptr;
  if (PyList_Check(x)) return PySequence_List(lent.get());
  return is_named_tuple(x) ? PyObject_CallObject(as_object(Py_TYPE(x)), lent.get())
                           : lent.release();
}

PyObject* lend_dict(PyObject* x, Loans& loans) {
  Owned copy(PyDict_Copy(x));
  if (!copy) return nullptr;
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(x, &position, &key, &value);) {
    const Owned lent(lend(value, loans));
    if (!lent || PyDict_SetItem(copy.get(), key, lent.get()) < 0) return nullptr;
  }
  return copy.release();
}

PyObject* lend_container(PyObject* x, Loans& loans) {
  if (!is_ours(x, loans)) return Py_NewRef(x);
  if (Py_EnterRecursiveCall(" while handing arguments to NumPy")) return nullptr;
  const bool only_layouts =
      std::exchange(loans.only_layouts, false);  // NumPy copies what is in a container
  PyObject* const lent = PyDict_CheckExact(x) ? lend_dict(x, loans) : lend_sequence(x, loans);
  loans.only_layouts = only_layouts;
  Py_LeaveRecursiveCall();
  return lent;
}

}  // namespace

// New reference to `x` with every array of ours in it replaced by an ndarray on the same memory.
PyObject* lend(PyObject* x, Loans& loans) {
  if (is_exact_array(x)) return lend_array(x, loans);
  if (PyFloat_CheckExact(x) || PyLong_CheckExact(x) || PyUnicode_CheckExact(x) ||
      PyArray_CheckExact(x) || x == Py_None) {
    return Py_NewRef(x);
  }
  if (is_container(x)) return lend_container(x, loans);
  if (is_lazy_scalar(x)) return lend_scalar(x, loans);
  const auto found = stand_ins().find(x);
  if (found != stand_ins().end()) return Py_NewRef(found->second);
  return loans.with_array_likes && is_array_like(x) ? lend_array_like(x, loans) : Py_NewRef(x);
}

// ------------------------------------------------------------------ from NumPy's to ours

namespace {

// Whether no other object can reach the memory of an ndarray that only we hold.
bool owns_memory(PyArrayObject* x) {
  if (!PyArray_ISWRITEABLE(x)) return false;
  PyObject* const base = PyArray_BASE(x);
  if (!base) return PyArray_CHKFLAGS(x, NPY_ARRAY_OWNDATA);
  auto* const owner = reinterpret_cast<PyArrayObject*>(base);
  return PyArray_CheckExact(base) && Py_REFCNT(base) == 1 && !PyArray_BASE(owner) &&
         PyArray_CHKFLAGS(owner, NPY_ARRAY_OWNDATA);
}

// Consumes `x`, which owns its memory or is the only view of an array that does: then it becomes a
// view of that array, as its flags and `.base` tell.
PyObject* adopt_owner(Owned x) {
  auto* const array = reinterpret_cast<PyArrayObject*>(x.get());
  auto* const owner = reinterpret_cast<PyArrayObject*>(PyArray_BASE(array));
  const DType dtype = dtype_of_ndarray(array);
  const bool is_view = owner && dtype != DType::none && dtype_of_ndarray(owner) != DType::none;
  if (!is_view || !layout_from(owner, 0)->dense) return adopt_unreachable(x.get());
  LayoutRef layout = layout_from(array, PyArray_BYTES(array) - PyArray_BYTES(owner));
  const Owned whole(adopt_numpy(as_object(owner)));
  if (!whole) return nullptr;
  return guarded(
      [&] { return array_from_storage(as_array(whole.get()), std::move(layout), dtype, true); });
}

const Loan* loan_behind(PyArrayObject* x, const Loans& loans) {
  for (const Loan& loan : loans)
    if (loan.theirs.get() == memory_owner(x)) return &loan;
  return nullptr;
}

// A view of an array that we lent: the same view of ours. Null without an exception: not native.
PyObject* take_view(PyArrayObject* x, const Loan& loan) {
  const DType dtype = dtype_of_descr(reinterpret_cast<PyObject*>(PyArray_DESCR(x)));
  if (dtype == DType::none || !is_native_array(loan.ours.get())) return nullptr;
  ArrayObject* const ours = as_array(loan.ours.get());
  auto* const theirs = reinterpret_cast<PyArrayObject*>(loan.theirs.get());
  const int64_t offset =
      layout_of(ours->handle).offset + (PyArray_BYTES(x) - PyArray_BYTES(theirs));
  const std::vector<int64_t> shape(PyArray_DIMS(x), PyArray_DIMS(x) + PyArray_NDIM(x));
  const std::vector<int64_t> strides(PyArray_STRIDES(x), PyArray_STRIDES(x) + PyArray_NDIM(x));
  PyObject* const view =
      make_array_view(ours, make_layout(shape, strides, offset, size_of(dtype)), dtype);
  if (view && !PyArray_ISWRITEABLE(x)) as_array(view)->handle.writeable = false;
  return view;
}

// What `.base` answers for memory that NumPy holds, as the native field of a structured array: the
// array of ours that lent it.
void refer_to_lender(PyObject* result, PyArrayObject* x, const Loans& loans) {
  if (!result || !is_exact_array(result)) return;
  for (const Loan& loan : loans) {
    auto* const theirs = reinterpret_cast<PyArrayObject*>(loan.theirs.get());
    PyObject* const ours = loan.ours.get();
    PyObject* const base = is_exact_array(ours) ? as_array(ours)->base : nullptr;
    if (base && is_array(base) && memory_owner(theirs) == memory_owner(x))
      Py_XSETREF(as_array(result)->base, Py_NewRef(base));
    else if (is_exact_array(ours) && memory_owner(x) == loan.theirs.get())
      Py_XSETREF(as_array(result)->base, Py_NewRef(ours));
  }
}

// Consumes `x`. Memory that only this result holds is adopted; all other memory may be written by
// somebody else and is aliased.
PyObject* take_memory(Owned x, const Loans& loans, bool is_unshared) {
  for (const Loan& loan : loans)
    if (loan.theirs.get() == x.get()) return Py_NewRef(loan.ours.get());
  auto* const array = reinterpret_cast<PyArrayObject*>(x.get());
  if (is_unshared && owns_memory(array)) return adopt_owner(std::move(x));
  if (const Loan* loan = loan_behind(array, loans)) {
    PyObject* const view = take_view(array, *loan);
    if (view || PyErr_Occurred()) return view;
  }
  PyObject* const result = from_numpy(x.get(), true);
  refer_to_lender(result, array, loans);
  return result;
}

PyObject* take_array(Owned x, const Loans& loans, bool is_unshared) {
  const bool warns =
      PyArray_CHKFLAGS(reinterpret_cast<PyArrayObject*>(x.get()), numpys_warning_flag);
  PyObject* const result = take_memory(std::move(x), loans, is_unshared);
  if (warns && result && is_native_array(result)) set_warns_on_write(as_array(result), true);
  return result;
}

// Consumes `x`; `is_unshared`: nobody but the container that it comes from holds it.
PyObject* take_sequence(Owned x, const Loans& loans, bool is_unshared) {
  const bool is_list = PyList_CheckExact(x.get());
  const bool is_plain = is_list || PyTuple_CheckExact(x.get());
  if (!is_plain && (PyList_Check(x.get()) || !is_named_tuple(x.get()))) return x.release();
  const Py_ssize_t n = PySequence_Fast_GET_SIZE(x.get());
  Owned taken(is_list ? PyList_New(n) : PyTuple_New(n));
  if (!taken) return nullptr;
  for (Py_ssize_t i = 0; i < n; ++i) {
    PyObject* const item = PySequence_Fast_GET_ITEM(x.get(), i);
    const bool is_ours_alone = is_unshared && Py_REFCNT(item) == 1;
    PyObject* const result = take(Owned(Py_NewRef(item)), loans, is_ours_alone);
    if (!result) return nullptr;
    if (is_list)
      PyList_SET_ITEM(taken.get(), i, result);
    else
      PyTuple_SET_ITEM(taken.get(), i, result);
  }
  return is_plain ? taken.release() : PyObject_CallObject(as_object(Py_TYPE(x.get())), taken.get());
}

PyObject* take_dict(Owned x, const Loans& loans) {
  Owned taken(PyDict_New());
  if (!taken) return nullptr;
  PyObject *key, *value;
  for (Py_ssize_t position = 0; PyDict_Next(x.get(), &position, &key, &value);) {
    Owned item(take(Owned(Py_NewRef(value)), loans, false));
    if (!item || PyDict_SetItem(taken.get(), key, item.get()) < 0) return nullptr;
  }
  return taken.release();
}

PyObject* take_container(Owned x, const Loans& loans, bool is_unshared) {
  if (!holds_array(x.get())) return x.release();
  if (Py_EnterRecursiveCall(" while taking a result from NumPy")) return nullptr;
  PyObject* const taken = PyDict_CheckExact(x.get())
                              ? take_dict(std::move(x), loans)
                              : take_sequence(std::move(x), loans, is_unshared);
  Py_LeaveRecursiveCall();
  return taken;
}

}  // namespace

// Nested too deep: left as it is.
bool holds_array(PyObject* x) {
  if (PyArray_CheckExact(x)) return true;
  if (!is_container(x)) return false;
  if (Py_EnterRecursiveCall(" while taking a result from NumPy")) {
    clear_error();
    return false;
  }
  bool found = false;
  PyObject* value;
  if (PyDict_CheckExact(x)) {
    for (Py_ssize_t position = 0; !found && PyDict_Next(x, &position, nullptr, &value);)
      found = holds_array(value);
  } else {
    for (Py_ssize_t i = 0; !found && i < PySequence_Fast_GET_SIZE(x); ++i)
      found = holds_array(PySequence_Fast_GET_ITEM(x, i));
  }
  Py_LeaveRecursiveCall();
  return found;
}

PyObject* take(Owned x, const Loans& loans, bool is_unshared) {
  if (PyArray_CheckExact(x.get())) return take_array(std::move(x), loans, is_unshared);
  if (is_container(x.get())) return take_container(std::move(x), loans, is_unshared);
  return x.release();
}

}  // namespace lazynp::python
