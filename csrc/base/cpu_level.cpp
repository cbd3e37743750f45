#include "csrc/base/cpu_level.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "csrc/base/error.h"

namespace lazynp {

namespace {

CpuLevel best_level() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return CpuLevel::v4;
  if (__builtin_cpu_supports("x86-64-v3")) return CpuLevel::v3;
#endif
  return CpuLevel::baseline;
}

CpuLevel chosen_level() {
  const char* const text = std::getenv("LAZYNP_CPU");
  if (!text || !*text) return best_level();
  for (const CpuLevel level : {CpuLevel::baseline, CpuLevel::v3, CpuLevel::v4})
    if (std::string_view(text) == name_of(level)) return std::min(level, best_level());
  fail(ErrorClass::value,
       "lazynp: LAZYNP_CPU is '" + std::string(text) + "'; use x86-64-v2, x86-64-v3 or x86-64-v4");
}

}  // namespace

const char* name_of(CpuLevel level) {
  switch (level) {
    case CpuLevel::v4: return "x86-64-v4";
    case CpuLevel::v3: return "x86-64-v3";
    case CpuLevel::baseline: break;
  }
#if defined(__aarch64__)
  return "aarch64";
#else
  return "x86-64-v2";
#endif
}

CpuLevel cpu_level() {
  static const CpuLevel level = chosen_level();
  return level;
}

}  // namespace lazynp
