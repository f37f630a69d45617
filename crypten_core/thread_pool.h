// ThreadPool: one set of threads for the whole process, shared by all party threads.
// Callers do their own work and idle threads help, so nested and simultaneous calls cannot deadlock: nobody waits for work that has not begun.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace crypten {

class ThreadPool {
 public:
  explicit ThreadPool(int threads);  // counting the caller: threads − 1 are started
  ~ThreadPool();                     // no call may be running
  ThreadPool(const ThreadPool&) = delete;

  // The pool of this process: as many threads as the process may use cores, or CRYPTEN_THREADS. Lives until the process ends.
  static ThreadPool& process();

  int threads() const;

  // Calls body(begin, end) for disjoint ranges that cover 0 … count − 1, each of at least `grain` ≥ 1 elements (but the last), on several threads.
  // Returns when all are done. One range, or a pool of one: runs inline. The first exception of a body is rethrown; ranges not yet begun are dropped.
  // The body must not wait for another party: a range runs on any thread, without the caller's fibre.
  void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// On the process's pool.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t begin, int64_t end)>& body);

// "" gives the number of cores. Throws InvalidArgument unless 1 … 1024.
int choose_thread_count(const char* text);

}  // namespace crypten
