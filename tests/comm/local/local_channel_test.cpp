#include "comm/local/local_channel.h"

#include <catch2/catch.hpp>
#include <thread>

#include "comm/byte_stream.h"
#include "crypten_core/error.h"
#include "tests/comm/soon.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using test::soon;

namespace {

Wire send(Channel& channel, const ByteVector& message) {
  const Bytes piece(message);
  return channel.send(std::span(&piece, 1));
}

}  // namespace

TEST_CASE("a local channel keeps the promises of every channel") {
  const auto connect = [] {
    LocalEnds ends = local_link();
    return crypten::test::ChannelPair(std::move(ends.first), std::move(ends.second));
  };
  for (const auto& check : crypten::test::channel_contract()) {
    INFO(check.name);
    CHECK(crypten::test::verdict(check, connect) == "");
  }
  CHECK(crypten::test::verdict_on_destruction(connect) == "");
}

TEST_CASE("the two ends of a stream pair are joined") {
  auto [client, service] = local_stream_pair();
  CHECK(send(*client, {std::byte{1}, std::byte{2}}) == Wire::ok);
  ByteVector message;
  REQUIRE(service->receive(message, soon()) == Wire::ok);
  CHECK((message == ByteVector{std::byte{1}, std::byte{2}}));
  CHECK(client->peer_identity() == "local");
}

TEST_CASE("a message above max_message is refused where it is sent") {
  LocalEnds ends = local_link(100);
  CHECK(send(*ends.first, ByteVector(100, std::byte{})) == Wire::ok);
  CHECK_THROWS_AS(send(*ends.first, ByteVector(101, std::byte{})), InvalidArgument);
}

TEST_CASE("why a channel is closed is told on both sides") {
  LocalEnds ends = local_link();
  ends.first->close();
  CHECK(ends.first->detail() == "closed by this party");
  CHECK(ends.second->detail() == "closed by the peer");
  CHECK(send(*ends.second, {}) == Wire::closed);
  CHECK(ends.first->flush(soon()) == Wire::closed);
}

TEST_CASE("aborting a link ends the waits of both ends at once") {
  LocalEnds ends = local_link();
  std::array<Wire, 2> seen{Wire::ok, Wire::ok};
  const auto start = Clock::now();
  std::thread first([&] {
    ByteVector message;
    seen[0] = ends.first->receive(message, soon());
  });
  std::thread second([&] {
    ByteVector message;
    seen[1] = ends.second->receive(message, soon());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ends.link->abort("the test says so");
  first.join();
  second.join();
  CHECK(seen[0] == Wire::closed);
  CHECK(seen[1] == Wire::closed);
  CHECK(Clock::now() - start < std::chrono::seconds(5));
  CHECK(ends.first->detail() == "the test says so");
}

TEST_CASE("over an imitated network a message arrives neither early nor much too late, and keeps its order") {
  using std::chrono::milliseconds;
  LocalEnds ends = local_link(kLocalMaxMessage, {.one_way = milliseconds(30), .bytes_per_second = 1e6});
  const auto begin = Clock::now();
  for (const int first : {1, 2}) REQUIRE(send(*ends.first, ByteVector(20'000, std::byte(first))) == Wire::ok);  // 20 ms each
  ByteVector message;
  CHECK(ends.second->receive(message, begin + milliseconds(10)) == Wire::deadline);
  for (const int number : {1, 2}) {
    REQUIRE(ends.second->receive(message, soon()) == Wire::ok);
    CHECK(Clock::now() - begin >= milliseconds(30 + 20 * number));
    CHECK((message == ByteVector(20'000, std::byte(number))));
  }
  CHECK(Clock::now() - begin < std::chrono::seconds(5));
  // The other direction has a line of its own, and what is under way when an end closes still arrives.
  const auto back = Clock::now();
  REQUIRE(send(*ends.second, {std::byte{9}}) == Wire::ok);
  ends.second->close();
  REQUIRE(ends.first->receive(message, soon()) == Wire::ok);
  CHECK(Clock::now() - back >= milliseconds(30));
  CHECK(ends.first->receive(message, soon()) == Wire::closed);
}
