// Where in the user's program an op was recorded: an interned line.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstdint>
#include <string>

#include "csrc/python/interpreter_state.h"

namespace lazynp::python {

// The id of the innermost Python frame that is neither lazynp's nor NumPy's; 0 when there is none.
uint32_t current_source();

// The same with the instructions seen last at hand. A key is an address inside a code object, or
// (where frames show no addresses) the code object and the offset of the instruction.
struct SourceKey {
  const void* code = nullptr;
  int64_t offset = 0;
  bool operator==(const SourceKey&) const = default;
};
inline size_t source_hash(const SourceKey& key) {
  return (reinterpret_cast<size_t>(key.code) >> 1) + (static_cast<size_t>(key.offset) >> 1);
}
constexpr uint32_t own_source = 0xffffffffu;  // look at the caller of this frame
struct CachedSource {
  SourceKey key{};
  uint32_t id = own_source;
};
constexpr size_t n_cached_sources = 1024;
extern CachedSource cached_sources[n_cached_sources];
inline uint32_t current_source(const InterpreterMoment& now) {
  const SourceKey key{now.instruction, 0};
  const CachedSource& cached = cached_sources[source_hash(key) % n_cached_sources];
  return cached.key == key && cached.id != own_source ? cached.id : current_source();
}
// What an id stands for. `file` is a borrowed str, nullptr for 0; `line` is 0 when unknown.
struct SourcePosition {
  PyObject* file = nullptr;
  PyObject* module = nullptr;  // the module's name (str), borrowed; nullptr unknown
  int line = 0;
};
SourcePosition source_position(uint32_t id);
std::string source_text(uint32_t id);  // "file:line"; empty for 0

}  // namespace lazynp::python
