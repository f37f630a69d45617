#include "mpc/provider/corrected_ranks.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "crypten_core/error.h"

using namespace crypten;

TEST_CASE("whoever was sent the fewest bytes is next, and of several the highest rank") {
  auto ranks = CorrectedRanks::in_turn(3);
  const std::vector<uint64_t> bytes{100, 30, 10, 15, 0, 10, 60};
  std::vector<int> chosen;
  for (const uint64_t size : bytes) chosen.push_back(ranks.next(size));
  REQUIRE(chosen == std::vector<int>{2, 1, 0, 0, 0, 0, 1});  // 100 | 30 | 10, 25, 25, 35 | then 1 with 30
  ranks.restart();
  REQUIRE(ranks.next(1) == 2);
}

TEST_CASE("what two ranks were sent differs by one request at most") {
  for (const int world_size : {2, 3, 5}) {
    auto ranks = CorrectedRanks::in_turn(world_size);
    std::vector<uint64_t> sent(static_cast<size_t>(world_size));
    for (uint64_t i = 0; i < 1000; ++i) {
      const uint64_t bytes = i * 7919 % 1009;
      sent[static_cast<size_t>(ranks.next(bytes))] += bytes;
      const auto [least, most] = std::minmax_element(sent.begin(), sent.end());
      REQUIRE(*most - *least < 1009);
    }
  }
}

TEST_CASE("one rank for all, and ranks that there are not") {
  auto last = CorrectedRanks::always(3, 2);
  for (const uint64_t bytes : {5, 7, 9}) REQUIRE(last.next(bytes) == 2);
  REQUIRE((last.includes(2) && !last.includes(1) && !last.includes(3)));
  REQUIRE((CorrectedRanks::in_turn(3).includes(0) && !CorrectedRanks::in_turn(3).includes(3) && !CorrectedRanks::in_turn(3).includes(-1)));
  REQUIRE_THROWS_AS(CorrectedRanks::in_turn(0), InvalidArgument);
  for (const int rank : {-1, 3}) REQUIRE_THROWS_AS(CorrectedRanks::always(3, rank), InvalidArgument);
}
