// A handshake with a scripted peer that says the wrong thing at each step.
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "comm/byte_codec.h"
#include "comm/hello.h"
#include "comm/local/local_network.h"
#include "comm/refusal.h"
#include "comm/session.h"
#include "crypten_core/error.h"
#include "tests/comm/soon.h"

using namespace crypten;
using test::soon;

namespace {

// What a correct rank 1 of two would say.
Hello good_hello() {
  Hello hello;
  hello.library_version = kLibraryVersion;
  hello.sender = 1;
  hello.receiver = 0;
  hello.world_size = 2;
  hello.roster_hash = sha256({});
  for (const Config::Field& field : Config().fields()) {
    if (field.compared) hello.config.emplace_back(field.name, field.value);
  }
  hello.nonce.fill(42);
  return hello;
}

struct Script {
  ByteVector hello = encode_step(HandshakeStep::hello, encode(good_hello()), kProtocolRevision);
  ByteVector verdict = encode_step(HandshakeStep::accepted, {}, kProtocolRevision);
  ByteVector keys = encode_step(HandshakeStep::keys, ByteVector(64, std::byte{}), kProtocolRevision);
  ByteVector confirm = encode_step(HandshakeStep::confirm, ByteVector(16, std::byte{}), kProtocolRevision);
};

struct Heard {
  std::vector<HandshakeStep> steps;  // what our side sent to the scripted peer
  std::exception_ptr error;
};

Heard with_peer(const Script& script) {
  LocalNetwork network(2);
  const auto channels = network.channels(0);
  const auto peer = network.channels(1);
  for (const auto* message : {&script.hello, &script.verdict, &script.keys, &script.confirm}) {
    const Bytes piece(*message);
    peer[0]->send(std::span(&piece, 1));
  }
  Heard heard;
  SessionOptions options;
  options.world_size = 2;
  try {
    handshake(options, channels, soon());
  } catch (...) {
    heard.error = std::current_exception();
  }
  ByteVector message;
  Bytes body;
  while (peer[0]->receive(message, Clock::now()) == Wire::ok) heard.steps.push_back(decode_step(message, body).value().step);
  return heard;
}

template <class E>
void ends(const Script& script, const std::string& text, std::vector<HandshakeStep> steps) {
  const Heard heard = with_peer(script);
  REQUIRE(heard.error);
  INFO(text);
  CHECK_THROWS_AS(std::rethrow_exception(heard.error), E);
  CHECK_THROWS_WITH(std::rethrow_exception(heard.error), Catch::Contains(text));
  CHECK((heard.steps == steps));
}

const std::vector<HandshakeStep> kAfterHello{HandshakeStep::hello, HandshakeStep::refused};

ByteVector hello_with(auto change) {
  Hello hello = good_hello();
  change(hello);
  return encode_step(HandshakeStep::hello, encode(hello), kProtocolRevision);
}

}  // namespace

TEST_CASE("another protocol revision is a VersionMismatch, however its messages look") {
  Script script;
  script.hello = encode_step(HandshakeStep::hello, bytes_of("a layout of the future"), kProtocolRevision + 1);
  ends<VersionMismatch>(script, "protocol revision: rank 0 has \"" + std::to_string(kProtocolRevision) + "\", rank 1 has \"" + std::to_string(kProtocolRevision + 1) + "\"", kAfterHello);
}

TEST_CASE("another library version is a VersionMismatch") {
  Script script;
  script.hello = hello_with([](Hello& h) { h.library_version = "99.0"; });
  ends<VersionMismatch>(script, "rank 1 has \"99.0\"", kAfterHello);
}

TEST_CASE("another world size, and fields that only one side knows, are ConfigMismatch") {
  Script script;
  script.hello = hello_with([](Hello& h) { h.world_size = 3; });
  ends<ConfigMismatch>(script, "world size: rank 0 has \"2\", rank 1 has \"3\"", kAfterHello);
  script.hello = hello_with([](Hello& h) { h.config.emplace_back("zz.future", "1"); });
  ends<ConfigMismatch>(script, "zz.future: rank 0 has \"(absent)\", rank 1 has \"1\"", kAfterHello);
}

TEST_CASE("a peer that claims another rank, or means another one, is refused") {
  Script script;
  script.hello = hello_with([](Hello& h) { h.sender = 0; });
  ends<PeerIdentityMismatch>(script, "it connects rank 0 to rank 0", kAfterHello);
  script.hello = hello_with([](Hello& h) { h.receiver = 1; });
  ends<PeerIdentityMismatch>(script, "it connects rank 1 to rank 1", kAfterHello);
}

TEST_CASE("bytes that are no handshake are MalformedFrame") {
  Script script;
  script.hello = ByteVector(100, std::byte{'x'});
  ends<MalformedFrame>(script, "other magic number", kAfterHello);
  script.hello = {};
  ends<MalformedFrame>(script, "ends early", kAfterHello);
  script.hello = ByteVector(kLongestHandshakeMessage + 1, std::byte{});
  ends<MalformedFrame>(script, "too long", kAfterHello);
  script.hello = encode_step(HandshakeStep::hello, bytes_of("short"), kProtocolRevision);
  ends<MalformedFrame>(script, "ends early", kAfterHello);
  script.hello = script.keys;
  ends<MalformedFrame>(script, "another step", kAfterHello);
}

TEST_CASE("no key leaves before the peer has accepted") {
  const std::vector<HandshakeStep> no_keys{HandshakeStep::hello, HandshakeStep::accepted, HandshakeStep::refused};
  Script script;
  script.verdict = script.keys;
  ends<MalformedFrame>(script, "another step", no_keys);
  script.verdict = encode_step(HandshakeStep::accepted, bytes_of("!"), kProtocolRevision);
  ends<MalformedFrame>(script, "no content", no_keys);
  const ConfigMismatch reason(211, "the parties disagree about x", "", "x: rank 1 has \"1\", rank 2 has \"2\"", "");
  script.verdict = encode_step(HandshakeStep::refused, encode(refusal_of(reason)), kProtocolRevision);
  ends<ConfigMismatch>(script, "rank 2 has \"2\"", no_keys);
  script.verdict = encode_step(HandshakeStep::refused, bytes_of("garbage"), kProtocolRevision);
  ends<MalformedFrame>(script, "ends early", no_keys);
}

TEST_CASE("keys of the wrong size and a confirmation under other keys end the handshake") {
  Script script;
  script.keys = encode_step(HandshakeStep::keys, ByteVector(63, std::byte{}), kProtocolRevision);
  ends<MalformedFrame>(script, "ends early", {HandshakeStep::hello, HandshakeStep::accepted, HandshakeStep::keys, HandshakeStep::refused});
  const Script wrong_confirmation;
  ends<MalformedFrame>(wrong_confirmation, "keys",
                       {HandshakeStep::hello, HandshakeStep::accepted, HandshakeStep::keys, HandshakeStep::confirm, HandshakeStep::refused});
}
