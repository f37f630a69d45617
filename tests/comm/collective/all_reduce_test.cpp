#include "comm/collective/all_reduce.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/aten.h"
#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("all_reduce gives everyone the sum mod 2^64, in one round") {
  for_all_cases([](int size, at::IntArrayRef sizes) {
    const auto results = measured(size, [&](Communicator& c) { return all_reduce(c, tensor_of(c.rank(), sizes)); });
    RingTensor sum = tensor_of(0, sizes);
    for (int rank = 1; rank < size; ++rank) sum = sum + tensor_of(rank, sizes);
    for (const auto& [result, traffic] : results) {
      CHECK(result.equal(sum));
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == payload_of(sum) * (size - 1));
    }
  });
}

TEST_CASE("several tensors, views among them, travel in one round") {
  const auto results = measured(3, [](Communicator& c) {
    const std::vector<RingTensor> own{tensor_of(c.rank(), {2, 3}), RingTensor(tensor_of(c.rank(), {4, 5}).words().t()), tensor_of(c.rank(), {0})};
    return all_reduce(c, own);
  });
  for (const auto& [result, traffic] : results) {
    REQUIRE(result.size() == 3);
    CHECK(result[0].equal(tensor_of(0, {2, 3}) + tensor_of(1, {2, 3}) + tensor_of(2, {2, 3})));
    CHECK(result[1].words().equal((tensor_of(0, {4, 5}) + tensor_of(1, {4, 5}) + tensor_of(2, {4, 5})).words().t()));
    CHECK(result[2].numel() == 0);
    CHECK(traffic.rounds == 1);
    CHECK(traffic.bytes_sent == 8 * 26 * 2);
  }
}

TEST_CASE("tensors that come in many messages, cut inside and between them, are summed once each") {
  const auto odd = [](int rank) { return RingTensor(at::arange(300'001, at::kLong) * (rank + 1)); };  // 2.4 MB
  const auto results = measured(3, [&](Communicator& c) {
    const std::vector<RingTensor> own{tensor_of(c.rank(), {5}), odd(c.rank()), tensor_of(c.rank(), {0}), odd(c.rank() + 3), tensor_of(c.rank(), {1})};
    return all_reduce(c, own);
  });
  for (const auto& [result, traffic] : results) {
    CHECK(result[0].equal(tensor_of(0, {5}) + tensor_of(1, {5}) + tensor_of(2, {5})));
    CHECK(result[1].words().equal(at::arange(300'001, at::kLong) * 6));
    CHECK(result[3].words().equal(at::arange(300'001, at::kLong) * 15));
    CHECK(result[4].equal(tensor_of(0, {1}) + tensor_of(1, {1}) + tensor_of(2, {1})));
    CHECK(traffic.rounds == 1);
  }
}

TEST_CASE("an all_reduce of no tensor is a round without payload") {
  for (const auto& [result, traffic] : measured(2, [](Communicator& c) { return all_reduce(c, std::span<const RingTensor>()); })) {
    CHECK(result.empty());
    CHECK(traffic.rounds == 1);
    CHECK(traffic.bytes_sent == 0);
  }
}

TEST_CASE("all_reduce leaves the own tensor as it is") {
  const auto kept = run_communicators(2, [](Communicator& c) {
    const RingTensor own = tensor_of(c.rank(), {3});
    all_reduce(c, own);
    return own;
  });
  for (int rank : {0, 1}) CHECK(kept[rank].equal(tensor_of(rank, {3})));
}

TEST_CASE("all_reduce_xor gives everyone the exclusive or") {
  for (int size : {1, 2, 3, 5}) {
    for (size_t count : {0, 1, 1000}) {
      const auto word = [](int rank, size_t i) { return 0x9e3779b97f4a7c15u * (rank + 1) * (i + 1); };
      const auto results = measured(size, [&](Communicator& c) {
        std::vector<uint64_t> words(count);
        for (size_t i = 0; i < count; ++i) words[i] = word(c.rank(), i);
        all_reduce_xor(c, words);
        return words;
      });
      for (const auto& [result, traffic] : results) {
        for (size_t i = 0; i < count; ++i) {
          uint64_t expected = 0;
          for (int rank = 0; rank < size; ++rank) expected ^= word(rank, i);
          REQUIRE(result[i] == expected);
        }
        CHECK(traffic.rounds == 1);
        CHECK(traffic.bytes_sent == 8 * count * (size - 1));
      }
    }
  }
}

TEST_CASE("an undefined tensor is refused before anything is sent") {
  CHECK_THROWS_AS(run_communicators(1, [](Communicator& c) { return all_reduce(c, RingTensor()); }), InvalidArgument);
}

TEST_CASE("another shape on one rank never gives a result") {
  CHECK_THROWS_AS(run_communicators(2, [](Communicator& c) { return all_reduce(c, tensor_of(0, {c.rank() + 2})); }), ProtocolError);
}
