// The pool: one job at a time, chunks claimed from an epoch-tagged counter.
#include "csrc/engine/thread_pool.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "csrc/base/error.h"
#include "csrc/engine/crowd.h"

namespace lazynp {

namespace {

using Body = void (*)(void*, int64_t, int64_t);

thread_local Interruptible::Question is_interrupted = nullptr;  // workers never ask

void stop_if_interrupted() {
  if (is_interrupted && is_interrupted()) fail(ErrorClass::interrupted, "interrupted");
}

// One parallel_for. Lives on the caller's stack: the caller leaves only when no worker is inside.
struct Job {
  Body body;
  void* context;
  int64_t n, grain;
  std::atomic<int64_t> next{0};
  std::atomic<int> float_flags{0};
  std::exception_ptr error;
  std::mutex error_mutex;
  std::atomic<int> n_inside{0};  // workers working on it; they enter under the pool's mutex
  std::atomic<std::chrono::nanoseconds> longest_kept_from_core{};  // of a worker

  void note_kept_from_core(std::chrono::nanoseconds time) {
    auto longest = longest_kept_from_core.load();
    while (longest < time && !longest_kept_from_core.compare_exchange_weak(longest, time)) {
    }
  }

  void work() {
    for (;;) {
      const int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= n) return;
      try {
        stop_if_interrupted();
        body(context, begin, std::min(n, begin + grain));
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        next.store(n, std::memory_order_relaxed);
      }
    }
  }
};

thread_local bool inside_job = false;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// It takes some 20 us until a sleeping thread runs. Who waits looks out for about twice as long
// before it sleeps, and so does not sleep between the groups of a plan, or in a loop of small ones.
template <class Condition> bool look_out_for(Condition is_there) {
  constexpr std::chrono::microseconds patience(50);
  const auto until = Clock::now() + patience;
  do {
    for (int i = 0; i < 32; ++i) {
      if (is_there()) return true;
      pause();
    }
  } while (Clock::now() < until);
  return false;
}

class Pool {
 public:
  void run(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      start_missing();
      keep_core_of_caller_free();
      job_ = &job;
      ++epoch_;
    }
    wake_.notify_all();
    const Clock::time_point begun = Clock::now();
    inside_job = true;
    job.work();
    inside_job = false;
    const Clock::time_point worked = Clock::now();
    wait_for_workers(job);
    crowd_.note(worked - begun, Clock::now() - worked, job.longest_kept_from_core);
  }

  bool try_begin() { return busy_.exchange(true, std::memory_order_acquire) == false; }
  void end() { busy_.store(false, std::memory_order_release); }

  void set_size(int n) {
    n_threads_ = std::max(1, n);
    stop();
  }
  int size() const { return n_threads_; }
  bool is_crowded() const { return crowd_.is_here(); }

  // Ends the present workers. A job that is under way, or begins meanwhile, starts its own.
  void stop() {
    std::vector<std::thread> ending;
    {
      const std::lock_guard lock(mutex_);
      ending.swap(threads_);
      ++crew_;
    }
    wake_.notify_all();
    for (auto& thread : ending) thread.join();
  }

 private:
  void start_missing() {
    while (static_cast<int>(threads_.size()) < n_threads_ - 1) {
      has_new_workers_ = true;
      threads_.emplace_back(
          [this, seen = epoch_.load(), crew = crew_.load()] { serve(seen, crew); });
    }
  }

  // The kernel would often wake a worker on the caller's core, where it runs when the caller is
  // done: to a guest, the idle core of a virtual machine looks as if its host had taken it away.
  // Where there are many cores, few workers are that unlucky, and telling all of them takes long.
  void keep_core_of_caller_free() {
#if defined(__linux__)
    constexpr size_t many = 16;
    const int core = sched_getcpu();
    if (core < 0 || !may_look_out() || threads_.size() > many ||
        (core == avoided_core_ && !has_new_workers_))
      return;
    cpu_set_t others;
    if (sched_getaffinity(0, sizeof others, &others) != 0) return;
    CPU_CLR(static_cast<size_t>(core), &others);
    if (CPU_COUNT(&others) < static_cast<int>(threads_.size())) return;  // the caller is confined
    for (auto& thread : threads_)
      pthread_setaffinity_np(thread.native_handle(), sizeof others, &others);
    avoided_core_ = core;
    has_new_workers_ = false;
#endif
  }

  void wait_for_workers(const Job& job) {
    {
      const std::lock_guard lock(mutex_);
      job_ = nullptr;  // a worker that has not started yet will never see it
    }
    const auto have_left = [&] { return job.n_inside == 0; };
    if (may_look_out() && look_out_for(have_left)) return;
    std::unique_lock lock(mutex_);
    left_.wait(lock, have_left);
  }

  void serve(uint64_t seen, uint64_t crew) {
    inside_job = true;
    const auto is_called = [&] { return crew != crew_ || epoch_ != seen; };
    for (;;) {
      if (may_look_out()) look_out_for(is_called);
      std::unique_lock lock(mutex_);
      wake_.wait(lock, is_called);
      if (crew != crew_) return;
      seen = epoch_;
      if (!job_) continue;  // it was done before this thread woke up
      Job& job = *job_;
      ++job.n_inside;
      lock.unlock();
      std::feclearexcept(FE_ALL_EXCEPT);
      const Stopwatch watch;
      job.work();
      job.note_kept_from_core(watch.kept_from_core());
      job.float_flags.fetch_or(std::fetestexcept(FE_ALL_EXCEPT), std::memory_order_relaxed);
      if (--job.n_inside > 0) continue;  // the caller may have left: the job is gone
      lock.lock();
      left_.notify_all();
    }
  }
  // Where threads have to share a core, looking out keeps others from working.
  bool may_look_out() const { return n_threads_ <= n_cores_; }

  Crowd crowd_;
  std::mutex mutex_;
  std::condition_variable wake_, left_;
  std::atomic<bool> busy_{false};
  Job* job_ = nullptr;
  std::atomic<uint64_t> epoch_{0};  // changes under the mutex, as the next
  std::atomic<uint64_t> crew_{0};   // workers of an earlier one end
  std::vector<std::thread> threads_;
  int avoided_core_ = -1;  // workers may run on all others
  bool has_new_workers_ = false;
  const int n_cores_ = available_cores();
  std::atomic<int> n_threads_ = default_size();

  static int available_cores() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  int default_size() const {
    const char* text = std::getenv("LAZYNP_NUM_THREADS");
    return text ? std::max(1, std::atoi(text)) : n_cores_;
  }
};

Pool* pool = nullptr;

// After fork the child has no workers: it gets a new pool, and the old one is left alone.
void after_fork_in_child() {
  if (!pool) return;
  const int n = pool->size();
  pool = new Pool;
  pool->set_size(n);
  inside_job = false;
}

Pool& shared_pool() {
  static const bool ready = [] {
    pool = new Pool;  // never destroyed: workers may outlive static destructors
    pthread_atfork(nullptr, nullptr, after_fork_in_child);
    return true;
  }();
  (void)ready;
  return *pool;
}

// A few chunks are made as many, and as long, as keep all threads working to the end.
int64_t balanced(int64_t n, int64_t grain, int64_t n_threads) {
  const int64_t n_chunks = (n + grain - 1) / grain;
  if (n_chunks == 1 || n_chunks >= 8 * n_threads) return grain;
  const int64_t n_even = (n_chunks + n_threads - 1) / n_threads * n_threads;
  return (n + n_even - 1) / n_even;
}

}  // namespace

void parallel_for(int64_t n, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context) {
  if (n <= 0) return;
  Pool& p = shared_pool();
  grain = balanced(n, std::max<int64_t>(grain, 1), p.size());
  if (n <= grain || inside_job || p.size() == 1 || p.is_crowded() || !p.try_begin()) {
    for (int64_t begin = 0; begin < n; begin += grain) {
      stop_if_interrupted();
      body(context, begin, std::min(n, begin + grain));
    }
    return;
  }
  Job job{.body = body, .context = context, .n = n, .grain = grain, .error = {}, .error_mutex = {}};
  p.run(job);
  p.end();
  std::feraiseexcept(job.float_flags.load());
  if (job.error) std::rethrow_exception(job.error);
}

Interruptible::Interruptible(Question question)
    : before_(std::exchange(is_interrupted, question)) {}
Interruptible::~Interruptible() { is_interrupted = before_; }

void set_num_threads(int n) { shared_pool().set_size(n); }
int num_threads() { return shared_pool().size(); }
void stop_threads() { shared_pool().stop(); }

}  // namespace lazynp
