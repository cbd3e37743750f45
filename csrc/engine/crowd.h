// Whether other programs want the cores that workers would run on.
#pragma once
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

namespace lazynp {

using Clock = std::chrono::steady_clock;

// For how long since the beginning this thread could not run.
class Stopwatch {
 public:
  Clock::duration kept_from_core() const {
    return Clock::now() - begin_ - (on_core() - on_core_before_);
  }

 private:
  static Clock::duration on_core() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
  Clock::time_point begin_ = Clock::now();
  Clock::duration on_core_before_ = on_core();
};

// Other programs on the same cores. A worker that loses its core in the middle of a chunk keeps the
// caller waiting for milliseconds, and a caller that has to share its core gets less of it the more
// its workers take elsewhere. Jobs do without workers for a while then, and for twice as long where
// it is found again.
class Crowd {
 public:
  bool is_here() const {
    const Clock::duration until = until_;
    return until != Clock::duration{} && Clock::now().time_since_epoch() < until;
  }
  // After each job, by its caller: how long it worked, and waited for workers in the end; and the
  // longest time that one of them was kept from its core.
  void note(Clock::duration worked, Clock::duration waited, Clock::duration kept_from_core) {
    const Clock::duration now = Clock::now().time_since_epoch();
    const bool stalls = waited > std::chrono::microseconds(100) && waited > worked / 2 &&
                        kept_from_core > waited / 2;
    if (stalls || is_interrupted_often(now)) {
      pause_ = std::clamp(2 * pause_, shortest, longest);
      until_ = now + pause_;
      last_look_ = {};
    } else if (now - until_.load() > longest) {
      pause_ = {};
    }
  }

 private:
  static constexpr Clock::duration shortest = std::chrono::milliseconds(40),
                                   longest = std::chrono::milliseconds(640);

  // Whether others took the caller's core more than once in 10 ms since the last look at that.
  bool is_interrupted_often(Clock::duration now) {
#if defined(__linux__)
    constexpr Clock::duration least = std::chrono::milliseconds(4), most = 10 * least;
    const Clock::duration since = now - last_look_;
    if (since < least) return false;
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    const int64_t taken = usage.ru_nivcsw - n_taken_;
    const bool is_often = since < most && looked_at_ == std::this_thread::get_id() &&
                          taken > 1 + since / std::chrono::milliseconds(10);
    looked_at_ = std::this_thread::get_id();
    n_taken_ = usage.ru_nivcsw;
    last_look_ = now;
    return is_often;
#else
    return false;
#endif
  }

  Clock::duration pause_{}, last_look_{};
  std::thread::id looked_at_;  // whose core n_taken_ counts
  int64_t n_taken_ = 0;
  std::atomic<Clock::duration> until_{};
};

}  // namespace lazynp
