// The greeting of a party and the dealer, both directions.
#include <algorithm>

#include "comm/session.h"
#include "mpc/provider/dealer_protocol.h"
#include "tests/fuzz/target.h"

namespace crypten::fuzz {
namespace {

bool equal(Bytes a, const Input& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void examine_hello(Bytes input) {
  const auto hello = decode_dealer_hello(input);
  if (!hello.ok() || hello->revision != static_cast<uint32_t>(kProtocolRevision)) return;
  require(equal(input, encode(*hello)), "a hello encodes to the bytes it came from");
}

void examine_reply(Bytes input) {
  const auto reply = decode_reply(input);
  if (!reply.ok()) return;
  const auto again = reply->rank_key ? encode_accepted(*reply->rank_key) : encode_refused(reply->refusal);
  if (reply->rank_key) require(equal(input, again), "a key encodes to the bytes it came from");
  const auto twice = decode_reply(again);
  require(twice.ok() && twice->refusal == reply->refusal, "a refusal is read back as it was");
}

}  // namespace

Memory memory() { return {.growth = 16}; }

void examine(Bytes input) {
  examine_hello(input);
  examine_reply(input);
}

std::vector<Input> seeds() {
  DealerHello hello{.revision = kProtocolRevision, .rank = 1, .world_size = 2, .ring = {}};
  hello.session_id[3] = 5;
  auto other = hello;
  other.revision = 99;
  return {encode(hello), encode(other), encode_accepted(Key(std::array<uint8_t, 16>{1, 2, 3})),
          encode_refused({.code = 310, .error_class = "PeerIdentityMismatch", .problem = "no", .why = "not the roster's", .todo = "use it"})};
}

}  // namespace crypten::fuzz
