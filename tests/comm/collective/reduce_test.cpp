#include "comm/collective/reduce.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("reduce gives the sum to its destination only, in one round") {
  for_all_cases([](int size, at::IntArrayRef sizes) {
    const int destination = size / 2;
    const auto results = measured(size, [&](Communicator& c) { return reduce(c, tensor_of(c.rank(), sizes), destination); });
    RingTensor sum = tensor_of(0, sizes);
    for (int rank = 1; rank < size; ++rank) sum = sum + tensor_of(rank, sizes);
    for (int rank = 0; rank < size; ++rank) {
      const auto& [result, traffic] = results[rank];
      CHECK(result.defined() == (rank == destination));
      if (rank == destination) CHECK(result.equal(sum));
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == (rank == destination ? 0 : payload_of(sum)));
    }
  });
}

TEST_CASE("reduce refuses a destination that does not exist") {
  for (int destination : {-1, 2}) {
    CHECK_THROWS_AS(run_communicators(2, [&](Communicator& c) { return reduce(c, tensor_of(0, {1}), destination); }), InvalidArgument);
  }
}
