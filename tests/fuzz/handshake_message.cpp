// Messages of the handshake one by one: hello and refusal decode to what encodes to the same bytes, and whatever they say can be shown.
#include <algorithm>

#include "comm/byte_codec.h"
#include "comm/hello.h"
#include "comm/refusal.h"
#include "comm/session.h"
#include "tests/fuzz/target.h"

namespace crypten::fuzz {
namespace {

Hello example() {
  return {.library_version = std::string(kLibraryVersion),
          .sender = 0,
          .receiver = 1,
          .world_size = 2,
          .run_id = "a run",
          .roster_hash = {},
          .config = {{"encoder.precision_bits", "16"}, {"protocol.truncation", "dithered"}},
          .program = "",
          .nonce = {1, 2, 3}};
}
Refusal refused() { return {.code = 201, .error_class = "ConfigMismatch", .problem = "the parties disagree", .why = "16 and 20", .todo = "agree"}; }

bool equal(Bytes a, const Input& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

void examine_hello(Bytes body) {
  const auto hello = decode_hello(body);
  if (!hello.ok()) return;
  require(equal(body, encode(*hello)), "a hello encodes to the bytes it came from");
  require(!first_difference(*hello, *hello), "a hello agrees with itself");
  const auto difference = first_difference(example(), *hello);
  if (!difference) return;
  for (const std::string* text : {&difference->field, &difference->ours, &difference->theirs}) require(*text == printable(*text), "a difference can be shown");
}

void examine_refusal(Bytes body) {
  const auto refusal = decode_refusal(body);
  if (!refusal.ok()) return;
  const auto again = encode(*refusal);
  require(again.size() == body.size(), "a refusal keeps its length");
  const auto twice = decode_refusal(again);
  require(twice.ok() && *twice == *refusal, "a refusal is read back as it was");
  require(!named([&] { throw_refusal(*refusal, 0, 1); }), "a refusal is thrown as an error");
}

}  // namespace

Memory memory() { return {.growth = 16}; }

void examine(Bytes input) {
  Bytes body;
  const auto prefix = decode_step(input, body);
  if (!prefix.ok()) return;
  require(equal(input, encode_step(prefix->step, body, prefix->revision)), "a step encodes to the bytes it came from");
  if (prefix->step == HandshakeStep::refused) examine_refusal(body);
  else examine_hello(body);
}

std::vector<Input> seeds() {
  auto other = example();
  other.config.clear();
  other.program = "another program";
  return {encode_step(HandshakeStep::hello, encode(example()), kProtocolRevision), encode_step(HandshakeStep::hello, encode(other), kProtocolRevision + 1),
          encode_step(HandshakeStep::refused, encode(refused()), kProtocolRevision), encode_step(HandshakeStep::accepted, {}, kProtocolRevision)};
}

}  // namespace crypten::fuzz
