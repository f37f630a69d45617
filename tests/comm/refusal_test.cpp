#include "comm/refusal.h"

#include <catch2/catch.hpp>

#include "comm/hello.h"
#include "comm/session.h"
#include "crypten_core/error.h"

using namespace crypten;

namespace {

template <class E>
void check_class() {
  const E error(242, "what", "where", "why", "todo");
  const auto back = decode_refusal(encode(refusal_of(error)));
  REQUIRE(back.ok());
  try {
    throw_refusal(*back, 0, 3);
    FAIL("nothing was thrown");
  } catch (const E& again) {
    CHECK(again.code() == 242);
    CHECK(again.problem() == "what");
    CHECK(again.why() == "why");
    CHECK(again.todo() == "todo");
    CHECK_THAT(again.where(), Catch::Contains("rank 0") && Catch::Contains("rank 3"));
  }
}

}  // namespace

TEST_CASE("a refusal is thrown as the class that its finder threw") {
  check_class<VersionMismatch>();
  check_class<ConfigMismatch>();
  check_class<PeerIdentityMismatch>();
  check_class<RendezvousTimeout>();
  check_class<PeerLost>();
  check_class<MalformedFrame>();
}

TEST_CASE("a refusal is known among the messages of a handshake, and nothing else is one") {
  const Refusal refusal = refusal_of(PeerLost(201, "rank 2 is lost", "where", "why", "todo"));
  const auto message = encode_step(HandshakeStep::refused, encode(refusal), kProtocolRevision);
  REQUIRE(decode_refusal_message(message).ok());
  CHECK(*decode_refusal_message(message) == refusal);
  CHECK_FALSE(decode_refusal_message(encode_step(HandshakeStep::accepted, encode(refusal), kProtocolRevision)).ok());
  CHECK_FALSE(decode_refusal_message(encode_step(HandshakeStep::refused, encode(refusal), kProtocolRevision + 1)).ok());
  CHECK_FALSE(decode_refusal_message(Bytes(message).first(20)).ok());
  CHECK_FALSE(decode_refusal_message({}).ok());
  Refusal strange = refusal;
  strange.code = 1225;  // a bit of the code is another
  CHECK_FALSE(decode_refusal(encode(strange)).ok());
}

TEST_CASE("a refusal of a class that a handshake does not have is a SessionError that names it") {
  const Refusal refusal = refusal_of(InvalidArgument(1, "what", "where", "why", "todo"));
  CHECK_THROWS_AS(throw_refusal(refusal, 0, 1), SessionError);
  CHECK_THROWS_WITH(throw_refusal(refusal, 0, 1), Catch::Contains("InvalidArgument") && Catch::Contains("rank 1 refused"));
}

TEST_CASE("a refusal that ends early or goes on too long is refused") {
  auto bytes = encode(refusal_of(ConfigMismatch(1, "what", "where", "why", "todo")));
  for (size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_refusal(Bytes(bytes).first(size)).ok());
  bytes.push_back(std::byte{0});
  CHECK_FALSE(decode_refusal(bytes).ok());
}
