#include "comm/collective/broadcast.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("broadcast gives everyone the source's tensor, in one round") {
  for_all_cases([](int size, at::IntArrayRef sizes) {
    const int source = size / 2;
    const auto results = measured(size, [&](Communicator& c) { return broadcast(c, tensor_of(c.rank(), sizes), source); });
    for (int rank = 0; rank < size; ++rank) {
      const auto& [result, traffic] = results[rank];
      CHECK(result.equal(tensor_of(source, sizes)));
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == (rank == source ? payload_of(result) * (size - 1) : 0));
    }
  });
}

TEST_CASE("broadcast does not write into the tensor that gives the shape") {
  const auto kept = run_communicators(2, [](Communicator& c) {
    const RingTensor own = tensor_of(c.rank(), {3});
    broadcast(c, own, 0);
    return own;
  });
  CHECK(kept[1].equal(tensor_of(1, {3})));
}

TEST_CASE("broadcast of bytes is in place") {
  for (int size : {1, 2, 3, 5}) {
    const auto results = measured(size, [](Communicator& c) {
      ByteVector data(33, std::byte(c.rank() + 1));
      broadcast(c, MutableBytes(data), 0);
      return data;
    });
    for (const auto& [result, traffic] : results) CHECK((result == ByteVector(33, std::byte{1})));
    CHECK(results[0].second.bytes_sent == 33u * (size - 1));
  }
}

TEST_CASE("broadcast refuses a source that does not exist") {
  for (int source : {-1, 2}) {
    CHECK_THROWS_AS(run_communicators(2, [&](Communicator& c) { return broadcast(c, tensor_of(0, {1}), source); }), InvalidArgument);
  }
}
