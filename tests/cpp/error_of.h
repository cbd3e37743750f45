// What a call of the core throws.
#pragma once
#include <string>

#include "csrc/base/error.h"

namespace lazynp {

inline std::string error_of(auto&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace lazynp
