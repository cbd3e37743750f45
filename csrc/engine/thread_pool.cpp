// The pool: one job at a time, chunks claimed from an epoch-tagged counter.
#include "csrc/engine/thread_pool.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "csrc/base/error.h"

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
  int n_inside = 0;  // workers working on it; guarded by the pool's mutex

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

class Pool {
 public:
  void run(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      start_missing();
      job_ = &job;
      ++epoch_;
    }
    wake_.notify_all();
    inside_job = true;
    job.work();
    inside_job = false;
    std::unique_lock lock(mutex_);
    job_ = nullptr;  // a worker that has not started yet will never see it
    left_.wait(lock, [&] { return job.n_inside == 0; });
  }

  bool try_begin() { return busy_.exchange(true, std::memory_order_acquire) == false; }
  void end() { busy_.store(false, std::memory_order_release); }

  void set_size(int n) {
    n_threads_ = std::max(1, n);
    stop();
  }
  int size() const { return n_threads_; }

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
    while (static_cast<int>(threads_.size()) < n_threads_ - 1)
      threads_.emplace_back([this, seen = epoch_, crew = crew_] { serve(seen, crew); });
  }

  void serve(uint64_t seen, uint64_t crew) {
    inside_job = true;
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return crew != crew_ || (job_ && epoch_ != seen); });
      if (crew != crew_) return;
      seen = epoch_;
      Job& job = *job_;
      ++job.n_inside;
      lock.unlock();
      std::feclearexcept(FE_ALL_EXCEPT);
      job.work();
      job.float_flags.fetch_or(std::fetestexcept(FE_ALL_EXCEPT), std::memory_order_relaxed);
      lock.lock();
      if (--job.n_inside == 0) left_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, left_;
  std::atomic<bool> busy_{false};
  Job* job_ = nullptr;
  uint64_t epoch_ = 0;
  uint64_t crew_ = 0;  // workers of an earlier one end
  std::vector<std::thread> threads_;
  std::atomic<int> n_threads_ = default_size();

  static int default_size() {
    if (const char* text = std::getenv("LAZYNP_NUM_THREADS")) return std::max(1, std::atoi(text));
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
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

}  // namespace

void parallel_for(int64_t n, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context) {
  if (n <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  Pool& p = shared_pool();
  if (n <= grain || inside_job || p.size() == 1 || !p.try_begin()) {
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
