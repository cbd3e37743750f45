// What an observer (lazynp doctor) is told while a program runs: which runs were forced, why, and
// how long they and NumPy's calls took. Nobody observes most programs, which then pay nothing.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cstdint>

namespace lazynp::python {

extern PyObject* observer;  // nullptr: nobody looks
inline bool is_observed() { return observer != nullptr; }

// Says why the values that are computed during its life are needed; the innermost one counts.
class Because {
 public:
  explicit Because(const char* why, const char* op = "") {
    if (is_observed()) [[unlikely]]
      begin(why, op);
  }
  ~Because() {
    if (is_begun_) [[unlikely]]
      end();
  }
  Because(const Because&) = delete;
  Because& operator=(const Because&) = delete;

 private:
  void begin(const char* why, const char* op);
  void end();

  const char *why_before_ = nullptr, *op_before_ = nullptr;
  bool is_begun_ = false;
};

// What the engine calls around its runs; nullptr where nobody looks.
void note_begin_of_run();
void note_end_of_run(int64_t n_operations) noexcept;

// A call of NumPy, which takes as long as this object lives; told if it counts as a fallback.
class ObservedCall {
 public:
  ObservedCall();
  ~ObservedCall();
  void counts_as(PyObject* callable, int64_t n_bytes);
  ObservedCall(const ObservedCall&) = delete;
  ObservedCall& operator=(const ObservedCall&) = delete;

 private:
  PyObject* callable_ = nullptr;
  int64_t n_bytes_ = 0;
  double begin_seconds_ = 0;
};

void note_lazy_scalar();  // a LazyScalar was made where NumPy has a scalar
void note_class_asked();  // somebody looked at the class of one, which is NumPy's

bool init_observation(PyObject* module);

}  // namespace lazynp::python
