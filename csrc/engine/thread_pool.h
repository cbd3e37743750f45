// Worker threads that callers share. Chunks are claimed; a caller never waits for an idle worker.
#pragma once
#include <cstdint>

namespace lazynp {

// body(context, begin, end) over disjoint chunks of [0, n), each at most `grain` long. Runs inline
// when called from a worker, when the pool is busy, or when one chunk is enough. Floating-point
// flags raised by workers are raised in the caller. The first exception is rethrown in the caller.
void parallel_for(int64_t n, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context);
template <class Body> void parallel_for(int64_t n, int64_t grain, const Body& body) {
  const auto call = [](void* b, int64_t begin, int64_t end) {
    (*static_cast<const Body*>(b))(begin, end);
  };
  parallel_for(n, grain, call, const_cast<Body*>(&body));
}
// While it lives, parallel_for in this thread asks between chunks whether to stop, and then throws
// Error(interrupted). nullptr: never.
class Interruptible {
 public:
  using Question = bool (*)();
  explicit Interruptible(Question is_interrupted);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  Question before_;
};
void set_num_threads(int n);
int num_threads();
void stop_threads();  // at interpreter exit; a later call starts them again

}  // namespace lazynp
