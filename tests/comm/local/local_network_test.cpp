#include "comm/local/local_network.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"

using namespace crypten;

TEST_CASE("every pair of parties has a channel of its own") {
  const int size = 4;
  LocalNetwork network(size);
  std::vector<std::vector<std::unique_ptr<Channel>>> channels;
  for (int rank = 0; rank < size; ++rank) channels.push_back(network.channels(rank));
  for (int from = 0; from < size; ++from) {
    CHECK(channels[from][from] == nullptr);
    for (int to = 0; to < size; ++to) {
      if (from == to) continue;
      const std::array<std::byte, 2> text{std::byte(from), std::byte(to)};
      const Bytes piece(text);
      CHECK(channels[from][to]->send(std::span(&piece, 1)) == Wire::ok);
    }
  }
  for (int to = 0; to < size; ++to) {
    for (int from = 0; from < size; ++from) {
      if (from == to) continue;
      ByteVector message;
      REQUIRE(channels[to][from]->receive(message, Clock::now()) == Wire::ok);
      CHECK((message == ByteVector{std::byte(from), std::byte(to)}));
    }
  }
}

TEST_CASE("abort ends all channels, also those that are taken later") {
  LocalNetwork network(3);
  auto first = network.channels(0);
  network.abort("over");
  auto second = network.channels(1);
  ByteVector message;
  CHECK(first[2]->receive(message, Clock::now() + std::chrono::seconds(5)) == Wire::closed);
  CHECK(second[2]->receive(message, Clock::now() + std::chrono::seconds(5)) == Wire::closed);
  CHECK(second[2]->detail() == "over");
}

TEST_CASE("a rank takes its channels once, and must exist") {
  CHECK_THROWS_AS(LocalNetwork(0), InvalidArgument);
  LocalNetwork network(1);
  CHECK(network.channels(0).size() == 1);
  CHECK_THROWS_AS(network.channels(0), InvalidArgument);
  CHECK_THROWS_AS(network.channels(1), InvalidArgument);
  CHECK_THROWS_AS(network.channels(-1), InvalidArgument);
}
