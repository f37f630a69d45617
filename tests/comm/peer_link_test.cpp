#include "comm/peer_link.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "comm/byte_codec.h"
#include "comm/local/local_channel.h"
#include "tests/comm/soon.h"

using namespace crypten;
using test::soon;

namespace {

constexpr uint64_t kSession = 77;
// Rank 0 and rank 1, joined.
struct Joined {
  Traffic traffic0, traffic1;
  std::unique_ptr<PeerLink> at0, at1;
  explicit Joined(size_t max_message = 1000) {
    LocalEnds ends = local_link(max_message);
    at0 = std::make_unique<PeerLink>(std::move(ends.first), kSession, 0, 1, traffic0);
    at1 = std::make_unique<PeerLink>(std::move(ends.second), kSession, 1, 0, traffic1);
  }
};

// Rank 0 whose peer is a bare channel.
struct Scripted {
  Traffic traffic;
  std::unique_ptr<Channel> peer;
  std::unique_ptr<PeerLink> link;
  explicit Scripted(size_t max_message = 1000) {
    LocalEnds ends = local_link(max_message);
    link = std::make_unique<PeerLink>(std::move(ends.first), kSession, 0, 1, traffic);
    peer = std::move(ends.second);
  }
  void say(const ByteVector& message) {
    const Bytes piece(message);
    peer->send(std::span(&piece, 1));
  }
  std::string refusal() {
    REQUIRE(link->poll(soon()) == Wire::ok);
    return std::string(link->header().status().message());
  }
};

ByteVector frame(uint64_t sequence, size_t payload, size_t announced, uint64_t session = kSession) {
  FrameHeader header;
  header.session = session;
  header.sender = 1;
  header.receiver = 0;
  header.sequence = sequence;
  header.payload_bytes = announced;
  const auto bytes = encode(header);
  ByteVector out(bytes.begin(), bytes.end());
  out.resize(out.size() + payload);
  return out;
}

ByteVector counted(size_t size) {
  ByteVector out(size, std::byte{});
  for (size_t i = 0; i < size; ++i) out[i] = std::byte(i * 7);
  return out;
}

Wire receive(PeerLink& link, MutableBytes into) {
  if (Wire wire = link.poll(soon()); wire != Wire::ok) return wire;
  const auto header = link.header();
  if (!header.ok() || !link.begin_payload(*header, std::span(&into, 1)).ok()) return Wire::closed;
  while (!link.payload_done()) {
    if (const auto wire = link.continue_payload(soon()); !wire.ok() || *wire != Wire::ok) return wire.value_or(Wire::closed);
  }
  return Wire::ok;
}

}  // namespace

TEST_CASE("frames of every size around the cuts arrive whole, and the wire's counters are exact") {
  for (size_t size : {0, 1, 943, 944, 945, 1927, 1928, 1929, 10000}) {
    Joined pair;
    const auto sent = counted(size);
    const Bytes piece(sent);
    for (int repeat = 0; repeat < 2; ++repeat) {
      REQUIRE(pair.at0->send(FrameKind::data, 5, std::span(&piece, 1)) == Wire::ok);
      REQUIRE(pair.at0->flush(soon()) == Wire::ok);
      ByteVector received(size, std::byte{});
      REQUIRE(receive(*pair.at1, received) == Wire::ok);
      REQUIRE((received == sent));
    }
    const size_t messages = size <= 944 ? 1 : 1 + (size - 944 + 983) / 984;
    CHECK(pair.traffic0.messages_sent == 2 * messages);
    CHECK(pair.traffic0.wire_bytes_sent == 2 * (size + 56 + 16 * (messages - 1)));
    CHECK(pair.traffic1.wire_bytes_received == 2 * (size + 56 + 16 * (messages - 1)));
  }
}

TEST_CASE("a payload of another size is refused before anything is written") {
  for (size_t expected : {9, 11, 5000}) {
    Joined pair;
    const auto sent = counted(10);
    const Bytes piece(sent);
    pair.at0->send(FrameKind::data, 0, std::span(&piece, 1));
    REQUIRE(pair.at1->poll(soon()) == Wire::ok);
    ByteVector received(expected, std::byte{});
    const MutableBytes into(received);
    const auto status = pair.at1->begin_payload(pair.at1->header().value(), std::span(&into, 1));
    CHECK_THAT(std::string(status.message()), Catch::Contains("wrong length: 10 bytes came"));
    CHECK((received == ByteVector(expected, std::byte{})));
  }
}

TEST_CASE("replayed, reordered, foreign and truncated frames are refused") {
  {
    Scripted s;
    s.say(frame(0, 0, 0));
    s.say(frame(0, 0, 0));
    CHECK(receive(*s.link, {}) == Wire::ok);
    CHECK_THAT(s.refusal(), Catch::Contains("replayed"));
  }
  {
    Scripted s;
    s.say(frame(1, 0, 0));
    CHECK_THAT(s.refusal(), Catch::Contains("out of order"));
  }
  {
    Scripted s;
    s.say(frame(0, 0, 0, kSession + 1));
    CHECK_THAT(s.refusal(), Catch::Contains("foreign session"));
  }
  {
    Scripted s;
    s.say(frame(0, 10, 11));
    CHECK_THAT(s.refusal(), Catch::Contains("truncated"));
  }
  {
    Scripted s;
    s.say(frame(0, 10, size_t{1} << 60));  // an announcement costs nothing
    CHECK_THAT(s.refusal(), Catch::Contains("truncated"));
  }
  {
    Scripted s;
    s.say(ByteVector(20, std::byte{}));
    CHECK_THAT(s.refusal(), Catch::Contains("20 bytes where a frame"));
  }
}

TEST_CASE("parts of a payload that are lost, come again or change places are refused") {
  const std::vector<std::vector<size_t>> orders{{0, 2, 1}, {0, 1, 1}, {0, 2}};
  for (const auto& order : orders) {
    std::vector<ByteVector> sent;
    {
      LocalEnds ends = local_link(1000);
      Traffic traffic;
      PeerLink link(std::move(ends.first), kSession, 1, 0, traffic);
      const auto payload = counted(944 + 2 * 984);
      const Bytes piece(payload);
      REQUIRE(link.send(FrameKind::data, 0, std::span(&piece, 1)) == Wire::ok);
      for (int i = 0; i < 3; ++i) REQUIRE(ends.second->receive(sent.emplace_back(), soon()) == Wire::ok);
    }
    Scripted s;
    for (size_t index : order) s.say(sent[index]);
    ByteVector received(944 + 2 * 984, std::byte{});
    const MutableBytes into(received);
    REQUIRE(s.link->poll(soon()) == Wire::ok);
    REQUIRE(s.link->begin_payload(s.link->header().value(), std::span(&into, 1)).ok());
    absl::StatusOr<Wire> wire = Wire::ok;
    while (wire.ok() && *wire == Wire::ok && !s.link->payload_done()) wire = s.link->continue_payload(soon());
    CHECK_THAT(std::string(wire.status().message()), Catch::Contains("out of order: part"));
  }
}

TEST_CASE("a frame that is here stays until it is taken, and a small payload is taken whole") {
  Joined pair;
  const Bytes text = bytes_of("multiply (2, 3)");
  pair.at0->send(FrameKind::scope, 9, std::span(&text, 1));
  REQUIRE(pair.at1->poll(soon()) == Wire::ok);
  REQUIRE(pair.at1->poll(Clock::now()) == Wire::ok);
  CHECK(pair.at1->has_frame());
  const auto header = pair.at1->header();
  REQUIRE(header.ok());
  CHECK(header->kind == FrameKind::scope);
  CHECK(header->transcript == 9);
  CHECK(header->credit == kReceiveCredit);
  const auto payload = pair.at1->take_small_payload(*header);
  REQUIRE(payload.ok());
  CHECK(std::string(reinterpret_cast<const char*>(payload->data()), payload->size()) == "multiply (2, 3)");
  CHECK_FALSE(pair.at1->has_frame());
  CHECK(pair.at1->poll(Clock::now()) == Wire::deadline);
}

TEST_CASE("draining drops exactly one frame") {
  Joined pair;
  const auto large = counted(5000);
  const Bytes piece(large);
  const Bytes last = bytes_of("x");
  pair.at0->send(FrameKind::data, 0, std::span(&piece, 1));
  pair.at0->send(FrameKind::data, 0, std::span(&last, 1));
  REQUIRE(pair.at1->poll(soon()) == Wire::ok);
  REQUIRE(pair.at1->drain(soon()) == Wire::ok);
  ByteVector received(1, std::byte{});
  CHECK(receive(*pair.at1, received) == Wire::ok);
  CHECK(received[0] == std::byte{'x'});
}

TEST_CASE("a link whose peer closed says so, after what came before") {
  Joined pair;
  pair.at0->send(FrameKind::finished, 0, {});
  pair.at0->close();
  CHECK(pair.at1->poll(soon()) == Wire::ok);
  REQUIRE(pair.at1->take_small_payload(pair.at1->header().value()).ok());
  CHECK(pair.at1->poll(soon()) == Wire::closed);
  CHECK(pair.at1->detail() == "closed by the peer");
  CHECK(pair.at1->send(FrameKind::data, 0, {}) == Wire::closed);
}
