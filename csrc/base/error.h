// Errors carry the Python exception class they become; the core itself knows no Python.
#pragma once
#include <stdexcept>
#include <string>

namespace lazynp {

enum class ErrorClass : uint8_t {
  value,
  type,
  index,
  axis,
  overflow,
  zero_division,
  memory,
  linear_algebra,
  casting,
  lazy,
  history_released,
  no_gradient,
  interrupted,
  not_implemented,
};

struct Error : std::runtime_error {
  Error(ErrorClass error_class, const std::string& text)
      : std::runtime_error(text), error_class(error_class) {}
  ErrorClass error_class;
};

[[noreturn]] inline void fail(ErrorClass error_class, const std::string& text) {
  throw Error(error_class, text);
}

[[noreturn]] void broken_invariant(const char* condition, const char* file, int line);
// A broken invariant is our mistake, never the user's.
#define LNP_ASSERT(condition) \
  ((condition) ? (void)0 : ::lazynp::broken_invariant(#condition, __FILE__, __LINE__))

}  // namespace lazynp
