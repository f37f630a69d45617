#include "crypten_core/thread_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "crypten_core/error.h"

using namespace crypten;

TEST_CASE("every element is visited once, whatever the grain") {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const int64_t count : {0, 1, 2, 7, 1000}) {
      for (const int64_t grain : {1, 3, 1000, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
        std::atomic<bool> small{false};
        pool.parallel_for(count, grain, [&](int64_t begin, int64_t end) {
          if (end - begin < grain && end != count) small = true;
          for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
        });
        CHECK(std::all_of(visits.begin(), visits.end(), [](const auto& n) { return n == 1; }));
        CHECK_FALSE(small);
      }
    }
  }
}

TEST_CASE("small work runs inline") {
  ThreadPool pool(4);
  int calls = 0;
  pool.parallel_for(100, 100, [&](int64_t begin, int64_t end) { calls += static_cast<int>(end - begin) + (begin == 0 ? 1000 : 0); });
  CHECK(calls == 1100);
}

TEST_CASE("threads work at the same time") {
  ThreadPool pool(3);
  std::mutex mutex;
  std::condition_variable all_here;
  int here = 0;
  bool met = true;
  pool.parallel_for(3, 1, [&](int64_t, int64_t) {  // each waits for the others: three threads must be inside at once
    std::unique_lock lock(mutex);
    ++here;
    all_here.notify_all();
    met = all_here.wait_for(lock, std::chrono::seconds(30), [&] { return here == 3; }) && met;
  });
  CHECK(met);
}

TEST_CASE("simultaneous and nested calls finish") {
  ThreadPool pool(3);
  std::vector<int64_t> sums(6, 0);
  std::vector<std::thread> callers;
  for (size_t c = 0; c < sums.size(); ++c) {
    callers.emplace_back([&, c] {
      std::atomic<int64_t> sum{0};
      for (int round = 0; round < 50; ++round) {
        pool.parallel_for(20, 1, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) {
            pool.parallel_for(10, 1, [&](int64_t b, int64_t e) { sum += (e - b) * i; });
          }
        });
      }
      sums[c] = sum;
    });
  }
  for (auto& caller : callers) caller.join();
  for (const int64_t sum : sums) CHECK(sum == 50 * 10 * 190);
}

TEST_CASE("an exception reaches the caller, and the pool goes on") {
  ThreadPool pool(4);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> visited{0};
    CHECK_THROWS_WITH(pool.parallel_for(10000, 1,
                                        [&](int64_t, int64_t) {
                                          ++visited;
                                          throw std::runtime_error("body failed");
                                        }),
                      "body failed");
    CHECK(visited >= 1);
    CHECK(visited <= 4);  // what was not begun is dropped
    std::atomic<int64_t> sum{0};
    pool.parallel_for(100, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
    CHECK(sum == 100);
  }
}

TEST_CASE("the number of threads comes from the environment's text or the cores") {
  CHECK(choose_thread_count("7") == 7);
  CHECK(choose_thread_count("1") == 1);
  CHECK(choose_thread_count("") >= 1);
  CHECK(choose_thread_count(nullptr) >= 1);
  for (const char* bad : {"0", "-2", "many", "2x", "1025", " 3"}) CHECK_THROWS_AS(choose_thread_count(bad), InvalidArgument);
  CHECK(&ThreadPool::process() == &ThreadPool::process());
}
