#include "mpc/protocol/sorting_network.h"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <set>

#include "crypten_core/error.h"

namespace crypten {
namespace {

// Whether the places of the order come out right for every row of 0s and 1s, and so (Knuth 5.3.4, theorem Z) for all values.
bool sorts_all_bits(int n, int64_t first, int64_t count) {
  const auto network = sorting_network(n, first, count);
  for (unsigned row = 0; row < 1U << n; ++row) {
    auto wires = row;
    for (const auto& stage : network)
      for (size_t i = 0; i < stage.lower.size(); ++i) {
        const unsigned lower = 1U << stage.lower[i], upper = 1U << stage.upper[i];
        if ((wires & lower) && !(wires & upper)) wires ^= lower | upper;
      }
    const int zeros = n - std::popcount(row);
    for (int64_t place = first; place < first + count; ++place)
      if (((wires >> place) & 1) != (place >= zeros ? 1U : 0U)) return false;
  }
  return true;
}

size_t pairs(const std::vector<SortingStage>& network) {
  size_t count = 0;
  for (const auto& stage : network) count += stage.lower.size();
  return count;
}

}  // namespace

TEST_CASE("The network sorts every row of up to 13 bits, and every part of the order", "[mpc][sort]") {
  for (int n = 0; n <= 13; ++n) CHECK(sorts_all_bits(n, 0, n));
  for (int n = 1; n <= 9; ++n)
    for (int first = 0; first < n; ++first)
      for (int count = 1; first + count <= n; ++count) CHECK(sorts_all_bits(n, first, count));
}

TEST_CASE("Pairs of a stage are disjoint and ascend; stages number t(t + 1)/2", "[mpc][sort]") {
  for (const int64_t n : {2, 3, 5, 8, 13, 100, 1000}) {
    const auto network = sorting_network(n, 0, n);
    const auto t = static_cast<size_t>(std::bit_width(static_cast<uint64_t>(n - 1)));
    CHECK(network.size() <= t * (t + 1) / 2);
    for (const auto& stage : network) {
      std::set<int64_t> wires;
      REQUIRE(stage.lower.size() == stage.upper.size());
      CHECK(std::ranges::is_sorted(stage.lower));
      for (size_t i = 0; i < stage.lower.size(); ++i) {
        CHECK((stage.lower[i] >= 0 && stage.lower[i] < stage.upper[i] && stage.upper[i] < n));
        CHECK(wires.insert(stage.lower[i]).second);
        CHECK(wires.insert(stage.upper[i]).second);
      }
    }
  }
  CHECK(pairs(sorting_network(8, 0, 8)) == 19);   // Batcher's counts
  CHECK(pairs(sorting_network(16, 0, 16)) == 63);
}

TEST_CASE("A part of the order costs only what it depends on: an extreme is a tournament", "[mpc][sort]") {
  for (const int64_t n : {2, 3, 7, 8, 100, 1024}) {
    const auto least = sorting_network(n, 0, 1), most = sorting_network(n, n - 1, 1);
    CHECK(pairs(least) == static_cast<size_t>(n - 1));
    CHECK(least.size() == static_cast<size_t>(std::bit_width(static_cast<uint64_t>(n - 1))));
    CHECK(pairs(most) >= static_cast<size_t>(n - 1));
    CHECK(most.size() <= sorting_network(n, 0, n).size());
  }
  CHECK(pairs(sorting_network(1024, 0, 10)) < pairs(sorting_network(1024, 0, 1024)) / 2);
  CHECK(sorting_network(9, 4, 0).empty());
}

TEST_CASE("Places that are not there are refused", "[mpc][sort]") {
  CHECK_THROWS_AS(sorting_network(4, 2, 3), InvalidArgument);
  CHECK_THROWS_AS(sorting_network(4, -1, 2), InvalidArgument);
  CHECK_THROWS_AS(sorting_network(4, 0, -1), InvalidArgument);
  CHECK_THROWS_AS(sorting_network(-1, 0, 0), InvalidArgument);
}

}  // namespace crypten
