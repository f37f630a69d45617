#include "mpc/provider/dealer_budget.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "crypten_core/error.h"

using namespace crypten;
using namespace std::literals;

namespace {

constexpr uint64_t kMiB = 1 << 20;

// Soon true, or not at all.
bool becomes(auto condition) {
  for (const auto end = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(1ms))
    if (condition()) return true;
  return false;
}

}  // namespace

TEST_CASE("what is granted is held until it is given back, or shrunk") {
  DealerBudget budget(100 * kMiB);
  auto share = budget.reserve(50 * kMiB);
  CHECK(budget.held() == 50 * kMiB);
  share.shrink(20 * kMiB);
  CHECK(budget.held() == 20 * kMiB);
  share.shrink(40 * kMiB);  // no more again
  CHECK(budget.held() == 20 * kMiB);
  auto moved = std::move(share);
  share = {};
  CHECK(budget.held() == 20 * kMiB);
  moved = budget.reserve(30 * kMiB);
  CHECK(budget.held() == 30 * kMiB);
  moved = {};
  CHECK(budget.held() == 0);
  CHECK_FALSE(budget.wanted());
}

TEST_CASE("small requests never wait and are not counted") {
  DealerBudget budget(10 * kMiB);
  auto first = budget.reserve(5 * kMiB), second = budget.reserve(5 * kMiB);
  auto third = std::async(std::launch::async, [&] { return budget.reserve(5 * kMiB); });
  CHECK(becomes([&] { return budget.wanted(); }));
  for (int i = 0; i < 100; ++i) {
    budget.reserve(kMiB);
    CHECK(budget.try_reserve(kMiB).has_value());
  }
  CHECK(budget.held() == 10 * kMiB);
  CHECK((third.wait_for(0s) == std::future_status::timeout));
  first = {};
  third.get();
}

TEST_CASE("more than half is refused, whatever is free") {
  DealerBudget budget(10 * kMiB), unbounded(0);
  CHECK_THROWS_AS(budget.reserve(5 * kMiB + 1), InvalidArgument);
  CHECK_FALSE(budget.try_reserve(5 * kMiB + 1).has_value());
  CHECK(budget.held() == 0);
  const auto all = unbounded.reserve(uint64_t{1} << 60), more = unbounded.reserve(uint64_t{1} << 60);
  CHECK_FALSE(unbounded.wanted());
}

TEST_CASE("who waits is served in turn, and nobody passes by") {
  DealerBudget budget(100 * kMiB);
  auto held = budget.reserve(50 * kMiB), early = budget.reserve(50 * kMiB);
  std::atomic<int> served = 0, first = -1;
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.emplace_back([&, i] {
      const auto share = budget.reserve((i == 1 ? 50u : 40u) * kMiB);
      if (served++ == 0) first = i;
    });
    if (i == 0) CHECK(becomes([&] { return budget.wanted(); }));
  }
  CHECK_FALSE(budget.try_reserve(2 * kMiB).has_value());
  early.shrink(45 * kMiB);
  CHECK_FALSE(budget.try_reserve(2 * kMiB).has_value());  // it would fit, and somebody waits
  early.shrink(10 * kMiB);                                // enough for the first of them alone
  CHECK(becomes([&] { return first != -1; }));
  CHECK(first == 0);
  early = {};
  held = {};
  for (auto& thread : waiting) thread.join();
  CHECK(budget.held() == 0);
  CHECK_FALSE(budget.wanted());
  CHECK(served == 3);
}
