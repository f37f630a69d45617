#include "comm/collective/all_gather.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("all_gather gives everyone all tensors, by rank, in one round") {
  for_all_cases([](int size, at::IntArrayRef sizes) {
    for (const auto& [result, traffic] : measured(size, [&](Communicator& c) { return all_gather(c, tensor_of(c.rank(), sizes)); })) {
      REQUIRE(result.size() == static_cast<size_t>(size));
      for (int from = 0; from < size; ++from) CHECK(result[from].equal(tensor_of(from, sizes)));
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == payload_of(result[0]) * (size - 1));
    }
  });
}

TEST_CASE("all_gather of tensors of different, known shapes") {
  const std::vector<std::vector<int64_t>> sizes{{2, 2}, {0}, {7}};
  const auto results = measured(3, [&](Communicator& c) { return all_gather(c, tensor_of(c.rank(), sizes[c.rank()]), sizes); });
  for (int rank = 0; rank < 3; ++rank) {
    for (int from = 0; from < 3; ++from) CHECK(results[rank].first[from].equal(tensor_of(from, sizes[from])));
    CHECK(results[rank].second.bytes_sent == 2 * payload_of(results[rank].first[rank]));
  }
}

TEST_CASE("sizes that do not fit the own tensor or the world are refused before anything is sent") {
  for (const std::vector<std::vector<int64_t>>& sizes : {std::vector<std::vector<int64_t>>{{3}}, std::vector<std::vector<int64_t>>{{3}, {4}}}) {
    CHECK_THROWS_AS(run_communicators(2, [&](Communicator& c) { return all_gather(c, tensor_of(0, {5}), sizes); }), InvalidArgument);
  }
}
