#include "mpc/protocol/sorting_network.h"

#include <bit>
#include <catch2/catch.hpp>
#include <set>

#include "crypten_core/error.h"

namespace crypten {
namespace {

// Whether the places of the order come out right for every row of 0s and 1s, and so (Knuth 5.3.4, theorem Z) for all values.
bool sorts_all_bits(int n, int64_t first, int64_t count) {
  const auto network = sorting_network(n, first, count);
  if (network.outputs.size() != static_cast<size_t>(count)) return false;
  for (unsigned row = 0; row < 1U << n; ++row) {
    auto values = row;
    for (const auto& stage : network.stages)
      for (size_t i = 0; i < stage.lower.size(); ++i) {
        const unsigned lower = 1U << stage.lower[i], upper = 1U << stage.upper[i];
        if ((values & lower) && !(values & upper)) values ^= lower | upper;
      }
    const int zeros = n - std::popcount(row);
    for (int64_t i = 0; i < count; ++i)
      if (((values >> network.outputs[static_cast<size_t>(i)]) & 1) != (first + i >= zeros ? 1U : 0U)) return false;
  }
  return true;
}

size_t pairs(const SortingNetwork& network) {
  size_t count = 0;
  for (const auto& stage : network.stages) count += stage.lower.size();
  return count;
}

}  // namespace

TEST_CASE("The network sorts every row of up to 13 bits, and every part of the order", "[mpc][sort]") {
  for (int n = 0; n <= 13; ++n) CHECK(sorts_all_bits(n, 0, n));
  for (int n = 1; n <= 9; ++n)
    for (int first = 0; first < n; ++first)
      for (int count = 1; first + count <= n; ++count) CHECK(sorts_all_bits(n, first, count));
  for (const auto& [first, count] : {std::pair<int, int>{0, 3}, {14, 2}, {7, 1}, {2, 5}}) CHECK(sorts_all_bits(16, first, count));
}

TEST_CASE("Pairs of a stage are disjoint; stages number t(t + 1)/2 at most; a whole sort ends in place", "[mpc][sort]") {
  for (const int64_t n : {2, 3, 5, 8, 13, 100, 1000}) {
    const auto network = sorting_network(n, 0, n);
    const auto t = static_cast<size_t>(std::bit_width(static_cast<uint64_t>(n - 1)));
    CHECK(network.stages.size() <= t * (t + 1) / 2);
    for (int64_t i = 0; i < n; ++i) CHECK(network.outputs[static_cast<size_t>(i)] == i);
    for (const auto& part : {network, sorting_network(n, 1, 1), sorting_network(n, n / 2, n - n / 2)}) {
      for (const auto& stage : part.stages) {
        std::set<int64_t> seen;
        REQUIRE(stage.lower.size() == stage.upper.size());
        REQUIRE(!stage.lower.empty());
        for (size_t i = 0; i < stage.lower.size(); ++i) {
          CHECK((std::min(stage.lower[i], stage.upper[i]) >= 0 && std::max(stage.lower[i], stage.upper[i]) < n));
          CHECK((seen.insert(stage.lower[i]).second && seen.insert(stage.upper[i]).second));
        }
      }
    }
  }
  CHECK(pairs(sorting_network(8, 0, 8)) == 19);  // Batcher's counts
  CHECK(pairs(sorting_network(16, 0, 16)) == 63);
}

TEST_CASE("A part of the order costs only what it depends on: an extreme is a tournament", "[mpc][sort]") {
  for (const int64_t n : {2, 3, 7, 8, 100, 1024}) {
    for (const auto& extreme : {sorting_network(n, 0, 1), sorting_network(n, n - 1, 1)}) {
      CHECK(pairs(extreme) == static_cast<size_t>(n - 1));
      CHECK(extreme.stages.size() == static_cast<size_t>(std::bit_width(static_cast<uint64_t>(n - 1))));
    }
  }
  const auto ten = sorting_network(1024, 0, 10), all = sorting_network(1024, 0, 1024), last_ten = sorting_network(1024, 1014, 10);
  CHECK(pairs(ten) < pairs(all) / 3);
  CHECK(pairs(last_ten) == pairs(ten));
  CHECK(ten.stages.size() == 40);
  CHECK(all.stages.size() == 55);
  CHECK(sorting_network(9, 4, 0).stages.empty());
}

TEST_CASE("Places that are not there are refused", "[mpc][sort]") {
  CHECK_THROWS_AS(sorting_network(4, 2, 3), InvalidArgument);
  CHECK_THROWS_AS(sorting_network(4, -1, 2), InvalidArgument);
  CHECK_THROWS_AS(sorting_network(4, 0, -1), InvalidArgument);
  CHECK_THROWS_AS(sorting_network(-1, 0, 0), InvalidArgument);
}

}  // namespace crypten
