// Interns the position of the running Python instruction: a pointer compare when it was seen
// before.
#include <Python.h>
#if PY_VERSION_HEX < 0x030C0000
#undef HAVE_STD_ATOMIC  // C's <stdatomic.h> is no C++; the same layout without it
#undef _PyGC_FINALIZED  // defined a second time, alike
#define Py_BUILD_CORE
#include <internal/pycore_frame.h>
#include <internal/pycore_pystate.h>
#undef Py_BUILD_CORE
#endif
#include <frameobject.h>

#include <unordered_map>
#include <vector>

#include "csrc/python/source_position.h"

namespace lazynp::python {

CachedSource cached_sources[n_cached_sources];

namespace {

// One instruction of one code object. The table holds the code object, so that its address and its
// instructions stay unique; it is bounded, because programs may generate code without end.
struct Position {
  PyObject* code;
  PyObject* module;
  int lasti;
};
constexpr size_t max_positions = 1 << 16;
struct SourceHash {
  size_t operator()(const SourceKey& key) const { return source_hash(key); }
};

struct Table {
  std::vector<Position> positions{{nullptr, nullptr, 0}};
  std::unordered_map<SourceKey, uint32_t, SourceHash> ids;
};
Table& table() {
  static Table* the_table = new Table;  // never destroyed: it holds Python objects
  return *the_table;
}

bool is_own_module(PyObject* module) {
  if (!module || !PyUnicode_Check(module)) return false;
  const char* name = PyUnicode_AsUTF8(module);
  if (!name) {
    PyErr_Clear();
    return false;
  }
  const std::string_view text(name);
  return text == "lazynp" || text.starts_with("lazynp.");
}

// `globals` is borrowed. Slow path: an instruction that the cache does not hold.
uint32_t intern(const SourceKey& key, PyObject* code, int lasti, PyObject* globals) {
  Table& known = table();
  auto found = known.ids.find(key);
  if (found == known.ids.end()) {
    if (known.positions.size() >= max_positions) return 0;
    static PyObject* dunder_name = PyUnicode_InternFromString("__name__");
    PyObject* module = globals ? PyDict_GetItem(globals, dunder_name) : nullptr;
    Py_XINCREF(module);
    Py_INCREF(code);
    const bool own = is_own_module(module);
    const uint32_t id = own ? own_source : static_cast<uint32_t>(known.positions.size());
    known.positions.push_back({code, module, lasti});
    found = known.ids.emplace(key, id).first;
  }
  cached_sources[source_hash(key) % n_cached_sources] = {key, found->second};
  return found->second;
}

inline uint32_t cached_or(const SourceKey& key, auto&& slow) {
  const CachedSource& cached = cached_sources[source_hash(key) % n_cached_sources];
  return key.code && cached.key == key ? cached.id : slow();
}

#if PY_VERSION_HEX < 0x030C0000
uint32_t walk_frames() {
  PyThreadState* const state = _PyThreadState_GET();
  if (!state || !state->cframe) return 0;
  for (_PyInterpreterFrame* frame = state->cframe->current_frame; frame; frame = frame->previous) {
    const SourceKey key{frame->prev_instr, 0};  // an address inside the code object
    const uint32_t id = cached_or(key, [&] {
      return intern(key, reinterpret_cast<PyObject*>(frame->f_code),
                    _PyInterpreterFrame_LASTI(frame) * static_cast<int>(sizeof(_Py_CODEUNIT)),
                    frame->f_globals);
    });
    if (id != own_source) return id;
  }
  return 0;
}
#else
uint32_t id_of_frame(PyFrameObject* frame) {
  PyCodeObject* const code = PyFrame_GetCode(frame);
  const SourceKey key{code, PyFrame_GetLasti(frame)};
  const uint32_t id = cached_or(key, [&] {
    PyObject* const globals = PyFrame_GetGlobals(frame);
    const uint32_t interned =
        intern(key, reinterpret_cast<PyObject*>(code), static_cast<int>(key.offset), globals);
    Py_XDECREF(globals);
    return interned;
  });
  Py_DECREF(code);
  return id;
}

uint32_t walk_frame_objects() {
  PyFrameObject* frame = PyThreadState_GetFrame(PyThreadState_Get());
  uint32_t id = own_source;
  while (frame && (id = id_of_frame(frame)) == own_source) {
    PyFrameObject* const caller = PyFrame_GetBack(frame);
    Py_DECREF(frame);
    frame = caller;
  }
  Py_XDECREF(frame);
  return id == own_source ? 0 : id;
}

uint32_t walk_frames() {
#if PY_VERSION_HEX < 0x030D0000
  PyThreadState* const state = _PyThreadState_UncheckedGet();
  if (!state) return 0;
  _PyInterpreterFrame* const frame = state->cframe ? state->cframe->current_frame : nullptr;
#else
  PyThreadState* const state = PyThreadState_GetUnchecked();
  if (!state) return 0;
  _PyInterpreterFrame* const frame = state->current_frame;
#endif
  if (!frame) return 0;
  PyObject* const code = PyUnstable_InterpreterFrame_GetCode(frame);
  const SourceKey key{code, PyUnstable_InterpreterFrame_GetLasti(frame)};
  Py_XDECREF(code);
  const uint32_t id = cached_or(key, walk_frame_objects);
  return id == own_source ? walk_frame_objects() : id;
}
#endif

}  // namespace

uint32_t current_source() { return walk_frames(); }

SourcePosition source_position(uint32_t id) {
  const Table& known = table();
  if (id == 0 || id >= known.positions.size()) return {};
  const Position& position = known.positions[id];
  auto* const code = reinterpret_cast<PyCodeObject*>(position.code);
  const int line = PyCode_Addr2Line(code, position.lasti);
  return {code->co_filename, position.module, line < 0 ? 0 : line};
}

std::string source_text(uint32_t id) {
  const SourcePosition position = source_position(id);
  if (!position.file) return {};
  const char* file = PyUnicode_AsUTF8(position.file);
  if (!file) {
    PyErr_Clear();
    return {};
  }
  return std::string(file) + ":" + std::to_string(position.line);
}

}  // namespace lazynp::python
