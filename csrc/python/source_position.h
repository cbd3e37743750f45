// Where in the user's program an op was recorded: an interned (code, instruction) pair.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstdint>
#include <string>

namespace lazynp::python {

// The id of the innermost Python frame that is not lazynp's own; 0 when there is none. A few ns.
uint32_t current_source();
// What an id stands for. `file` is a borrowed str, nullptr for 0; `line` is 0 when unknown.
struct SourcePosition {
  PyObject* file = nullptr;
  PyObject* module = nullptr;  // the module's name (str), borrowed; nullptr unknown
  int line = 0;
};
SourcePosition source_position(uint32_t id);
std::string source_text(uint32_t id);  // "file:line"; empty for 0

}  // namespace lazynp::python
