#include "mpc/provider/dealer_protocol.h"

#include <catch2/catch.hpp>

#include "comm/session.h"
#include "tests/comm/soon.h"

using namespace crypten;
using test::soon;

namespace {

DealerHello hello() {
  DealerHello one{.revision = kProtocolRevision, .rank = 1, .world_size = 3};
  one.session_id[3] = 7, one.roster_hash[4] = 8, one.config_hash[5] = 9;
  return one;
}

}  // namespace

TEST_CASE("hellos decode to themselves; truncated, extended and foreign ones do not") {
  const auto bytes = encode(hello());
  REQUIRE(bool(decode_dealer_hello(bytes).value() == hello()));
  for (size_t length = 0; length < bytes.size(); ++length) REQUIRE_FALSE(decode_dealer_hello(Bytes(bytes).first(length)).ok());
  auto longer = bytes;
  longer.push_back({});
  REQUIRE_FALSE(decode_dealer_hello(longer).ok());
  auto foreign = bytes;
  foreign[0] ^= std::byte{1};
  REQUIRE_FALSE(decode_dealer_hello(foreign).ok());
  auto ring = bytes;
  ring.back() = std::byte{0xff};
  REQUIRE_FALSE(decode_dealer_hello(ring).ok());
}

TEST_CASE("a hello of another revision still tells its revision") {
  auto other = hello();
  other.revision = 77;
  const auto decoded = decode_dealer_hello(encode(other));
  REQUIRE(decoded.ok());
  REQUIRE(decoded->revision == 77);
}

TEST_CASE("the dealer's session: everything but the rank") {
  auto other = hello();
  other.rank = 2;
  REQUIRE(dealer_session(other) == dealer_session(hello()));
  std::vector<DealerHello> different(6, hello());
  different[0].session_id[0] = 1;
  different[1].roster_hash[0] = 1;
  different[2].config_hash[0] = 1;
  different[3].world_size = 4;
  different[4].ring.bits = 32;
  different[5].revision = kProtocolRevision + 1;
  for (const auto& one : different) REQUIRE(dealer_session(one) != dealer_session(hello()));
}

TEST_CASE("replies: a key, or a refusal") {
  const Key key = random_key();
  auto accepted = encode_accepted(key);
  const auto reply = decode_reply(accepted);
  REQUIRE(reply.ok());
  REQUIRE(bool(reply->rank_key == key));
  const Refusal refusal{.code = 353, .error_class = "ConfigMismatch", .problem = "p", .why = "w", .todo = "t"};
  const auto refused = decode_reply(encode_refused(refusal));
  REQUIRE(refused.ok());
  REQUIRE_FALSE(refused->rank_key.has_value());
  REQUIRE(bool(refused->refusal == refusal));
  REQUIRE_FALSE(decode_reply({}).ok());
  REQUIRE_FALSE(decode_reply(Bytes(accepted).first(16)).ok());
  accepted[0] = std::byte{9};
  REQUIRE_FALSE(decode_reply(accepted).ok());
  wipe(accepted);
  REQUIRE(bool(accepted == ByteVector(17, std::byte{})));
}

TEST_CASE("records are cut anywhere and read back whole") {
  auto [left, right] = local_stream_pair();
  ByteVector large(2 * left->max_message() + 5, std::byte{}), small(3, std::byte{1});
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::byte>(i * 31);
  REQUIRE(send_records(*left, {Bytes(small), Bytes(large), Bytes(), Bytes(small)}) == Wire::ok);
  REQUIRE(send_records(*left, {}) == Wire::ok);
  REQUIRE(left->flush(soon()) == Wire::ok);
  left->close();
  RecordReader reader(*right);
  ByteVector read;
  REQUIRE(reader.read(read, 3, soon()) == Wire::ok);
  REQUIRE(bool(read == small));
  read.clear();
  REQUIRE(reader.read(read, large.size(), soon()) == Wire::ok);
  REQUIRE(bool(read == large));
  read.clear();
  REQUIRE(reader.read(read, 2, soon()) == Wire::ok);
  REQUIRE_FALSE(reader.between_messages());
  REQUIRE(reader.read(read, 1, soon()) == Wire::ok);
  REQUIRE(bool(read == small));
  REQUIRE(reader.between_messages());
  REQUIRE(reader.read(read, 1, soon()) == Wire::closed);
}

TEST_CASE("what is long begins a message of its own, so that it goes straight to its place") {
  auto [left, right] = local_stream_pair();
  const ByteVector header(9, std::byte{1}), shorter((64 << 10) - 1, std::byte{2}), longer(64 << 10, std::byte{3});
  REQUIRE(send_records(*left, {Bytes(header), Bytes(shorter), Bytes(header), Bytes(longer), Bytes(header)}) == Wire::ok);
  REQUIRE(left->flush(soon()) == Wire::ok);
  ByteVector message;
  REQUIRE(right->receive(message, soon()) == Wire::ok);
  CHECK(message.size() == 2 * header.size() + shorter.size());
  REQUIRE(right->receive(message, soon()) == Wire::ok);
  CHECK(message.size() == longer.size() + header.size());
}
