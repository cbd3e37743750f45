// NumPy's words for an array that memory cannot hold.
#include "csrc/base/allocation_error.h"

#include <cstdio>
#include <string>

#include "csrc/base/error.h"

namespace lazynp {

namespace {

// As NumPy words it: three significant digits and a binary unit.
std::string bytes_text(int64_t n_bytes) {
  static constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double amount = static_cast<double>(n_bytes);
  int unit = 0;
  while (amount >= 1024 && unit < 6) amount /= 1024, ++unit;
  char text[64];
  std::snprintf(text, sizeof text,
                unit == 0       ? "%.0f. %s"
                : amount >= 100 ? "%.0f. %s"
                : amount >= 10  ? "%.1f %s"
                                : "%.2f %s",
                amount, units[unit]);
  return text;
}

}  // namespace

void fail_to_allocate(const Layout& layout, DType dtype) {
  fail(ErrorClass::memory, "Unable to allocate " + bytes_text(layout.size * layout.itemsize) +
                               " for an array with shape " + shape_text(layout.shape()) +
                               " and data type " + info(dtype).name);
}

}  // namespace lazynp
