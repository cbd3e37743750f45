// The harness itself: a failing check, a wrong value and an escaping exception must all be counted.
#include "tests/cpp/check.h"

#include <stdexcept>

namespace {

// Runs a body under the harness and returns the number of checks that failed in it.
int failures_of(void (*body)()) {
  const int before = check::state().n_failed_checks;
  check::state().prints = false;
  check::passes({"inner", __FILE__, body});
  check::state().prints = true;
  const int found = check::state().n_failed_checks;
  check::state().n_failed_checks = before;
  return found;
}

}  // namespace

TEST(check_counts_failures) {
  CHECK(failures_of([] { CHECK(1 + 1 == 3); }) == 1);
  CHECK(failures_of([] { CHECK_EQUAL(2, 3); }) == 1);
  CHECK(failures_of([] { CHECK_THROWS(1 + 1, std::exception); }) == 1);
  CHECK(failures_of([] { throw std::runtime_error("escapes"); }) == 1);
}

TEST(check_accepts_what_holds) {
  CHECK(1 + 1 == 2);
  CHECK_EQUAL(std::string("a"), "a");
  CHECK_THROWS(throw std::out_of_range("x"), std::out_of_range);
}
