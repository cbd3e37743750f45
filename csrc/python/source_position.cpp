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

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "csrc/python/source_position.h"

#include "csrc/python/array.h"

namespace lazynp::python {

CachedSource cached_sources[n_cached_sources];

namespace {

// A line of the program. What is generated without end (exec) has few file names and lines.
struct Position {
  PyObject* file;
  PyObject* module;
  int line;
};
constexpr size_t max_positions = 1 << 20;
struct SourceHash {
  size_t operator()(const SourceKey& key) const { return source_hash(key); }
};

// An instruction that was seen. The code object is held, so that its address stays unique; as there
// may be code without end, all are forgotten when there are too many.
struct Seen {
  uint32_t id;
  PyObject* code;
};
using SeenInstructions = std::unordered_map<SourceKey, Seen, SourceHash>;
constexpr size_t max_instructions = 1 << 16;

struct Table {
  std::vector<Position> positions{{nullptr, nullptr, 0}};
  std::unordered_map<std::string, uint32_t> ids;  // file, module and line -> index of the position
  SeenInstructions seen;
};
Table& table() {
  static Table* the_table = new Table;  // never destroyed: it holds Python objects
  return *the_table;
}

// Empty without an exception where it is no text.
std::string_view text_of(PyObject* object) {
  const char* const text = object && PyUnicode_Check(object) ? PyUnicode_AsUTF8(object) : nullptr;
  if (!text) clear_error();
  return text ? text : "";
}

// NumPy's Python code works for its caller, too: some of it runs over our arrays.
bool is_own_module(std::string_view name) {
  const std::string_view package = name.substr(0, name.find('.'));
  return package == "lazynp" || package == "numpy";
}

void forget_instructions(Table& known) {
  const SeenInstructions forgotten = std::exchange(known.seen, {});
  std::fill(std::begin(cached_sources), std::end(cached_sources), CachedSource{});
  for (const auto& [key, seen] : forgotten) Py_DECREF(seen.code);
}

uint32_t position_id(Table& known, PyObject* file, PyObject* module, int line) {
  std::string text(text_of(file));
  text.append(1, '\0').append(text_of(module)).append(1, '\0').append(std::to_string(line));
  const auto [entry, is_new] =
      known.ids.try_emplace(std::move(text), static_cast<uint32_t>(known.positions.size()));
  if (is_new && known.positions.size() >= max_positions) {
    known.ids.erase(entry);
    return 0;
  }
  if (is_new) known.positions.push_back({Py_NewRef(file), Py_XNewRef(module), line});
  return entry->second;
}

// `globals` is borrowed. Slow path: an instruction that the cache does not hold.
uint32_t intern(const SourceKey& key, PyObject* code, int lasti, PyObject* globals) {
  Table& known = table();
  auto found = known.seen.find(key);
  if (found == known.seen.end()) {
    if (known.seen.size() >= max_instructions) forget_instructions(known);
    static PyObject* dunder_name = PyUnicode_InternFromString("__name__");
    PyObject* const module = globals ? PyDict_GetItem(globals, dunder_name) : nullptr;
    auto* const code_object = reinterpret_cast<PyCodeObject*>(code);
    const uint32_t id = is_own_module(text_of(module))
                            ? own_source
                            : position_id(known, code_object->co_filename, module,
                                          std::max(PyCode_Addr2Line(code_object, lasti), 0));
    found = known.seen.emplace(key, Seen{id, Py_NewRef(code)}).first;
  }
  cached_sources[source_hash(key) % n_cached_sources] = {key, found->second.id};
  return found->second.id;
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
  return {position.file, position.module, position.line};
}

std::string source_text(uint32_t id) {
  const SourcePosition position = source_position(id);
  if (!position.file) return {};
  const char* file = PyUnicode_AsUTF8(position.file);
  if (!file) {
    clear_error();
    return {};
  }
  return std::string(file) + ":" + std::to_string(position.line);
}

}  // namespace lazynp::python
