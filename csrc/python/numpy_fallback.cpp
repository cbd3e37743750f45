// NumPy does the work at once: lend it our arrays, call it, take its results, count the call.
// No Python frame stands between the caller and NumPy, so that warnings name the caller's line.
#include "csrc/python/numpy_fallback.h"

#include <cstddef>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>
#include <structmember.h>

#include "csrc/python/array_parts.h"
#include "csrc/python/loans.h"
#include "csrc/python/numpy_text.h"
#include "csrc/python/observation.h"
#include "csrc/python/python_errors.h"
#include "csrc/python/record_state.h"
#include "csrc/python/runtime_lock.h"
#include "csrc/python/source_position.h"
#include "csrc/python/write_warnings.h"

namespace lazynp::python {
namespace {

extern "C" PyObject* call_function(PyObject* self, PyObject* const* args, size_t n_args,
                                   PyObject* names);

// ------------------------------------------------------------------ counting

struct Count {
  int64_t n_calls = 0, n_bytes = 0;
};
using Counts = std::map<std::pair<PyObject*, uint32_t>, Count>;  // by callable and source position
Counts& counts() {
  static auto* const map = new Counts;  // holds Python objects
  return *map;
}
PyObject* policy = nullptr;  // what to ask before NumPy works; nullptr: nothing

// The callable under which a call is counted, borrowed, which is kept for ever: the same one for
// every `ufunc.at` and `r_.__getitem__`, which are new objects at each look, and one for all ufuncs
// that a program makes of Python functions.
PyObject* counted_as(PyObject* callable) {
  static auto* const known = new Owned(PyDict_New());
  static auto* const frompyfunc = new Owned(numpy_name("frompyfunc"));
  if (PyMethod_Check(callable)) callable = PyMethod_GET_FUNCTION(callable);
  PyObject* const owner = PyCFunction_Check(callable) ? PyCFunction_GET_SELF(callable) : callable;
  if (owner && PyObject_TypeCheck(owner, &PyUFunc_Type) &&
      reinterpret_cast<PyUFuncObject*>(owner)->obj)
    return frompyfunc->get();
  PyObject* const same = PyDict_SetDefault(known->get(), callable, callable);
  if (!same) clear_error();  // it has no hash
  return same ? same : callable;
}

// False: the policy raised.
int64_t n_counted = 0;  // all rows together

bool count(PyObject* callable, int64_t n_bytes, ObservedCall& observed) {
  observed.counts_as(callable, n_bytes);
  const auto [entry, is_new] = counts().try_emplace({counted_as(callable), current_source()});
  if (is_new) Py_INCREF(entry->first.first);
  entry->second.n_calls += 1;
  ++n_counted;
  entry->second.n_bytes += n_bytes;
  if (!policy) return true;
  return bool(
      Owned(PyObject_CallFunction(policy, "OL", callable, static_cast<long long>(n_bytes))));
}

int64_t bytes_of(const Loans& loans) {
  int64_t n_bytes = 0;
  for (const Loan& loan : loans)
    n_bytes += PyArray_NBYTES(reinterpret_cast<PyArrayObject*>(loan.theirs.get()));
  return n_bytes;
}

// ------------------------------------------------------------------ the call

// How NumPy is called: what is counted, and what NumPy may look at.
struct Service {
  bool is_counted = true;
  int n_layouts = 0;  // of so many arguments only the layouts
};

PyObject* serve_array_likes(PyObject* callable, PyObject* const* args, size_t n_args,
                            PyObject* names, Service service);

// Arrays of objects hold the objects themselves, not what stood for them.
bool put_array_likes_back(PyObject* x) {
  if (!PyArray_Check(x) || PyArray_TYPE(reinterpret_cast<PyArrayObject*>(x)) != NPY_OBJECT)
    return true;
  return bool(Owned(PyObject_CallMethod(array_like_class, "put_back", "O", x)));
}

bool holds_objects(PyObject* x) {
  auto* const array = reinterpret_cast<PyArrayObject*>(x);
  constexpr int max_axes = 32;  // of NumPy's iterator
  return PyArray_Check(x) && PyArray_TYPE(array) == NPY_OBJECT && PyArray_ISALIGNED(array) &&
         PyArray_NDIM(array) <= max_axes;
}

// Arrays of objects hold the arrays of ours that were stored in them, not what NumPy got for them.
// Those without axes stay NumPy's, which takes them for scalars where it casts the objects.
bool put_loans_back(PyObject* x, const Loans& loans) {
  if (loans.empty() || !holds_objects(x)) return true;
  std::unordered_map<PyObject*, PyObject*> ours_of;
  for (const Loan& loan : loans)
    if (!loan.is_phantom && PyArray_NDIM(reinterpret_cast<PyArrayObject*>(loan.theirs.get())) > 0)
      ours_of.emplace(loan.theirs.get(), loan.ours.get());
  const Owned iterator(PyArray_IterNew(x));
  if (!iterator) return false;
  while (PyArray_ITER_NOTDONE(iterator.get())) {
    auto& element = *static_cast<PyObject**>(PyArray_ITER_DATA(iterator.get()));
    const auto found = ours_of.find(element);
    if (found != ours_of.end()) Py_DECREF(std::exchange(element, Py_NewRef(found->second)));
    PyArray_ITER_NEXT(iterator.get());
  }
  return true;
}

// NumPy warned of a write, and warns of it once.
void note_warned_writes(const Loans& loans) {
  for (const Loan& loan : loans) {
    auto* const theirs = reinterpret_cast<PyArrayObject*>(loan.theirs.get());
    if (is_native_array(loan.ours.get()) && warns_on_write(as_array(loan.ours.get())) &&
        !loan.is_phantom && !PyArray_CHKFLAGS(theirs, numpys_warning_flag)) {
      set_warns_on_write(as_array(loan.ours.get()), false);
      as_array(loan.ours.get())->handle.writeable = true;
    }
  }
}

bool put_loans_back_everywhere(PyObject* result, const Loans& loans) {
  for (const Loan& loan : loans)
    if (!put_loans_back(loan.theirs.get(), loans)) return false;
  return put_loans_back(result, loans);
}

// What the stand-ins got from their objects counts as lent.
bool note_loans_of_array_likes(Loans& loans, PyObject* result) {
  if (!put_array_likes_back(result)) return false;
  for (const Loan& loan : loans)
    if (!put_array_likes_back(loan.theirs.get())) return false;
  for (const Owned& array_like : loans.array_likes) {
    const Owned pairs(PyObject_GetAttrString(array_like.get(), "loans"));
    for (Py_ssize_t i = 0; pairs && i < PyList_GET_SIZE(pairs.get()); ++i) {
      PyObject* const pair = PyList_GET_ITEM(pairs.get(), i);
      loans.emplace_back(Py_NewRef(PyTuple_GET_ITEM(pair, 0)),
                         Py_NewRef(PyTuple_GET_ITEM(pair, 1)));
    }
    if (!pairs) return false;
  }
  return true;
}

// Vectorcall arguments; `names` as in vectorcall. NumPy works on what was lent.
PyObject* serve(PyObject* callable, PyObject* const* args, size_t n_args, PyObject* names,
                Service service, bool with_array_likes = false, bool with_scalar_values = false) {
  const Py_ssize_t n_total = PyVectorcall_NARGS(n_args) + (names ? PyTuple_GET_SIZE(names) : 0);
  Loans loans;
  loans.only_layouts = service.n_layouts > 0;
  loans.with_array_likes = with_array_likes;
  loans.with_scalar_values = with_scalar_values;
  std::vector<Owned> lent;
  std::vector<PyObject*> borrowed;
  lent.reserve(n_total);
  borrowed.reserve(n_total);
  for (Py_ssize_t i = 0; i < n_total; ++i) {
    // Indices, shapes and axes that follow the array are read by NumPy.
    loans.only_layouts = i < service.n_layouts;
    const Because because("numpy");
    lent.emplace_back(lend(args[i], loans));
    if (!lent.back()) return nullptr;
    borrowed.push_back(lent.back().get());
  }
  ObservedCall observed;
  if (service.is_counted && !with_array_likes && !loans.empty() &&
      !count(callable, bytes_of(loans), observed))
    return nullptr;
  if (with_array_likes && loans.array_likes.empty()) return nullptr;
  Owned result(stopping_at_exit([&] {
    return PyObject_Vectorcall(callable, borrowed.data(), PyVectorcall_NARGS(n_args), names);
  }));
  if (!result) {
    const bool is_again = !with_array_likes && is_array_like_refused();
    return is_again ? serve_array_likes(callable, args, n_args, names, service) : nullptr;
  }
  // NumPy makes an array of a scalar: no view of ours, but its value.
  if (loans.lent_scalar_layouts && holds_array(result.get()))
    return serve(callable, args, n_args, names, service, with_array_likes, true);
  if (with_array_likes && !note_loans_of_array_likes(loans, result.get())) return nullptr;
  if (!put_loans_back_everywhere(result.get(), loans)) return nullptr;
  note_warned_writes(loans);
  if (service.is_counted && loans.empty() && PyArray_CheckExact(result.get()) &&
      !count(callable, PyArray_NBYTES(reinterpret_cast<PyArrayObject*>(result.get())), observed)) {
    return nullptr;
  }
  const bool is_unshared = Py_REFCNT(result.get()) == 1;
  return take(std::move(result), loans, is_unshared);
}

// Once more after NumPy refused an array of ours; its error stands where nothing can be done.
PyObject* serve_array_likes(PyObject* callable, PyObject* const* args, size_t n_args,
                            PyObject* names, Service service) {
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  PyObject* const result = serve(callable, args, n_args, names, service, true);
  if (result || PyErr_Occurred()) {
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
  } else {
    PyErr_Restore(type, value, trace);
  }
  return result;
}

// The same with a tuple and a dict.
PyObject* serve_with(PyObject* callable, PyObject* args, PyObject* kwargs, Service service) {
  std::vector<PyObject*> all(PySequence_Fast_ITEMS(args),
                             PySequence_Fast_ITEMS(args) + PyTuple_GET_SIZE(args));
  const size_t n_positional = all.size();
  if (!kwargs || PyDict_GET_SIZE(kwargs) == 0)
    return serve(callable, all.data(), n_positional, nullptr, service);
  const Owned names(PyTuple_New(PyDict_GET_SIZE(kwargs)));
  if (!names) return nullptr;
  PyObject *key, *value;
  for (Py_ssize_t position = 0, i = 0; PyDict_Next(kwargs, &position, &key, &value); ++i) {
    PyTuple_SET_ITEM(names.get(), i, Py_NewRef(key));
    all.push_back(value);
  }
  return serve(callable, all.data(), n_positional, names.get(), service);
}

// ------------------------------------------------------------------ a function of our namespace

struct FunctionObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* numpy;       // NumPy's function
  PyObject* native;      // tried first; answers NotImplemented where it does not apply; or null
  PyObject* text;        // tried next: what NumPy wrote in Python, over our functions; or null
  PyObject* attributes;  // __dict__
  PyObject* weak_references;
  Service service;
  bool errors_stand;  // of the text: it calls functions of the user, once
  bool binds;         // becomes a method when found in a class, as Python functions do
};

FunctionObject& as_function(PyObject* self) { return *reinterpret_cast<FunctionObject*>(self); }

// Whether the text of NumPy's that runs has issued a warning, which NumPy would issue again.
thread_local bool text_has_warned = false;

// Errors of the native way that stand: of laziness itself, those that NumPy cannot help, and those
// that an event raised under the caller's errstate, or under that of NumPy's text.
bool is_final_error() {
  if (!PyErr_ExceptionMatches(PyExc_Exception) || PyErr_ExceptionMatches(PyExc_MemoryError))
    return true;
  return PyErr_ExceptionMatches(lazy_error) || is_marked_final();
}

// nullptr without an exception: the way does not apply, or it failed and NumPy decides: its error,
// in its words, or its result.
PyObject* try_way(PyObject* way, PyObject* const* args, size_t n_args, PyObject* names,
                  bool errors_stand = false, bool is_text = false) {
  PyObject* const result =
      stopping_at_exit([&] { return PyObject_Vectorcall(way, args, n_args, names); });
  if (result && result != Py_NotImplemented) return result;
  errors_stand |= is_text && text_has_warned;
  if (!result && (errors_stand || is_final_error())) return nullptr;
  clear_error();
  Py_XDECREF(result);
  return nullptr;
}

extern "C" PyObject* call_function(PyObject* self, PyObject* const* args, size_t n_args,
                                   PyObject* names) {
  const FunctionObject& function = as_function(self);
  return guarded([&]() -> PyObject* {
    if (function.native) {
      PyObject* const result = try_way(function.native, args, n_args, names);
      if (result || PyErr_Occurred()) return result;
    }
    if (function.text) {
      PyObject* const result = try_text(function.text, args, n_args, names, function.errors_stand);
      if (result || PyErr_Occurred()) return result;
    }
    return serve(function.numpy, args, n_args, names, function.service);
  });
}

PyObject* new_function(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static const char* names[] = {"numpy_function", "native", "binds",        "counted",
                                "n_layouts",      "text",   "errors_stand", nullptr};
  PyObject *numpy, *native = Py_None, *text = Py_None;
  int binds = 1, is_counted = 1, n_layouts = 0, errors_stand = 0;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|OppiOp", const_cast<char**>(names), &numpy,
                                   &native, &binds, &is_counted, &n_layouts, &text,
                                   &errors_stand)) {
    return nullptr;
  }
  PyObject* const self = type->tp_alloc(type, 0);
  if (!self) return nullptr;
  FunctionObject& function = as_function(self);
  function.vectorcall = call_function;
  function.numpy = Py_NewRef(numpy);
  function.native = native == Py_None ? nullptr : Py_NewRef(native);
  function.text = text == Py_None ? nullptr : Py_NewRef(text);
  function.service = {is_counted != 0, n_layouts};
  function.errors_stand = errors_stand != 0;
  function.binds = binds != 0;
  return self;
}

int traverse_function(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(as_function(self).numpy);
  Py_VISIT(as_function(self).native);
  Py_VISIT(as_function(self).text);
  Py_VISIT(as_function(self).attributes);
  return 0;
}

int clear_function(PyObject* self) {
  Py_CLEAR(as_function(self).native);
  Py_CLEAR(as_function(self).text);
  Py_CLEAR(as_function(self).attributes);
  return 0;
}

void free_function(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  if (as_function(self).weak_references) PyObject_ClearWeakRefs(self);
  clear_function(self);
  Py_CLEAR(as_function(self).numpy);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* bind_function(PyObject* self, PyObject* instance, PyObject*) {
  if (!as_function(self).binds || !instance || instance == Py_None) return Py_NewRef(self);
  return PyMethod_New(self, instance);
}

PyObject* describe_function(PyObject* self) {
  Owned name(PyObject_GetAttrString(self, "__qualname__"));
  if (!name) return nullptr;
  const char* const kind = as_function(self).binds ? "function" : "built-in function";
  return PyUnicode_FromFormat("<%s %U at %p>", kind, name.get(), static_cast<void*>(self));
}

// What was not set on the function (__text_signature__, __code__ ...) is that of NumPy's.
PyObject* get_attribute(PyObject* self, PyObject* name) {
  PyObject* const own = PyObject_GenericGetAttr(self, name);
  if (own || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own;
  clear_error();
  return PyObject_GetAttr(as_function(self).numpy, name);
}

// Pickled and copied by name, like any function.
PyObject* reduce_function(PyObject* self, PyObject*) {
  return PyObject_GetAttrString(self, "__qualname__");
}

// Equal to NumPy's function, so that a table keyed by one is found by the other: programs that
// implement __array_function__ register np.sum and are asked for numpy.sum.
Py_hash_t hash_function(PyObject* self) { return PyObject_Hash(as_function(self).numpy); }

PyObject* compare_function(PyObject* self, PyObject* other, int comparison) {
  if (comparison != Py_EQ && comparison != Py_NE) Py_RETURN_NOTIMPLEMENTED;
  PyObject* const numpy = Py_TYPE(other) == Py_TYPE(self) ? as_function(other).numpy : other;
  return PyBool_FromLong((as_function(self).numpy == numpy) == (comparison == Py_EQ));
}

PyMethodDef function_methods[] = {{"__reduce__", reduce_function, METH_NOARGS, nullptr}, {}};
PyMemberDef function_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(FunctionObject, attributes), READONLY, nullptr},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(FunctionObject, weak_references), READONLY,
     nullptr},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(FunctionObject, vectorcall), READONLY, nullptr},
    {"__numpy__", T_OBJECT, offsetof(FunctionObject, numpy), READONLY, nullptr},
    {"__native__", T_OBJECT, offsetof(FunctionObject, native), READONLY, nullptr},
    {"__text__", T_OBJECT, offsetof(FunctionObject, text), READONLY, nullptr},
    {}};
PyGetSetDef function_attributes[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr}, {}};

template <class F> void* slot(F* function) { return reinterpret_cast<void*>(function); }

PyType_Slot function_slots[] = {
    {Py_tp_new, slot(new_function)},           {Py_tp_dealloc, slot(free_function)},
    {Py_tp_traverse, slot(traverse_function)}, {Py_tp_clear, slot(clear_function)},
    {Py_tp_call, slot(PyVectorcall_Call)},     {Py_tp_descr_get, slot(bind_function)},
    {Py_tp_repr, slot(describe_function)},     {Py_tp_getattro, slot(get_attribute)},
    {Py_tp_hash, slot(hash_function)},         {Py_tp_richcompare, slot(compare_function)},
    {Py_tp_methods, function_methods},         {Py_tp_members, function_members},
    {Py_tp_getset, function_attributes},       {0, nullptr}};
PyType_Spec function_spec = {"lazynp._core.function", sizeof(FunctionObject), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
                             function_slots};

// ------------------------------------------------------------------ what Python sees

// warnings.warn for NumPy's texts, without a frame of its own.
PyObject* warn_in_text(PyObject*, PyObject* const* args, Py_ssize_t n_args, PyObject* names) {
  static auto* const warn = new Owned(imported("warnings", "warn"));
  text_has_warned = true;
  return *warn ? PyObject_Vectorcall(warn->get(), args, static_cast<size_t>(n_args), names)
               : nullptr;
}

PyObject* call_numpy_once(PyObject*, PyObject* args, PyObject* kwargs) {
  static const char* names[] = {"callable", "args", "kwargs", "counted", nullptr};
  PyObject *callable, *arguments, *keywords = Py_None;
  int is_counted = 1;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO!|Op", const_cast<char**>(names), &callable,
                                   &PyTuple_Type, &arguments, &keywords, &is_counted)) {
    return nullptr;
  }
  PyObject* const given = keywords == Py_None ? nullptr : keywords;
  return guarded([&] { return serve_with(callable, arguments, given, {is_counted != 0, 0}); });
}

PyObject* lend_one(PyObject*, PyObject* x) {
  return guarded([&] {
    Loans loans;
    return lend(x, loans);
  });
}

PyObject* take_one(PyObject*, PyObject* x) {
  return guarded([&] { return take(Owned(Py_NewRef(x)), {}, false); });
}

PyObject* lend_as(PyObject*, PyObject* args) {
  PyObject *ours, *theirs;
  if (!PyArg_ParseTuple(args, "OO", &ours, &theirs)) return nullptr;
  const auto [entry, is_new] = stand_ins().try_emplace(ours, theirs);
  if (is_new) {
    Py_INCREF(ours);
    Py_INCREF(theirs);
  }
  Py_RETURN_NONE;
}

PyObject* set_array_like_class(PyObject*, PyObject* type) {
  Py_XSETREF(array_like_class, Py_NewRef(type));
  Py_RETURN_NONE;
}

PyObject* set_policy(PyObject*, PyObject* callable) {
  Py_XSETREF(policy, callable == Py_None ? nullptr : Py_NewRef(callable));
  Py_RETURN_NONE;
}

PyObject* list_counts(PyObject*, PyObject*) {
  Owned rows(PyList_New(0));
  if (!rows) return nullptr;
  for (const auto& [key, count] : counts()) {
    const SourcePosition position = source_position(key.second);
    Owned row(Py_BuildValue("(OOiLL)", key.first, position.file ? position.file : Py_None,
                            position.line, static_cast<long long>(count.n_calls),
                            static_cast<long long>(count.n_bytes)));
    if (!row || PyList_Append(rows.get(), row.get()) < 0) return nullptr;
  }
  return rows.release();
}

PyMethodDef module_functions[] = {
    {"call_numpy", reinterpret_cast<PyCFunction>(slot(call_numpy_once)),
     METH_VARARGS | METH_KEYWORDS,
     "Calls a NumPy function on our arrays; its results are wrapped."},
    {"lend", lend_one, METH_O, "The object with ndarrays in place of our arrays."},
    {"take", take_one, METH_O, "The object with our arrays, aliasing, in place of ndarrays."},
    {"warn_in_text", reinterpret_cast<PyCFunction>(slot(warn_in_text)),
     METH_FASTCALL | METH_KEYWORDS, "warnings.warn, after which an error of the text stands."},
    {"lend_as", lend_as, METH_VARARGS, "Sets what NumPy gets for an object of ours."},
    {"set_array_like_class", set_array_like_class, METH_O,
     "Sets what makes the stand-in for an object whose __array__ returns an array of ours."},
    {"set_fallback", set_policy, METH_O,
     "Sets what is asked, with (callable, n_bytes), before NumPy works."},
    {"n_fallbacks", [](PyObject*, PyObject*) { return PyLong_FromLongLong(n_counted); },
     METH_NOARGS, "Number of calls that NumPy served."},
    {"fallback_counts", list_counts, METH_NOARGS,
     "(callable, file, line, calls, bytes) per place."},
    {}};

}  // namespace

PyObject* try_text(PyObject* text, PyObject* const* args, size_t n_args, PyObject* names,
                   bool errors_stand) {
  const Py_ssize_t n_names = names ? PyTuple_GET_SIZE(names) : 0;
  if (!suits_text(args, PyVectorcall_NARGS(n_args) + n_names)) return nullptr;
  const bool had_warned = std::exchange(text_has_warned, false);
  Owned result(try_way(text, args, n_args, names, errors_stand, true));
  text_has_warned |= had_warned;
  if (!result || is_exact_array(result.get())) return result.release();
  // What the text has from a method of a list's array, or imports itself, is NumPy's.
  const bool is_unshared = Py_REFCNT(result.get()) == 1;
  return take(std::move(result), {}, is_unshared);
}

bool is_array_like_refused() {
  if (!PyErr_ExceptionMatches(PyExc_ValueError)) return false;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  const Owned text(value ? PyObject_Str(value) : nullptr);
  const char* const words = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
  const bool is_refused = words && std::strstr(words, "object __array__ method not producing");
  PyErr_Restore(type, value, trace);
  return is_refused;
}

PyObject* fallback_call(PyObject* numpy_callable, PyObject* args, PyObject* kwargs) {
  return guarded([&] { return serve_with(numpy_callable, args, kwargs, {}); });
}

bool init_numpy_fallback(PyObject* module) {
  if (!import_numpy()) return false;
  Owned type(PyType_FromSpec(&function_spec));
  return type && PyModule_AddObjectRef(module, "function", type.get()) == 0 &&
         PyModule_AddFunctions(module, module_functions) == 0;
}

}  // namespace lazynp::python
