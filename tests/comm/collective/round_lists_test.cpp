#include "comm/collective/round_lists.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("a rank outside the world is named together with the world's size") {
  run_communicators(1, [](Communicator& c) { check_rank(c, 0, "the source"); });
  for (int rank : {-1, 1}) {
    CHECK_THROWS_WITH(run_communicators(1, [&](Communicator& c) { check_rank(c, rank, "the source"); }),
                      Catch::Contains("the source is rank " + std::to_string(rank)) && Catch::Contains("world size is 1"));
  }
}

TEST_CASE("lists that were not filled in are a round in which nothing travels") {
  const auto traffic = run_communicators(3, [](Communicator& c) {
    RoundLists lists(c);
    lists.exchange(c);
    return c.traffic();
  });
  for (const Traffic& one : traffic) {
    CHECK(one.rounds == 1);
    CHECK(one.wire_bytes_sent == 0);
  }
}
