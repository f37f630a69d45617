#include "comm/collective/scatter.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

std::vector<RingTensor> parts_of(int size, at::IntArrayRef sizes) {
  std::vector<RingTensor> parts;
  for (int rank = 0; rank < size; ++rank) parts.push_back(tensor_of(10 + rank, sizes));
  return parts;
}

}  // namespace

TEST_CASE("scatter gives each rank its part, in one round") {
  for_all_cases([](int size, at::IntArrayRef sizes) {
    const int source = size - 1;
    const auto results = measured(size, [&](Communicator& c) {
      return scatter(c, c.rank() == source ? parts_of(size, sizes) : std::vector<RingTensor>(), sizes, source);
    });
    for (int rank = 0; rank < size; ++rank) {
      const auto& [result, traffic] = results[rank];
      CHECK(result.equal(tensor_of(10 + rank, sizes)));
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == (rank == source ? payload_of(result) * (size - 1) : 0));
    }
  });
}

TEST_CASE("scatter refuses parts that are not one per rank, of the sizes said, at the source only") {
  const auto refused = [](std::vector<RingTensor> parts, int source) {
    CHECK_THROWS_AS(run_communicators(1, [&](Communicator& c) { return scatter(c, parts, {2}, source); }), InvalidArgument);
  };
  refused({}, 0);
  refused(parts_of(2, {2}), 0);
  refused(parts_of(1, {3}), 0);
  refused({RingTensor()}, 0);
  refused(parts_of(1, {2}), 1);
  CHECK_THROWS_AS(run_communicators(2, [](Communicator& c) { return scatter(c, parts_of(2, {2}), {2}, 0); }), InvalidArgument);
}
