// A test harness in one header: TEST(name) { CHECK(1 + 1 == 2); } registers itself, run_tests runs.
#pragma once

#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace check {

struct Test {
  const char* name;
  const char* file;
  void (*body)();
};

struct State {
  std::vector<Test> tests;
  int n_failed_checks = 0;  // in the test that is running
  bool prints = true;       // off while the harness tests itself
};

inline State& state() {
  static State instance;
  return instance;
}

struct Registration {
  Registration(const char* name, const char* file, void (*body)()) {
    state().tests.push_back({name, file, body});
  }
};

inline void fail(const char* file, int line, const std::string& what) {
  ++state().n_failed_checks;
  if (!state().prints) return;
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, what.c_str());
}

template <typename T> std::string to_text(const T& value) {
  if constexpr (requires(std::ostream& out) { out << value; }) {
    std::ostringstream out;
    out.precision(17);
    out << value;
    return out.str();
  } else {
    return "(a value without operator<<)";
  }
}

template <typename A, typename B>
void equal(const char* file, int line, const char* text, const A& a, const B& b) {
  if (!(a == b)) fail(file, line, std::string(text) + "; got " + to_text(a) + " and " + to_text(b));
}

inline bool passes(const Test& test) {
  state().n_failed_checks = 0;
  try {
    test.body();
  } catch (const std::exception& error) {
    fail(test.file, 0, std::string("unexpected exception: ") + error.what());
  } catch (...) {
    fail(test.file, 0, "unexpected exception of unknown type");
  }
  return state().n_failed_checks == 0;
}

// Runs the tests whose name contains `filter`; 0 when at least one ran and none failed.
inline int run_tests(std::string_view filter) {
  int n_passed = 0;
  int n_failed = 0;
  for (const Test& test : state().tests) {
    if (std::string_view(test.name).find(filter) == std::string_view::npos) continue;
    if (passes(test)) {
      ++n_passed;
    } else {
      ++n_failed;
      std::fprintf(stderr, "FAILED %s (%s)\n", test.name, test.file);
    }
  }
  std::printf("%d passed, %d failed\n", n_passed, n_failed);
  return n_failed == 0 && n_passed > 0 ? 0 : 1;
}

}  // namespace check

#define TEST(name)                                                                 \
  static void test_##name();                                                       \
  static const check::Registration register_##name(#name, __FILE__, &test_##name); \
  static void test_##name()

#define CHECK(...)                                                     \
  do {                                                                 \
    if (!(__VA_ARGS__)) check::fail(__FILE__, __LINE__, #__VA_ARGS__); \
  } while (false)

#define CHECK_EQUAL(a, b) check::equal(__FILE__, __LINE__, #a " == " #b, (a), (b))

#define CHECK_THROWS(expression, Exception)                                                 \
  do {                                                                                      \
    bool threw = false;                                                                     \
    try {                                                                                   \
      static_cast<void>(expression);                                                        \
    } catch (const Exception&) {                                                            \
      threw = true;                                                                         \
    }                                                                                       \
    if (!threw) check::fail(__FILE__, __LINE__, #expression " does not throw " #Exception); \
  } while (false)
