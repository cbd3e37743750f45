// Methods of an array that the core serves itself; whatever they do not know goes to NumPy.
#include <algorithm>
#include <numeric>
#include <vector>

#include "csrc/base/memory_order.h"
#include "csrc/engine/evaluate.h"
#include "csrc/python/arguments.h"
#include "csrc/python/array_index.h"
#include "csrc/python/array_parts.h"
#include "csrc/python/observation.h"
#include "csrc/python/record_state.h"

namespace lazynp::python {

namespace {

// ---------------------------------------------------------------- views

// Integers given one by one or as one sequence; -1 where they are something else.
int integers_from(PyObject* const* args, Py_ssize_t n, int64_t* values) {
  if (n == 1 && is_native_array(args[0]) && layout_of(as_array(args[0])->handle).ndim == 1) {
    const Owned items(PyObject_CallMethod(args[0], "tolist", nullptr));
    if (!items) return clear_error(), -1;
    return integers_from(PySequence_Fast_ITEMS(items.get()), PyList_GET_SIZE(items.get()), values);
  }
  if (n == 1 && (PyTuple_CheckExact(args[0]) || PyList_CheckExact(args[0]))) {
    n = PySequence_Fast_GET_SIZE(args[0]);
    args = PySequence_Fast_ITEMS(args[0]);
  }
  if (n > max_ndim) return -1;
  for (Py_ssize_t i = 0; i < n; ++i) {
    if (!PyLong_CheckExact(args[i]) && !PyArray_IsScalar(args[i], Integer)) return -1;
    values[i] = PyLong_AsLongLong(args[i]);
    if (values[i] == -1 && PyErr_Occurred()) return clear_error(), -1;
  }
  return static_cast<int>(n);
}

}  // namespace

// A value of its own: an immutable node may stand for two arrays, so nothing is copied yet.
PyObject* own_copy(ArrayObject* array, LayoutRef layout) {
  Handle& handle = array->handle;
  Node* const node = current_value(handle);
  if (!is_shared(handle) && !handle.view && same_layout(*node->layout, *layout))
    return wrap(Value::share(node));
  const bool now = begin_record(cast_op()) | is_shared(handle);
  Value copy = copy_as(Value::share(node), std::move(layout), handle.dtype);
  end_record(copy, now);
  return wrap(std::move(copy));
}

namespace {

// A C-ordered copy, seen with `shape`.
PyObject* dense_copy_as(ArrayObject* array, Shape shape, bool keeps_base) {
  Handle& handle = array->handle;
  const bool now = begin_record(cast_op()) | is_shared(handle);
  const Layout& layout = layout_of(handle);
  Value copy = copy_as(Value::share(current_value(handle)),
                       c_layout(layout.shape(), layout.itemsize), handle.dtype);
  end_record(copy, now);
  const Owned made(wrap(std::move(copy)));
  if (!made) return nullptr;
  ArrayObject* const result = as_array(made.get());
  LayoutRef seen = reshaped(layout_of(result->handle), shape);
  if (keeps_base) return make_array_view(result, std::move(seen), result->handle.dtype);
  if (!same_shape(*seen, layout_of(result->handle)))
    set_view(result->handle, std::move(seen), result->handle.dtype);
  return Py_NewRef(made.get());
}

// The error that NumPy raises for a method call on an array of this layout.
PyObject* raise_for_phantom(const char* name, PyObject* self, PyObject* const* args, Py_ssize_t n,
                            PyObject* names) {
  if (PyErr_Occurred()) return nullptr;
  const Owned stand_in(phantom_of(self));
  const Owned method(stand_in ? PyObject_GetAttrString(stand_in.get(), name) : nullptr);
  const Owned made(method ? PyObject_Vectorcall(method.get(), args, static_cast<size_t>(n), names)
                          : nullptr);
  return made ? set_python_error() : nullptr;
}

// In Fortran order: the same in C order for both shapes and the array turned around.
LayoutRef reshaped_in_f_order(const Layout& layout, Shape shape) {
  int64_t reversed[max_ndim];
  std::reverse_copy(shape.begin(), shape.end(), reversed);
  const LayoutRef turned = transposed(layout, {});
  const LayoutRef seen = reshaped(*turned, {reversed, shape.size()});
  return seen ? transposed(*seen, {}) : LayoutRef();
}

PyObject* reshape_in_order(ArrayObject* array, Shape shape, bool is_f_order) {
  Handle& handle = array->handle;
  const Layout& layout = layout_of(handle);
  PyObject* const view = derive_view(array, [&](const Layout& from) {
    return is_f_order ? reshaped_in_f_order(from, shape) : reshaped(from, shape);
  });
  if (view || PyErr_Occurred()) return view;
  if (!is_f_order) return dense_copy_as(array, shape, true);
  const Owned copy(own_copy(array, f_layout(layout.shape(), layout.itemsize)));
  if (!copy) return nullptr;
  Handle& dense = as_array(copy.get())->handle;
  return make_array_view(as_array(copy.get()), reshaped_in_f_order(layout_of(dense), shape),
                         dense.dtype);
}

// reshape(*shape, order='C', copy=None)
PyObject* array_reshape(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  int64_t shape[max_ndim];
  const bool has_order =
      names && PyTuple_GET_SIZE(names) == 1 && is_text(PyTuple_GET_ITEM(names, 0), "order");
  const bool is_f_order = has_order && is_text(args[n], "F");
  const bool is_known = !names || is_f_order || (has_order && is_text(args[n], "C"));
  const int ndim =
      !is_known || !is_native_array(self) || n == 0 ? -1 : integers_from(args, n, shape);
  if (ndim < 0) return method_fallback("reshape", self, args, n, names);
  try {
    return reshape_in_order(as_array(self), {shape, static_cast<size_t>(ndim)}, is_f_order);
  } catch (const Error& error) {
    return error.error_class == ErrorClass::value
               ? raise_for_phantom("reshape", self, args, n, names)
               : set_python_error();
  } catch (...) {
    return set_python_error();
  }
}

// The axes in the order in which `order` runs through them, slowest first; false: only NumPy knows.
bool axes_in_order(const Layout& layout, PyObject* order, std::vector<int>& axes) {
  axes.resize(static_cast<size_t>(layout.ndim));
  std::iota(axes.begin(), axes.end(), 0);
  const bool is_f_layout = layout.f_contiguous() && !layout.c_contiguous;
  if (!order || is_text(order, "C") || (is_text(order, "A") && !is_f_layout)) return true;
  if (is_text(order, "F") || is_text(order, "A")) return std::ranges::reverse(axes), true;
  if (!is_text(order, "K") ||
      std::ranges::any_of(layout.strides(), [](int64_t s) { return s <= 0; }))
    return false;
  axes = stride_order(layout.strides());
  return true;
}

// ravel(order='C')
PyObject* array_ravel(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  PyObject* const order = n + n_names == 1 ? args[0] : nullptr;
  std::vector<int> axes;
  if (n + n_names > 1 || (n_names && !is_text(PyTuple_GET_ITEM(names, 0), "order")) ||
      !is_native_array(self) || !axes_in_order(layout_of(as_array(self)->handle), order, axes))
    return method_fallback("ravel", self, args, n, names);
  return guarded([&]() -> PyObject* {
    const auto turn = [&](const Layout& from) { return transposed(from, axes); };
    const Owned turned(std::ranges::is_sorted(axes) ? Py_NewRef(self)
                                                    : derive_view(as_array(self), turn));
    if (!turned) return nullptr;
    ArrayObject* const array = as_array(turned.get());
    const Layout& layout = layout_of(array->handle);
    const int64_t shape[1] = {layout.size};
    if (layout.c_contiguous)
      return derive_view(array, [&](const Layout& from) { return reshaped(from, shape); });
    return dense_copy_as(array, shape, false);
  });
}

PyObject* array_flatten(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  if (n || names || !is_native_array(self)) return method_fallback("flatten", self, args, n, names);
  return guarded([&]() -> PyObject* {
    const int64_t shape[1] = {layout_of(as_array(self)->handle).size};
    return dense_copy_as(as_array(self), shape, false);
  });
}

PyObject* array_transpose(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  int64_t given[max_ndim];
  if (names || !is_native_array(self)) return method_fallback("transpose", self, args, n, names);
  ArrayObject* const array = as_array(self);
  const int n_axes = n == 1 && args[0] == Py_None ? 0 : integers_from(args, n, given);
  // transpose(()) of an array with axes is an error, which NumPy raises.
  if (n_axes < 0 || (n_axes == 0 && n == 1 && args[0] != Py_None))
    return view_by_phantom("transpose", self, args, n, names);
  return guarded([&] {
    int axes[max_ndim];
    for (int i = 0; i < n_axes; ++i) axes[i] = static_cast<int>(given[i]);
    return derive_view(array, [&](const Layout& layout) {
      return transposed(layout, {axes, static_cast<size_t>(n_axes)});
    });
  });
}

}  // namespace

PyObject* view_by_phantom(const char* name, PyObject* self, PyObject* const* args, Py_ssize_t n,
                          PyObject* names) {
  const Owned stand_in(phantom_of(self));
  const Owned method(stand_in ? PyObject_GetAttrString(stand_in.get(), name) : nullptr);
  PyObject* const made =
      method ? PyObject_Vectorcall(method.get(), args, static_cast<size_t>(n), names) : nullptr;
  if (made != stand_in.get()) return view_like(self, made);
  Py_XDECREF(made);
  return made ? Py_NewRef(self) : nullptr;  // NumPy hands out the array itself
}

namespace {

// view(dtype): the same bytes; view(type) makes a subclass, which NumPy holds.
PyObject* array_view(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  if (is_native_array(self)) {
    const bool is_plain = n == 0 && !names;
    if (is_plain || (n == 1 && !names && args[0] == as_object(array_type)))
      return guarded([&] {
        return derive_view(as_array(self),
                           [](const Layout& layout) { return LayoutRef::share(&layout); });
      });
    PyObject* const wanted =
        n == 1 && !names ? args[0]
        : n == 0 && PyTuple_GET_SIZE(names) == 1 &&
                PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, 0), "dtype") == 0
            ? args[0]
            : nullptr;
    PyArray_Descr* descr = nullptr;
    const bool is_subclass =
        wanted && PyType_Check(wanted) &&
        PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(wanted), &PyArray_Type);
    if (wanted && !is_subclass && !is_array(wanted) && PyArray_DescrConverter(wanted, &descr)) {
      const DType dtype = dtype_of_descr(as_object(descr));
      Py_DECREF(descr);
      if (dtype != DType::none) return view_by_phantom("view", self, args, n, names);
    }
    clear_error();
  }
  return method_fallback("view", self, args, n, names);
}

// ---------------------------------------------------------------- copies and casts

LayoutRef ordered_like(char order, const Layout& layout, int itemsize) {
  if (order == 'K') return dense_like(layout, itemsize);
  const bool is_f = order == 'F' || (order == 'A' && layout.f_contiguous() && !layout.c_contiguous);
  return is_f ? f_layout(layout.shape(), itemsize) : c_layout(layout.shape(), itemsize);
}

PyObject* array_copy(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  static constexpr const char* parameters[] = {"order"};
  PyObject* given = nullptr;
  char order = 'C';
  if (!is_native_array(self) || !bind_arguments(args, n, names, parameters, &given) ||
      (given && !order_argument(given, order)))
    return method_fallback("copy", self, args, n, names);
  return guarded([&]() -> PyObject* {
    const Layout& layout = layout_of(as_array(self)->handle);
    return own_copy(as_array(self), ordered_like(order, layout, layout.itemsize));
  });
}

struct CastCall {
  DType dtype = DType::none;
  char order = 'K';
  Casting casting = Casting::unsafe;
  bool copies = true;
};

// astype(dtype, order='K', casting='unsafe', subok=True, copy=True)
bool parse_cast(PyObject* const* args, Py_ssize_t n, PyObject* names, CastCall& call) {
  PyObject* given[5] = {};
  static constexpr const char* parameters[] = {"dtype", "order", "casting", "subok", "copy"};
  if (!bind_arguments(args, n, names, parameters, given)) return false;
  if (!given[0] || !dtype_argument(given[0], call.dtype)) return false;
  if (given[0] == Py_None) call.dtype = DType::float64;
  if (given[1] && !order_argument(given[1], call.order)) return false;
  if (given[2] && !casting_argument(given[2], call.casting)) return false;
  if (given[4] && !PyBool_Check(given[4]) && !PyLong_Check(given[4])) return false;
  call.copies = !given[4] || PyObject_IsTrue(given[4]) == 1;
  return true;
}

PyObject* array_astype(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  CastCall call;
  if (!is_native_array(self) || !parse_cast(args, n, names, call) ||
      !can_cast(as_array(self)->handle.dtype, call.dtype, call.casting))
    return method_fallback("astype", self, args, n, names);
  ArrayObject* const array = as_array(self);
  if (!warn_discarded_imaginary_part(array->handle.dtype, call.dtype)) return nullptr;
  return guarded([&]() -> PyObject* {
    const Layout& layout = layout_of(array->handle);
    LayoutRef wanted = ordered_like(call.order, layout, size_of(call.dtype));
    const bool is_as_wanted = call.order == 'K' || (wanted->c_contiguous && layout.c_contiguous) ||
                              (wanted->f_contiguous() && layout.f_contiguous());
    if (call.dtype == array->handle.dtype)
      return !call.copies && is_as_wanted ? Py_NewRef(self) : own_copy(array, std::move(wanted));
    const bool now = begin_record(cast_op()) | is_shared(array->handle);
    Value cast = copy_as(Value::share(current_value(array->handle)), std::move(wanted), call.dtype);
    end_record(cast, now);
    return wrap(std::move(cast));
  });
}

PyObject* array_fill(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  PyObject* const value = n == 1 && !names ? args[0] : nullptr;
  if (!value || !is_native_array(self) || PyArray_Check(value) || is_exact_array(value) ||
      PySequence_Check(value))
    return method_fallback("fill", self, args, n, names);
  if (!require_writeable(as_array(self))) return nullptr;
  const int status = guarded_status([&] {
    return assign_region(as_array(self), LayoutRef::share(&layout_of(as_array(self)->handle)),
                         value);
  });
  if (status < 0) return nullptr;
  Py_RETURN_NONE;
}

// Of real numbers the array itself.
PyObject* array_conjugate(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  if (n || names || !is_native_array(self))
    return method_fallback("conjugate", self, args, n, names);
  if (!is_complex(as_array(self)->handle.dtype)) return Py_NewRef(self);
  static const OpSpec& op = op_named("conjugate");
  return guarded([&]() -> PyObject* {
    const bool now = begin_record(op) | is_shared(as_array(self)->handle);
    Value value = apply(op, {Value::share(value_of(self))});
    end_record(value, now);
    return wrap_ufunc_result(std::move(value));
  });
}

// A tuple of the columns of one array of positions, as NumPy's are.
PyObject* array_nonzero(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const int ndim = is_native_array(self) ? layout_of(as_array(self)->handle).ndim : 0;
  if (n || names || ndim == 0) return method_fallback("nonzero", self, args, n, names);
  static const OpSpec& op = op_named("nonzero");
  return guarded([&]() -> PyObject* {
    const bool now = begin_record(op) | is_shared(as_array(self)->handle);
    Value rows = positions_of_true(Value::share(current_value(as_array(self)->handle)));
    end_record(rows, now);
    const Owned positions(wrap(std::move(rows)));
    Owned columns(positions ? PyTuple_New(ndim) : nullptr);
    for (int axis = 0; columns && axis < ndim; ++axis) {
      PyObject* const column = derive_view(as_array(positions.get()), [&](const Layout& from) {
        const int64_t shape[] = {from.shape_[0]}, strides[] = {from.strides_[0]};
        return make_layout(shape, strides, from.offset + axis * from.strides_[1], from.itemsize);
      });
      if (!column) return nullptr;
      PyTuple_SET_ITEM(columns.get(), axis, column);
    }
    return columns.release();
  });
}

// ---------------------------------------------------------------- plain data

struct ExportedName {
  const char* text;
};
constexpr ExportedName item_name{"item"}, tolist_name{"tolist"}, tobytes_name{"tobytes"},
    tofile_name{"tofile"}, dump_name{"dump"}, dumps_name{"dumps"};

template <const ExportedName& name>
PyObject* exported(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  const Because because("data");
  return call_exported(name.text, self, args, n, names);
}

PyObject* array_item(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  if (n || names || !is_native_array(self) || layout_of(as_array(self)->handle).size != 1)
    return exported<item_name>(self, args, n, names);
  return guarded([&]() -> PyObject* {
    const Value value = Value::share(value_of(self));
    if (!note_detached(value.node())) return nullptr;
    const Because because("number");
    const Owned scalar(scalar_of_value(value));
    return scalar ? PyObject_CallMethod(scalar.get(), "item", nullptr) : nullptr;
  });
}

constexpr int fast = METH_FASTCALL | METH_KEYWORDS;

}  // namespace

namespace {

// What NumPy's functions hand their results to, so that subclasses make them their own.
PyObject* array_wrap(PyObject* self, PyObject* const* args, Py_ssize_t n, PyObject* names) {
  if (n < 1 || n > 3 || names || !is_exact_array(args[0]))
    return method_fallback("__array_wrap__", self, args, n, names);
  if (n < 3 || args[2] != Py_True || !is_native_array(args[0]) ||
      layout_of(as_array(args[0])->handle).ndim)
    return Py_NewRef(args[0]);
  return element_at(as_array(args[0]), layout_of(as_array(args[0])->handle).offset);
}

}  // namespace

PyMethodDef array_methods[] = {
    {"__array_wrap__", as_method(array_wrap), fast, nullptr},
    {"conjugate", as_method(array_conjugate), fast, nullptr},
    {"conj", as_method(array_conjugate), fast, nullptr},
    {"reshape", as_method(array_reshape), fast, nullptr},
    {"ravel", as_method(array_ravel), fast, nullptr},
    {"flatten", as_method(array_flatten), fast, nullptr},
    {"transpose", as_method(array_transpose), fast, nullptr},
    {"view", as_method(array_view), fast, nullptr},
    {"copy", as_method(array_copy), fast, nullptr},
    {"astype", as_method(array_astype), fast, nullptr},
    {"fill", as_method(array_fill), fast, nullptr},
    {"nonzero", as_method(array_nonzero), fast, nullptr},
    {"item", as_method(array_item), fast, nullptr},
    {"tolist", as_method(exported<tolist_name>), fast, nullptr},
    {"tobytes", as_method(exported<tobytes_name>), fast, nullptr},
    {"tofile", as_method(exported<tofile_name>), fast, nullptr},
    {"dump", as_method(exported<dump_name>), fast, nullptr},
    {"dumps", as_method(exported<dumps_name>), fast, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace lazynp::python
