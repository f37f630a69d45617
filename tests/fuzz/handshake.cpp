// A whole handshake of three, with two peers that send what the input says: it ends with a named error and never with a session, since no input knows the keys.
#include "comm/hello.h"
#include "comm/refusal.h"
#include "comm/session.h"
#include "tests/fuzz/scripted_stream.h"

namespace crypten::fuzz {
namespace {

constexpr int kRank = 1, kWorldSize = 3;

Digest hash_of_no_roster() { return sha256(Bytes()); }

Hello hello_of(uint32_t sender) {
  Hello hello{.library_version = std::string(kLibraryVersion), .sender = sender, .receiver = kRank, .world_size = kWorldSize, .run_id = "", .roster_hash = hash_of_no_roster(), .config = {}, .program = "", .nonce = {}};
  for (const auto& field : Config().fields())
    if (field.compared) hello.config.emplace_back(field.name, field.value);
  hello.nonce[0] = static_cast<uint8_t>(sender + 1);
  return hello;
}

Input step(HandshakeStep kind, Bytes body) { return encode_step(kind, body, kProtocolRevision); }

// A message of a script says in its first byte which peer sends it.
void append(Input& script, int peer, const Input& message) {
  Input marked{static_cast<std::byte>(peer)};
  marked.insert(marked.end(), message.begin(), message.end());
  append_message(script, marked);
}

}  // namespace

Memory memory() { return {.growth = 16}; }

void examine(Bytes input) {
  std::vector<Bytes> first, last;
  for (const Bytes message : messages(input)) {
    if (message.empty()) continue;
    (std::to_integer<int>(message[0]) % 2 == 0 ? first : last).push_back(message.subspan(1));
  }
  std::vector<std::unique_ptr<Channel>> channels(kWorldSize);
  channels[0] = std::make_unique<ScriptedStream>(first);
  channels[2] = std::make_unique<ScriptedStream>(last);
  const SessionOptions options{.rank = kRank, .world_size = kWorldSize, .config = {}, .run_id = "", .roster = {}, .program = ""};
  require(!named([&] { handshake(options, channels, Clock::now() + std::chrono::seconds(60)); }), "nobody joins who does not know the keys");
}

std::vector<Input> seeds() {
  Input script;
  for (int peer : {0, 1}) append(script, peer, step(HandshakeStep::hello, encode(hello_of(peer == 0 ? 0 : 2))));
  Input refusal = script;
  append(refusal, 0, step(HandshakeStep::refused, encode(Refusal{.code = 204, .error_class = "RendezvousTimeout", .problem = "rank 2 did not come", .why = "time", .todo = "start it"})));
  for (int peer : {0, 1}) append(script, peer, step(HandshakeStep::accepted, {}));
  for (int peer : {0, 1}) append(script, peer, step(HandshakeStep::keys, Input(64, std::byte{7})));
  for (int peer : {0, 1}) append(script, peer, step(HandshakeStep::confirm, Input(16, std::byte{9})));
  return {script, refusal};
}

}  // namespace crypten::fuzz
