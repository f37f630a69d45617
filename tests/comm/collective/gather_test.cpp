#include "comm/collective/gather.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("gather gives all tensors, by rank, to its destination only, in one round") {
  for_all_cases([](int size, at::IntArrayRef sizes) {
    const int destination = size - 1;
    const auto results = measured(size, [&](Communicator& c) { return gather(c, tensor_of(c.rank(), sizes), destination); });
    for (int rank = 0; rank < size; ++rank) {
      const auto& [result, traffic] = results[rank];
      REQUIRE(result.size() == (rank == destination ? static_cast<size_t>(size) : 0));
      for (size_t from = 0; from < result.size(); ++from) CHECK(result[from].equal(tensor_of(static_cast<int>(from), sizes)));
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == (rank == destination ? 0 : payload_of(tensor_of(0, sizes))));
    }
  });
}

TEST_CASE("gather refuses a destination that does not exist, and an undefined tensor") {
  for (int destination : {-1, 2}) {
    CHECK_THROWS_AS(run_communicators(2, [&](Communicator& c) { return gather(c, tensor_of(0, {1}), destination); }), InvalidArgument);
  }
  CHECK_THROWS_AS(run_communicators(1, [](Communicator& c) { return gather(c, RingTensor(), 0); }), InvalidArgument);
}
