#include "crypten_core/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "crypten_core/error.h"

namespace crypten {
namespace {

// One call of parallel_for. Lives on the caller's stack: the caller leaves only when no helper is inside.
struct Job {
  const std::function<void(int64_t, int64_t)>& body;
  const int64_t count, chunk;
  std::atomic<int64_t> next{0};  // first element that nobody has taken
  int helpers = 0;               // under State::mutex
  std::exception_ptr failure;    // under State::mutex

  bool has_work() const { return next.load(std::memory_order_relaxed) < count; }
};

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable work, done;
  std::list<Job*> jobs;  // with work left when last looked at; helpers rotate them, so that each caller gets its share
  bool stopping = false;
  std::vector<std::thread> threads;

  void run(Job& job) {
    try {
      for (;;) {
        const int64_t begin = job.next.fetch_add(job.chunk, std::memory_order_relaxed);
        if (begin >= job.count) return;
        job.body(begin, std::min(job.count, begin + job.chunk));
      }
    } catch (...) {
      job.next.store(job.count, std::memory_order_relaxed);
      const std::lock_guard lock(mutex);
      if (!job.failure) job.failure = std::current_exception();
    }
  }

  void help() {
    std::unique_lock lock(mutex);
    for (;;) {
      work.wait(lock, [&] { return stopping || !jobs.empty(); });
      if (stopping) return;
      Job* job = jobs.front();
      jobs.pop_front();
      if (!job->has_work()) continue;
      jobs.push_back(job);
      ++job->helpers;
      lock.unlock();
      run(*job);
      lock.lock();
      if (--job->helpers == 0) done.notify_all();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  for (int i = 1; i < threads; ++i) state_->threads.emplace_back([state = state_.get()] { state->help(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work.notify_all();
  for (auto& thread : state_->threads) thread.join();
}

ThreadPool& ThreadPool::process() {
  // Never destroyed: a thread that still computes while the process exits must not find its pool gone.
  static auto* const pool = new ThreadPool(choose_thread_count(std::getenv("CRYPTEN_THREADS")));
  return *pool;
}

int ThreadPool::threads() const { return static_cast<int>(state_->threads.size()) + 1; }

void ThreadPool::parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  if (count <= 0) return;
  constexpr int64_t kChunksPerThread = 4;  // evens out threads that are slowed down by others
  grain = std::max<int64_t>(grain, 1);
  const int64_t chunk = std::max(grain, (count + threads() * kChunksPerThread - 1) / (threads() * kChunksPerThread));
  if (threads() == 1 || count <= chunk) return body(0, count);
  Job job{body, count, chunk};
  {
    const std::lock_guard lock(state_->mutex);
    state_->jobs.push_front(&job);
  }
  const int64_t useful = std::min<int64_t>(threads() - 1, (count + chunk - 1) / chunk - 1);
  for (int64_t i = 0; i < useful; ++i) state_->work.notify_one();
  state_->run(job);
  std::unique_lock lock(state_->mutex);
  state_->jobs.remove(&job);  // nobody new comes in from here on
  state_->done.wait(lock, [&] { return job.helpers == 0; });
  if (job.failure) std::rethrow_exception(job.failure);
}

void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  ThreadPool::process().parallel_for(count, grain, body);
}

int choose_thread_count(const char* text) {
  if (!text || !*text) return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  int threads = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, threads);
  if (error != std::errc() || stop != end || threads < 1 || threads > 1024) {
    throw InvalidArgument(150, "cannot use " + std::string(text) + " threads", "CRYPTEN_THREADS", "expected a whole number from 1 to 1024",
                          "unset CRYPTEN_THREADS to use every core, or correct it");
  }
  return threads;
}

}  // namespace crypten
